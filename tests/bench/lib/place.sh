# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# What is measured in: a namespace with a pod under gVisor, and for the matrix a fixture that stays up, a claim, and the words by
# which both runners go through the same cases.

matrix_cases=(runtime-class app-pods git-clone git-pull git-push curl wget https-egress pvc-write allowlist npm-install pnpm-install
  pip-install pytest jest go-test)
container=case

kubectl() { "$kubectl_program" "$@"; }

# pod NAME: the harness' own pod of cases, under gVisor, which a client could make by hand.
pod() {
  jq --arg name "$1" --arg image "$TOOLBOX_IMAGE" \
    '.metadata.name = $name | .spec.runtimeClassName = "gvisor" | .spec.containers[0].image = $image' \
    "$root/harness/run/manifests/case-pod.json"
}

make_place() {
  eval "$("$cluster/env")"
  unset GVISOR_NAMESPACE GVISOR_COMPAT_POD GITHUB_ACTIONS GITHUB_STEP_SUMMARY
  state=$(dirname "$KUBECONFIG")
  kubectl create namespace "$ns" >/dev/null
  pod bench >"$work/pod.json"
  kubectl create -n "$ns" -f "$work/pod.json" >/dev/null
  kubectl wait -n "$ns" --for=condition=Ready pod/bench --timeout=120s >/dev/null
  node=$(kubectl get pod -n "$ns" bench -o 'jsonpath={.spec.nodeName}')
  container_id=$(kubectl get pod -n "$ns" bench -o 'jsonpath={.status.containerStatuses[0].containerID}')
  container_id=${container_id#*://}
  ! wants matrix || make_matrix
  ! wants one_more_case || make_nothing
}

# make_nothing: 41 cases that do nothing.
make_nothing() {
  local number
  mkdir -p "$work/nothing"
  for number in {01..41}; do
    printf '#!/bin/sh\n# summary: nothing\n# reports: TestBench test_nothing_%s\n# expect: works\ntrue\n' "$number" >"$work/nothing/nothing-$number.sh"
  done
}

# words_of_nothing: a run of them, which lacks only which.
words_of_nothing() {
  local run=("$root/build/release/gvisor-smoke" run -q -n "$ns" --image "$TOOLBOX_IMAGE" --control none --fixture none --parallel 1
    --cases "$work/nothing" --report-dir "$work/nothing/reports")
  jq -n --arg journal "$work/nothing/reports/run.jsonl" '{run: $ARGS.positional, journal: $journal}' --args -- "${run[@]}"
}

remove_place() {
  [ -n "${KUBECONFIG:-}" ] || return 0
  kubectl delete namespace "$ns" --ignore-not-found --wait=false >/dev/null
}

# make_matrix: a run that leaves its fixture says where it is and whom to trust; both runners use that one.
make_matrix() {
  mkdir -p "$work/cases"
  cat >"$work/cases/where.sh" <<'END'
#!/bin/sh
# summary: says where the fixture is
# reports: TestBench test_where
# expect: works
# uses: fixture
echo "$FIXTURE_URL"
awk '/BEGIN CERT/ { text = "" } { text = text $0 "\n" } END { printf "%s", text }' "$SSL_CERT_FILE"
END
  "$root/build/release/gvisor-smoke" run -q -n "$ns" --image "$TOOLBOX_IMAGE" --control none --keep --cases "$work/cases" \
    --report-dir "$work/where" where >"$work/where.log" 2>&1 || { cat "$work/where.log" >&2 && exit 3; }
  jq -r 'select(.event == "evidence" and .name == "where") | .evidence.stdout' "$work/where/run.jsonl" >"$work/where.txt"
  fixture_url=$(head -n 1 "$work/where.txt")
  [[ $fixture_url == https://* ]] || { cat "$work/where.txt" >&2 && exit 3; }
  { sed 1d "$work/where.txt" && cat "$OUTSIDE_CA"; } >"$work/ca.pem"
  # No database of checksums beside the fixture's modules, for both runners.
  echo '{"spec": {"containers": [{"name": "case", "env": [{"name": "GOSUMDB", "value": "off"}, {"name": "GONOSUMDB", "value": "*"}]}]}}' >"$work/patch.json"
  write_prelude >"$work/prelude.sh"
  write_objects >"$work/objects.json"
}

# write_prelude: what a script of the original's has in front of it; the same that the harness says to its cases.
write_prelude() {
  local name
  cat <<END
export FIXTURE_URL=$fixture_url GIT_URL=$fixture_url/git/sample.git GIT_PUSH_URL=$fixture_url/git/sample.git
export npm_config_registry=$fixture_url/npm/ PIP_INDEX_URL=$fixture_url/pypi/simple/ HTTPS_URL=$fixture_url/blob GOPROXY=$fixture_url/go
export GOSUMDB=off GONOSUMDB='*' GOFLAGS=-mod=mod GOTOOLCHAIN=local EGRESS_URL=$OUTSIDE_URL
export WORKSPACE=/workspaces GVISOR_SMOKE_FOLLOWED=no GVISOR_SMOKE_DIR="\$HOME"
{ cat /etc/ssl/certs/ca-certificates.crt 2>/dev/null; cat <<'END_OF_AUTHORITIES'
END
  cat "$work/ca.pem"
  echo "END_OF_AUTHORITIES"
  echo "} >\"\$HOME/ca.pem\""
  for name in SSL_CERT_FILE CURL_CA_BUNDLE GIT_SSL_CAINFO NODE_EXTRA_CA_CERTS PIP_CERT REQUESTS_CA_BUNDLE; do
    echo "export $name=\"\$HOME/ca.pem\""
  done
}

# write_objects: the original's pod with its workspace.
write_objects() {
  pod original | jq '{apiVersion: "v1", kind: "List", items: [
    {apiVersion: "v1", kind: "PersistentVolumeClaim", metadata: {name: "original"},
      spec: {accessModes: ["ReadWriteOnce"], resources: {requests: {storage: "64Mi"}}}},
    (.spec.volumes += [{name: "workspace", persistentVolumeClaim: {claimName: "original"}}]
      | .spec.containers[0].volumeMounts += [{name: "workspace", mountPath: "/workspaces"}])]}'
}

# words_of_harness [OPTION...]: the command by which the harness goes through the cases of the matrix.
words_of_harness() {
  local command=("$root/build/release/gvisor-smoke" run -q -n "$ns" --image "$TOOLBOX_IMAGE" --control none --egress-url "$OUTSIDE_URL"
    --ca-file "$work/ca.pem" --pod-patch "$work/patch.json" --report-dir "$work/reports" "$@" "${matrix_cases[@]}")
  jq -nc '$ARGS.positional' --args -- "${command[@]}"
}

words_of_matrix() {
  local original=(env "BENCH_KUBECTL=$kubectl_program" "BENCH_NAMESPACE=$ns" "BENCH_OBJECTS=$work/objects.json" "BENCH_CONTAINER=$container"
    "BENCH_PRELUDE=$work/prelude.sh" "BENCH_CASES=$root/cases" PYTHONDONTWRITEBYTECODE=1
    "$python_program" -m pytest -q -p no:cacheprovider "--junit-xml=$work/original.xml" "$bench_dir/test_original.py")
  local standing=(--fixture none --git-url "$fixture_url/git/sample.git" --git-push-url "$fixture_url/git/sample.git" --npm-registry
    "$fixture_url/npm/" --pip-index-url "$fixture_url/pypi/simple/" --goproxy "$fixture_url/go" --https-url "$fixture_url/blob")
  jq -n --argjson original "$(jq -nc '$ARGS.positional' --args -- "${original[@]}")" --argjson harness "$(words_of_harness "${standing[@]}")" \
    --argjson own "$(words_of_harness)" '{original: $original, harness: $harness, own_fixture: $own}'
}

# write_config: all that measure.py has to know.
write_config() {
  local crictl=("$state/bin/crictl" --config /dev/null --timeout 60s --runtime-endpoint "unix://$("$cluster/node" dir "$node")/run/containerd.sock"
    exec -s "$container_id")
  local runsc=(nsenter "--net=/run/netns/gvisor-smoke-$node" "--mount=/proc/$(cat "$state/pid/mounts-$node")/ns/mnt"
    "$state/bin/runsc" --root=/run/containerd/runsc/k8s.io exec "$container_id")
  local matrix=null
  ! wants matrix || matrix=$(words_of_matrix)
  mkdir -p "$work/scratch"
  jq -n --arg programs "$programs" --arg scratch "$work/scratch" --arg kubeconfig "$KUBECONFIG" --arg namespace "$ns" --arg container "$container" \
    --arg kubectl "$kubectl_program" --arg client_go "$client_go_program" --arg python "$python_program" --arg manifest "$work/pod.json" \
    --argjson rounds "$rounds" --argjson mib "$mib" --argjson matrix "$matrix" --argjson nothing "$(words_of_nothing)" --arg only "$only" --arg commit "$(git -C "$root" rev-parse HEAD)" \
    --argjson crictl "$(jq -nc '$ARGS.positional' --args -- "${crictl[@]}")" --argjson runsc "$(jq -nc '$ARGS.positional' --args -- "${runsc[@]}")" \
    '{programs: $programs, scratch: $scratch, kubeconfig: $kubeconfig, namespace: $namespace, pod: "bench", container: $container,
      kubectl: $kubectl, client_go: $client_go, python: $python, manifest: $manifest, rounds: $rounds, bytes: ($mib * 1048576),
      matrix: $matrix, nothing: $nothing, cases: $ARGS.positional, only: ($only | split(" ") | map(select(. != ""))), floor: {crictl: $crictl, runsc: $runsc}, commit: $commit,
      count_times: {exec_true: 10}}' --args -- "${matrix_cases[@]}"
}
