#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# runsc runs under the shim of runc: its pods start and work, and never end.
set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

sabotage 'runsc runs under the runc shim: pods work and never end' 'exit 3: passed works, and the pod is still there after its deletion'
make_namespace
# The shim waits for the end of what `start` prints, which the gofer of a container would hold open.
use_runc_shim_with_runsc <<WRAPPER
#!/bin/sh
case " \$* " in
*" start "*) exec "$bed_bin/runsc" --platform=systrap "\$@" >/dev/null 2>&1 ;;
*) exec "$bed_bin/runsc" --platform=systrap "\$@" ;;
esac
WRAPPER
harness_limit_ms=60000
harness 3 allowlist
expect_verdict allowlist passed works
expect_problem "still there 30 s after their deletion" "pods gvisor-smoke-"
expect_within_ms 50000
