#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The node is cordoned.
set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

sabotage 'the node is cordoned' 'exit 3: it is cordoned'
make_namespace
at_end kubectl uncordon "$node"
kubectl cordon "$node" >/dev/null
harness 3 allowlist
expect_problem 'no node can take a pod of RuntimeClass "gvisor"' "$node is cordoned"
expect_verdict allowlist error not-run "$node is cordoned"
expect_hint "uncordon"
expect_nothing_of_run_left
