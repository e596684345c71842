#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What an operator may change of the pods: a patch, pull secrets, a claim that exists.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

# pods FILTER: jq over the pods of the run that was kept, by role.
pods() { kubectl -n "$ns" get pods -l "gvisor-smoke/run=$(run_id)" -o json | jq -rc "$@"; }
sweep_run() { program 0 sweep -n "$ns" --run "$(run_id)"; }

make_namespace pod-security.kubernetes.io/enforce=restricted

subject "a patch reaches every pod, what is the run's own stays, and cases see the variables"
write_case sees-proxy <<'SH'
[ "$SOME_PROXY" = http://proxy.example.com:3128 ]
SH
cat >"$work/patch.json" <<'JSON'
{
  "metadata": { "labels": { "team": "platform" } },
  "spec": {
    "tolerations": [{ "key": "sandbox", "operator": "Exists" }],
    "nodeSelector": { "kubernetes.io/os": "linux" },
    "containers": [
      { "env": [{ "name": "SOME_PROXY", "value": "http://proxy.example.com:3128" }] },
      { "name": "fixture", "resources": { "limits": { "memory": "512Mi" } } }
    ]
  }
}
JSON
smoke 0 --keep --pod-patch "$work/patch.json" --pull-secret one --pull-secret two --cases "$work/cases" sees-proxy curl --control all
expect_case passed TestLive test_sees_proxy
expect_equal 3 "$(pods '[.items[] | select(.metadata.labels.team == "platform" and .spec.tolerations[0].key == "sandbox"
  and .spec.nodeSelector["kubernetes.io/os"] == "linux" and .spec.imagePullSecrets == [{name: "one"}, {name: "two"}])] | length')"
expect_equal '[[null,"control"],[null,"fixture"],["gvisor","gvisor"]]' \
  "$(pods '[.items[] | [.spec.runtimeClassName, .metadata.labels["gvisor-smoke/role"]]] | sort')"
expect_equal '[["FIXTURE_URL","SOME_PROXY"],"512Mi",1]' \
  "$(pods '.items[] | select(.metadata.labels["gvisor-smoke/role"] == "fixture") | .spec.containers
    | [[.[0].env[].name], .[0].resources.limits.memory, length]')"
sweep_run

subject "images names what these pods are made of"
echo '{"spec":{"containers":[{"name":"proxy","image":"proxy:1"}]}}' >"$work/patch.json"
write_case own-image '# image: redis:7' <<<true
program 0 images --image "$TOOLBOX_IMAGE" --cases "$work/cases" --pod-patch "$work/patch.json" curl own-image
expect_equal "$TOOLBOX_IMAGE redis:7 proxy:1" "$(xargs <"$output")"
program 0 images -o json curl
expect_equal '["curl","fixture"]' "$(jq -c '.images[0].used_by' "$output")"
GVISOR_COMPAT_POD=some program 0 images
expect_equal "" "$(cat "$output")"
program 2 images -o yaml
expect_output '--output is text or json, not "yaml"'

subject "a patch of what is the run's own is refused before anything is made"
echo '{"spec":{"runtimeClassName":"runc"}}' >"$work/patch.json"
smoke 2 --pod-patch "$work/patch.json" allowlist
expect_output "--pod-patch \"$work/patch.json\": it sets /spec/runtimeClassName, which is the run's own"
expect_output "hint: --runtime-class names it"
smoke 2 --pod-patch "$work/no-such-file" allowlist
expect_output "--pod-patch: cannot read"
smoke 2 --own-namespace --pull-secret one allowlist
expect_output "--own-namespace makes a new namespace, which does not hold what --pull-secret names"

subject "what a patch makes impossible is told in the API's words"
echo '{"spec":{"containers":[{"securityContext":{"privileged":true}}]}}' >"$work/patch.json"
smoke 3 --pod-patch "$work/patch.json" allowlist
expect_case error TestGvisorCompatibilityMatrix "test_bash_allowlist_compatibility_matrix[allowlist]" "is invalid"

subject "an existing claim is used by all pods with a volume, and stays as it was"
kubectl -n "$ns" create -f - >/dev/null <<'YAML'
{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: data}, spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 64Mi}}}}
YAML
# The volume is the group's, as an application's would be.
kubectl -n "$ns" create -f - >/dev/null <<YAML
apiVersion: v1
kind: Pod
metadata: {name: owner}
spec:
  restartPolicy: Never
  securityContext: {runAsNonRoot: true, runAsUser: 1234, runAsGroup: 1234, fsGroup: 1234, seccompProfile: {type: RuntimeDefault}}
  containers:
  - name: owner
    image: $BUSYBOX_IMAGE
    imagePullPolicy: Never
    command: [sh, -c, "echo mine >/data/file && chmod 640 /data/file && ls -ln /data /data/file && sleep 600"]
    securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}
    volumeMounts: [{name: data, mountPath: /data}]
  volumes: [{name: data, persistentVolumeClaim: {claimName: data}}]
YAML
kubectl -n "$ns" wait --for=condition=Ready pod/owner --timeout=60s >/dev/null
of_owner() { kubectl -n "$ns" exec owner -- sh -c 'ls -lnA /data'; }
before=$(of_owner)
echo '{"spec":{"securityContext":{"supplementalGroups":[1234]}}}' >"$work/patch.json"
smoke 0 --existing-claim data --pod-patch "$work/patch.json" --node "$(kubectl -n "$ns" get pod owner -o 'jsonpath={.spec.nodeName}')" \
  pvc-write pvc-read-back --control all
expect_case passed TestGvisorCompatibilityMatrix "test_workspace_pvc_mount_works_under_gvisor[read-back]" ""
expect_equal "$before" "$(of_owner)"
expect_equal Bound "$(kubectl -n "$ns" get persistentvolumeclaim data -o 'jsonpath={.status.phase}')"
kubectl -n "$ns" delete pod owner --now >/dev/null

subject "a claim that is not there, a namespace that is not there"
smoke 3 --existing-claim no-such-claim pvc-write
expect_output 'cannot use the claim "no-such-claim": persistentvolumeclaims "no-such-claim" not found'
kubectl delete namespace "$ns" >/dev/null
smoke 2 --existing-claim data pvc-write
expect_output "there is no namespace \"$ns\", so it cannot hold the claim \"data\""
expect_nothing_made
