# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Counts what each client asks for: requests by the API server's own audit log, for which it is restarted; connections and bytes by
# a counter in the control plane's network namespace. This comes last and nothing is timed meanwhile.

counting=no

restart_api() {
  "$cluster/part" kill kube-apiserver
  [ $# = 0 ] || printf '%s\0' "$@" >>"$state/killed-kube-apiserver"
  [ $# -gt 0 ] || cp "$work/api-words" "$state/killed-kube-apiserver"
  "$cluster/part" start kube-apiserver
  local tries
  for ((tries = 0; tries < 600; tries++)); do
    ! kubectl get --raw /readyz >/dev/null 2>&1 || return 0
    sleep 0.2
  done
  echo "bench: the API server does not come back" >&2
  return 1
}

start_counting() {
  cat "/proc/$(cat "$state/pid/kube-apiserver")/cmdline" >"$work/api-words"
  cat >"$work/audit.yaml" <<'END'
apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules: [{level: Metadata}]
END
  counting=yes
  restart_api "--audit-policy-file=$work/audit.yaml" "--audit-log-path=$work/audit.log" --audit-log-mode=blocking
  nsenter --net=/run/netns/gvisor-smoke-hub nft -f - <<'END'
table ip gvisor_smoke_bench {
  counter connections {}
  counter to_server {}
  counter from_server {}
  chain in {
    type filter hook input priority filter
    ip saddr 198.18.0.1 tcp dport 6443 counter name to_server
    ip saddr 198.18.0.1 tcp dport 6443 tcp flags & (syn | ack) == syn counter name connections
  }
  chain out {
    type filter hook output priority filter
    ip daddr 198.18.0.1 tcp sport 6443 counter name from_server
  }
}
END
}

end_counting() {
  [ $counting = yes ] || return 0
  counting=no
  nsenter --net=/run/netns/gvisor-smoke-hub nft delete table ip gvisor_smoke_bench 2>/dev/null
  restart_api
}

# counters: packets of the first, bytes of the others.
counters() {
  nsenter --net=/run/netns/gvisor-smoke-hub nft -j list counters table ip gvisor_smoke_bench |
    jq -r '[.nftables[].counter | select(.)] | map({(.name): .}) | add | "\(.connections.packets) \(.to_server.bytes) \(.from_server.bytes)"'
}

# count_requests FILE: each subject of each table alone; FILE gets {"exec_true": {"kubectl": {...}}}.
count_requests() {
  local table subject before after lines times
  step "counting requests and connections"
  start_counting
  : >"$work/counts"
  for table in $known; do
    wants "$table" || continue
    for subject in kubectl gvisor-smoke client-go python 'and its own fixture'; do
      case $table:$subject in
      exec_true:and* | one_more_case:*) continue ;;
      exec_true:*) times=10 ;;
      *:kubectl | *:gvisor-smoke | matrix:and* | bytes_*:client-go | pod_start:client-go) times=1 ;;
      *) continue ;;
      esac
      sleep 1 # the log of what was before is written
      lines=$(wc -l <"$work/audit.log")
      before=$(counters)
      /usr/bin/python3 "$bench_dir/measure.py" "$work/config.json" /dev/null --count "$table" "$subject" >"$work/counted-pods"
      sleep 1
      after=$(counters)
      tail -n "+$((lines + 1))" "$work/audit.log" |
        jq -sc --arg table "$table" --arg subject "$subject" --arg before "$before" --arg after "$after" --argjson times "$times" '
          ($before | split(" ") | map(tonumber)) as $b | ($after | split(" ") | map(tonumber)) as $a
          | {table: $table, subject: $subject, times: $times, connections: (($a[0] - $b[0]) / $times),
             bytes_to_server: (($a[1] - $b[1]) / $times), bytes_from_server: (($a[2] - $b[2]) / $times),
             requests: (([.[] | select(.user.username == "admin")] | unique_by(.auditID) | length) / $times)}' >>"$work/counts"
      while read -r pod; do
        kubectl delete -n "$ns" pod "$pod" --now >/dev/null
      done <"$work/counted-pods"
    done
  done
  jq -s 'reduce .[] as $row ({}; .[$row.table][$row.subject] = ($row | del(.table, .subject)))' "$work/counts" >"$1"
  end_counting
}
