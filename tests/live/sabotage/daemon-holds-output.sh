#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A case ends and leaves a daemon that holds its output open.
set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

sabotage 'a case leaves a daemon that holds its output' 'exit 0, passed works at once'
make_namespace
write_case daemon "# timeout: 60s" <<'CASE'
setsid sh -c 'trap "" HUP TERM; while :; do sleep 5; done' &
echo started
CASE
harness_limit_ms=6000
harness 0 --cases "$work/cases" daemon
expect_verdict daemon passed works
expect_nothing_of_run_left
