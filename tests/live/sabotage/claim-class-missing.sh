#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The claim names a StorageClass that does not exist, so it never binds.
set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

sabotage 'the claim'"'"'s StorageClass does not exist' 'exit 3, error not-run: the claim does not bind; which StorageClass'
make_namespace
harness 3 pvc-write --storage-class nosuch
expect_verdict pvc-write error not-run "nosuch" "not found"
expect_hint "--storage-class"
expect_nothing_of_run_left
