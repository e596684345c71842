#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Writing a case: new-case, a run that keeps its pods, and the same case again and again in one of them.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

at_end "$GVISOR_SMOKE" sweep -n "$ns" --older-than 1ms
mkdir "$work/mine"
pods() { kubectl -n "$ns" get pods -o json | jq -r '.items[].metadata | "\(.name) \(.uid)"' | sort; }
# again EXIT: the case in the kept pod, with new reports.
again() {
  rm -rf "$reports"
  program "$1" run --existing-pod "$pod" -n "$ns" --report-dir "$reports" --cases "$work/mine" our-work
}

subject "a new case runs as it is, and --keep says how to run it again"
program 0 new-case --cases "$work/mine" our-work
smoke 0 --keep --cases "$work/mine" our-work
expect_case passed TestOurWorkload test_our_work_works_under_gvisor
pod=$(kubectl -n "$ns" get pods -l "gvisor-smoke/run=$(run_id)" -o name | grep gvisor-1)
pod=${pod#pod/}
expect_output "--existing-pod $pod -n $ns"
id=$(run_id)
expect_output "sweep -n $ns --run $id removes them"
kept=$(pods)

subject "in its pod it runs again, and no pod is made"
again 0
expect_case passed TestOurWorkload test_our_work_works_under_gvisor
expect_equal "$kept" "$(pods)"
printf '   %s ms\n' "$elapsed_ms"

subject "so does what was changed"
sed -i 's/^echo "wrote .*/fail "this is changed"/' "$work/mine/our-work.sh"
again 1
expect_case failed TestOurWorkload test_our_work_works_under_gvisor "this is changed"
expect_equal "$kept" "$(pods)"

subject "sweep removes what was kept"
program 0 sweep -n "$ns" --run "$id"
kubectl wait --for=delete "namespace/$ns" --timeout=60s >/dev/null
