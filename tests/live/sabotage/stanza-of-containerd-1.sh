#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The handler is configured under the plugin name of containerd 1, which containerd 2 ignores.
set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

sabotage 'the handler'"'"'s stanza has the plugin name of containerd 1' 'exit 3, error not-run: no handler; the name for containerd 2'
make_namespace
edit_containerd '/containerd\.runtimes\.runsc/s/io\.containerd\.cri\.v1\.runtime/io.containerd.grpc.v1.cri/'
harness 3 allowlist
expect_verdict allowlist error not-run 'no runtime for "runsc" is configured'
expect_hint "io.containerd.cri.v1.runtime" "io.containerd.grpc.v1.cri"
expect_nothing_of_run_left
