#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A healthy cluster whose handler is called "gvisor", as on GKE.
set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

sabotage 'healthy: the handler is called "gvisor", as on GKE' 'exit 0, passed works, with --handler gvisor'
make_namespace
edit_containerd 's/containerd\.runtimes\.runsc\([].]\)/containerd.runtimes.gvisor\1/'
replace_runtime_class <<YAML
{apiVersion: node.k8s.io/v1, kind: RuntimeClass, metadata: {name: gvisor}, handler: gvisor}
YAML
harness 0 --handler gvisor allowlist runtime-class tcpdump
expect_verdict allowlist passed works
expect_verdict runtime-class passed declared 'has the handler "gvisor"'
expect_verdict tcpdump passed blocked
expect_no_problem
expect_nothing_of_run_left
