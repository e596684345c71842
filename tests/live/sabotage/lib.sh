# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The frame of the sabotage tests: each breaks one thing of the bed, runs the program, compares what it says with the
# truth, mends what it broke, and looks that the bed is healthy again.
#
# A test is a bash script that sources this file and calls
#
#   sabotage WHAT EXPECTED             one line each, for the truth table
#   at_end COMMAND...                  (of ../lib.sh) what mends, before it breaks; a function that breaks registers it
#   harness EXIT ARGUMENTS...          `gvisor-smoke run ARGUMENTS...` on the node must end with EXIT; the variables of
#                                      ../lib.sh are set, and $said_ms: until the last verdict was there
#   expect_verdict, expect_problem...  see below
#
# The test fails when an expectation does not hold, and when the bed is not healthy after mending.

# shellcheck source=../lib.sh
. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../lib.sh"

sabotage_dir=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
node=node-a
node_dir=$("$cluster/node" dir $node)
bed_state=$(dirname "$KUBECONFIG")
bed_bin=$bed_state/bin
name=$(basename "$0" .sh)
ns=sabotage-$name-$$
what=
expected=
said=
said_ms=0
# A run that is told the truth ends within this, unless a timeout is the point: harness_limit_ms=... says so.
harness_limit_ms=20000

sabotage() {
  current=$1
  what=$1
  expected=$2
  printf -- '-- %s\n   expected: %s\n' "$what" "$expected"
}

# --- the end of a test

mend() {
  local code=$? line
  set +e
  trap - EXIT
  for line in "${undo[@]}"; do
    eval "$line" >"$work/mend" 2>&1 || { echo "mending failed: $line" >&2 && tail -n 5 "$work/mend" >&2 && code=1; }
  done
  kubectl delete namespace "$ns" --ignore-not-found --wait=false >/dev/null 2>&1
  bed_is_healthy || code=1
  if [ -n "${SABOTAGE_ROWS:-}" ]; then
    printf '%s\t%s\t%s\t%s\t%s\t%s\n' "$name" "$what" "$expected" "${said:-nothing}" "$said_ms" "$elapsed_ms" >>"$SABOTAGE_ROWS"
  fi
  rm -rf "$work"
  [ $code = 0 ] && printf 'ok: %s\n' "$said"
  exit $code
}
trap mend EXIT

