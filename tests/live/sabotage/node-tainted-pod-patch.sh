#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The node has a taint that the RuntimeClass does not tolerate, and the operator's --pod-patch does: for the choice of the
# node as well, and for the control and the fixture, which have no RuntimeClass.
set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

sabotage 'the node is tainted, and --pod-patch tolerates it' 'exit 0, passed works: a healthy cluster'
make_namespace
at_end kubectl taint node "$node" sabotage-
kubectl taint node "$node" sabotage=yes:NoSchedule >/dev/null
echo '{"spec":{"tolerations":[{"key":"sabotage","operator":"Exists","effect":"NoSchedule"}]}}' >"$work/patch.json"
harness 0 curl --control all --pod-patch "$work/patch.json"
expect_verdict curl passed works "under the default runtime"
expect_no_problem
expect_nothing_of_run_left
