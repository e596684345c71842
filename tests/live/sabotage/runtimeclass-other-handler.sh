#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The RuntimeClass names the default runtime's handler, so its pods are not sandboxed.
set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

sabotage 'the RuntimeClass "gvisor" has the handler "runc"' 'exit 4, error not-gvisor; the RuntimeClass'"'"' handler is told'
make_namespace
replace_runtime_class <<YAML
{apiVersion: node.k8s.io/v1, kind: RuntimeClass, metadata: {name: gvisor}, handler: runc}
YAML
harness 4 allowlist runtime-class
expect_verdict runtime-class failed not-declared 'has the handler "runc", expected "runsc"'
expect_verdict allowlist error not-gvisor "NOT GVISOR"
expect_hint 'handler "runc"'
expect_nothing_of_run_left
