#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The cluster has no RuntimeClass of the name.
set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

sabotage 'the RuntimeClass does not exist' 'exit 3: no such RuntimeClass; how to make one'
make_namespace
at_end restore_runtime_class
kubectl delete runtimeclass gvisor >/dev/null
harness 3 allowlist
expect_problem 'cannot read RuntimeClass "gvisor"' "not found"
expect_verdict allowlist error not-run "cannot read RuntimeClass"
expect_hint 'create a RuntimeClass with handler "runsc"'
expect_nothing_of_run_left
