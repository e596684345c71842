#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The node's runsc was copied there without the mode of a program.
set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

sabotage 'runsc on the node has no execute permission' 'exit 3, error not-run: permission denied; look at its mode'
make_namespace
cp "$bed_bin/runsc" "$work/runsc"
chmod 755 "$work"
chmod 644 "$work/runsc"
edit_runsc "s|^binary_name = .*|binary_name = \"$work/runsc\"|"
harness 3 allowlist
expect_verdict allowlist error not-run "permission denied" "node $node"
expect_hint "the mode of runsc"
expect_nothing_of_run_left
