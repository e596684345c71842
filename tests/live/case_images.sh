#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Cases with an image of their own: small ones work and are attested like the toolbox, wrong ones are told apart.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

first_node="node-a"
subject "a case whose image is a busybox runs there, attested, beside one in the toolbox"
write_case in-busybox "# image: $BUSYBOX_IMAGE
# needs: sh ls" <<'SH'
set -eu
ls -l /bin/sh | grep busybox
! command -v git
SH
smoke 0 --cases "$work/cases" in-busybox allowlist
expect_case passed TestLive test_in_busybox
expect_equal 2 "$(jq -s '[.[] | select(.event == "attestation" and .attestation.attested)] | length' "$reports/run.jsonl")"
expect_nothing_left

subject "the commands that its image lacks are named"
write_case needs-git "# image: $BUSYBOX_IMAGE
# needs: git" <<<'git --version'
smoke 3 --cases "$work/cases" needs-git
expect_case error TestLive test_needs_git "the image does not have: git"
expect_nothing_left

subject "an image without a shell"
write_case no-shell "# image: localhost/gvisor-smoke/pause:1" <<<true
smoke 3 --cases "$work/cases" --node "$first_node" no-shell
expect_case error TestLive test_no_shell "does not start: "
expect_output "the image must have a POSIX shell at sh"
expect_within_ms 30000
expect_nothing_left

subject "an image for another architecture"
# The head of a program for a 64-bit PowerPC, with nothing to run in it.
mkdir -p "$work/foreign/bin"
printf '\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x02\0\x15\0\x01\0\0\0\0\0\x40\0\0\0\0\0\x40\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x02\0\0\0\x40\0\x38\0\0\0\0\0\0\0\0\0' \
  >"$work/foreign/bin/sh"
chmod 755 "$work/foreign/bin/sh"
import_image foreign "$work/foreign" "$first_node"
write_case foreign "# image: localhost/live/foreign:$$" <<<true
smoke 3 --cases "$work/cases" --node "$first_node" foreign
expect_case error TestLive test_foreign "the image is made for another architecture"
expect_within_ms 30000
expect_nothing_left

subject "an image that cannot be had"
write_case missing "# image: localhost/live/missing:1" <<<true
smoke 3 --cases "$work/cases" missing
expect_case error TestLive test_missing "the image is not on the node"
expect_nothing_left
