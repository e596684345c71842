#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Only pods under gVisor do not reach the outside: they get addresses of their own range, which a rule rejects.
set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

sabotage 'the outside is cut off for pods under gVisor alone' 'exit 1, failed finding: works under the default runtime'
make_namespace
range=$(sed -n 's/.*"subnet": "\([0-9.]*\)\.0\/24".*/\1/p' "$node_dir/cni/10-pods.conflist")
# A handler may have a network configuration of its own; the two share the node's range by halves.
mkdir "$node_dir/cni-runsc"
at_end rm -r "$node_dir/cni-runsc"
sed -e 's/"name": "pods"/"name": "pods-gvisor"/' -e "s|\"/24\"|&|; s|/24\"}|/24\", \"rangeStart\": \"$range.200\", \"rangeEnd\": \"$range.250\"}|" \
  "$node_dir/cni/10-pods.conflist" >"$node_dir/cni-runsc/10-pods.conflist"
sed -i "s|/24\"}|/24\", \"rangeStart\": \"$range.2\", \"rangeEnd\": \"$range.199\"}|" "$node_dir/cni/10-pods.conflist"
add_rules <<NFT
ip saddr $range.200-$range.250 ip daddr $OUTSIDE_ADDRESS reject with icmp type admin-prohibited
NFT
edit_containerd "/containerd\\.runtimes\\.runsc\\]\$/a cni_conf_dir = \"$node_dir/cni-runsc\""
harness 1 https-egress --egress-url "$OUTSIDE_URL" --ca-file "$OUTSIDE_CA"
expect_verdict https-egress failed finding "curl ended with" "works under the default runtime on the same node"
expect_nothing_of_run_left

# The doctor names the same.
program 3 doctor -n "$ns" --image "$TOOLBOX_IMAGE" --node $node --egress-url "$OUTSIDE_URL" --ca-file "$OUTSIDE_CA" '!storage'
expect_output "FAIL  egress         "
expect_output "it works under the default runtime on the same node, so gVisor is the cause"
expect_output "hint: the network treats sandboxes otherwise than other pods"
