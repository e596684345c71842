# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# A node: containerd, kubelet and kube-proxy in a network namespace and a mount namespace of their own. What is
# mounted on a node vanishes with its mount namespace, however the node came to its end.
#
# Everything of the node NAME is in $state_dir/nodes/NAME:
#   containerd.toml  its containerd configuration ("node restart-containerd NAME" after a change)
#   runsc.toml       the shim's options and runsc's flags (read anew for each pod)
#   kubelet.yaml, kube-proxy.yaml, cni/
#   containerd/      images and snapshots: the one thing that is kept from run to run
#   run/             is /run/containerd inside: sockets, shims, runsc's root
#   kubelet/         kubelet's root folder     claims/  dynamic volumes     pod-logs/

# The kinds of node: which runtime the handler "runsc" really is.
#   node-a gVisor    node-b no such handler    node-c runc
node_kind() {
	case $1 in
	node-b) echo none ;;
	node-c) echo runc ;;
	*) echo gvisor ;;
	esac
}

known_nodes="node-a node-b node-c"

# all_nodes: every node that is there to be started.
all_nodes() {
	echo "$known_nodes"
}

node_dir() {
	printf '%s/nodes/%s\n' "$state_dir" "$1"
}

# check_node_name NAME
check_node_name() {
	[[ " $known_nodes " == *" $1 "* ]] || fail "no node is called '$1': choose one of $known_nodes"
}

# node_mounts NODE: the file by which its mount namespace is entered.
node_mounts() {
	daemon_runs "mounts-$1" || fail "$1 does not run"
	printf '/proc/%d/ns/mnt\n' "$(cat "$pid_dir/mounts-$1")"
}

# on_node NODE COMMAND...: runs it in the node's network and mounts.
on_node() {
	local node=$1
	shift
	nsenter --net="$(ns_path "$(node_ns "$node")")" --mount="$(node_mounts "$node")" "$@"
}

# node_daemon NODE NAME COMMAND...: starts a daemon there.
node_daemon() {
	local node=$1 name=$2 cgroup=$cgroup_name/$1/daemons
	shift 2
	PATH=$bin_dir:$PATH start_daemon "$name-$node" \
		nsenter --net="$(ns_path "$(node_ns "$node")")" --mount="$(node_mounts "$node")" "$@"
}

has_sys_resource() {
	local effective
	effective=$(awk '/^CapEff/ { print $2 }' /proc/self/status)
	((16#$effective >> 24 & 1))
}

# write_node_config NODE: all its configuration files, as they are when nobody has sabotaged them.
write_node_config() {
	local dir
	dir=$(node_dir "$1")
	mkdir -p "$dir"/{cni,containerd,run,kubelet,claims,pod-logs,volume-plugins}
	write_containerd_config "$1" | write_changed "$dir/containerd.toml"
	write_runsc_config | write_changed "$dir/runsc.toml"
	write_cni_config "$1" | write_changed "$dir/cni/10-pods.conflist"
	write_kubelet_config "$1" | write_changed "$dir/kubelet.yaml"
	write_proxy_config "$1" | write_changed "$dir/kube-proxy.yaml"
}

# write_changed FILE: leaves one alone that says the same already: kube-proxy ends when its file is written.
write_changed() {
	cat >"$1.new"
	if cmp -s "$1.new" "$1"; then
		rm "$1.new"
	else
		mv "$1.new" "$1"
	fi
}

write_containerd_config() {
	local dir restrict=true
	dir=$(node_dir "$1")
	! has_sys_resource || restrict=false
	cat <<-END
		version = 3
		root = "$dir/containerd"
		state = "/run/containerd"

		[grpc]
		address = "/run/containerd/containerd.sock"

		[plugins."io.containerd.internal.v1.opt"]
		path = "$dir/containerd/plugins"

		[plugins."io.containerd.nri.v1.nri"]
		disable = true

		[plugins."io.containerd.cri.v1.images".pinned_images]
		sandbox = "$pause_image"

		[plugins."io.containerd.cri.v1.runtime"]
		# Without CAP_SYS_RESOURCE no oom_score_adj can be lowered.
		restrict_oom_score_adj = $restrict
		netns_mounts_under_state_dir = true

		[plugins."io.containerd.cri.v1.runtime".cni]
		bin_dirs = ["$bin_dir/cni"]
		conf_dir = "$dir/cni"

		[plugins."io.containerd.cri.v1.runtime".containerd]
		default_runtime_name = "runc"

	END
	write_runc_handler runc
	case $(node_kind "$1") in
	gvisor)
		cat <<-END

			[plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runsc]
			runtime_type = "io.containerd.runsc.v1"

			[plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runsc.options]
			TypeUrl = "io.containerd.runsc.v1.options"
			ConfigPath = "$dir/runsc.toml"
		END
		;;
	runc)
		echo
		write_runc_handler runsc
		;;
	esac
}

