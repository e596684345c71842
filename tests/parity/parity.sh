#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Runs parity.py with the bed's kubectl; further arguments go to it.
set -euo pipefail

parity_dir=$(cd "$(dirname "$(readlink -f "$0")")" && pwd)
bed_dir=$parity_dir/../cluster
# shellcheck source=../cluster/lib/common.sh
. "$bed_dir/lib/common.sh"

[ -x "$bin_dir/kubectl" ] || fail "there is no kubectl of the bed: tests/cluster/up makes it"
exec /usr/bin/python3 "$parity_dir/parity.py" --kubectl "$bin_dir/kubectl" --gvisor-smoke "$GVISOR_SMOKE" \
  --exec-probe "$EXEC_PROBE" "$@"
