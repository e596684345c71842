#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Report folders that cannot be written, or that become full.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

subject "a folder below a file is found before anything is made"
: >"$work/file"
program 3 run -n "$ns" --report-dir "$work/file/reports" allowlist
expect_output "cannot make the report folder"
expect_output "--report-dir"
expect_within_ms 2000
expect_nothing_made

subject "so is a folder on a read-only file system"
mkdir "$work/read-only" "$work/full"
mount -t tmpfs -o ro none "$work/read-only"
at_end umount "$work/read-only"
program 3 run -n "$ns" --report-dir "$work/read-only" allowlist
expect_output "Read-only file system"
expect_within_ms 2000
program 3 run -n "$ns" --report-dir "$work/read-only/deeper" allowlist
expect_output "Read-only file system"
program 3 run -n "$ns" --report-dir "$work/good" --junit "$work/read-only/junit.xml" allowlist
expect_output "$work/read-only/junit.xml"
expect_nothing_made

subject "a disk that is full during the run: exit 3, and the cluster is left clean all the same"
mount -t tmpfs -o size=4k none "$work/full"
at_end umount "$work/full"
program 3 run -n "$ns" --report-dir "$work/full" --image "$TOOLBOX_IMAGE" allowlist
expect_output "No space left on device"
expect_output "1 passed"
expect_nothing_made

subject "reports of an earlier run are replaced, and other files are left"
smoke 0 runtime-class
: >"$reports/other"
program 1 run -n "$ns" --report-dir "$reports" --runtime-class gvisor --handler nosuch runtime-class
expect_counts 0 1 0 0
[ -e "$reports/other" ] || fail "another file is left" "it is gone"
