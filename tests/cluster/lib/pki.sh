# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The cluster's certificates and kubeconfigs, made with openssl. They are kept between runs while they are valid.

# make_pki: the authority, the control plane's certificates and the admin's kubeconfig.
make_pki() {
	mkdir -p "$pki_dir"
	chmod 700 "$pki_dir"
	# All end on the same day: the authority's date speaks for all.
	openssl x509 -checkend $((30 * 86400)) -noout -in "$pki_dir/ca.crt" >/dev/null 2>&1 || rm -rf "${pki_dir:?}"/*
	make_authority ca gvisor-smoke-bed
	# Nobody holds a certificate of it: there is no aggregated API.
	make_authority front-proxy-ca gvisor-smoke-front-proxy
	make_key service-account
	make_certificate apiserver kube-apiserver "" "DNS:kubernetes,DNS:kubernetes.default,DNS:kubernetes.default.svc,\
DNS:kubernetes.default.svc.cluster.local,DNS:localhost,IP:$kubernetes_service,IP:$hub_address,IP:$host_address,IP:127.0.0.1"
	make_certificate apiserver-to-kubelet kube-apiserver system:masters
	make_client admin admin system:masters
	make_client controller-manager system:kube-controller-manager
	make_client scheduler system:kube-scheduler
	make_client kube-proxy system:kube-proxy
	make_client coredns gvisor-smoke:coredns
	make_client local-path gvisor-smoke:local-path
	install -m 600 "$pki_dir/admin.kubeconfig" "$kubeconfig.new"
	mv "$kubeconfig.new" "$kubeconfig"
}

# make_node_pki NODE: its kubelet's client and serving certificates.
make_node_pki() {
	make_client "kubelet-$1" "system:node:$1" system:nodes
	make_certificate "kubelet-$1-server" "system:node:$1" system:nodes "DNS:$1,IP:$(node_address "$1")"
}

make_key() {
	[ -s "$pki_dir/$1.key" ] && return
	openssl ecparam -name prime256v1 -genkey -noout -out "$pki_dir/$1.key.new"
	mv "$pki_dir/$1.key.new" "$pki_dir/$1.key"
}

# make_authority FILE NAME: a certificate that signs others.
make_authority() {
	[ -s "$pki_dir/$1.crt" ] && return
	make_key "$1"
	openssl req -x509 -new -key "$pki_dir/$1.key" -days 365 -subj "/CN=$2" \
		-addext "keyUsage=critical,keyCertSign,digitalSignature" -out "$pki_dir/$1.crt.new"
	mv "$pki_dir/$1.crt.new" "$pki_dir/$1.crt"
}

# make_certificate FILE USER [GROUP [NAMES [AUTHORITY]]]: for a client and, with NAMES, for a server.
make_certificate() {
	local file=$pki_dir/$1 subject="/CN=$2" names=${4:-} authority=$pki_dir/${5:-ca}
	[ -s "$file.crt" ] && return
	[ -z "${3:-}" ] || subject="/O=$3$subject"
	make_key "$1"
	openssl req -new -key "$file.key" -subj "$subject" |
		openssl x509 -req -CA "$authority.crt" -CAkey "$authority.key" -set_serial "0x$(openssl rand -hex 16)" \
			-days 365 -out "$file.crt.new" -extfile <(
				echo "keyUsage=critical,digitalSignature"
				echo "extendedKeyUsage=clientAuth${names:+,serverAuth}"
				[ -z "$names" ] || echo "subjectAltName=$names"
			) 2>/dev/null
	mv "$file.crt.new" "$file.crt"
}

# make_client FILE USER [GROUP]: a certificate and the kubeconfig that holds it.
make_client() {
	[ -s "$pki_dir/$1.kubeconfig" ] && return
	make_certificate "$1" "$2" "${3:-}"
	(umask 077 && cat >"$pki_dir/$1.kubeconfig.new") <<-END
		apiVersion: v1
		kind: Config
		current-context: gvisor-smoke-bed
		clusters:
		- name: gvisor-smoke-bed
		  cluster:
		    server: https://$hub_address:6443
		    certificate-authority-data: $(base64 -w0 "$pki_dir/ca.crt")
		contexts:
		- name: gvisor-smoke-bed
		  context: {cluster: gvisor-smoke-bed, user: $1}
		users:
		- name: $1
		  user:
		    client-certificate-data: $(base64 -w0 "$pki_dir/$1.crt")
		    client-key-data: $(base64 -w0 "$pki_dir/$1.key")
	END
	mv "$pki_dir/$1.kubeconfig.new" "$pki_dir/$1.kubeconfig"
}
