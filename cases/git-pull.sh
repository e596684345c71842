#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# summary:  git pull brings in what another clone pushed: fast-forward, and a merge
# reports:  TestGvisorCompatibilityMatrix test_git_clone_works_under_gvisor[pull]
# expect:   works
# needs:    git
# uses:     fixture
# timeout:  240s
set -eu

fail() { echo "FAILED: $*" >&2; exit 1; }

[ -n "${GIT_PUSH_URL:-}" ] || fail "GIT_PUSH_URL is empty: a pull needs a second clone that pushes"

branch=gvisor-smoke/$GVISOR_SMOKE_ID
pushed=
on_exit() { [ -z "$pushed" ] || git push --quiet "$GIT_PUSH_URL" ":refs/heads/$branch" || true; }
trap on_exit EXIT

git config --global user.name gvisor-smoke
git config --global user.email gvisor-smoke@example.com

write() { # CLONE FILE TEXT: a commit of one line
	echo "$3" >>"$1/$2"
	git -C "$1" add "$2"
	git -C "$1" commit --quiet -m "$3"
}

git clone --quiet "$GIT_PUSH_URL" writer
git -C writer checkout --quiet -b "$branch"
write writer pulled.txt "first line"
pushed=yes
git -C writer push --quiet origin "$branch"

git clone --quiet --branch "$branch" "$GIT_PUSH_URL" reader
[ "$(cat reader/pulled.txt)" = "first line" ] || fail "the reader starts with \"$(cat reader/pulled.txt)\", not \"first line\""

write writer pulled.txt "second line"
git -C writer push --quiet origin "$branch"
git -C reader pull --quiet --ff-only
[ "$(git -C reader rev-parse HEAD)" = "$(git -C writer rev-parse HEAD)" ] ||
	fail "pulled $(git -C reader rev-parse HEAD), the writer pushed $(git -C writer rev-parse HEAD)"
cmp writer/pulled.txt reader/pulled.txt

# Both sides move on, in different files: the pull has to merge.
write writer pulled.txt "third line"
git -C writer push --quiet origin "$branch"
write reader own.txt "the reader's own line"
git -C reader pull --quiet --no-rebase --no-edit
parents=$(git -C reader rev-list --parents -n 1 HEAD | wc -w)
[ "$parents" -eq 3 ] || fail "the pull made no merge: HEAD has $((parents - 1)) parents, not 2"
git -C reader merge-base --is-ancestor "$(git -C writer rev-parse HEAD)" HEAD || fail "the merge lacks the writer's commit"
cmp writer/pulled.txt reader/pulled.txt
[ -s reader/own.txt ] || fail "the merge lost the reader's own file"
git -C reader fsck --full --no-progress

git -C writer push --quiet origin ":refs/heads/$branch"
pushed=
echo "pulled two commits of another clone: one by fast-forward, one by merge, fsck clean"
