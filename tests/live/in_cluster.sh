#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Runs from inside the cluster: the printed Job and CronJob, with the printed Role alone, leave their reports in a ConfigMap and in the log.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=job.sh
. "$(dirname "$0")/job.sh"

harness=localhost/live/harness:$$
name=smoke-$$

# The program with the libraries that it needs, and nothing else; one of them is loaded by name.
make_harness_image() {
  local folder=$work/harness library
  install -D "$GVISOR_SMOKE" "$folder/bin/gvisor-smoke"
  for library in $({ ldd "$GVISOR_SMOKE" && dpkg -L libwebsockets-evlib-uv; } | grep -oE '/[^ ]*\.so[^ ]*' | sort -u); do
    install -D "$library" "$folder$library"
  done
  import_image harness "$folder" node-a
}

# manifest KIND [ARGUMENTS OF run...]
manifest() {
  local kind=$1
  shift
  "$GVISOR_SMOKE" manifest "$kind" -n "$ns" --name "$name" --service-account "$name" --image "$harness" -- --image "$TOOLBOX_IMAGE" "$@"
}

# start [ARGUMENTS OF run...]: a new Job
start() {
  kubectl -n "$ns" delete job "$name" --ignore-not-found >/dev/null
  manifest job "$@" | kubectl apply -f - >"$work/applied"
}

make_namespace pod-security.kubernetes.io/enforce=restricted
make_harness_image
at_end kubectl delete clusterrole,clusterrolebinding "$name-$ns"

subject "a Job runs cases with the printed Role, in a restricted namespace"
start allowlist git-clone pvc-read-back
expect_equal Complete "$(end_of "$name")"
expect_output "reports: kubectl -n $ns get configmap $name-report"
grep -qE '^[0-9]+ passed, 0 failed, 0 errors' "$output" || fail "a summary in the log" "none"
take_reports
expect_equal 0 "$(cat "$reports/exit-code")"
expect_case passed TestGvisorCompatibilityMatrix "test_bash_allowlist_compatibility_matrix[allowlist]"
expect_case passed TestGvisorCompatibilityMatrix test_workspace_pvc_mount_works_under_gvisor
expect_equal "in-cluster" "$(jq -r 'select(.event == "run") | .context' "$reports/run.jsonl")"
expect_equal ok "$(jq -r 'select(.event == "step" and .name == "rights") | .state' "$reports/run.jsonl")"
[ ! -e "$reports/note" ] || fail "nothing is cut" "$(cat "$reports/note")"
grep -q '^### .*4 passed' "$reports/report.md" || fail "Markdown in report.md" "$(head -3 "$reports/report.md")"
expect_nothing_left kept

subject "the journal in the ConfigMap gives the same JUnit"
program 0 report --junit "$work/again.xml" "$reports/run.jsonl"
cmp -s "$work/again.xml" "$reports/junit.xml" || fail "the same JUnit" "$(diff "$work/again.xml" "$reports/junit.xml" | head -5)"

subject "a run that cannot be made fails its Job at once, and replaces the report"
start --runtime-class missing allowlist
expect_equal Failed "$(end_of "$name")"
expect_equal 1 "$(kubectl -n "$ns" get pods -l "job-name=$name" -o name | wc -l)"
take_reports
expect_equal 3 "$(cat "$reports/exit-code")"
expect_none_passed
expect_nothing_left kept

subject "a pod that is deleted leaves the report, and nothing of the run"
start git-clone npm-install pip-install
deadline=$(($(now_ms) + 60000))
until [ -n "$(kubectl -n "$ns" get pods -l gvisor-smoke/run -o name)" ]; do
  [ "$(now_ms)" -lt "$deadline" ] || fail "the run makes pods" "$(kubectl -n "$ns" logs "job/$name")"
  sleep 0.2
done
kubectl -n "$ns" delete pods -l "job-name=$name" >/dev/null
take_reports
expect_equal 143 "$(cat "$reports/exit-code")"
expect_nothing_left kept

subject "a pod that ends without a word takes with it what its run has made"
start git-clone pvc-write
made=("pods,services,secrets,persistentvolumeclaims" -l gvisor-smoke/run)
deadline=$(($(now_ms) + 60000))
until kubectl -n "$ns" get "${made[@]}" -o json >"$work/made" && [ "$(jq '[.items[].kind] | unique | length' "$work/made")" = 4 ]; do
  [ "$(now_ms)" -lt "$deadline" ] || fail "the run makes pods, a service, a secret and a claim" "$(jq -r '.items[].kind' "$work/made")"
  sleep 0.2
done
owner=$(kubectl -n "$ns" get pods -l "job-name=$name" -o 'jsonpath={.items[0].metadata.uid}')
expect_equal "[\"$owner\"]" "$(jq -c '[.items[].metadata.ownerReferences // [{}] | .[].uid] | unique' "$work/made")"
kubectl -n "$ns" delete job "$name" --cascade=orphan >/dev/null
kubectl -n "$ns" delete pods -l "job-name=$name" --force --grace-period=0 >/dev/null 2>&1
deadline=$(($(now_ms) + 60000))
until [ -z "$(kubectl -n "$ns" get "${made[@]}" -o name)" ]; do
  [ "$(now_ms)" -lt "$deadline" ] || fail "all of it is gone within 60 s" "$(kubectl -n "$ns" get "${made[@]}" -o name)"
  sleep 0.5
done

subject "a CronJob's Job does the same"
kubectl -n "$ns" delete job "$name" --ignore-not-found >/dev/null
manifest cronjob --schedule "0 3 1 1 *" allowlist 2>"$work/refused" && fail "--schedule behind -- is refused" "it is not"
"$GVISOR_SMOKE" manifest cronjob -n "$ns" --name "$name" --service-account "$name" --image "$harness" --schedule "0 3 1 1 *" -- \
  --image "$TOOLBOX_IMAGE" allowlist | kubectl apply -f - >"$work/applied"
expect_equal "0 3 1 1 *" "$(kubectl -n "$ns" get cronjob "$name" -o 'jsonpath={.spec.schedule}')"
kubectl -n "$ns" create job --from="cronjob/$name" "$name-now" >/dev/null
expect_equal Complete "$(end_of "$name-now")"
take_reports
expect_equal 0 "$(cat "$reports/exit-code")"
expect_nothing_left kept

subject "what is of no use in the cluster is refused"
program 2 manifest job -- --ca-file /etc/ca.pem
expect_output "--ca-file does not go with a run in the cluster: the file is on this machine"
program 2 manifest job -- -n other
expect_output "the namespace is named before \"--\": manifest job -n other"
