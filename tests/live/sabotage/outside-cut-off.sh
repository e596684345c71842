#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# No pod of the node reaches an address outside the cluster.
set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

sabotage 'the outside is cut off for all pods' 'exit 3, error environment: fails under both runtimes'
make_namespace
add_rules <<NFT
ip daddr $OUTSIDE_ADDRESS reject with icmp type admin-prohibited
NFT
harness 3 https-egress --egress-url "$OUTSIDE_URL" --ca-file "$OUTSIDE_CA"
expect_verdict https-egress error environment "curl ended with" "under the default runtime as well"
expect_nothing_of_run_left
