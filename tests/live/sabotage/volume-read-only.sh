#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The volume that the claim is bound to can only be read.
set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

sabotage 'the volume is read-only' 'exit 3, error environment: Read-only file system, under both runtimes'
make_namespace
volume=$node_dir/claims/sabotage-read-only
remove_volume() {
  on_node umount "$volume"
  rmdir "$volume"
  kubectl delete pv sabotage-read-only-1 sabotage-read-only-2 --wait=false
  kubectl delete storageclass sabotage-read-only
}
mkdir -p "$volume"
at_end remove_volume
# Read-only by its file system: a read-only bind mount is made writable again by runc.
on_node mount -t tmpfs -o ro,mode=0777 sabotage "$volume"
kubectl create -f - >/dev/null <<YAML
{apiVersion: storage.k8s.io/v1, kind: StorageClass, metadata: {name: sabotage-read-only}, provisioner: kubernetes.io/no-provisioner}
YAML
for number in 1 2; do
  kubectl create -f - >/dev/null <<YAML
apiVersion: v1
kind: PersistentVolume
metadata: {name: sabotage-read-only-$number}
spec:
  storageClassName: sabotage-read-only
  capacity: {storage: 1Gi}
  accessModes: [ReadWriteOnce]
  persistentVolumeReclaimPolicy: Retain
  hostPath: {path: $volume}
YAML
done
harness 3 pvc-write --storage-class sabotage-read-only
expect_verdict pvc-write error environment "Read-only file system" "under the default runtime as well"
expect_nothing_of_run_left