write_runc_handler() {
	cat <<-END
		[plugins."io.containerd.cri.v1.runtime".containerd.runtimes.$1]
		runtime_type = "io.containerd.runc.v2"

		[plugins."io.containerd.cri.v1.runtime".containerd.runtimes.$1.options]
		BinaryName = "$bin_dir/runc"
		SystemdCgroup = false
	END
}

# The flags of "up --runsc-flag" are in $state_dir/runsc-flags, one NAME=VALUE a line.
write_runsc_config() {
	cat <<-END
		binary_name = "$bin_dir/runsc"
		root = "/run/containerd/runsc"

		[runsc_config]
		platform = "systrap"
	END
	[ -s "$state_dir/runsc-flags" ] || return 0
	sed -E 's/^([^=]+)=(.*)$/\1 = "\2"/' "$state_dir/runsc-flags"
}

# ptp and not bridge: every packet of a pod is routed, so that services answer pods of the same node too.
write_cni_config() {
	cat <<-END
		{
		  "cniVersion": "1.0.0",
		  "name": "pods",
		  "plugins": [
		    {
		      "type": "ptp",
		      "ipam": {
		        "type": "host-local",
		        "dataDir": "/run/containerd/ipam",
		        "ranges": [[{"subnet": "$(node_pod_range "$1")"}]],
		        "routes": [{"dst": "0.0.0.0/0"}]
		      }
		    },
		    {
		      "type": "portmap",
		      "backend": "nftables",
		      "capabilities": {"portMappings": true}
		    }
		  ]
		}
	END
}

write_kubelet_config() {
	local dir
	dir=$(node_dir "$1")
	cat <<-END
		apiVersion: kubelet.config.k8s.io/v1beta1
		kind: KubeletConfiguration
		address: $(node_address "$1")
		authentication:
		  anonymous: {enabled: false}
		  webhook: {enabled: true}
		  x509: {clientCAFile: $pki_dir/ca.crt}
		authorization: {mode: Webhook}
		tlsCertFile: $pki_dir/kubelet-$1-server.crt
		tlsPrivateKeyFile: $pki_dir/kubelet-$1-server.key
		clusterDomain: cluster.local
		clusterDNS: [$dns_service]
		resolvConf: $state_dir/resolv.conf
		containerRuntimeEndpoint: unix:///run/containerd/containerd.sock
		podLogsDir: $dir/pod-logs
		volumePluginDir: $dir/volume-plugins
		cgroupDriver: cgroupfs
		cgroupRoot: /$cgroup_name/$1
		failCgroupV1: false
		failSwapOn: false
		makeIPTablesUtilChains: false
		# A disk that is shared with everything else on the machine must not evict pods or images.
		imageGCHighThresholdPercent: 100
		imageGCLowThresholdPercent: 99
		evictionHard: {memory.available: 100Mi, nodefs.available: 1%, imagefs.available: 1%}
		maxPods: 250
		registerWithTaints: []
		registryPullQPS: 0
		eventRecordQPS: 0
	END
}

write_proxy_config() {
	cat <<-END
		apiVersion: kubeproxy.config.k8s.io/v1alpha1
		kind: KubeProxyConfiguration
		mode: nftables
		hostnameOverride: $1
		clusterCIDR: $pod_range
		clientConnection: {kubeconfig: $pki_dir/kube-proxy.kubeconfig}
		conntrack: {maxPerCore: 0, min: 0}
	END
}

# make_node_mounts NODE: the mount namespace, held by a process that does nothing. (A file could hold it too, but not
# where the machine is itself a container: some kernels refuse that at random.)
make_node_mounts() {
	local dir
	dir=$(node_dir "$1")
	rm -rf "$dir/run"
	mkdir -p /run/containerd "$dir/run"
	cgroup=$cgroup_name/$1/daemons start_daemon "mounts-$1" unshare --mount --propagation private sleep infinity
	wait_for 5 has_own_mounts "$(cat "$pid_dir/mounts-$1")" || fail "no mount namespace could be made for $1"
	# Shared, because a pod can ask to see what is mounted after its start. kubelet links the logs into
	# /var/log/containers: the machine's own /var/log sees nothing of it.
	on_node "$1" mount --make-rshared /
	on_node "$1" mount --bind "$dir/run" /run/containerd
	on_node "$1" mount -t tmpfs node-log /var/log
}

