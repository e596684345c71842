#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The handler is configured in a file that the main configuration does not import.
set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

sabotage 'the handler'"'"'s stanza is in a file that containerd does not import' 'exit 3, error not-run: no handler; a drop-in must be imported'
make_namespace
at_end rm -r "$node_dir/conf.d"
mkdir "$node_dir/conf.d"
{ echo "version = 3" && runsc_handler; } >"$node_dir/conf.d/runsc.toml"
edit_containerd '/containerd\.runtimes\.runsc\]$/,$d'
harness 3 allowlist
expect_verdict allowlist error not-run 'no runtime for "runsc" is configured'
expect_hint "a drop-in file counts only when it is imported"
expect_nothing_of_run_left
