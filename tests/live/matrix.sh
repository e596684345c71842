#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The main job: every case on a real node, the names that consumers of the report know, and nothing left afterwards.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

subject "the whole matrix holds"
smoke 0 --egress-url "$OUTSIDE_URL" --ca-file "$OUTSIDE_CA" --trace "$work/trace.json"
expect_output "gvisor: "
expect_output "0 failed, 0 errors"
listed=$("$GVISOR_SMOKE" list | awk '/^[a-z]/ && !/^micro-/ {print $1}')
expect_equal "$(sort <<<"$listed")" "$(jq -r 'select(.event == "verdict") | .name // .case' "$reports/run.jsonl" | sort)"

subject "the seven names of the original are in the report, once each"
once() { expect_case passed "$1" "$2"; }
once TestGvisorRuntimeClassOnCluster test_runtime_class_exists_in_cluster
expect_case skipped TestGvisorRuntimeClassOnCluster test_pods_have_gvisor_runtimeclass "no pod with label app.kubernetes.io/name=aifactory"
once TestGvisorCompatibilityMatrix test_git_clone_works_under_gvisor
once TestGvisorCompatibilityMatrix test_curl_https_works_under_gvisor
once TestGvisorCompatibilityMatrix test_outbound_https_works_under_gvisor
once TestGvisorCompatibilityMatrix test_workspace_pvc_mount_works_under_gvisor
once TestGvisorCompatibilityMatrix test_bash_allowlist_compatibility_matrix

subject "their parts are in the report as parameters"
for part in clone pull push; do
  once TestGvisorCompatibilityMatrix "test_git_clone_works_under_gvisor[$part]"
done
for part in curl wget; do
  once TestGvisorCompatibilityMatrix "test_curl_https_works_under_gvisor[$part]"
done
for part in write read-back; do
  once TestGvisorCompatibilityMatrix "test_workspace_pvc_mount_works_under_gvisor[$part]"
done
for part in allowlist npm-install pnpm-install pip-install pytest jest go-test; do
  once TestGvisorCompatibilityMatrix "test_bash_allowlist_compatibility_matrix[$part]"
done

subject "what gVisor refuses is passed, as an expected failure"
for name in test_tcpdump_is_blocked_under_gvisor test_wireshark_is_blocked_under_gvisor test_dev_kvm_is_blocked_under_gvisor; do
  once TestGvisorExpectedFailures "$name"
  text=$(xpath "string($(testcase TestGvisorExpectedFailures "$name")/system-out)")
  [[ $text == *"expected failure"* || $text == *"parts passed"* ]] || fail "$name: expected failure: ..." "$text"
done

subject "the report has no other verdicts, and says why the node counts as gVisor"
expect_counts "$(xpath 'count(//testcase) - 1')" 0 0 1
expect_equal pytest "$(xpath 'string(/testsuites/testsuite/@name)')"
seen=$(xpath "count(//property[contains(@name, '.attestation.') and starts-with(@value, 'gvisor: ')])")
[ "$seen" -ge 1 ] || fail "properties with the attestation of each pod" "$seen of them"
[[ $(xpath "string(//property[@name='node.node-a.gvisor'])"; xpath "string(//property[@name='node.node-a.gvisor']/@value)") == *gvisor* ]] ||
  fail "a property with gVisor's release" "$(xpath '//properties')"

subject "an independent reader counts the same"
seen=$("$(junit_reader)" - "$reports/junit.xml" <<'PYTHON'
import sys
from junitparser import JUnitXml, Error, Failure, Skipped
cases = [case for suite in JUnitXml.fromfile(sys.argv[1]) for case in suite]
of = lambda kind: sum(any(isinstance(r, kind) for r in case.result) for case in cases)
print(len(cases), of(Failure), of(Error), of(Skipped))
PYTHON
)
expect_equal "$(xpath 'concat(/testsuites/testsuite/@tests, " ", /testsuites/testsuite/@failures, " ", /testsuites/testsuite/@errors, " ", /testsuites/testsuite/@skipped)')" "$seen"
expect_equal "$(xpath 'count(//testcase)') 0 0 1" "$seen"

subject "nothing is left in the cluster"
expect_nothing_left

subject "each line of the journal is JSON, and the report can be written again from it"
expect_equal "$(wc -l <"$reports/run.jsonl")" "$(jq -c . "$reports/run.jsonl" | wc -l)"
program 0 report "$reports/run.jsonl" --junit "$work/again.xml"
cmp -s "$reports/junit.xml" "$work/again.xml" || fail "the same junit.xml" "$(diff "$reports/junit.xml" "$work/again.xml" | head -20)"

subject "the trace has each case and each pod, within the run, and the journal makes the same but for the reports"
# trace FILE QUERY: of its events.
trace() { jq -r "(.traceEvents | map(select(.ph == \"X\" and .cat == \"run\"))[0].dur) as \$whole | [.traceEvents[]] | $2" "$1"; }
expect_equal "$(sort -u <<<"$listed")" "$(trace "$work/trace.json" 'map(select(.cat == "case") | .args.case)[]' | sort -u)"
expect_equal 0 "$(trace "$work/trace.json" "map(select(.ph == \"X\" and (.ts < 0 or .dur < 0 or .ts + .dur > \$whole))) | length")"
expect_equal "$(jq -r 'select(.event == "pod") | "pod " + .name' "$reports/run.jsonl" | sort -u)" \
  "$(trace "$work/trace.json" 'map(select(.name == "thread_name") | .args.name)[] | select(startswith("pod ")) | sub(" \\([0-9]+\\)$"; "")' | sort -u)"
expect_equal "$(jq -r 'select(.event == "evidence" and .pod) | .name + " " + .runtime' "$reports/run.jsonl" | sort)" \
  "$(trace "$work/trace.json" 'map(select(.cat == "case" and .args.pod) | .args.case + " " + .args.runtime)[]' | sort)"
for phase in create schedule start supervisor delete access rights runtime-class nodes namespace secrets services claim probe journal junit; do
  [ "$(trace "$work/trace.json" "map(select(.ph == \"X\" and .name == \"$phase\")) | length")" -ge 1 ] || fail "a slice $phase" "none"
done
[ "$(trace "$work/trace.json" 'map(select(.ph == "b" and .cat == "wait")) | length')" -ge 1 ] || fail "cases wait for something" "for nothing"
program 0 report "$reports/run.jsonl" --trace "$work/again.json"
without_reports() { trace "$1" 'map(select(.name != "journal" and .name != "junit" and .cat != "run"))[] | tojson'; }
cmp -s <(without_reports "$work/trace.json") <(without_reports "$work/again.json") ||
  fail "the same trace" "$(diff <(without_reports "$work/trace.json") <(without_reports "$work/again.json") | head -5)"
"$root/tests/bench/critical_path" "$work/trace.json" || fail "the critical path of the trace" "none"
