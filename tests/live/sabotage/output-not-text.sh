#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A case prints invalid UTF-8, NUL, and characters that XML forbids, and fails.
set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

sabotage 'a case prints NUL, invalid UTF-8 and what XML forbids' 'exit 3, error environment (fails in both); all reports readable'
make_namespace
write_case garbage <<'CASE'
printf 'nul \000 escape \033[31m bad \377\376 \355\240\200 \300\257 fffe \357\277\276 bell \007 cdata ]]> <&">\n'
printf 'the last words \000\001\002 \377 ]]>\n' >&2
exit 7
CASE
harness 3 --cases "$work/cases" garbage
expect_verdict garbage error environment "exit code 7" "the last words"
jq -es 'length > 0' "$reports/run.jsonl" >/dev/null || fail "the journal is valid JSON" "$(head -c 300 "$reports/run.jsonl")"
iconv -f UTF-8 -t UTF-8 "$reports/run.jsonl" "$reports/junit.xml" "$output" >/dev/null || fail "all is UTF-8" "it is not"
[ "$(tr -d '\000-\011\013-\037' <"$output" | cmp - "$output" 2>&1)" = "" ] || fail "no control characters on the terminal" "there are"
expect_nothing_of_run_left
