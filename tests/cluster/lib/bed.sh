# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The bed as a whole: which parts it has, how it starts and how it ends.

: "${bed_dir:?set by the script that sources this}"
# shellcheck source=lib/common.sh
. "$bed_dir/lib/common.sh"
# shellcheck source=lib/versions.sh
. "$bed_dir/lib/versions.sh"
# shellcheck source=lib/build.sh
. "$bed_dir/lib/build.sh"
# shellcheck source=lib/process.sh
. "$bed_dir/lib/process.sh"
# shellcheck source=lib/net.sh
. "$bed_dir/lib/net.sh"
# shellcheck source=lib/pki.sh
. "$bed_dir/lib/pki.sh"
# shellcheck source=lib/images.sh
. "$bed_dir/lib/images.sh"
# shellcheck source=lib/control-plane.sh
. "$bed_dir/lib/control-plane.sh"
# shellcheck source=lib/node.sh
. "$bed_dir/lib/node.sh"
# shellcheck source=lib/outside.sh
. "$bed_dir/lib/outside.sh"
# shellcheck source=lib/storage.sh
. "$bed_dir/lib/storage.sh"
# shellcheck source=lib/proof.sh
. "$bed_dir/lib/proof.sh"

# all_parts: one line for each part, its name and arguments. The shim is of the newest release whatever runsc is.
all_parts() {
	cat <<-END
		kubernetes
		etcd
		shim $runsc_version
		containerd $containerd_version
		cni $cni_version
		runc $runc_version
		crictl $crictl_version
		coredns $coredns_version
		local_path $local_path_version
		images
		nginx
	END
}

# build_bed RUNSC-VERSION: all parts that the cache lacks. Kubernetes is more than half of the work: it is built
# beside the others, and the toolbox image beside both.
build_bed() {
	local jobs=() job failed=0
	check_tools
	# Its path is asked for again when it is imported; a failure is told then.
	if [ -x "$toolbox" ]; then
		(toolbox_tar >/dev/null 2>&1 || true) &
		jobs+=($!)
	fi
	build_part kubernetes &
	jobs+=($!)
	{ echo "runsc $1" && all_parts; } | while read -r -a part; do
		[ "${part[0]}" = kubernetes ] || build_part "${part[@]}" || exit 1
	done &
	jobs+=($!)
	for job in "${jobs[@]}"; do
		wait "$job" || failed=1
	done
	[ $failed = 0 ] || fail "the bed could not be built"
}

# check_tools: what the scripts and the builds call, from Debian where it is missing.
check_tools() {
	need_package gcc gcc libc6-dev
	need_package /usr/include/seccomp.h libseccomp-dev
	need_package pkg-config pkg-config
	need_package ip iproute2
	need_package nft nftables
	need_package sysctl procps
	need_package nsenter util-linux
	need_package flock util-linux
	need_package openssl openssl
	need_package curl curl
	need_package /etc/ssl/certs/ca-certificates.crt ca-certificates
	install_packages
	check_go
}

