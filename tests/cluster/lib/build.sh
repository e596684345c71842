# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Builds every part from the Go module proxy, and keeps the outcome in the cache.
#
# A part is a function make_NAME that puts its files into the folder "$out". Its key is a hash of that function's
# text, its arguments and the files of its folder build/NAME, so that a change of any of them builds it again. A
# part is built in a temporary folder and renamed when it is whole: a killed build leaves nothing that counts.

# part_key NAME ARGS...: the hash of all inputs.
part_key() {
	local name=$1
	{
		printf '%s\n' "$@" "$(uname -m)"
		# shellcheck disable=SC2046
		declare -f $(recipe "$name")
		if [ -d "$bed_dir/build/$name" ]; then
			(cd "$bed_dir/build/$name" && find . -type f | LC_ALL=C sort | xargs sha256sum)
		fi
	} | sha256sum | cut -c1-16
}

# recipe NAME: the functions that make a part.
recipe() {
	case $1 in
	images) echo make_images make_image debian_package ;;
	nginx) echo make_nginx debian_package ;;
	*) echo "make_$1" go_module go_package ;;
	esac
}

# part_path NAME ARGS...: where its outcome is, or will be, in the cache.
part_path() {
	printf '%s/parts/%s-%s\n' "$cache_dir" "$1" "$(part_key "$@")"
}

# build_part NAME ARGS...: builds it unless it is in the cache. Safe to run twice at a time: last rename loses.
build_part() {
	local name=$1 path out log began=$SECONDS
	path=$(part_path "$@")
	[ -d "$path" ] && return
	shift
	mkdir -p "$cache_dir/parts" "$cache_dir/log"
	log=$cache_dir/log/$name.log
	say "building $name ${*} (log: $log)"
	out=$(mktemp -d "$cache_dir/parts/.tmp-$name-XXXXXX")
	chmod 755 "$out"
	if ! "make_$name" "$@" >"$log" 2>&1 </dev/null; then
		rm -rf "$out"
		show_log "$log"
		say "error: $name could not be built"
		return 1
	fi
	mv -T "$out" "$path" 2>/dev/null || rm -rf "$out"
	say "built $name in $((SECONDS - began)) s"
}

# go_package PACKAGE@VERSION...: go install into $out, static. The nice level leaves the machine usable.
# (Every step is joined by &&: "set -e" has no effect inside a function that is called in a condition.)
go_package() {
	GOBIN=$out CGO_ENABLED=${CGO_ENABLED:-0} nice -n 5 go install -trimpath -ldflags "-s -w ${ldflags:-}" "$@"
}

# go_module FOLDER PROGRAM: builds the main in build/FOLDER to $out/PROGRAM.
go_module() {
	(
		cd "$bed_dir/build/$1" &&
			CGO_ENABLED=0 nice -n 5 go build -mod=readonly -trimpath -ldflags "-s -w ${ldflags:-}" -o "$out/$2" .
	)
}

make_kubernetes() {
	local version minor name ldflags
	local component=k8s.io/component-base/version client=k8s.io/client-go/pkg/version
	version=$(awk '$1 == "k8s.io/kubernetes" { print $2; exit }' "$bed_dir/build/kubernetes/go.mod") || return
	minor=${version#v1.}
	ldflags="-X $component.gitVersion=$version -X $component.gitMajor=1 -X $component.gitMinor=${minor%%.*}"
	ldflags+=" -X $client.gitVersion=$version"
	go_module kubernetes kube-apiserver || return
	for name in kube-controller-manager kube-scheduler kubelet kube-proxy kubectl; do
		ln "$out/kube-apiserver" "$out/$name" || return
	done
}

make_etcd() {
	go_module etcd etcd
}

make_containerd() {
	local module=github.com/containerd/containerd/v2
	local ldflags="-X $module/version.Version=$1"
	go_package $module/cmd/{containerd,containerd-shim-runc-v2,ctr}@"$1"
}

# The only part with C in it: libseccomp.
make_runc() {
	CGO_ENABLED=1 go_package -tags seccomp "github.com/opencontainers/runc@$1"
}

# Static: a dynamically linked runsc cannot start itself again in its empty root.
make_runsc() {
	local ldflags="-X gvisor.dev/gvisor/runsc/version.version=$1"
	go_package "gvisor.dev/gvisor/runsc@$1"
}

# gVisor's shim, twice: upstream's own program, and ours for a machine without CAP_SYS_RESOURCE (see build/shim).
make_shim() {
	go_package "gvisor.dev/gvisor/shim@$1" &&
		mv "$out/shim" "$out/containerd-shim-runsc-v1" &&
		go_module shim containerd-shim-runsc-v1.no-oom-score
}

make_cni() {
	local module=github.com/containernetworking/plugins/plugins
	go_package $module/{main/ptp,ipam/host-local,main/loopback,meta/portmap}@"$1"
}

make_crictl() {
	local ldflags="-X sigs.k8s.io/cri-tools/pkg/version.Version=$1"
	go_package "sigs.k8s.io/cri-tools/cmd/crictl@$1"
}

make_coredns() {
	go_package "github.com/coredns/coredns@$1"
}

make_local_path() {
	go_package "github.com/rancher/local-path-provisioner@$1"
}

make_kwok() {
	local ldflags="-X sigs.k8s.io/kwok/pkg/consts.Version=$1"
	go_package "sigs.k8s.io/kwok/cmd/kwok@$1"
}

# check_go: the builds need the Go that the newest go.mod here names.
check_go() {
	local need have
	need=$(cat "$bed_dir"/build/*/go.mod | awk '$1 == "go" { print $2 }' | sort -V | tail -n 1)
	command -v go >/dev/null || fail "there is no go: Go $need or newer is needed to build the bed"
	have=$(go env GOVERSION)
	[ "$(printf '%s\n' "$need" "${have#go}" | sort -V | head -n 1)" = "$need" ] ||
		[ "$(go env GOTOOLCHAIN)" != local ] || fail "go is ${have#go}, and the bed needs $need or newer"
}
