#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# summary:  a second pod finds in the workspace volume what the first one wrote, unchanged
# reports:  TestGvisorCompatibilityMatrix test_workspace_pvc_mount_works_under_gvisor[read-back]
# expect:   works
# needs:    sha256sum
# grant:    volume
# after:    pvc-write
# pod:      second
# timeout:  60s
set -eu

fail() { echo "FAILED: $*" >&2; exit 1; }

workspace=${WORKSPACE:-/workspaces}
[ -d "$workspace" ] || fail "$workspace is not there"

# The identities of the two cases differ in the case's name only. Under an identity of another form the only canary is meant.
case ${GVISOR_SMOKE_ID:-} in
*pvc-read-back*)
	canary=$workspace/gvisor-smoke-canary-${GVISOR_SMOKE_ID%%pvc-read-back*}pvc-write${GVISOR_SMOKE_ID#*pvc-read-back}
	;;
*)
	set -- "$workspace"/gvisor-smoke-canary-*
	[ $# -eq 1 ] || fail "there are $# canaries, and GVISOR_SMOKE_ID does not say which is meant: $*"
	canary=$1
	;;
esac
[ -d "$canary" ] || fail "what pvc-write left is not there: $canary; $workspace holds \"$(ls "$workspace")\""

writer=$(cat "$canary/writer")
[ "$writer" != "$(hostname)" ] || fail "the canary was written by this pod itself ($writer), so this says nothing of a second pod"
size=$(stat -c %s "$canary/file")
[ "$size" -eq 5242880 ] || fail "pvc-write left 5242880 bytes, $size are there"
(cd "$canary" && sha256sum -c sum) || fail "the canary's checksum does not hold"

# The second pod can also change what the first one made.
echo more >>"$canary/file"
[ "$(stat -c %s "$canary/file")" -eq 5242885 ] || fail "the second pod's line did not arrive in the file"
rm -rf "$canary"
[ ! -e "$canary" ] || fail "$canary is still there after its deletion"

echo "5 MiB written by $writer read back by $(hostname): size and checksum hold; appended to and removed"
