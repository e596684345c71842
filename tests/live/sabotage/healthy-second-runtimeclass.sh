#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A healthy cluster whose RuntimeClass has another name.
set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

sabotage 'healthy: the RuntimeClass is called "sandboxed"' 'exit 0, passed works'
make_namespace
at_end kubectl delete runtimeclass sandboxed
kubectl create -f - >/dev/null <<YAML
{apiVersion: node.k8s.io/v1, kind: RuntimeClass, metadata: {name: sandboxed}, handler: runsc}
YAML
harness 0 --runtime-class sandboxed allowlist runtime-class tcpdump
expect_verdict allowlist passed works
expect_verdict runtime-class passed declared '"sandboxed" has the handler "runsc"'
expect_verdict tcpdump passed blocked
expect_no_problem
expect_nothing_of_run_left