has_own_mounts() {
	[ "$(readlink "/proc/$1/exe")" != "$(readlink -f "$(command -v unshare)")" ] &&
		[ "$(readlink "/proc/$1/ns/mnt")" != "$(readlink /proc/self/ns/mnt)" ]
}

# start_containerd NODE
start_containerd() {
	node_daemon "$1" containerd "$bin_dir/containerd" --config "$(node_dir "$1")/containerd.toml"
}

containerd_is_ready() {
	daemon_runs "containerd-$1" && on_node_cri "$1" version
}

# on_node_cri NODE ARGS...: crictl for that node's containerd.
on_node_cri() {
	local node=$1
	shift
	"$bin_dir/crictl" --config /dev/null --timeout 60s --runtime-endpoint "unix://$(node_dir "$node")/run/containerd.sock" "$@" 9>&-
}

# on_node_ctr NODE ARGS...: ctr for it, in the namespace of the pods.
on_node_ctr() {
	local node=$1
	shift
	on_node "$node" "$bin_dir/ctr" -a /run/containerd/containerd.sock -n k8s.io "$@" 9>&-
}

# prepare_node NODE: all that needs no API server: network, certificates, containerd with its images.
prepare_node() {
	local dir
	dir=$(node_dir "$1")
	make_node_pki "$1"
	make_cgroups "$cgroup_name/$1/daemons"
	rm -rf "$dir"/{kubelet,claims,pod-logs}
	make_node_mounts "$1"
	write_node_config "$1"
	start_containerd "$1"
	if ! wait_for 20 containerd_is_ready "$1"; then
		show_log "$log_dir/containerd-$1.log"
		fail "containerd of $1 does not answer"
	fi
	remove_old_pods "$1"
	import_images "$1"
}

# remove_old_pods NODE: containerd's kept database still lists the pods of the run before.
remove_old_pods() {
	local pods
	pods=$(on_node_cri "$1" pods -q)
	[ -n "$pods" ] || return 0
	# shellcheck disable=SC2086
	on_node_cri "$1" rmp -f $pods >>"$log_dir/old-pods-$1.log" 2>&1 || {
		show_log "$log_dir/old-pods-$1.log"
		say "warning: some pods of the run before could not be removed from $1"
	}
}

# join_node NODE: kubelet and kube-proxy; the API server must be ready.
join_node() {
	local dir
	dir=$(node_dir "$1")
	node_daemon "$1" kubelet "$bin_dir/kubelet" --config="$dir/kubelet.yaml" --root-dir="$dir/kubelet" \
		--cert-dir="$dir/kubelet/pki" --kubeconfig="$pki_dir/kubelet-$1.kubeconfig" \
		--hostname-override="$1" --node-ip="$(node_address "$1")"
	start_proxy "$1"
}

# start_proxy NODE: unless it runs.
start_proxy() {
	daemon_runs "kube-proxy-$1" ||
		node_daemon "$1" kube-proxy "$bin_dir/kube-proxy" --config="$(node_dir "$1")/kube-proxy.yaml"
}

# node_is_ready NODE
node_is_ready() {
	[ "$(kubectl_admin get node "$1" -o 'jsonpath={.status.conditions[?(@.type=="Ready")].status}' 2>/dev/null)" = True ]
}

wait_for_node() {
	local part
	wait_for 60 node_is_ready "$1" && return
	for part in kubelet containerd; do
		show_log "$log_dir/$part-$1.log"
	done
	fail "the node $1 is not ready"
}

# node_is_up NODE: its daemons live.
node_is_up() {
	daemon_runs "mounts-$1" && daemon_runs "containerd-$1" && daemon_runs "kubelet-$1" && daemon_runs "kube-proxy-$1"
}

# end_node NODE: ends its processes, pods and all, and removes its namespaces.
end_node() {
	kill_cgroup "$cgroup_name/$1"
	remove_namespace "$(node_ns "$1")"
	rm -rf "$(node_dir "$1")/run" "$pid_dir"/*-"$1"
}

# restart_containerd NODE: after a change of its configuration. Pods go on.
restart_containerd() {
	stop_daemon "containerd-$1"
	start_containerd "$1"
	wait_for 20 containerd_is_ready "$1" || {
		show_log "$log_dir/containerd-$1.log"
		fail "containerd of $1 does not answer"
	}
}