# install_programs: hard links (copies across file systems) of the parts' programs in the bin folder, so that the
# bed's processes are told from all others by their program.
install_programs() {
	local part path
	rm -rf "$bin_dir"
	mkdir -p "$bin_dir/cni"
	while read -r -a part; do
		path=$(part_path "${part[@]}")
		case ${part[0]} in
		images) ;;
		cni) link_programs "$bin_dir/cni" "$path"/* ;;
		*) link_programs "$bin_dir" "$path"/* ;;
		esac
	done < <(all_parts)
	if ! has_sys_resource; then
		mv "$bin_dir/containerd-shim-runsc-v1.no-oom-score" "$bin_dir/containerd-shim-runsc-v1"
	fi
}

link_programs() {
	local folder=$1
	shift
	ln -f "$@" "$folder" 2>/dev/null || cp -f "$@" "$folder"
}

# install_runsc VERSION: pods use it from the next one on.
install_runsc() {
	link_programs "$bin_dir" "$(part_path runsc "$1")/runsc"
	echo "$1" >"$state_dir/runsc-version"
}

# parts_sum: what a running bed was made of; another sum means that it must be made anew.
parts_sum() {
	local part
	{
		while read -r -a part; do
			part_path "${part[@]}"
		done < <(all_parts)
		cat "$bed_dir"/manifests/*.yaml "$bed_dir"/lib/{net,control-plane,outside,storage}.sh
	} | sha256sum
}

control_plane_is_up() {
	local name
	for name in etcd kube-apiserver kube-controller-manager kube-scheduler coredns local-path-provisioner outside-dns \
		outside-web; do
		daemon_runs "$name" || return
	done
}

# start_bed NODE...: from nothing. What needs no API server is done while it starts.
start_bed() {
	local node jobs=() job
	mkdir -p "$log_dir" "$pid_dir"
	: >"$state_dir/resolv.conf"
	make_cgroups "$cgroup_name/control-plane"
	make_hub
	make_pki
	start_api
	say "etcd and the API server are started"
	make_outside_network
	start_outside
	for node in "$@"; do
		make_node_network "$node"
		prepare_node "$node" &
		jobs+=($!)
	done
	wait_for_api
	say "the API server is ready"
	start_controllers
	apply_manifests
	start_dns
	start_storage
	for job in "${jobs[@]}"; do
		wait "$job" || fail "a node could not be prepared"
	done
	say "containerd is ready"
	for node in "$@"; do
		join_node "$node"
	done
	start_importing "$@"
	for node in "$@"; do
		wait_for_node "$node"
		say "$node is ready"
	done
	wait_for_outside
	parts_sum >"$state_dir/parts"
}

# start_importing NODE...: imports the toolbox in the background; wait_for_imports waits for it.
importing=()
start_importing() {
	local node
	for node in "$@"; do
		import_toolbox "$node" &
		importing+=($!)
	done
}

wait_for_imports() {
	local job
	for job in "${importing[@]}"; do
		wait "$job" || exit 1
	done
	importing=()
}

# add_node NODE: to a running cluster; what is left of an earlier one is removed.
add_node() {
	remove_node "$1"
	make_node_network "$1"
	prepare_node "$1"
	join_node "$1"
	start_importing "$1"
	wait_for_node "$1"
	say "$1 is ready"
}

# remove_node NODE: its processes and its Node object, whose pods would wait for a kubelet for ever.
remove_node() {
	end_node "$1"
	if control_plane_is_up; then
		kubectl_admin delete node "$1" --ignore-not-found --timeout=20s >/dev/null
		quietly kubectl_admin delete pods -A --field-selector "spec.nodeName=$1" --force --grace-period=0
	fi
}

# end_bed: whatever is left of it, however it came to its end. Images and certificates stay.
end_bed() {
	local node
	kill_cgroup "$cgroup_name"
	wait_for 10 bed_is_dead || fail "processes of the bed do not end: $(pids_of_bed | xargs)"
	remove_network
	for node in "$state_dir"/nodes/*; do
		rm -rf "$node"/{run,kubelet,claims,pod-logs,cni}
	done
	rm -rf "$pid_dir" "$state_dir"/{etcd,outside,parts,kubeconfig}
}

# bed_is_current: it runs, and is made of the very parts that an "up" would take now.
bed_is_current() {
	control_plane_is_up && [ "$(cat "$state_dir/parts" 2>/dev/null)" = "$(parts_sum)" ] && api_is_ready >/dev/null 2>&1
}

# set_runsc VERSION FLAG...: the release and the flags of runsc; running pods keep theirs.
set_runsc() {
	local node version=$1
	shift
	install_runsc "$version"
	: >"$state_dir/runsc-flags"
	[ $# = 0 ] || printf '%s\n' "$@" >"$state_dir/runsc-flags"
	for node in $(all_nodes); do
		! node_is_up "$node" || write_runsc_config >"$(node_dir "$node")/runsc.toml"
	done
}
