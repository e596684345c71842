# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# etcd, the API server, the controller manager, the scheduler and the cluster's DNS, as processes in the hub's
# namespace.

# in_hub NAME COMMAND...: starts a daemon there.
in_hub() {
	local name=$1
	shift
	start_daemon "$name" nsenter --net="$(ns_path "$hub_ns")" "$@"
}

# start_api: etcd and the API server, which tries etcd until it answers. A fresh etcd each time.
start_api() {
	rm -rf "$state_dir/etcd"
	in_hub etcd "$bin_dir/etcd" --name=bed --data-dir="$state_dir/etcd" --unsafe-no-fsync --log-level=warn \
		--listen-client-urls=http://127.0.0.1:2379 --advertise-client-urls=http://127.0.0.1:2379 \
		--listen-peer-urls=http://127.0.0.1:2380 --initial-advertise-peer-urls=http://127.0.0.1:2380 \
		--initial-cluster=bed=http://127.0.0.1:2380
	in_hub kube-apiserver "$bin_dir/kube-apiserver" \
		--etcd-servers=http://127.0.0.1:2379 \
		--advertise-address="$hub_address" --secure-port=6443 --service-cluster-ip-range="$service_range" \
		--authorization-mode=Node,RBAC --enable-admission-plugins=NodeRestriction --allow-privileged=true \
		--client-ca-file="$pki_dir/ca.crt" \
		--tls-cert-file="$pki_dir/apiserver.crt" --tls-private-key-file="$pki_dir/apiserver.key" \
		--requestheader-client-ca-file="$pki_dir/front-proxy-ca.crt" --requestheader-allowed-names=front-proxy-client \
		--requestheader-username-headers=X-Remote-User --requestheader-group-headers=X-Remote-Group \
		--requestheader-extra-headers-prefix=X-Remote-Extra- \
		--kubelet-client-certificate="$pki_dir/apiserver-to-kubelet.crt" \
		--kubelet-client-key="$pki_dir/apiserver-to-kubelet.key" \
		--kubelet-certificate-authority="$pki_dir/ca.crt" \
		--kubelet-preferred-address-types=InternalIP \
		--service-account-issuer=https://kubernetes.default.svc.cluster.local \
		--service-account-key-file="$pki_dir/service-account.key" \
		--service-account-signing-key-file="$pki_dir/service-account.key"
}

# api_is_ready: by the same way as a client from the host.
api_is_ready() {
	daemon_runs kube-apiserver && kubectl_admin --request-timeout=2s get --raw /readyz
}

kubectl_admin() {
	"$bin_dir/kubectl" --kubeconfig="$kubeconfig" "$@" 9>&-
}

wait_for_api() {
	local deadline=$((SECONDS + 60))
	until api_is_ready >/dev/null 2>&1; do
		if ! daemon_runs etcd; then
			show_log "$log_dir/etcd.log"
			fail "etcd ended"
		fi
		if ! daemon_runs kube-apiserver || [ "$SECONDS" -ge "$deadline" ]; then
			show_log "$log_dir/kube-apiserver.log"
			fail "the API server is not ready"
		fi
		sleep 0.1
	done
}

# start_controllers: only now; the controller manager ends when RBAC's own roles are not there yet.
start_controllers() {
	in_hub kube-controller-manager "$bin_dir/kube-controller-manager" \
		--kubeconfig="$pki_dir/controller-manager.kubeconfig" --leader-elect=false \
		--authentication-kubeconfig="$pki_dir/controller-manager.kubeconfig" \
		--authorization-kubeconfig="$pki_dir/controller-manager.kubeconfig" \
		--kube-api-qps=500 --kube-api-burst=1000 \
		--use-service-account-credentials --service-account-private-key-file="$pki_dir/service-account.key" \
		--root-ca-file="$pki_dir/ca.crt" \
		--cluster-signing-cert-file="$pki_dir/ca.crt" --cluster-signing-key-file="$pki_dir/ca.key"
	in_hub kube-scheduler "$bin_dir/kube-scheduler" \
		--kubeconfig="$pki_dir/scheduler.kubeconfig" --leader-elect=false \
		--authentication-kubeconfig="$pki_dir/scheduler.kubeconfig" \
		--authorization-kubeconfig="$pki_dir/scheduler.kubeconfig"
}

# start_dns: CoreDNS on the hub's address; manifests/dns.yaml puts it behind the service kube-dns.
start_dns() {
	cat >"$state_dir/Corefile" <<-END
		. {
			bind $hub_address
			errors
			kubernetes cluster.local in-addr.arpa {
				kubeconfig $pki_dir/coredns.kubeconfig
				fallthrough in-addr.arpa
			}
			# Every other name, as the internet's: the outside's server answers for the zone "test" and denies the rest.
			forward . $outside_address
			cache 5
		}
	END
	in_hub coredns "$bin_dir/coredns" -conf "$state_dir/Corefile"
}

# apply_manifests: what every cluster has: RuntimeClass, DNS service, StorageClass, and the rights of our daemons.
apply_manifests() {
	local file
	for file in "$bed_dir"/manifests/*.yaml; do
		sed -e "s|@HUB_ADDRESS@|$hub_address|g" -e "s|@DNS_SERVICE@|$dns_service|g" "$file"
		echo ---
	done | kubectl_admin apply --server-side --force-conflicts -f - >"$log_dir/manifests.log" 2>&1 || {
		show_log "$log_dir/manifests.log"
		fail "the manifests could not be applied"
	}
}
