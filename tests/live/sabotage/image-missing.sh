#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The image is not on the node and cannot be pulled.
set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

sabotage 'the image does not exist' 'exit 3, error not-run: the image cannot be pulled; what to do'
make_namespace
harness 3 allowlist --image localhost/nosuch:1
expect_verdict allowlist error not-run "the image" "localhost/nosuch:1"
expect_hint "--image"
expect_nothing_of_run_left
