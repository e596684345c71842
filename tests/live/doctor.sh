#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The doctor: one line for each thing that a run needs, on a healthy cluster and where one of them is not well.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

checks="access rights runtime-class nodes handler start attestation dns egress storage cleanup"

# doctor EXIT ARGUMENTS...: in the test's namespace, with what is well on the bed.
doctor() {
  local wanted=$1
  shift
  program "$wanted" doctor -n "$ns" --image "$TOOLBOX_IMAGE" --egress-url "$OUTSIDE_URL" --ca-file "$OUTSIDE_CA" "$@"
}

# expect_check STATE CHECK [TEXT]: the line of the check. Every check has its line, in the order above.
expect_check() {
  local line
  expect_equal "$checks" "$(sed -n 's/^\(ok\|warn\|FAIL\|skip\)  *\([a-z-]*\).*/\2/p' "$output" | xargs)"
  line=$(grep -E "^(ok|warn|FAIL|skip) +$2 " "$output")
  [[ $line == "$1 "* && $line == *"${3:-}"* ]] || fail "$2: $1 ${3:-}" "$line"
}

expect_skipped_from() {
  local check seen=
  for check in $checks; do
    [ "$check" = "$2" ] && seen=yes
    [ -z "$seen" ] || [ "$check" = cleanup ] || expect_check skip "$check" "not looked at: $1 failed"
  done
}

expect_namespace_gone() { expect_nothing_made; }

subject "a healthy cluster: every line is ok, exit 0, and nothing is left"
doctor 0
for check in $checks; do expect_check ok "$check"; done
expect_check ok access "$(kubeconfig_server)"
expect_check ok nodes node-a
expect_check ok attestation "signs say gVisor"
expect_check ok dns "kubernetes.default.svc is "
expect_check ok egress "$OUTSIDE_URL answers 200"
expect_check ok storage "1 MiB"
expect_no_output "hint:"
expect_namespace_gone

