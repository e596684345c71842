#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The node makes the pod's container and never says that it runs: no event tells why.
set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

sabotage 'the container is made and its start never returns' 'exit 3, error not-run at --pod-timeout: what it was waiting for'
make_namespace
use_runc_shim_with_runsc <<WRAPPER
#!/bin/sh
exec "$bed_bin/runsc" --platform=systrap "\$@"
WRAPPER
harness 3 allowlist --pod-timeout 10s
expect_verdict allowlist error not-run "not ready after 10" "ContainerCreating"
expect_hint "kubectl describe pod"
