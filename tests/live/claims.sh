#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The claim of a run: storage that is slow is waited for, storage that never comes is named.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

folder=$("$cluster/node" dir node-a)/claims/$ns
make_namespace

subject "a StorageClass that does not exist is named in seconds"
smoke 3 pvc-write --storage-class nosuch
expect_within_ms 15000
expect_output "the claim's StorageClass does not exist"
expect_output "hint: --storage-class names another"
expect_nothing_left kept

at_end kubectl delete storageclass "$ns"
kubectl create -f - >/dev/null <<YAML
{apiVersion: storage.k8s.io/v1, kind: StorageClass, metadata: {name: $ns}, provisioner: live.example/$ns}
YAML

subject "a provisioner that nobody runs is waited for, and named when the pod's time is up"
smoke 3 pvc-write --storage-class "$ns" --pod-timeout 16s
expect_output "not ready after 16"
expect_output "the claim is not bound, and its provisioner does nothing"
expect_output "live.example/$ns"
expect_output "hint: does the StorageClass' provisioner run?"
expect_nothing_left kept

# claims_of_age SECONDS: the claims of the namespace that are as old.
claims_of_age() {
  kubectl -n "$ns" get persistentvolumeclaims -o json |
    jq -r --argjson age "$1" '.items[] | select(now - (.metadata.creationTimestamp | fromdateiso8601) > $age) | .metadata.name'
}

# provision_after SECONDS: the provisioner, which is slow.
provision_after() {
  local claim
  while sleep 1; do
    for claim in $(claims_of_age "$1"); do
      mkdir -m 0777 "$folder/$claim" 2>/dev/null || continue
      kubectl create -f - <<YAML
apiVersion: v1
kind: PersistentVolume
metadata: {name: $claim}
spec:
  storageClassName: $ns
  capacity: {storage: 1Gi}
  accessModes: [ReadWriteOnce]
  persistentVolumeReclaimPolicy: Retain
  claimRef: {namespace: $ns, name: $claim}
  local: {path: $folder/$claim}
  nodeAffinity: {required: {nodeSelectorTerms: [{matchExpressions: [{key: kubernetes.io/hostname, operator: In, values: [node-a]}]}]}}
YAML
    done
  done
}

remove_volumes() {
  find "$folder" -mindepth 1 -maxdepth 1 -printf 'persistentvolume/%f\n' | xargs -r "$cluster/kubectl" delete --wait=false --ignore-not-found
}

subject "a volume that comes after 20 s is no error"
at_end rm -rf "$folder"
at_end remove_volumes
mkdir "$folder"
provision_after 20 >"$work/provisioner" 2>&1 &
at_end kill $!
smoke 0 pvc-write pvc-read-back --storage-class "$ns"
[ "$elapsed_ms" -ge 20000 ] || fail "the volume came late" "the run took $elapsed_ms ms"
expect_no_output "problem"
expect_case passed TestGvisorCompatibilityMatrix test_workspace_pvc_mount_works_under_gvisor
remove_volumes >/dev/null
expect_nothing_left kept
