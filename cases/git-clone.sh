#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# summary:  git clone over https gives every file as it was served
# reports:  TestGvisorCompatibilityMatrix test_git_clone_works_under_gvisor[clone]
# expect:   works
# needs:    git
# uses:     fixture
# timeout:  240s
set -eu

fail() { echo "FAILED: $*" >&2; exit 1; }

[ -n "${GIT_URL:-}" ] || fail "GIT_URL is empty: there is no repository to clone"

# A busy public repository may move while it is cloned, so its head is asked for before and after.
git ls-remote "$GIT_URL" HEAD >before
git clone --quiet "$GIT_URL" clone
git ls-remote "$GIT_URL" HEAD >after
head=$(git -C clone rev-parse HEAD)
grep -q "^$head" before after ||
	fail "the clone's HEAD is $head, the server's is \"$(cut -f1 before)\", then \"$(cut -f1 after)\""

cd clone
git fsck --full --no-progress
[ -z "$(git status --porcelain)" ] || fail "a fresh clone has changes: $(git status --porcelain | head -5)"

# Every file is read again and hashed, and compared with the id that the commit holds. Links and submodules have no file to read.
git ls-tree -r -z HEAD | tr '\n\0' '\0\n' | grep -E '^100[0-9]+ ' >../tree
sed 's/^[0-9]* blob \([0-9a-f]*\)	.*/\1/' ../tree >../expected
sed 's/^[^	]*	//' ../tree | git hash-object --stdin-paths >../seen
cmp ../expected ../seen || fail "the files on disk are not those of the commit"

echo "cloned $head: $(wc -l <../seen) files read back, $(git rev-list --count HEAD) commits, $(git tag | wc -l) tags, fsck clean"
