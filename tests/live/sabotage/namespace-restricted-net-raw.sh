#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The namespace enforces the "restricted" Pod Security level: a case that asks for NET_RAW is refused there.
set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

sabotage 'the namespace enforces "restricted"; a case with NET_RAW' 'exit 0, skipped unmet: which grants it misses, violates PodSecurity "restricted"; not passed as blocked'
make_namespace pod-security.kubernetes.io/enforce=restricted
harness 0 tcpdump allowlist
expect_verdict tcpdump skipped unmet 'needs the grants NET_RAW, SETGID, SETUID, which namespace' 'violates PodSecurity "restricted'
expect_verdict allowlist passed works
expect_no_problem
expect_nothing_of_run_left
