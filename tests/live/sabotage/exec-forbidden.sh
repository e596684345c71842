#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The account of the run has neither get nor create on pods/exec.
set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

sabotage 'the account has neither get nor create on pods/exec' 'exit 3, error not-run: pods/exec is forbidden; both verbs are needed'
make_namespace
make_account 
harness 3 allowlist --kubeconfig "$account"
expect_verdict allowlist error not-run "pods/exec" "forbidden"
expect_hint "get and create on pods/exec"
expect_nothing_of_run_left
