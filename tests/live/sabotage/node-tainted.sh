#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The node has a taint that the RuntimeClass does not tolerate.
set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

sabotage 'the node is tainted' 'exit 3: which taint'
make_namespace
at_end kubectl taint node "$node" sabotage-
kubectl taint node "$node" sabotage=yes:NoSchedule >/dev/null
harness 3 allowlist
expect_problem 'no node can take a pod of RuntimeClass "gvisor"' "$node has the taint sabotage=yes:NoSchedule"
expect_verdict allowlist error not-run "$node has the taint"
expect_hint "tolerat"
expect_nothing_of_run_left
