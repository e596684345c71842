#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The cluster's DNS service has no server behind it.
set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

sabotage 'cluster DNS is dead' 'exit 3, error environment: the name is not resolved, under both runtimes'
make_namespace
restore_dns() {
  kubectl -n kube-system get endpointslice kube-dns -o name ||
    kubectl create -f - <"$work/dns.json"
}
kubectl -n kube-system get endpointslice kube-dns -o json |
  jq 'del(.metadata.uid, .metadata.resourceVersion, .metadata.managedFields, .metadata.creationTimestamp)' >"$work/dns.json"
at_end restore_dns
kubectl -n kube-system delete endpointslice kube-dns >/dev/null
# The timeouts are the point: a resolver gives up after 20 s under gVisor and 10 s without.
harness_limit_ms=35000
harness 3 https-egress --egress-url "$OUTSIDE_URL" --ca-file "$OUTSIDE_CA"
expect_verdict https-egress error environment "Could not resolve host" "under the default runtime as well"
expect_nothing_of_run_left

# The doctor names the same.
program 3 doctor -n "$ns" --image "$TOOLBOX_IMAGE" --node $node dns
expect_output "FAIL  dns            kubernetes.default.svc is not resolved by"
expect_output "nor under the default runtime, so gVisor is not the cause"
expect_output "hint: look at the pods of the cluster's DNS"
