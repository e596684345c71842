# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# A run over many nodes, and what the API server's side saw of it. The harness has an account of its own, so that the audit log has its
# requests alone.

following=no
many_ns=gvisor-smoke-wide

# restart_part NAME WORD...: with more options; without any as it was started.
restart_part() {
  local name=$1
  shift
  [ -e "$work/words-$name" ] || cat "/proc/$(cat "$state/pid/$name")/cmdline" >"$work/words-$name"
  "$cluster/part" kill "$name"
  cp "$work/words-$name" "$state/killed-$name"
  [ $# = 0 ] || printf '%s\0' "$@" >>"$state/killed-$name"
  "$cluster/part" start "$name"
}

wait_for_api() {
  local tries
  for ((tries = 0; tries < 600; tries++)); do
    ! kubectl get --raw /readyz >/dev/null 2>&1 || return 0
    sleep 0.2
  done
  echo "wide: the API server does not come back" >&2
  return 1
}

# Of thousands of nodes that nobody speaks for, the node controller would say that they are gone; and the scheduler's own limit of 50
# requests a second would be measured in place of the harness.
start_following() {
  cat >"$work/audit.yaml" <<END
apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived, ResponseStarted]
rules: [{level: Metadata, users: [gvisor-smoke-many]}, {level: None}]
END
  following=yes
  restart_part kube-apiserver "--audit-policy-file=$work/audit.yaml" "--audit-log-path=$work/audit.log" --audit-log-mode=blocking
  wait_for_api
  restart_part kube-controller-manager --node-monitor-grace-period=24h --node-startup-grace-period=24h
  restart_part kube-scheduler --kube-api-qps=1000 --kube-api-burst=2000
  many_account
}

end_following() {
  [ $following = yes ] || return 0
  following=no
  restart_part kube-apiserver
  wait_for_api
  restart_part kube-controller-manager
  restart_part kube-scheduler
}

many_account() (
  bed_dir=$cluster
  # shellcheck source=../../cluster/lib/bed.sh
  . "$cluster/lib/bed.sh"
  make_client wide-many gvisor-smoke-many system:masters
)

# many_cases KIND: 20 or as many as are asked for.
many_cases() {
  local number does=true
  [ "$1" = quiet ] || does='head -c 32768 /dev/zero | tr "\0" x | fold -w 120'
  rm -rf "$work/cases"
  mkdir -p "$work/cases"
  for ((number = 1; number <= cases; number++)); do
    printf '#!/bin/sh\n# summary: one of many\n# reports: TestWide test_many_%02d\n# expect: works\n%s\n' "$number" "$does" \
      >"$work/cases/many-$(printf %02d "$number").sh"
  done
}

# one_run NODES PARALLEL-NODES KIND: appends its row to $work/rows; 1 when it did not hold.
one_run() {
  many_cases "$3"
  : >"$work/audit.log.part"
  jq -n --arg program "$GVISOR_SMOKE" --arg kubeconfig "$state/pki/wide-many.kubeconfig" --arg kubectl "$cluster/kubectl" --arg ns "$many_ns" \
    --arg work "$work" --arg image "$BUSYBOX_IMAGE" --arg kind "$3" --arg exec "$exec" --argjson nodes "$1" --argjson width "$2" --argjson parallel "$parallel" \
    --argjson cases "$cases" '$ARGS.named' >"$work/run.json"
  /usr/bin/python3 "$bench_dir/wide.py" run "$work/run.json" "$work/rows"
}
