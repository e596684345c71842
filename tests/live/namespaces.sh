#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Namespaces: one that was there stays, one that enforces the restricted Pod Security level is enough.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

subject "a namespace that is missing is made and removed again"
smoke 0 allowlist
expect_case passed TestGvisorCompatibilityMatrix "test_bash_allowlist_compatibility_matrix[allowlist]"
expect_nothing_left

subject "a namespace that enforces the restricted Pod Security level is enough, with the fixture and a volume, and is kept"
make_namespace pod-security.kubernetes.io/enforce=restricted
smoke 0 allowlist curl pvc-write pvc-read-back
expect_no_output "PodSecurity"
expect_case passed TestGvisorCompatibilityMatrix "test_curl_https_works_under_gvisor[curl]"
expect_case passed TestGvisorCompatibilityMatrix "test_workspace_pvc_mount_works_under_gvisor[read-back]"
expect_nothing_left kept
