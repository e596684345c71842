#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A case prints 64 MiB.
set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

sabotage 'a case prints 64 MiB' 'exit 0, passed works: all of it counted, and cut'
make_namespace
write_case flood <<'CASE'
head -c 67108864 /dev/zero | tr '\0' x
CASE
harness 0 --cases "$work/cases" flood
expect_verdict flood passed works "standard output was cut" "of 67108864 bytes are kept"
expect_equal 67108864 "$(journal '.[] | select(.event == "evidence") | .evidence.stdout_bytes')"
[ "$(stat -c %s "$reports/junit.xml")" -lt 4000000 ] || fail "junit.xml is smaller than 4 MB" "$(stat -c %s "$reports/junit.xml")"
expect_nothing_of_run_left
