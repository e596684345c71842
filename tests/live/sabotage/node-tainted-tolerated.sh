#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The node has a taint that the RuntimeClass tolerates, as it is usual for nodes with sandboxes.
set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

sabotage 'the node is tainted, and the RuntimeClass tolerates it' 'exit 0, passed works: a healthy cluster'
make_namespace
at_end kubectl taint node "$node" sandbox.gke.io/runtime-
kubectl taint node "$node" sandbox.gke.io/runtime=gvisor:NoSchedule >/dev/null
replace_runtime_class <<YAML
apiVersion: node.k8s.io/v1
kind: RuntimeClass
metadata: {name: gvisor}
handler: runsc
scheduling:
  tolerations: [{key: sandbox.gke.io/runtime, operator: Equal, value: gvisor, effect: NoSchedule}]
YAML
harness 0 allowlist
expect_verdict allowlist passed works
expect_no_problem
expect_nothing_of_run_left
