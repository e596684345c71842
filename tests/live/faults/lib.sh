# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Faults that a client of the cluster meets, for tests that source ../lib.sh as well. Each is a function that causes
# the fault, waits, and mends it; what would stay when the test ends early is mended by at_end.

: "${cluster:?set by lib.sh}" "${work:?}" "${reports:?}" "${live_dir:?}"
bed_state=$(dirname "$KUBECONFIG")
api_address=$(kubeconfig_server)
api_address=${api_address#https://}
api_port=${api_address##*:}
# shellcheck disable=SC2034 # of ../lib.sh
volumes_patience_ms=120000
api_address=${api_address%:*}

mend_api() {
  "$cluster/part" resume kube-apiserver 2>/dev/null || true
  [ ! -e "$bed_state/killed-kube-apiserver" ] || "$cluster/part" start kube-apiserver
  wait_for_api 60
}
mend_network() { nft delete table inet faults 2>/dev/null || true; }
at_end mend_api
at_end mend_network

# wait_for_api SECONDS
wait_for_api() {
  local deadline=$(($(now_ms) + $1 * 1000))
  until kubectl --request-timeout=2s get --raw /readyz >/dev/null 2>&1; do
    [ "$(now_ms)" -lt $deadline ] || return 1
    sleep 0.2
  done
}

# api_away SECONDS: the server is killed, and started again after that.
api_away() {
  "$cluster/part" kill kube-apiserver
  sleep "$1"
  "$cluster/part" start kube-apiserver
}

# api_silent SECONDS: it takes connections and says nothing.
api_silent() {
  "$cluster/part" pause kube-apiserver
  sleep "$1"
  "$cluster/part" resume kube-apiserver
}

# drop_packets SECONDS [MATCH]: nothing passes between this host and the API server, in either direction; or only what
# the nftables expression does not match.
drop_packets() {
  nft -f - <<NFT
table inet faults {
  chain output {
    type filter hook output priority 0
    ip daddr $api_address tcp dport $api_port ${2:-} drop
  }
  chain input {
    type filter hook input priority 0
    ip saddr $api_address tcp sport $api_port ${2:-} drop
  }
}
NFT
  sleep "$1"
  mend_network
}

# cut_connections TIMES: all connections are reset, with some seconds between. The kernel must know how to
# (CONFIG_INET_DIAG_DESTROY).
cut_connections() {
  local i cut
  for ((i = 0; i < $1; i++)); do
    [ $i = 0 ] || sleep 6
    cut=$(ss -K -H -n -t state established dst "$api_address" dport = "$api_port")
    [ -n "$cut" ] || { echo "no connection was cut" && return 1; }
  done
}

restart_containerd() { "$cluster/node" restart-containerd node-a; }

# when_event FILTER COMMAND...: once the journal has an event that jq's filter takes. What it prints is in $work/fault.
when_event() {
  local filter=$1 deadline=$(($(now_ms) + 120000))
  shift
  until [ -n "$(jq "select($filter)" "$reports/run.jsonl" 2>/dev/null)" ]; do
    [ "$(now_ms)" -lt $deadline ] || return 1
    sleep 0.05
  done
  "$@"
} >"$work/fault" 2>&1

# when_started CASE SECONDS COMMAND...: so many seconds after the case has begun in a pod under gVisor.
when_started() {
  local case=$1 seconds=$2
  shift 2
  when_event ".event == \"start\" and .name == \"$case\" and .runtime == \"gvisor\"" after "$seconds" "$@"
}
after() {
  sleep "$1"
  shift
  "$@"
}

# verdicts: a line "NAME KIND REASON" for each verdict of the journal, which may be cut, sorted.
verdicts() {
  jq -rR 'fromjson? | select(.event == "verdict") | "\(.name) \(.verdict.kind) \(.verdict.reason)"' "$reports/run.jsonl" | sort
}

# start_balancer ARGUMENTS...: balancer.py in front of the API server; sets $balanced, a kubeconfig that goes through it.
start_balancer() {
  local ready=$work/balancer.port
  rm -f "$ready"
  python3 "$live_dir/faults/balancer.py" "$api_address" "$api_port" --port-file "$ready" "$@" >"$work/balancer.log" 2>&1 &
  balancer=$!
  at_end kill "$balancer"
  until [ -s "$ready" ]; do
    kill -0 $balancer 2>/dev/null || fail "the balancer starts" "$(cat "$work/balancer.log")"
    sleep 0.05
  done
  balanced=$work/balanced.kubeconfig
  kubectl config view --raw --flatten -o json | jq --arg server "https://127.0.0.1:$(cat "$ready")" --arg name "$api_address" \
    '.clusters[0].cluster += {server: $server, "tls-server-name": $name}' >"$balanced"
  chmod 600 "$balanced"
}

stop_balancer() {
  kill "$balancer"
  wait "$balancer" 2>/dev/null || true
}
