#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Every reader of JUnit over four files: counts, names, reasons and outputs are those of the file, and docs/readers.md tells what was seen.
#
#   tests/readers/table.sh            compares docs/readers.md with what is seen now
#   tests/readers/table.sh --write    writes it anew

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
install python "$readers_dir/requirements.txt" install_python
install npm "$readers_dir/package-lock.json" install_npm

declare -A titles=([green]="A green run" [finding]="A run with findings" [not-gvisor]="A run that was not gVisor" [interrupted]="An interrupted run")
files=()
for kind in "${kinds[@]}"; do
  report "$kind" -- --junit "$work/$kind.xml"
  [ "$code" = "${exit_codes[$kind]}" ] || fail "exit code ${exit_codes[$kind]} for $kind, not $code"
  {
    python "$readers_dir/show.py" "$work/$kind.xml" "$work"
    (cd "$installed/npm" && node_script show.mjs "$work/$kind.xml")
  } >"$work/$kind.shown" || fail "$kind: a reader fails"
  [ "$(wc -l <"$work/$kind.shown")" = 9 ] || fail "$kind: nine readers"
  files+=("${titles[$kind]}=$work/$kind.xml=$work/$kind.shown")
done
python "$readers_dir/table.py" "${files[@]}" >"$work/readers.md" || fail "a reader shows something else than the file has"
if [ "${1:-}" = --write ]; then
  cp "$work/readers.md" "$root/docs/readers.md"
else
  diff -u "$root/docs/readers.md" "$work/readers.md" || fail "docs/readers.md tells what is seen: tests/readers/table.sh --write"
fi
