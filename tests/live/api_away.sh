#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The API server is away for 30 s while a run is under way: killed and started again, or stopped and going on; before
# the run, while pods are made, in a case, at the end. The verdicts are those of an undisturbed run, and nothing is left.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=faults/lib.sh
. "$live_dir/faults/lib.sh"

write_case quick <<'END_OF_CASE'
echo quick
END_OF_CASE
write_case slow "# timeout: 60s" <<'END_OF_CASE'
i=0
while [ $i -lt 60 ]; do i=$((i + 1)); echo "line $i"; sleep 0.2; done
END_OF_CASE
write_case wrong <<'END_OF_CASE'
echo "not here" >&2
exit 3
END_OF_CASE

# Controllers and the provisioner come back up to a minute after the server, one after the other.
run_cases() { smoke 3 --cases "$work/cases" --api-patience 90s --pod-timeout 4m quick slow wrong curl dev-kvm pvc-write pvc-read-back; }

# Until what the fault before has disturbed is back: the cluster's DNS may ask the server again a minute later, and a run
# that begins meanwhile cannot know that.
settle() {
  local try
  for ((try = 0; try < 6; try++)); do
    "$GVISOR_SMOKE" run -n "$ns" --report-dir "$work/settle" --image "$TOOLBOX_IMAGE" --control none curl pvc-write \
      >"$work/settled" 2>&1 </dev/null && return
  done
  fail "the cluster works again" "$(tail -n 20 "$work/settled")"
}

# disturbed COMMAND...: a run, with the command at the same time.
disturbed() {
  settle
  rm -rf "$reports"
  "$@" &
  run_cases
  wait $! || fail "the fault happens: $*" "$(cat "$work/fault")"
  wait_for_api 60 || fail "the API server comes back" "it does not"
  verdicts >"$work/seen"
  cmp -s "$work/wanted" "$work/seen" || fail "the verdicts of an undisturbed run" "$(diff "$work/wanted" "$work/seen" || true)"
  expect_nothing_left
}

subject "undisturbed"
run_cases
verdicts >"$work/wanted"
expect_case passed TestLive test_slow
expect_case error TestLive test_wrong

subject "the API server is killed before the run, and comes back after 30 s"
disturbed api_away 30

subject "the API server says nothing while pods are made"
disturbed when_event '.event == "pod" and .state == "created"' api_silent 30

subject "the API server is killed in a case, and comes back after 30 s"
disturbed when_event '.event == "start" and .name == "slow"' api_away 30

subject "the API server is killed at the end"
disturbed when_event '.event == "verdict" and .name == "slow"' api_away 30

subject "the API server says nothing at the end"
disturbed when_event '.event == "verdict" and .name == "slow"' api_silent 30
