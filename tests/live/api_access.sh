#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# An API that does not answer, or does not know the caller: the cause in seconds, exit 3, and every case in the report.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

config=$work/kubeconfig
server=$(kubeconfig_server)
authority=$(cluster_authority)

# every_case_is_an_error TEXT
every_case_is_an_error() {
  expect_counts 0 0 "$(xpath 'count(//testcase)')" 0
  expect_case error TestGvisorRuntimeClassOnCluster test_runtime_class_exists_in_cluster
  expect_case error TestGvisorRuntimeClassOnCluster test_pods_have_gvisor_runtimeclass
  expect_case error TestGvisorCompatibilityMatrix test_git_clone_works_under_gvisor "$1"
  expect_case error TestGvisorCompatibilityMatrix test_bash_allowlist_compatibility_matrix "$1"
  expect_every_verdict
  expect_nothing_made
}

subject "a port that nobody listens on"
write_kubeconfig "$config" https://127.0.0.1:1 "$authority" token
smoke 3 --kubeconfig "$config"
expect_within_ms 8000
expect_output "127.0.0.1"
every_case_is_an_error "127.0.0.1"

subject "a server of another authority"
openssl req -x509 -newkey rsa:2048 -nodes -keyout "$work/other.key" -out "$work/other.crt" -days 1 -subj /CN=other 2>/dev/null
write_kubeconfig "$config" "$server" "$work/other.crt" token
smoke 3 --kubeconfig "$config"
expect_within_ms 8000
expect_output "certificate"
every_case_is_an_error "certificate"

subject "a token that the server does not know"
write_kubeconfig "$config" "$server" "$authority" no-such-token
smoke 3 --kubeconfig "$config"
expect_within_ms 8000
expect_output "Unauthorized"
expect_output 'does not accept the credentials: Unauthorized (HTTP 401)'
expect_output 'log in again as user "live" of the kubeconfig'
expect_no_output no-such-token
every_case_is_an_error "Unauthorized"
if grep -rq no-such-token "$reports"; then fail "no token in the reports" "$(grep -r no-such-token "$reports")"; fi

subject "nobody"
write_kubeconfig "$config" "$server" "$authority"
smoke 3 --kubeconfig "$config"
expect_within_ms 8000
expect_output "system:anonymous"
expect_output "runtimeclasses"
expect_nothing_made
