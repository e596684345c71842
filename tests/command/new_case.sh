#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# gvisor-smoke new-case: what it writes is a case at once, and what is there stays.
set -euo pipefail

: "${GVISOR_SMOKE:?names the program}"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

fail() {
  echo "FAILED: $*" >&2
  [ ! -e out ] || cat out >&2
  exit 1
}
# program EXIT ARGUMENTS...
program() {
  local wanted=$1 seen=0
  shift
  "$GVISOR_SMOKE" "$@" >out 2>&1 || seen=$?
  [ "$seen" = "$wanted" ] || fail "gvisor-smoke $* ends with $wanted, not $seen"
}
says() { grep -qF -- "$1" out || fail "it says: $1"; }

program 0 new-case --cases my-cases/deep two-words
says "case:   my-cases/deep/two-words.sh"
says "run:    gvisor-smoke run --cases my-cases/deep two-words"
file=my-cases/deep/two-words.sh
! grep -qE '@|SPDX' "$file" || fail "nothing of the template is left in it: $(grep -nE '@|SPDX' "$file")"
program 0 list --cases my-cases/deep two-words
says "test_two_words_works_under_gvisor"
[ "$(grep -c '^[a-z]' out)" = 1 ] || fail "it lists one case"
program 0 show --cases my-cases/deep two-words
cmp -s out "$file" || fail "show prints it"
shellcheck -s sh "$file" || fail "shellcheck has nothing to say"
mkdir empty
(cd empty && sh ../"$file") >out 2>&1 || fail "it runs by hand"
says "wrote a file of 2 lines"

# Every key that there is is explained.
printf '#!/bin/sh\n# nosuch: x\n\ntrue\n' >my-cases/wrong.sh
program 2 list --cases my-cases
keys=$(sed -n 's/.*the keys are: //p' out | tr -d ,)
[ "$(wc -w <<<"$keys")" -ge 12 ] || fail "it names the keys"
for key in $keys; do
  grep -qE "^#   $key +[^ ]" "$file" || fail "the new case explains the key $key"
done

program 0 new-case first
[ -e cases/first.sh ] || fail "without --cases it goes to cases/"
program 0 new-case --cases "with 'blank" x
says "--cases 'with '\\''blank' x"

echo mine >my-cases/deep/there.sh
program 2 new-case --cases my-cases/deep there
says 'is there already'
[ "$(cat my-cases/deep/there.sh)" = mine ] || fail "what is there stays"
ln -s nowhere my-cases/deep/link.sh
program 2 new-case --cases my-cases/deep link
[ ! -e my-cases/deep/nowhere ] || fail "nothing is written through a link"

for name in Upper under_score a/b ../x .hidden a.sh -- '' "$(printf 'x%.0s' {1..41})"; do
  program 2 new-case --cases refused "$name"
done
program 2 new-case --cases refused -- -dash
says 'is no name for a case'
program 2 new-case --cases refused runtime-class
says 'is the name of a built-in check'
program 2 new-case --cases refused git-clone
says 'gvisor-smoke show git-clone >DIR/git-clone.sh'
program 2 new-case one two
says 'takes one name'
[ ! -e refused ] || fail "nothing is made when the name is refused"

: >file
program 3 new-case --cases file/below x
says 'cannot make the folder of cases "file/below"'
program 3 new-case --cases /proc/self x
says 'cannot write "/proc/self/x.sh"'
echo ok
