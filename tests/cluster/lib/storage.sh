# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Dynamic volumes: local-path-provisioner, as a process beside the control plane. Its helper pods make and remove a
# claim's folder on its node; manifests/storage.yaml has their scripts and the default StorageClass.

start_storage() {
	local dir=$state_dir/local-path node paths=
	mkdir -p "$dir"
	for node in $(all_nodes); do
		paths+=${paths:+,}"{\"node\": \"$node\", \"paths\": [\"$(node_dir "$node")/claims\"]}"
	done
	echo "{\"nodePathMap\": [$paths]}" >"$dir/config.json"
	cat >"$dir/helper-pod.yaml" <<-END
		apiVersion: v1
		kind: Pod
		metadata:
		  name: helper-pod
		spec:
		  priorityClassName: system-node-critical
		  terminationGracePeriodSeconds: 0
		  automountServiceAccountToken: false
		  containers:
		  - name: helper-pod
		    image: $busybox_image
		    imagePullPolicy: Never
	END
	in_hub local-path-provisioner "$bin_dir/local-path-provisioner" start \
		--kubeconfig "$pki_dir/local-path.kubeconfig" --config "$dir/config.json" \
		--helper-pod-file "$dir/helper-pod.yaml" --helper-image "$busybox_image" \
		--namespace local-path-storage --service-account-name default --configmap-name local-path-config
}
