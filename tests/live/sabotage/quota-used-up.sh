#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The namespace's quota of pods is used up.
set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

sabotage 'the quota of the namespace is used up' 'exit 3, error not-run: exceeded quota; its name'
make_namespace
kubectl -n "$ns" create quota nothing-left --hard=pods=0 >/dev/null
until kubectl -n "$ns" get quota nothing-left -o 'jsonpath={.status.hard.pods}' | grep -q 0; do sleep 0.1; done
harness 3 allowlist
expect_verdict allowlist error not-run "exceeded quota: nothing-left"
expect_hint "quota"
expect_nothing_of_run_left
