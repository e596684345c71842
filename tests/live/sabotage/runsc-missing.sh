#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The node has gVisor's shim and a handler, and no runsc.
set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

sabotage 'there is no runsc on the node, only its shim' 'exit 3, error not-run: the file is missing; install runsc'
make_namespace
edit_runsc 's|^binary_name = .*|binary_name = "/usr/local/bin/no-runsc-here"|'
harness 3 allowlist
expect_verdict allowlist error not-run "no-runsc-here" "no such file or directory"
expect_hint "install runsc"
expect_nothing_of_run_left
