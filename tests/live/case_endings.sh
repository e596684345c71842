#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Cases of one's own (--cases DIR), and every way in which a case can end.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

write_case good <<'END_OF_CASE'
echo "as it should be"
END_OF_CASE
write_case bad <<'END_OF_CASE'
echo "the disk is full of sand" >&2
exit 1
END_OF_CASE
write_case slow "# timeout: 2s" <<'END_OF_CASE'
echo "before the sleep"
sleep 300
END_OF_CASE
write_case no-tool "# needs: no-such-tool" <<'END_OF_CASE'
exit 0
END_OF_CASE
write_case follower "# after: bad" <<'END_OF_CASE'
exit 0
END_OF_CASE
write_case killed <<'END_OF_CASE'
kill -9 $$
END_OF_CASE
write_case noisy <<'END_OF_CASE'
head -c 3145728 /dev/zero | tr '\0' x
printf '\n\0\001\377\376 ]]> </system-out> & \033[31mred\n'
printf 'the end of the noise' >&2
exit 7
END_OF_CASE
write_case gvisor-only <<'END_OF_CASE'
grep -q gvisor /proc/version && { echo "only here" >&2; exit 3; }
exit 0
END_OF_CASE

subject "each ending has its verdict; with errors among them, the exit code is 3"
smoke 3 --cases "$work/cases" --control none good bad slow no-tool follower killed noisy
expect_case passed TestLive test_good
expect_case failed TestLive test_bad "exit code 1"
expect_case failed TestLive test_bad "the disk is full of sand"
expect_case failed TestLive test_bad "so gVisor is not yet to blame"
expect_case error TestLive test_slow "ended by its timeout of 2.0 s after 2."
expect_case error TestLive test_no_tool "no-such-tool"
expect_case error TestLive test_follower "bad"
expect_case failed TestLive test_noisy "exit code 7"
expect_case failed TestLive test_noisy "the end of the noise"
expect_case failed TestLive test_killed
expect_counts 1 3 3 0
expect_nothing_left

subject "what a case prints cannot break the journal or the terminal"
expect_equal "$(wc -l <"$reports/run.jsonl")" "$(jq -c . "$reports/run.jsonl" | wc -l)"
expect_no_output $'\033[31m'
size=$(wc -c <"$reports/run.jsonl")
[ "$size" -lt 8000000 ] || fail "a journal of bounded size" "$size bytes"

subject "a failure without a control is exit 1"
smoke 1 --cases "$work/cases" --control none good bad
expect_counts 1 1 0 0

subject "a failure only under gVisor is a finding: exit 1"
smoke 1 --cases "$work/cases" good gvisor-only
expect_case failed TestLive test_gvisor_only "so gVisor is the cause"
expect_case passed TestLive test_good
expect_counts 1 1 0 0
expect_nothing_left

subject "a failure under both is the environment's: exit 3"
smoke 3 --cases "$work/cases" bad
expect_case error TestLive test_bad "so the environment is the cause"
expect_counts 0 0 1 0

subject "a bad header is an error with file and line"
mkdir "$work/wrong"
printf '#!/bin/sh\n# summary: x\n# reports: TestLive test_x\n# expects: works\nexit 0\n' >"$work/wrong/header.sh"
program 2 run --cases "$work/wrong" -n "$ns" --report-dir "$work/none" header
expect_output "header.sh:4"
expect_output '"expects"'
expect_nothing_made
[ ! -e "$work/none" ] || fail "no report folder" "$(ls "$work/none")"
