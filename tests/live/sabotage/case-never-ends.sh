#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A case never ends and ignores what asks it to.
set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

sabotage 'a case never ends, and ignores TERM' 'exit 3, error timeout, soon after its 3 s'
make_namespace
write_case endless "# timeout: 3s" <<'CASE'
trap '' TERM HUP INT
echo began
while :; do sleep 1; done
CASE
harness_limit_ms=15000
harness 3 --cases "$work/cases" endless
expect_verdict endless error timeout "ended by its timeout of 3.0 s" "began"
expect_nothing_of_run_left
