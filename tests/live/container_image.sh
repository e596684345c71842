#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The image of packaging/image, as buildah makes it: a Job of `gvisor-smoke manifest` runs from it, in a restricted namespace.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=job.sh
. "$(dirname "$0")/job.sh"

name=image-$$
image=$("$root/packaging/image/build" --ref)
archive=$("$root/packaging/image/build")
ctr=("$cluster/node" exec node-a "$(dirname "$KUBECONFIG")/bin/ctr" -a /run/containerd/containerd.sock -n k8s.io image)
at_end "${ctr[@]}" rm "$image"
"${ctr[@]}" import "$archive" >"$work/import" 2>&1
make_namespace pod-security.kubernetes.io/enforce=restricted

subject "it is small: the program and the libraries that it loads"
size=$(stat -c %s "$archive")
echo "   $size bytes, $(gzip -c "$archive" | wc -c) compressed"
[ "$size" -lt 80000000 ] || fail "fewer than 80 MB" "$size bytes"

subject "its entry point is the program, and its user is not root"
jq -n --arg image "$image" '{apiVersion: "v1", kind: "Pod", metadata: {name: "version"}, spec: {restartPolicy: "Never",
  securityContext: {runAsNonRoot: true, seccompProfile: {type: "RuntimeDefault"}}, containers: [{name: "version", image: $image,
  args: ["--version"], securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: ["ALL"]}}}]}}' | kubectl -n "$ns" apply -f - >/dev/null
kubectl -n "$ns" wait --for=jsonpath='{.status.phase}'=Succeeded pod/version --timeout=60s >/dev/null
kubectl -n "$ns" logs version >"$output"
expect_equal "$("$GVISOR_SMOKE" --version | cut -d' ' -f1,2)" "$(cut -d' ' -f1,2 "$output")"
expect_output "(commit $(git -C "$root" describe --always --dirty=+changes --abbrev=12 --exclude='*'))"

subject "a Job of the manifest's default image runs cases, ends, and leaves its report"
at_end kubectl delete clusterrole,clusterrolebinding "$name-$ns"
"$GVISOR_SMOKE" manifest job -n "$ns" --name "$name" -- --image "$TOOLBOX_IMAGE" allowlist git-clone >"$work/manifest"
grep -qF "image: \"$image\"" "$work/manifest" || fail "the manifest names $image" "$(grep image: "$work/manifest")"
kubectl apply -f "$work/manifest" >/dev/null
expect_equal Complete "$(end_of "$name")"
take_reports
expect_equal 0 "$(cat "$reports/exit-code")"
expect_case passed TestGvisorCompatibilityMatrix "test_git_clone_works_under_gvisor[clone]"
expect_counts 4 0 0 0
expect_nothing_left kept

subject "a Job that cannot make its run fails, and leaves why"
kubectl -n "$ns" delete job "$name" >/dev/null
"$GVISOR_SMOKE" manifest job -n "$ns" --name "$name" -- --image "$TOOLBOX_IMAGE" --runtime-class missing allowlist | kubectl apply -f - >/dev/null
expect_equal Failed "$(end_of "$name")"
take_reports
expect_equal 3 "$(cat "$reports/exit-code")"
