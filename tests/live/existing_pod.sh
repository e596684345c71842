#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A pod that is there already, as the original used one (GVISOR_COMPAT_POD): exec alone, nothing is made.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

matrix=TestGvisorCompatibilityMatrix
allowlist="test_bash_allowlist_compatibility_matrix[allowlist]"

# make_pod NAME IMAGE RUNTIME-CLASS [POD-SPEC [CONTAINER-SPEC]]: YAML members, each with a comma
make_pod() {
  kubectl -n "$ns" create -f - >/dev/null <<YAML
apiVersion: v1
kind: Pod
metadata: {name: $1}
spec: {restartPolicy: Never, automountServiceAccountToken: false, terminationGracePeriodSeconds: 0, ${3:+runtimeClassName: $3,}
  ${4:-} containers: [{name: main, image: "$2", imagePullPolicy: Never, ${5:-} command: [sleep, "3600"]}]}
YAML
}
is_ready() { kubectl -n "$ns" wait --for=condition=Ready "pod/$1" --timeout=60s >/dev/null; }
hardened='securityContext: {runAsNonRoot: true, runAsUser: 65532, runAsGroup: 65532, fsGroup: 65532, seccompProfile: {type: RuntimeDefault}},'
least='securityContext: {allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: {drop: [ALL]}},'

# existing EXIT POD ARGUMENTS...: a run in it, as an account that may read it and exec into it, and nothing else.
existing() {
  local wanted=$1 pod=$2
  shift 2
  rm -rf "$reports"
  program "$wanted" run --existing-pod "$pod" -n "$ns" --kubeconfig "$work/account" --report-dir "$reports" "$@"
}

make_namespace
write_account_kubeconfig "$work/account" tester
kubectl -n "$ns" create role tester --verb=get --resource=pods >/dev/null
kubectl -n "$ns" create role tester-exec --verb=get,create --resource=pods/exec >/dev/null
kubectl create clusterrole "$ns" --verb=get --resource=runtimeclasses.node.k8s.io >/dev/null
at_end kubectl delete clusterrole "$ns"
kubectl -n "$ns" create rolebinding tester --role=tester --serviceaccount="$ns:tester" >/dev/null
kubectl -n "$ns" create rolebinding tester-exec --role=tester-exec --serviceaccount="$ns:tester" >/dev/null
kubectl create clusterrolebinding "$ns" --clusterrole="$ns" --serviceaccount="$ns:tester" >/dev/null
at_end kubectl delete clusterrolebinding "$ns"
kubectl -n "$ns" create -f - >/dev/null <<'YAML'
{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: data}, spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 64Mi}}}}
YAML
make_pod busybox "$BUSYBOX_IMAGE" gvisor
make_pod toolbox "$TOOLBOX_IMAGE" gvisor "$hardened volumes: [{name: tmp, emptyDir: {}}, {name: data, persistentVolumeClaim: {claimName: data}}]," \
  "$least volumeMounts: [{name: tmp, mountPath: /tmp}, {name: data, mountPath: /workspaces}],"
make_pod root "$TOOLBOX_IMAGE" gvisor "securityContext: {runAsUser: 0},"
make_pod impostor "$BUSYBOX_IMAGE" ""
for pod in busybox toolbox root impostor; do is_ready $pod; done
objects() { kubectl -n "$ns" get all,pvc,secrets,configmaps,serviceaccounts -o name | sort; }
before=$(objects)

subject "any image with a shell: all cases have a verdict, what is missing is named, and the account could make nothing"
write_case shell-only '# needs: sh' <<'SH'
[ -w . ] && echo "works in $(pwd)"
SH
# Busybox' wget is another program than the one that the case means.
existing 0 busybox --cases "$work/cases" '!app-pods' '!wget'
expect_case passed TestLive test_shell_only
expect_case passed TestGvisorRuntimeClassOnCluster test_runtime_class_exists_in_cluster
expect_case skipped $matrix "$allowlist" "the pod does not have: curl, git"
expect_case skipped $matrix "test_git_clone_works_under_gvisor[clone]" 'needs a repository to clone (--git-url), which pod "busybox" does not give it'
expect_case skipped $matrix "test_workspace_pvc_mount_works_under_gvisor[write]" "needs the grant volume, which"
expect_case skipped $matrix "test_workspace_pvc_mount_works_under_gvisor[read-back]" "needs a second pod, and the grant volume, which"
expect_case skipped TestGvisorExpectedFailures test_docker_build_is_blocked_under_gvisor "the grants privileged, tmpfs:"
expect_case skipped TestGvisorExpectedFailures test_tcpdump_is_blocked_under_gvisor "the pod does not have: python3, tcpdump"
expect_output "signs on $(kubectl -n "$ns" get pod busybox -o 'jsonpath={.spec.nodeName}') (pod busybox)"
expect_equal "$before" "$(objects)"
left=$(kubectl -n "$ns" exec busybox -- sh -c 'ls -A /tmp')
expect_equal "" "$left"

subject "the tools are there, and a volume at /workspaces: the cases run, and leave nothing in it"
existing 0 toolbox allowlist dev-kvm pvc-write https-egress --egress-url "$OUTSIDE_URL" --ca-file "$OUTSIDE_CA"
expect_case passed $matrix "$allowlist"
expect_case passed $matrix "test_workspace_pvc_mount_works_under_gvisor[write]"
expect_case passed $matrix test_outbound_https_works_under_gvisor
expect_equal "" "$(kubectl -n "$ns" exec toolbox -- sh -c 'ls -A /tmp; ls -A /workspaces | grep -v lost+found || true')"

