#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The node's kubelet does not answer, and the API calls the node not ready.
set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

sabotage 'the node is not ready' 'exit 3: it is not ready, and since when or why'
make_namespace
mend_kubelet() {
  kill -CONT "$(cat "$bed_state/pid/kubelet-$node")"
  for _ in $(seq 150); do
    if [ "$(kubectl get node "$node" -o json | jq '[(.spec.taints // [] | length),
      (.status.conditions[] | select(.type == "Ready" and .status == "True") | 1)] | tostring')" = '"[0,1]"' ]; then return; fi
    sleep 0.2
  done
  return 1
}
at_end mend_kubelet
kill -STOP "$(cat "$bed_state/pid/kubelet-$node")"
kubectl patch node "$node" --subresource=status --type=strategic -p '{"status": {"conditions": [
  {"type": "Ready", "status": "Unknown", "lastTransitionTime": "2026-11-01T12:00:00Z", "reason": "NodeStatusUnknown", "message": "Kubelet stopped posting node status."}]}}' >/dev/null
harness 3 allowlist
expect_problem 'no node can take a pod of RuntimeClass "gvisor"' "$node is not ready since 2026-11-01T12:00:00Z: NodeStatusUnknown: Kubelet stopped posting"
expect_verdict allowlist error not-run "$node is not ready since"
expect_hint "repair"
expect_nothing_of_run_left
