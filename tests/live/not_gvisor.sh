#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A node whose handler "runsc" is really runc: pods run, and the run says that they are not sandboxed.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

at_end "$cluster/node" stop node-c
"$cluster/node" start node-c >/dev/null 2>&1

subject "NOT GVISOR is said with its signs, exit 4, and no case counts"
smoke 4 --node node-c allowlist pytest pvc-write runtime-class
expect_output "NOT GVISOR"
expect_output "kernel version"
expect_output "boot id"
expect_none_passed
expect_case passed TestGvisorRuntimeClassOnCluster test_runtime_class_exists_in_cluster
expect_case error TestGvisorCompatibilityMatrix "test_bash_allowlist_compatibility_matrix[allowlist]" "NOT GVISOR"
expect_case error TestGvisorCompatibilityMatrix "test_bash_allowlist_compatibility_matrix[pytest]" "NOT GVISOR"
expect_case error TestGvisorCompatibilityMatrix "test_workspace_pvc_mount_works_under_gvisor[write]" "NOT GVISOR"
expect_nothing_left

subject "the doctor says so, exit 4"
program 4 doctor -n "$ns" --image "$TOOLBOX_IMAGE" --node node-c --control none
expect_output 'ok    start          a pod runs on node-c'
expect_output 'FAIL  attestation    NOT GVISOR: '
expect_output 'skip  dns            not looked at: attestation failed'
expect_output "ok    cleanup        nothing is left in the cluster"

subject "the whole matrix does not pass there either"
smoke 4 --node node-c --egress-url "$OUTSIDE_URL" --ca-file "$OUTSIDE_CA"
expect_none_passed
expect_nothing_left
