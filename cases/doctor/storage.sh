#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# summary:  a volume of the StorageClass is mounted, takes a file and gives it back
# reports:  TestGvisorDoctor test_storage
# expect:   works
# needs:    cmp dd head
# grant:    volume
# timeout:  60s
set -eu

fail() {
	echo "hint: $1" >&2
	shift
	echo "FAILED: $*" >&2
	exit 1
}

kind=$(while read -r _ place kind _; do
	if [ "$place" = "$WORKSPACE" ]; then echo "$kind"; fi
done </proc/mounts)
[ -n "$kind" ] || fail "look at the pod's volumes with --keep and kubectl describe" "$WORKSPACE is not mounted"

file=$WORKSPACE/gvisor-smoke-doctor-$GVISOR_SMOKE_ID
trap 'rm -f "$file" "$file.new"' EXIT
head -c 1048576 /dev/urandom >here
if ! dd if=here bs=65536 conv=fsync of="$file.new" 2>errors; then
	fail "the volume must be writable for user 65532: the StorageClass' driver has to honour fsGroup" \
		"the volume takes no file: $(head -n 1 errors)"
fi
mv "$file.new" "$file"
cmp here "$file" 2>errors || fail "look at the storage driver's pod on the node" "a file came back changed: $(tail -n 1 errors)"
echo "1 MiB written, synced, renamed and read back on $WORKSPACE ($kind)"
