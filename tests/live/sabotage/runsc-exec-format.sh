#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The node's runsc is no program: its download was an error page.
set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

sabotage 'runsc on the node is an error page (exec format error)' 'exit 3, error not-run: exec format error; a failed download'
make_namespace
echo '<?xml version="1.0"?><Error><Code>NoSuchKey</Code></Error>' >"$work/runsc"
chmod 755 "$work" "$work/runsc"
edit_runsc "s|^binary_name = .*|binary_name = \"$work/runsc\"|"
harness 3 allowlist
expect_verdict allowlist error not-run "exec format error" "node $node"
expect_hint "a failed download or another architecture"
expect_nothing_of_run_left
