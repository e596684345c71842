#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The claim's StorageClass has a provisioner that nobody runs.
set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

sabotage 'nobody provisions the claim'"'"'s volume' 'exit 3, error not-run: the claim is not bound; who should provision it'
make_namespace
at_end kubectl delete storageclass sabotage-nobody
kubectl create -f - >/dev/null <<YAML
{apiVersion: storage.k8s.io/v1, kind: StorageClass, metadata: {name: sabotage-nobody}, provisioner: sabotage.example/nobody}
YAML
# A provisioner that is only slow looks the same for a minute, so the pod is given less.
harness 3 pvc-write --storage-class sabotage-nobody --pod-timeout 15s
expect_verdict pvc-write error not-run "the claim is not bound" "sabotage.example/nobody"
expect_hint "--storage-class"
expect_nothing_of_run_left
