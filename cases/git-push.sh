#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# summary:  git push over https arrives, and git can delete the branch again
# reports:  TestGvisorCompatibilityMatrix test_git_clone_works_under_gvisor[push]
# expect:   works
# needs:    git
# uses:     fixture
# timeout:  240s
set -eu

fail() { echo "FAILED: $*" >&2; exit 1; }

[ -n "${GIT_PUSH_URL:-}" ] || fail "GIT_PUSH_URL is empty: there is no repository that takes a push"

branch=gvisor-smoke/$GVISOR_SMOKE_ID
pushed=
on_exit() { [ -z "$pushed" ] || git push --quiet "$GIT_PUSH_URL" ":refs/heads/$branch" || true; }
trap on_exit EXIT

git config --global user.name gvisor-smoke
git config --global user.email gvisor-smoke@example.com

git clone --quiet "$GIT_PUSH_URL" here
git -C here checkout --quiet -b "$branch"
mkdir here/pushed
seq 1 2000 >here/pushed/numbers.txt
head -c 1500000 /dev/urandom >here/pushed/random.bin # more than one request's buffer, and git cannot compress it
git -C here add pushed
git -C here commit --quiet -m "Pushed by $GVISOR_SMOKE_ID"
pushed=yes
git -C here push --quiet origin "$branch"
head=$(git -C here rev-parse HEAD)

# The server is asked twice, by ways that do not pass through the pushing clone.
git ls-remote "$GIT_PUSH_URL" "refs/heads/$branch" >remote
[ "$(cut -f1 remote)" = "$head" ] || fail "pushed $head, the server shows \"$(cat remote)\""
git clone --quiet --single-branch --branch "$branch" "$GIT_PUSH_URL" there
[ "$(git -C there rev-parse HEAD)" = "$head" ] || fail "pushed $head, a fresh clone has $(git -C there rev-parse HEAD)"
git -C there fsck --full --no-progress
cmp here/pushed/numbers.txt there/pushed/numbers.txt
cmp here/pushed/random.bin there/pushed/random.bin

git -C here push --quiet origin ":refs/heads/$branch"
pushed=
git ls-remote "$GIT_PUSH_URL" "refs/heads/$branch" >remote
[ ! -s remote ] || fail "the deleted branch is still served: $(cat remote)"

echo "pushed $head on a branch of its own, read it back in a fresh clone (2 files, 1.5 MB), deleted the branch"
