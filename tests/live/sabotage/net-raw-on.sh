#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# runsc runs with --net-raw, so that packet capture is not refused any more.
set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

sabotage 'runsc runs with --net-raw' 'exit 1, failed not-blocked: CAP_NET_RAW is kept; --expect accepts it'
make_namespace
edit_runsc '$a net-raw = "true"'
harness 1 tcpdump
expect_verdict tcpdump failed not-blocked "CapEff keeps CAP_NET_RAW" "--net-raw"
first_said=$said first_said_ms=$said_ms
harness 0 tcpdump --expect tcpdump=works
expect_verdict tcpdump passed works "expectation changed by --expect"
said=$first_said said_ms=$first_said_ms