# bed_is_healthy: the node takes pods, and a pod of the class gvisor runs under gVisor on it. Says what is wrong.
bed_is_healthy() {
  local pod=sabotage-health-$$ seen= deadline
  seen=$(kubectl get node $node -o json | jq -r '[(.status.conditions[] | select(.type == "Ready") | .status),
    (.spec.unschedulable // false), (.spec.taints // [] | length)] | map(tostring) | join(" ")')
  [ "$seen" = "True false 0" ] || { echo "the bed is not healthy: $node (ready, cordoned, taints): $seen" >&2 && return 1; }
  kubectl create -f - >/dev/null 2>"$work/health" <<YAML || { cat "$work/health" >&2 && return 1; }
apiVersion: v1
kind: Pod
metadata: {name: $pod, namespace: default}
spec:
  runtimeClassName: gvisor
  restartPolicy: Never
  automountServiceAccountToken: false
  terminationGracePeriodSeconds: 0
  nodeSelector: {kubernetes.io/hostname: $node}
  containers:
  - {name: health, image: $BUSYBOX_IMAGE, imagePullPolicy: Never, command: [sh, -c, dmesg | grep -q 'Starting gVisor']}
YAML
  deadline=$(($(now_ms) + 30000))
  until [[ $seen =~ ^(Succeeded|Failed)$ ]] || [ "$(now_ms)" -gt $deadline ]; do
    sleep 0.1
    seen=$(kubectl -n default get pod $pod -o 'jsonpath={.status.phase}' 2>/dev/null)
  done
  [ "$seen" = Succeeded ] || kubectl -n default describe pod $pod | tail -n 12 >&2
  kubectl -n default delete pod $pod --now --wait=false >/dev/null 2>&1
  [ "$seen" = Succeeded ] || { echo "the bed is not healthy: a pod under gVisor is ${seen:-not there}" >&2 && return 1; }
}

# --- the run

# harness EXIT ARGUMENTS...
harness() {
  local wanted=$1 started seen=0
  shift
  rm -rf "$reports"
  started=$(now_ms)
  timeout --kill-after=10 150 "$GVISOR_SMOKE" run -n "$ns" --report-dir "$reports" --image "$TOOLBOX_IMAGE" \
    --node $node "$@" </dev/null >"$output" 2>&1 || seen=$?
  elapsed_ms=$(($(now_ms) - started))
  said="exit $seen, $(first_words)"
  said_ms=$(until_said)
  [ "$seen" = "$wanted" ] || fail "gvisor-smoke run $* ends with exit code $wanted" "$said"
  [ "$said_ms" -le "$harness_limit_ms" ] || fail "it is said within $harness_limit_ms ms" "$said_ms ms: $said"
  xmllint --noout "$reports/junit.xml" 2>"$work/xmllint" || fail "the JUnit report is well-formed" "$(head -3 "$work/xmllint")"
  [ -n "${keep_output:-}" ] || return 0
  cp "$output" "$keep_output"
}

# journal FILTER: jq over all events, as one array.
journal() { jq -rs "$@" "$reports/run.jsonl" 2>/dev/null; }

# The first verdict of the run, or its first problem where no verdict was spoken.
first_words() {
  journal '([.[] | select(.event == "verdict") | .verdict | "\(.kind) \(.reason): \(.message)"]
    + [.[] | select(.event == "problem") | "problem: \(.message)"]
    + ["nothing"])[0]' || head -n 1 "$output"
}

# From the run's start to its last verdict, or to its first problem.
until_said() {
  journal 'def ms: (.[0:19] + "Z" | fromdateiso8601) * 1000 + (.[20:23] | tonumber);
    (map(select(.event == "verdict")) | last // null) as $verdict
    | (map(select(.event == "problem")) | first // null) as $problem
    | (($verdict // $problem // last).time | ms) - (.[0].time | ms)' || echo 0
}

# --- what was said

# expect_verdict CASE KIND REASON TEXT...: the case has exactly one verdict, and its message contains each TEXT.
expect_verdict() {
  local case=$1 wanted="$2 $3" seen message text
  shift 3
  seen=$(journal --arg case "$case" '[.[] | select(.event == "verdict" and .name == $case) | .verdict | "\(.kind) \(.reason)"] | join("; ")')
  message=$(journal --arg case "$case" 'last(.[] | select(.event == "verdict" and .name == $case) | .verdict.message) // ""')
  [ "$seen" = "$wanted" ] || fail "the verdict of $case is: $wanted" "${seen:-no verdict}: $message"
  for text in "$@"; do
    [[ $message == *"$text"* ]] || fail "the verdict of $case says: $text" "$message"
  done
}

# expect_problem TEXT...: one problem of the run says all of it.
expect_problem() {
  local seen
  seen=$(journal '.[] | select(.event == "problem") | .message | gsub("\n"; " ")')
  expect_line_with "a problem says" "$seen" "$@"
}

# expect_hint TEXT...: one hint says all of it.
expect_hint() {
  local seen
  seen=$(journal '.[] | select(.event == "problem") | .hint // empty | gsub("\n"; " ")')
  expect_line_with "a hint says" "$seen" "$@"
}

expect_no_problem() {
  local seen
  seen=$(journal '.[] | select(.event == "problem") | .message')
  [ -z "$seen" ] || fail "no problem is told" "$seen"
}

# expect_line_with WHAT LINES TEXT...
expect_line_with() {
  local about=$1 lines=$2 line text
  shift 2
  while IFS= read -r line; do
    for text in "$@"; do
      [[ $line == *"$text"* ]] || continue 2
    done
    return 0
  done <<<"$lines"
  fail "$about: $*" "${lines:-nothing}"
}

# expect_nothing_of_run_left: no pod, claim, secret or service of the run.
expect_nothing_of_run_left() {
  local left
  left=$(kubectl get pods,persistentvolumeclaims,secrets,services -A -l "gvisor-smoke/run=$(run_id)" -o name)
  [ -z "$left" ] || fail "nothing of the run is left" "$left"
}

# --- what is broken, and how it is mended

restore_node() { "$cluster/node" restore $node; }
restart_containerd() { "$cluster/node" restart-containerd $node 2>"$work/restart" || fail "containerd starts" "$(cat "$work/restart")"; }
on_node() { "$cluster/node" exec $node "$@"; }

# edit_containerd SED-ARGUMENTS...: changes the node's containerd.toml and restarts containerd with it.
edit_containerd() {
  at_end restore_node
  sed -i "$@" "$node_dir/containerd.toml"
  restart_containerd
}

# edit_runsc SED-ARGUMENTS...: changes runsc.toml, which is read for each new pod.
edit_runsc() {
  at_end restore_node
  sed -i "$@" "$node_dir/runsc.toml"
}

# without_runsc_handler: containerd.toml without the stanza of runsc, on standard output; its last lines in the bed.
without_runsc_handler() { sed '/containerd\.runtimes\.runsc\]$/,$d' "$node_dir/containerd.toml"; }
runsc_handler() { sed -n '/containerd\.runtimes\.runsc\]$/,$p' "$node_dir/containerd.toml"; }

restore_runtime_class() { kubectl replace --force -f "$cluster/manifests/runtimeclass.yaml"; }

# replace_runtime_class <<YAML: what is immutable in it changes too.
replace_runtime_class() {
  at_end restore_runtime_class
  kubectl delete runtimeclass gvisor --ignore-not-found >/dev/null
  kubectl create -f - >/dev/null
}

drop_rules() { on_node nft delete table ip sabotage; }

# add_rules <<NFT: rules in the node's forward hook, which all packets of pods to other addresses pass.
add_rules() {
  at_end drop_rules
  {
    printf 'table ip sabotage {\nchain forward {\ntype filter hook forward priority 0;\n'
    cat
    printf '}\n}\n'
  } | on_node nft -f -
}

# when_running NAME COMMAND...: runs COMMAND POD once the case NAME has started in a pod under gVisor, in the background.
when_running() {
  local case=$1
  shift
  (
    deadline=$(($(now_ms) + 60000))
    until pod=$(jq -r --arg case "$case" 'select(.event == "start" and .name == $case and .runtime == "gvisor") | .pod' \
      "$reports/run.jsonl" 2>/dev/null) && [ -n "$pod" ]; do
      [ "$(now_ms)" -lt $deadline ] || exit 1
      sleep 0.1
    done
    sleep 0.5
    "$@" "$pod"
  ) >"$work/when" 2>&1 &
}

# make_account VERB...: a service account that may do what a run does, and VERB... on pods/exec; $account is its kubeconfig.
make_account() {
  account=$work/account.kubeconfig
  write_account_kubeconfig "$account" runner
  kubectl -n "$ns" create role runner --verb=get,list,watch,create,delete --resource=pods,secrets,services,persistentvolumeclaims,events >/dev/null
  kubectl -n "$ns" create rolebinding runner --role=runner --serviceaccount="$ns:runner" >/dev/null
  kubectl create clusterrole "$ns" --verb=get,list --resource=nodes,runtimeclasses.node.k8s.io >/dev/null
  at_end kubectl delete clusterrole "$ns"
  kubectl create clusterrolebinding "$ns" --clusterrole="$ns" --serviceaccount="$ns:runner" >/dev/null
  at_end kubectl delete clusterrolebinding "$ns"
  [ $# -gt 0 ] || return 0
  kubectl -n "$ns" create role runner-exec --verb="$(IFS=, && echo "$*")" --resource=pods/exec >/dev/null
  kubectl -n "$ns" create rolebinding runner-exec --role=runner-exec --serviceaccount="$ns:runner" >/dev/null
}

# use_runc_shim_with_runsc <<SCRIPT: the handler runsc is the shim of runc, with SCRIPT in place of runc. Such a pod cannot
# end by itself.
use_runc_shim_with_runsc() {
  at_end rm -f "$node_dir/runsc-wrapper"
  at_end end_pods_by_force
  cat >"$node_dir/runsc-wrapper"
  chmod 755 "$node_dir/runsc-wrapper"
  edit_containerd -e '/containerd\.runtimes\.runsc/,$s/io\.containerd\.runsc\.v1"/io.containerd.runc.v2"/' -e '/TypeUrl/d' \
    -e "s|^ConfigPath = .*|BinaryName = \"$node_dir/runsc-wrapper\"|"
}

# end_pods_by_force: the pods of the test, with their shims and all that runs in them.
end_pods_by_force() {
  local id
  for id in $("$cluster/node" crictl $node pods --namespace "^$ns\$" -q); do
    pgrep -f -- "containerd-shim-runc-v2 .*-id $id" | xargs -r kill -9
  done
  for id in $(kubectl -n "$ns" get pods -o 'jsonpath={.items[*].metadata.uid}'); do
    find /sys/fs/cgroup -path "*pod$id*" -name cgroup.procs -exec cat {} + 2>/dev/null | sort -u | xargs -r kill -9
  done
  kubectl -n "$ns" delete pods --all --force --grace-period=0
  "$cluster/node" restart-containerd $node
  "$cluster/node" crictl $node pods --namespace "^$ns\$" -q | xargs -r -n 1 "$cluster/node" crictl $node rmp -f
}
