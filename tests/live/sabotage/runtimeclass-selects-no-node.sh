#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The RuntimeClass selects nodes by a label that no node has.
set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

sabotage 'the RuntimeClass selects a label that no node has' 'exit 3: which label the node lacks'
make_namespace
replace_runtime_class <<YAML
{apiVersion: node.k8s.io/v1, kind: RuntimeClass, metadata: {name: gvisor}, handler: runsc, scheduling: {nodeSelector: {sandbox: "yes"}}}
YAML
harness 3 allowlist
expect_problem 'no node can take a pod of RuntimeClass "gvisor"' "$node lacks the label sandbox=yes"
expect_verdict allowlist error not-run "$node lacks the label"
expect_hint "RuntimeClass" "scheduling" "nodeSelector"
expect_nothing_of_run_left
