#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The node has runsc and a handler, and no gVisor shim.
set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

sabotage 'there is no gVisor shim on the node' 'exit 3, error not-run: the shim is missing; install it'
make_namespace
edit_containerd 's/io\.containerd\.runsc\.v1"$/io.containerd.runscnone.v1"/'
harness 3 allowlist
expect_verdict allowlist error not-run "shim" "containerd-shim-runscnone-v1"
expect_hint "install containerd-shim"
expect_nothing_of_run_left
