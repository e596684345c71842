#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# runsc runs under the shim of runc: its pods start, and never end.
set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

sabotage 'runsc runs under the runc shim: pods start and never end' 'exit 3, passed works, and: still there after their deletion'
make_namespace
printf '#!/bin/sh\nexec %q --platform=systrap "$@"\n' "$bed_bin/runsc" >"$node_dir/runsc-wrapper"
chmod 755 "$node_dir/runsc-wrapper"
end_pods() {
  local uid uids
  uids=$(kubectl -n "$ns" get pods -o 'jsonpath={.items[*].metadata.uid}')
  restore_node
  for uid in $uids; do
    find /sys/fs/cgroup -path "*pod$uid*" -name cgroup.procs -exec cat {} + 2>/dev/null | sort -u | xargs -r kill -9
  done
  kubectl -n "$ns" delete pods --all --force --grace-period=0
  rm -f "$node_dir/runsc-wrapper"
}
at_end end_pods
edit_containerd -e '/containerd\.runtimes\.runsc/,$s/io\.containerd\.runsc\.v1"/io.containerd.runc.v2"/' -e '/TypeUrl/d' \
  -e "s|^ConfigPath = .*|BinaryName = \"$node_dir/runsc-wrapper\"|"
harness_limit_ms=60000
harness 3 allowlist
expect_verdict allowlist passed works
expect_problem "still there" "deletion" "pods"
