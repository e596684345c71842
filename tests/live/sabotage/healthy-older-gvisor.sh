#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A healthy cluster with a gVisor release of 2025, whose kernel calls itself 4.4.0.
set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

sabotage 'healthy: gVisor is of May 2025 (kernel 4.4.0)' 'exit 0, passed works'
make_namespace
running=$(cat "$bed_state/runsc-version")
mapfile -t flags < <(sed 's/^/--runsc-flag=/' "$bed_state/runsc-flags" 2>/dev/null)
at_end "$cluster/up" --runsc "$running" "${flags[@]/--runsc-flag=/--runsc-flag }"
"$cluster/up" --runsc v0.0.0-20250503011706-39ed1f5ac29c >"$work/up" 2>&1 || fail "the bed runs that release" "$(tail -n 5 "$work/up")"
harness 0 allowlist tcpdump curl
expect_verdict allowlist passed works
expect_verdict curl passed works
expect_verdict tcpdump passed blocked
expect_output "4.4.0"
expect_no_problem
expect_nothing_of_run_left
