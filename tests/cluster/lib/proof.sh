# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The proof that the bed is what it says: a pod under gVisor runs on it, and its kernel is gVisor's.

# prove_gvisor NODE: runs one, asks for its kernel's version and deletes it.
prove_gvisor() {
	local name=bed-proof-$$ version
	wait_for 20 kubectl_admin get serviceaccount default || fail "the controller manager makes no service account"
	proof_pod "$name" "$1" | kubectl_admin create -f - >/dev/null
	if ! wait_for 60 pod_has_started "$name" || [ "$(pod_phase "$name")" != Running ]; then
		kubectl_admin describe pod "$name" | sed -n '/^Status:/p;/^Events:/,$p' >&2
		show_log "$log_dir/containerd-$1.log"
		quietly kubectl_admin delete pod "$name" --now --wait=false
		fail "no pod runs under gVisor on $1"
	fi
	say "a pod runs on $1"
	version=$(kubectl_admin exec "$name" -- cat /proc/version)
	kubectl_admin delete pod "$name" --now --timeout=60s >/dev/null || fail "the pod under gVisor on $1 does not end"
	# Releases before 2026 call their kernel 4.4.0.
	[[ $version == *gvisor* || $version == "Linux version 4.4.0 "* ]] ||
		fail "a pod of the runtime class gvisor runs on $1 with another kernel: $version"
	say "it ran under gVisor ($(cat "$state_dir/runsc-version")), and is deleted"
}

pod_phase() {
	kubectl_admin get pod "$1" -o 'jsonpath={.status.phase}'
}

# pod_has_started NAME: or has failed to.
pod_has_started() {
	[[ $(pod_phase "$1") =~ ^(Running|Failed|Succeeded)$ ]]
}

proof_pod() {
	cat <<-END
		apiVersion: v1
		kind: Pod
		metadata: {name: $1}
		spec:
		  runtimeClassName: gvisor
		  nodeName: $2
		  automountServiceAccountToken: false
		  restartPolicy: Never
		  containers:
		  - name: proof
		    image: $busybox_image
		    imagePullPolicy: Never
		    command: [sleep, infinity]
	END
}
