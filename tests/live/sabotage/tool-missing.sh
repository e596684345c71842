#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The image has not the commands that the cases need: never taken for a refusal.
set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

sabotage 'the image lacks the tools of the cases' 'exit 3, error not-run: which are missing; tcpdump is not "blocked"'
make_namespace
harness 3 allowlist tcpdump --image "$BUSYBOX_IMAGE"
expect_verdict allowlist error not-run "the image does not have: curl, git"
expect_verdict tcpdump error not-run "the image does not have:" "tcpdump"
expect_nothing_of_run_left
