#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The sandbox of the pod is killed in the middle of a case, as by the node running out of memory.
set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

sabotage 'the sandbox is killed in the middle of a case' 'exit 3, error lost: the pod ended while it was needed'
make_namespace
write_case sleeper "# timeout: 60s" <<'CASE'
sleep 40
CASE
kill_sandbox() {
  local uid
  uid=$(kubectl -n "$ns" get pod "$1" -o 'jsonpath={.metadata.uid}')
  find /sys/fs/cgroup -path "*pod$uid*" -name cgroup.procs -exec cat {} + 2>/dev/null | sort -u |
    while read -r pid; do
      [[ $(tr '\0' ' ' <"/proc/$pid/cmdline") != *runsc-sandbox* ]] || kill -9 "$pid"
    done
}
when_running sleeper kill_sandbox
harness 3 --cases "$work/cases" sleeper
expect_verdict sleeper error lost "ended while it was needed"
expect_nothing_of_run_left
