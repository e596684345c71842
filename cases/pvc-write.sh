#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# summary:  the workspace volume takes files, syncs, renames, locks and deletions
# reports:  TestGvisorCompatibilityMatrix test_workspace_pvc_mount_works_under_gvisor[write]
# expect:   works
# needs:    dd flock sha256sum sync
# grant:    volume
# timeout:  90s
set -eu

fail() { echo "FAILED: $*" >&2; exit 1; }

workspace=${WORKSPACE:-/workspaces}
[ -d "$workspace" ] || fail "$workspace is not there"
grep -q " $workspace " /proc/mounts || fail "$workspace is no mount: $(cut -d' ' -f2 /proc/mounts | tr '\n' ' ')"

# One folder for what is tried and removed here, one that pvc-read-back finds from the next pod, and removes.
scratch=$workspace/gvisor-smoke-scratch-$GVISOR_SMOKE_ID
canary=$workspace/gvisor-smoke-canary-$GVISOR_SMOKE_ID
done=
holder=
on_exit() {
	[ -z "$holder" ] || kill "$holder" 2>/dev/null || true
	rm -rf "$scratch"
	[ -n "$done" ] || rm -rf "$canary"
}
trap on_exit EXIT
mkdir "$scratch" "$canary"

# size, checksum, fsync
dd if=/dev/urandom of="$scratch/big" bs=1M count=8 conv=fsync 2>dd.log || fail "dd with fsync: $(cat dd.log)"
size=$(stat -c %s "$scratch/big")
[ "$size" -eq 8388608 ] || fail "8388608 bytes were written, the file has $size"
sum=$(sha256sum <"$scratch/big")
sync "$scratch/big"
[ "$(sha256sum <"$scratch/big")" = "$sum" ] || fail "the file changed when it was synced"

# rename: over an existing file, and of a folder
echo old >"$scratch/target"
mv "$scratch/big" "$scratch/target"
[ ! -e "$scratch/big" ] || fail "the old name is still there after the rename"
[ "$(sha256sum <"$scratch/target")" = "$sum" ] || fail "the rename did not replace the file"
mkdir "$scratch/folder"
mv "$scratch/target" "$scratch/folder/target"
mv "$scratch/folder" "$scratch/renamed"
[ "$(sha256sum <"$scratch/renamed/target")" = "$sum" ] || fail "the file was lost when its folder was renamed"

# append, by two writers at the same time
for writer in a b; do
	(for n in $(seq 1 100); do echo "$writer $n" >>"$scratch/log"; done) &
done
wait
[ "$(sort -u "$scratch/log" | wc -l)" -eq 200 ] || fail "200 lines were appended, $(sort -u "$scratch/log" | wc -l) are there"

# lock: held, it must refuse; released, it must be had
mkfifo release
# shellcheck disable=SC2016 # expanded by the inner shell
flock --no-fork "$scratch/lock" sh -c 'echo held >"$1"; read -r _ <"$2"' holder "$scratch/held" "$PWD/release" &
holder=$!
tries=0
until [ -s "$scratch/held" ]; do
	tries=$((tries + 1))
	[ "$tries" -le 100 ] || fail "no lock was had within 10 s"
	sleep 0.1
done
if flock --nonblock "$scratch/lock" true; then fail "a lock was given twice"; fi
echo >release
wait "$holder" || fail "the holder of the lock ended with $?"
holder=
flock --nonblock "$scratch/lock" true || fail "the lock is still held after its holder ended"

# links, modes
ln "$scratch/log" "$scratch/hard"
ln -s log "$scratch/soft"
[ "$(stat -c %h "$scratch/log")" -eq 2 ] || fail "a hard link was made, the count is $(stat -c %h "$scratch/log")"
cmp "$scratch/soft" "$scratch/hard"
chmod 600 "$scratch/log"
[ "$(stat -c %a "$scratch/log")" -eq 600 ] || fail "mode 600 was set, it is $(stat -c %a "$scratch/log")"

# deletion
rm -rf "$scratch"
[ ! -e "$scratch" ] || fail "$scratch is still there after its deletion"

# the canary for the second pod
stays="a canary of 5 MiB stays for the next pod"
dd if=/dev/urandom of="$canary/file.part" bs=1M count=5 conv=fsync 2>dd.log || fail "dd with fsync: $(cat dd.log)"
(cd "$canary" && mv file.part file && sha256sum file >sum && hostname >writer && sync file sum writer .)
done=yes
if [ "${GVISOR_SMOKE_FOLLOWED:-yes}" = no ]; then # the next pod is not in this run
	(cd "$canary" && sha256sum -c --quiet sum) || fail "the canary's checksum does not hold"
	rm -rf "$canary"
	stays="a canary of 5 MiB written, read back and removed"
fi

echo "8 MiB written, synced, renamed; 200 lines appended; lock, links, mode and deletion hold; $stays"
