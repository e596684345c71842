#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Somebody deletes the pod in the middle of a case.
set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

sabotage 'the pod is deleted in the middle of a case' 'exit 3, error lost or not-run: the pod was deleted'
make_namespace
write_case sleeper "# timeout: 60s" <<'CASE'
sleep 40
CASE
when_running sleeper kubectl -n "$ns" delete pod --now --wait=false
harness 3 --cases "$work/cases" sleeper
expect_verdict sleeper error lost "deleted"
expect_nothing_of_run_left
