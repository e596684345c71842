#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The namespace enforces the "restricted" Pod Security level: a case that asks for NET_RAW is refused there.
set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

sabotage 'the namespace enforces "restricted"; a case with NET_RAW' 'exit 3, error not-run: violates PodSecurity "restricted"; what to do'
make_namespace pod-security.kubernetes.io/enforce=restricted
harness 3 tcpdump allowlist
expect_verdict tcpdump error not-run 'violates PodSecurity "restricted' "NET_RAW"
expect_verdict allowlist passed works
expect_hint "Pod Security level" "-n"
expect_nothing_of_run_left
