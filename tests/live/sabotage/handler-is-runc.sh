#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The node's handler "runsc" is really runc: pods run, and are not sandboxed.
set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

sabotage 'the handler "runsc" on the node starts runc' 'exit 4, error not-gvisor, for every case'
make_namespace
edit_containerd -e '/containerd\.runtimes\.runsc/,$s/io\.containerd\.runsc\.v1"/io.containerd.runc.v2"/' -e '/TypeUrl/d' \
  -e "s|^ConfigPath = .*|BinaryName = \"$bed_bin/runc\"|"
harness 4 allowlist curl tcpdump
expect_verdict allowlist error not-gvisor "NOT GVISOR" "on node $node"
expect_verdict curl error not-gvisor "NOT GVISOR"
expect_verdict tcpdump error not-gvisor "NOT GVISOR"
expect_hint 'the node'"'"'s handler "runsc" starts something else'
expect_nothing_of_run_left
