#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# diff over a real upgrade of gVisor, and over a change of its settings: what changed is told, and only what got worse
# makes the exit code 1.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=../cluster/lib/versions.sh
. "$live_dir/../cluster/lib/versions.sh"
# shellcheck disable=SC2154 # it is set by versions.sh
older=${runsc_older_versions[-1]}

at_end "$cluster/up"
# run_on NAME UP-OPTIONS...: the journal of a run on the bed with these options is $work/NAME.jsonl.
run_on() {
  local name=$1
  shift
  "$cluster/up" "$@" >"$work/up" 2>&1 || fail "the bed runs: $*" "$(tail -n 5 "$work/up")"
  smoke "${wanted:-0}" allowlist tcpdump perf-event-open
  cp "$reports/run.jsonl" "$work/$name.jsonl"
}
run_on older --runsc "$older"
run_on current
wanted=1 run_on open --runsc-flag net-raw=true

subject "an upgrade is no regression, and its release is told"
program 0 diff "$work/older.jsonl" "$work/current.jsonl" --json "$work/diff.json"
expect_output "0 regressions"
expect_output "4.4.0"
expect_output "4.19.0-gvisor"
jq -e '.' "$work/diff.json" >/dev/null

subject "nor is the way back"
program 0 diff "$work/current.jsonl" "$work/older.jsonl"
expect_output "0 regressions"

subject "what is not blocked any more is one"
program 1 diff "$work/current.jsonl" "$work/open.jsonl"
expect_output "1 regression"
expect_output "tcpdump"
expect_output "not-blocked"

subject "and its end is a fix"
program 0 diff "$work/open.jsonl" "$work/current.jsonl"
expect_output "0 regressions"
expect_output "tcpdump"
