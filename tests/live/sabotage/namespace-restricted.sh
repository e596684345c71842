#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The namespace enforces the "restricted" Pod Security level: cases without grants run all the same.
set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

sabotage 'the namespace enforces "restricted"; cases without grants' 'exit 0, passed works: a healthy cluster'
make_namespace pod-security.kubernetes.io/enforce=restricted
harness 0 allowlist curl
expect_verdict allowlist passed works
expect_verdict curl passed works
expect_no_problem
expect_nothing_of_run_left