subject "as JSON: the form that its schema describes"
doctor 0 --output json
expect_equal "$checks" "$(jq -r '[.checks[].name] | join(" ")' "$output")"
expect_equal "" "$(jq -r '.checks[] | select(.state != "ok") | .name' "$output")"
wrong=$(jq -r --slurpfile schema "$root/docs/doctor.schema.json" '
  def strangers($of): keys - ($of.properties | keys);
  def missing($of): $of.required - keys;
  . as $seen | $schema[0] as $all | $all.properties.checks.items as $check
  | [strangers($all)[], missing($all)[], (.checks[] | strangers($check)[], missing($check)[]),
     (.checks[] | .state | select(IN($check.properties.state.enum[]) | not)),
     (if [.checks[].name] == $check.properties.name.enum then empty else "names" end),
     (if .schema == $all.properties.schema.const then empty else "schema" end)] | join(" ")' "$output")
expect_equal "" "$wrong"

subject "an API server that does not answer"
write_kubeconfig "$work/nobody" https://127.0.0.1:1 "$(cluster_authority)" token
doctor 3 --kubeconfig "$work/nobody"
expect_within_ms 15000
expect_check FAIL access "127.0.0.1"
expect_output "      hint: check that the server of the kubeconfig is up"
expect_skipped_from access rights
expect_namespace_gone

subject "a kubeconfig that is not there is wrong usage, told in the same lines"
doctor 2 --kubeconfig "$work/nosuch"
expect_check FAIL access "$work/nosuch"
expect_skipped_from access rights

subject "no RuntimeClass of the name"
doctor 3 --runtime-class nosuch
expect_check ok rights
expect_check FAIL runtime-class 'runtimeclasses.node.k8s.io "nosuch" not found'
expect_output "      hint: gVisor is not switched on in this cluster"
expect_skipped_from runtime-class nodes
expect_namespace_gone

subject "a RuntimeClass with another handler than expected; the rest is looked at"
doctor 3 --handler other
expect_check FAIL runtime-class 'has the handler "runsc", expected "other"'
expect_check ok storage

subject "an image that is not there, and nothing is left"
doctor 3 --image localhost/nosuch:1
expect_within_ms 45000
expect_check ok handler
expect_check FAIL start 'there is no registry at "localhost"'
expect_output "      hint: import it on the node"
expect_skipped_from start attestation
expect_namespace_gone

subject "an image without curl: only egress cannot be looked at"
doctor 3 --image "$BUSYBOX_IMAGE"
expect_check ok dns "kubernetes.default.svc is "
expect_check FAIL egress "the image does not have curl"
expect_output "      hint: name an image that has curl"
expect_check ok storage

subject "a StorageClass that does not exist: the rest is well"
doctor 3 --storage-class nosuch
expect_within_ms 45000
expect_check ok egress
expect_check FAIL storage "the claim's StorageClass does not exist"
expect_output "      hint: --storage-class names another"
expect_namespace_gone

subject "a page that has no name, one that nobody serves, one that the pods do not trust"
doctor 3 --egress-url https://nosuch.example/
expect_check ok dns
expect_check FAIL egress "Could not resolve host: nosuch.example (curl 6); nor under the default runtime, so gVisor is not the cause"
expect_output "      hint: the cluster's DNS does not know names outside"
doctor 3 --egress-url "https://outside.test:444/" --control none
expect_check FAIL egress "(curl 7)"
expect_output "      hint: a firewall, a NetworkPolicy"
program 3 doctor -n "$ns" --image "$TOOLBOX_IMAGE" --egress-url "$OUTSIDE_URL" --control none '!storage'
expect_check FAIL egress "(curl 60)"
expect_output "--ca-file names it"
expect_check skip storage "left out by the caller"

subject "Ctrl-C: what was not looked at is said, exit 130, and nothing is left"
"$GVISOR_SMOKE" doctor -n "$ns" --image "$TOOLBOX_IMAGE" --egress-url "$OUTSIDE_URL" --ca-file "$OUTSIDE_CA" >"$output" 2>&1 &
pid=$!
until grep -q '^ok  *handler' "$output"; do sleep 0.1; done
kill -INT $pid
seen=0
wait $pid || seen=$?
expect_equal 130 "$seen"
expect_check skip storage "not looked at: interrupted"
expect_check ok cleanup
expect_namespace_gone

subject "an account without the right to exec is told before anything is made; what can be looked at is"
make_namespace
write_account_kubeconfig "$work/account" doctor
kubectl -n "$ns" create role doctor --verb=create,list,watch,delete --resource=pods,persistentvolumeclaims,services,secrets >/dev/null
kubectl -n "$ns" create role doctor-exec --verb=get --resource=pods/exec >/dev/null
for role in doctor doctor-exec; do kubectl -n "$ns" create rolebinding $role --role=$role --serviceaccount="$ns:doctor" >/dev/null; done
kubectl create clusterrole "$ns" --verb=get --resource=runtimeclasses.node.k8s.io,namespaces >/dev/null
at_end kubectl delete clusterrole "$ns"
kubectl create clusterrolebinding "$ns" --clusterrole="$ns" --serviceaccount="$ns:doctor" >/dev/null
at_end kubectl delete clusterrolebinding "$ns"
doctor 3 --kubeconfig "$work/account"
expect_check FAIL rights "create pods/exec"
expect_no_output "get pods/exec"
expect_check ok runtime-class
expect_check warn nodes "nodes cannot be read"
expect_skipped_from rights start

subject "an account that may do what is needed and no more: warnings, exit 0"
kubectl -n "$ns" create role doctor-more --verb=create --resource=pods/exec >/dev/null
kubectl -n "$ns" create rolebinding doctor-more --role=doctor-more --serviceaccount="$ns:doctor" >/dev/null
doctor 0 --kubeconfig "$work/account"
expect_check warn rights "list events, watch events, list nodes"
expect_check warn handler
expect_check ok start
expect_check ok storage
seen=$(kubectl -n "$ns" get pods,persistentvolumeclaims -o name)
expect_equal "" "$seen"

subject "a pod that is there already: looked at by exec alone, and what it lacks is said"
kubectl create -f - >/dev/null <<YAML
apiVersion: v1
kind: Pod
metadata: {name: app, namespace: $ns}
spec:
  runtimeClassName: gvisor
  containers: [{name: app, image: $TOOLBOX_IMAGE, imagePullPolicy: Never, command: [sleep, "600"]}]
YAML
kubectl -n "$ns" wait --for=condition=Ready pod/app --timeout=60s >/dev/null
program 0 doctor -n "$ns" --existing-pod app --egress-url "$OUTSIDE_URL" --ca-file "$OUTSIDE_CA"
expect_check ok nodes "the pod is on node-a"
expect_check ok start "the pod runs on node-a"
expect_check ok egress
expect_check skip storage "volume"
seen=$(kubectl -n "$ns" get pods -o name)
expect_equal pod/app "$seen"
