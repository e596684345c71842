#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The node has runsc and a handler, and no gVisor shim.
set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

sabotage 'there is no gVisor shim on the node' 'exit 3, error not-run: the shim is missing; install it'
make_namespace
restore_shim() { mv "$bed_bin/away-containerd-shim-runsc-v1" "$bed_bin/containerd-shim-runsc-v1"; }
mv "$bed_bin/containerd-shim-runsc-v1" "$bed_bin/away-containerd-shim-runsc-v1"
at_end restore_shim
harness 3 allowlist
expect_verdict allowlist error not-run "the node has no usable gVisor shim" "containerd-shim-runsc-v1"
expect_hint "install containerd-shim-runsc-v1"
expect_nothing_of_run_left
