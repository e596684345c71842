# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The version of every part. A changed line here rebuilds that part and no other. (Kubernetes', etcd's and the
# shim's versions stand in build/*/go.mod.)

containerd_version=v2.4.2
runc_version=v1.5.2
cni_version=v1.9.1
crictl_version=v1.37.0
coredns_version=v1.12.4
local_path_version=v0.0.30
# Not a part of the bed: tests/bench/wide simulates nodes with it.
kwok_version=v0.8.0

# gVisor has no releases on the Go module proxy but the pseudo-versions somebody asked it for. The newest is the
# default of "up"; the others are older releases that were tried on the bed with the same shim.
runsc_version=v0.0.0-20260905035102-160fafc42237
runsc_older_versions=(
	v0.0.0-20260224225140-573d5e7127a8
	v0.0.0-20250503011706-39ed1f5ac29c
)
