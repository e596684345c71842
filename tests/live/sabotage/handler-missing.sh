#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The node's containerd has no handler "runsc", which the RuntimeClass names.
set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

sabotage 'containerd on the node has no handler "runsc"' 'exit 3, error not-run: no handler; how to add one'
make_namespace
edit_containerd '/containerd\.runtimes\.runsc\]$/,$d'
harness 3 allowlist
expect_verdict allowlist error not-run "handler" 'no runtime for "runsc" is configured'
expect_hint "install runsc on the node" "restart containerd"
expect_nothing_of_run_left
