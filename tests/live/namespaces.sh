#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Namespaces: one that was there stays, one that enforces the restricted Pod Security level is enough, one that runs share goes
# with the last of them.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

subject "a namespace that is missing is made and removed again"
smoke 0 allowlist
expect_case passed TestGvisorCompatibilityMatrix "test_bash_allowlist_compatibility_matrix[allowlist]"
expect_nothing_left

subject "a namespace that enforces the restricted Pod Security level is enough, with the fixture and a volume, and is kept"
make_namespace pod-security.kubernetes.io/enforce=restricted
smoke 0 allowlist curl pvc-write pvc-read-back
expect_no_output "PodSecurity"
expect_case passed TestGvisorCompatibilityMatrix "test_curl_https_works_under_gvisor[curl]"
expect_case passed TestGvisorCompatibilityMatrix "test_workspace_pvc_mount_works_under_gvisor[read-back]"
expect_nothing_left kept

subject "two runs in one namespace: the one that made it ends first and says why it stays, the last one removes it"
kubectl delete namespace "$ns" >/dev/null
write_case waits <<'SH'
set -eu
sleep 14
SH
mkdir -p "$work/first"
timeout 120 "$GVISOR_SMOKE" run -n "$ns" --report-dir "$work/first" --image "$TOOLBOX_IMAGE" allowlist >"$work/first/output" 2>&1 &
first=$!
until kubectl get namespace "$ns" >"$work/seen" 2>&1; do sleep 0.1; done
smoke 0 --cases "$work/cases" waits &
second=$!
wait $first || fail "the first run ends with 0" "exit code $?: $(tail -5 "$work/first/output")"
grep -qF "the namespace \"$ns\" stays: it holds pods gvisor-smoke-" "$work/first/output" ||
  fail "the first run says why the namespace stays" "$(tail -20 "$work/first/output")"
wait $second || fail "the second run ends with 0" "exit code $?"
expect_no_output "stays"
expect_nothing_left

subject "what others put into a namespace that a run made keeps it, and is named; a later run removes it when it is empty"
smoke 0 --cases "$work/cases" waits &
run=$!
until kubectl -n "$ns" create configmap of-others >"$work/seen" 2>&1; do sleep 0.1; done
wait $run || fail "the run ends with 0" "exit code $?"
expect_output "the namespace \"$ns\" stays: it holds configmaps of-others"
expect_nothing_left kept
kubectl -n "$ns" delete configmap of-others >/dev/null
smoke 0 allowlist
expect_nothing_left

subject "a namespace that is just being deleted is waited for, and made anew"
make_namespace
kubectl -n "$ns" create -f - >/dev/null <<YAML
{apiVersion: v1, kind: ConfigMap, metadata: {name: holds-it, finalizers: [gvisor-smoke.example/holds-it]}}
YAML
kubectl delete namespace "$ns" --wait=false >/dev/null
(sleep 3 && kubectl -n "$ns" patch configmap holds-it --type=merge -p '{"metadata":{"finalizers":null}}') >"$work/seen" 2>&1 &
smoke 0 allowlist
expect_nothing_left

subject "with --own-namespace no other run can share it"
smoke 0 --own-namespace allowlist
expect_output "namespace $ns-$(run_id)"
expect_nothing_made
left=$(kubectl get namespace "$ns-$(run_id)" --ignore-not-found -o name)
expect_equal "" "$left"

subject "sweep removes a namespace that a run made, and says why one stays"
smoke 0 --keep allowlist
kubectl -n "$ns" create configmap of-others >/dev/null
program 0 sweep -n "$ns" --run "$(run_id)"
expect_output "the namespace \"$ns\" stays: it holds configmaps of-others"
kubectl -n "$ns" delete configmap of-others >/dev/null
program 0 sweep -n "$ns" --older-than 1s
expect_output "namespaces "
kubectl wait --for=delete "namespace/$ns" --timeout=30s >/dev/null