subject "a page to fetch is the one outside, as there is no fixture; a root pod has the capabilities that runtimes give"
existing 0 root curl wget tcpdump perf-event-open --egress-url "$OUTSIDE_URL" --ca-file "$OUTSIDE_CA"
expect_case passed $matrix "test_curl_https_works_under_gvisor[curl]"
expect_case passed TestGvisorExpectedFailures test_tcpdump_is_blocked_under_gvisor
expect_case skipped $matrix test_perf_event_open_is_filtered_under_gvisor "needs the grant PERFMON, which"

subject "the environment of the original names pod and namespace"
rm -rf "$reports"
GVISOR_COMPAT_POD=toolbox GVISOR_NAMESPACE=$ns program 0 run --report-dir "$reports" allowlist
expect_case passed $matrix "$allowlist"
expect_output "gvisor: 15/15"
expect_equal "$before" "$(objects)"

subject "attestation decides: a pod that is not gVisor is told as such, whatever works in it"
existing 4 impostor --cases "$work/cases" shell-only
expect_output "the existing pod impostor on node"
expect_output "it names no RuntimeClass: create it with runtimeClassName: gvisor"
expect_case error TestLive test_shell_only "NOT GVISOR"
left=$(kubectl -n "$ns" exec impostor -- sh -c 'ls -A /tmp')
expect_equal "" "$left"

subject "nowhere to write: without the supervisor and without a folder the case says so"
# gVisor itself mounts a tmpfs at an empty /tmp, whatever the root is.
make_pod read-only "$BUSYBOX_IMAGE" gvisor "$hardened volumes: [{name: tmp, emptyDir: {}}]," \
  "$least volumeMounts: [{name: tmp, mountPath: /tmp, readOnly: true}],"
is_ready read-only
existing 3 read-only --cases "$work/cases" shell-only
expect_case error TestLive test_shell_only "no file can be written in TMPDIR or /tmp"
expect_output "gvisor: 9/11 signs"

subject "a pod that does not exist yet, that has no shell, that is over"
existing 3 no-such-pod allowlist
expect_output "cannot use the pod \"no-such-pod\": pods \"no-such-pod\" not found"
expect_output "its namespace is that of the application, \"$ns\""
kubectl -n "$ns" create -f - >/dev/null <<YAML
apiVersion: v1
kind: Pod
metadata: {name: over}
spec:
  restartPolicy: Never
  containers: [{name: main, image: "$BUSYBOX_IMAGE", imagePullPolicy: Never, command: ["true"]}]
YAML
kubectl -n "$ns" wait --for=jsonpath='{.status.phase}'=Succeeded pod/over --timeout=60s >/dev/null
existing 3 over allowlist
expect_output 'the pod "over" is over: no command can be run in it'
kubectl -n "$ns" run no-shell --image=localhost/gvisor-smoke/pause:1 --image-pull-policy=Never --restart=Never \
  --overrides='{"spec":{"runtimeClassName":"gvisor"}}' >/dev/null
is_ready no-shell
existing 3 no-shell --cases "$work/cases" shell-only
expect_case error TestLive test_shell_only "cannot bring the supervisor into place in pod no-shell: its image has no shell (sh)"
expect_output "hint: the image must have a POSIX shell at sh"

subject "a pod that is still starting is waited for"
rm -rf "$reports"
(sleep 3 && kubectl -n "$ns" create secret generic late --from-literal=a=b) >"$work/seen" 2>&1 &
make_pod late "$BUSYBOX_IMAGE" gvisor "volumes: [{name: late, secret: {secretName: late}}]," "volumeMounts: [{name: late, mountPath: /late}],"
program 0 run --existing-pod late -n "$ns" --report-dir "$reports" --cases "$work/cases" shell-only
expect_case passed TestLive test_shell_only

subject "a signal ends the run, and takes its program out of the pod"
write_case waits <<'SH'
sleep 20
SH
rm -rf "$reports"
"$GVISOR_SMOKE" run --existing-pod busybox -n "$ns" --report-dir "$reports" --cases "$work/cases" waits >"$output" 2>&1 &
run=$!
until grep -qs '"event":"start"' "$reports/run.jsonl"; do sleep 0.2; done
kill -INT $run
code=0
wait $run || code=$?
expect_equal 130 "$code"
expect_equal "" "$(kubectl -n "$ns" exec busybox -- sh -c 'ls -A /tmp | grep gvisor-smoke || true')"

subject "a pod that ends during a case"
rm -rf "$reports"
(
  until grep -qs '"event":"start"' "$reports/run.jsonl"; do sleep 0.2; done
  kubectl -n "$ns" delete pod busybox --now
) >"$work/seen" 2>&1 &
program 3 run --existing-pod busybox -n "$ns" --report-dir "$reports" --cases "$work/cases" waits
expect_case error TestLive test_waits "pod busybox"

subject "options that say how things are made do not go with it"
for option in --keep --own-namespace "--image x" "--control all" "--repeat 2" "--pull-secret x" "--existing-claim x"; do
  # shellcheck disable=SC2086 # two words
  existing 2 toolbox $option allowlist
  expect_output "${option% [x2]} is of no use in the existing pod \"toolbox\""
done
