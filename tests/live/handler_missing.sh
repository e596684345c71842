#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A node whose containerd has no handler "runsc": the cause is named in seconds, and nothing counts as passed or skipped.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

at_end "$cluster/node" stop node-b
"$cluster/node" start node-b >/dev/null 2>&1

subject "the run ends within 15 s and names the cause and what to do"
smoke 3 --node node-b --egress-url "$OUTSIDE_URL" --ca-file "$OUTSIDE_CA"
expect_within_ms 15000
expect_output "the node's container runtime has no handler for this RuntimeClass"
expect_output 'no runtime for "runsc" is configured'
expect_output "hint: install runsc on the node and add the runtime to the main containerd configuration"

subject "every case is in the report, as an error with the cause"
expect_none_passed
expect_case passed TestGvisorRuntimeClassOnCluster test_runtime_class_exists_in_cluster
expect_case skipped TestGvisorRuntimeClassOnCluster test_pods_have_gvisor_runtimeclass
total=$(xpath 'count(//testcase)')
expect_counts 1 0 $((total - 2)) 1
for name in test_git_clone_works_under_gvisor test_curl_https_works_under_gvisor test_outbound_https_works_under_gvisor \
  test_workspace_pvc_mount_works_under_gvisor test_bash_allowlist_compatibility_matrix; do
  expect_case error TestGvisorCompatibilityMatrix $name "no runtime for"
done
expect_nothing_left

subject "the doctor says it twice: the node does not list the handler, and its pod does not start"
program 3 doctor -n "$ns" --image "$TOOLBOX_IMAGE" --node node-b --control none
expect_output 'FAIL  handler        the container runtime of node-b has no handler "runsc"'
expect_output 'FAIL  start          node node-b cannot start pods of RuntimeClass "gvisor": the node'"'"'s container runtime has no handler'
expect_output "skip  storage        not looked at: handler failed"
expect_output "ok    cleanup        nothing is left in the cluster"

subject "without --node, the run goes where the handler is"
smoke 0 allowlist
expect_output "gvisor: "
expect_output " on node-a"
