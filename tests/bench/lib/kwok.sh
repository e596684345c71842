# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Simulated nodes: kwok answers for the kubelets of any number of them. It runs in a pod under gVisor on the bed's real node, and an
# exec into a pod of a simulated node is a command that kwok starts beside itself: so what shows the signs of gVisor there is gVisor.
#
#   start_kwok          the pod; its files are in $kwok_dir
#   make_nodes COUNT    nodes wide-00001, ... that only the RuntimeClass "wide" selects
#   remove_nodes, end_kwok
#
# Whoever sources this has set bench_dir, cluster, work, state (the bed's folder) and the function kubectl.

kwok_ns=gvisor-smoke-kwok
kwok_dir=$state/kwok
kwok_label=gvisor-smoke-wide
kwok_port=10247
kwok_pods=app.kubernetes.io/managed-by=gvisor-smoke

# kwok_part: where the program is, which is built when it is missing.
kwok_part() (
  bed_dir=$cluster
  # shellcheck source=../../cluster/lib/bed.sh
  . "$cluster/lib/bed.sh"
  build_part kwok "$kwok_version" >&2 && part_path kwok "$kwok_version"
)

# kwok_pki ADDRESS: the kubelets' certificate and kwok's own account.
kwok_pki() (
  bed_dir=$cluster
  # shellcheck source=../../cluster/lib/bed.sh
  . "$cluster/lib/bed.sh"
  rm -f "$pki_dir"/wide-kubelets.*
  make_client wide-kwok gvisor-smoke-kwok system:masters
  make_certificate wide-kubelets gvisor-smoke-kubelets "" "IP:$1"
  install -m 644 "$pki_dir/wide-kwok.kubeconfig" "$kwok_dir/kubeconfig"
  install -m 644 "$pki_dir/wide-kubelets.crt" "$kwok_dir/tls.crt"
  install -m 644 "$pki_dir/wide-kubelets.key" "$kwok_dir/tls.key"
)

start_kwok() {
  local part address tries
  part=$(kwok_part)
  rm -rf "$kwok_dir"
  mkdir -p "$kwok_dir"
  cp "$part/kwok" "$kwok_dir/kwok"
  cp "$bench_dir/lib/kwok.yaml" "$kwok_dir/config.yaml"
  cp "$bench_dir/lib/kwok_sweep.sh" "$kwok_dir/sweep"
  # One of an earlier time may still be going.
  for ((tries = 0; tries < 60; tries++)); do
    ! kubectl create namespace "$kwok_ns" >/dev/null 2>&1 || break
    sleep 1
  done
  kwok_pod | kubectl create -f - >/dev/null
  kubectl wait -n "$kwok_ns" --for=condition=Ready pod/kwok --timeout=120s >/dev/null
  address=$(kubectl get pod -n "$kwok_ns" kwok -o 'jsonpath={.status.podIP}')
  kwok_address=$address
  kwok_pki "$address"
  touch "$kwok_dir/go"
  for ((tries = 0; tries < 300; tries++)); do
    ! kubectl get --raw "/api/v1/namespaces/$kwok_ns/pods/https:kwok:$kwok_port/proxy/healthz" >/dev/null 2>&1 || break
    [ "$(kubectl get pod -n "$kwok_ns" kwok -o 'jsonpath={.status.phase}')" = Running ] || tries=300
    sleep 0.2
  done
  [ "$tries" -lt 300 ] || { kubectl logs -n "$kwok_ns" kwok >&2 && return 1; }
  kubectl apply -f - >/dev/null <<END
apiVersion: node.k8s.io/v1
kind: RuntimeClass
metadata: {name: wide}
handler: runsc
scheduling:
  nodeSelector: {$kwok_label: "yes"}
  tolerations: [{key: $kwok_label, operator: Exists}]
END
}

# Its files lie on the node, for the program is large and the certificate names the address that the pod has only when it runs.
kwok_pod() {
  cat <<END
apiVersion: v1
kind: Pod
metadata: {name: kwok, namespace: $kwok_ns}
spec:
  runtimeClassName: gvisor
  automountServiceAccountToken: false
  restartPolicy: Never
  terminationGracePeriodSeconds: 1
  securityContext: {runAsUser: 65532, runAsGroup: 65532, fsGroup: 65532}
  containers:
  - name: kwok
    image: $BUSYBOX_IMAGE
    imagePullPolicy: Never
    command:
    - sh
    - -c
    - |
      until [ -e /kwok/go ]; do sleep 0.1; done
      sh /kwok/sweep &
      exec /kwok/kwok --kubeconfig=/kwok/kubeconfig --config=/kwok/config.yaml --manage-nodes-with-label-selector=$kwok_label=yes \\
        --node-ip="\$ADDRESS" --node-port=$kwok_port --node-lease-duration-seconds=0 --tls-cert-file=/kwok/tls.crt \\
        --tls-private-key-file=/kwok/tls.key
    env: [{name: ADDRESS, valueFrom: {fieldRef: {fieldPath: status.podIP}}}]
    volumeMounts: [{name: kwok, mountPath: /kwok, readOnly: true}, {name: tmp, mountPath: /tmp}]
  volumes: [{name: kwok, hostPath: {path: "$kwok_dir"}}, {name: tmp, emptyDir: {medium: Memory}}]
END
}

# make_nodes COUNT: those that are there already stay. Waits until all are known as ready and without a taint of their start.
make_nodes() {
  local have first ready
  have=$(kubectl get nodes -l "$kwok_label=yes" -o name | wc -l)
  for ((first = have + 1; first <= $1; first += 250)); do
    /usr/bin/python3 "$bench_dir/kwok_nodes.py" "$first" "$((first + 249 < $1 ? first + 249 : $1))" "$kwok_address" "$kwok_port" "$kwok_label" \
      >"$work/nodes.json"
    kubectl create --validate=false -f "$work/nodes.json" >/dev/null
  done
  for ((;;)); do
    ready=$(kubectl get nodes -l "$kwok_label=yes" -o json |
      jq '[.items[] | select(all(.spec.taints[]?; .key | startswith("node.kubernetes.io/") | not))] | length')
    [ "$ready" -lt "$1" ] || break
    sleep 1
  done
}

# Pods that are left there go first: nobody would end them any more.
remove_nodes() {
  kubectl delete pods -A -l "$kwok_pods" --force --grace-period=0 >/dev/null 2>&1
  kubectl delete --raw "/api/v1/nodes?labelSelector=$kwok_label%3Dyes" >/dev/null
}

end_kwok() {
  kubectl delete runtimeclass wide --ignore-not-found >/dev/null
  kubectl delete namespace "$kwok_ns" --ignore-not-found --wait=false >/dev/null
  rm -rf "$kwok_dir"
}
