#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# runsc on the node ends with an error that nobody knows. That may pass, so it counts when it comes a second time.
set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

sabotage 'runsc on the node fails without a word' 'exit 3, error not-run: runsc ends; said when it has failed twice'
make_namespace
at_end rm -f "$node_dir/runsc-fails"
printf '#!/bin/sh\nexit 3\n' >"$node_dir/runsc-fails"
chmod 755 "$node_dir/runsc-fails"
edit_runsc "s|^binary_name = .*|binary_name = \"$node_dir/runsc-fails\"|"
# The kubelet tries again after 10 to 20 s.
harness_limit_ms=40000
harness 3 allowlist
expect_verdict allowlist error not-run "node $node" "runsc ended"
expect_hint "runsc's log on the node"
expect_nothing_of_run_left
