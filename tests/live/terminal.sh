#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Runs at a terminal: the live view while they go on, and what stays of it when they end, or are ended in the middle.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

export GVISOR_SMOKE
write_case quick <<<'true'
write_case slow <<<'sleep 8'

subject "a view while cases run, gone at the end, also beside a trace and after a signal"
/usr/bin/python3 "$live_dir/at_terminal.py" "$work" "$ns" "$TOOLBOX_IMAGE" "$work/cases" >"$output" 2>&1 ||
  fail "what at_terminal.py expects" "see below"
sed 's/^/   | /' "$output"
expect_nothing_left
