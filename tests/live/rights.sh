#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Service accounts: enough rights make a whole run, and a missing one is named.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

# account NAME [EXCEPT [ARGUMENTS OF rbac...]]: a kubeconfig with the account's token, and the rights that `gvisor-smoke rbac` prints but for the
# lines that match EXCEPT.
account() {
  local name=$1 except=${2:-^$}
  shift
  [ $# -eq 0 ] || shift
  write_account_kubeconfig "$work/$name.kubeconfig" "$name"
  "$GVISOR_SMOKE" rbac -n "$ns" --service-account "$name" --name "$name" "$@" | grep -vE "$except" | kubectl apply -f - >/dev/null
  at_end kubectl delete clusterrole,clusterrolebinding "$name-$ns"
}

make_namespace

subject "the printed Role is enough for the whole matrix"
account enough
smoke 0 --kubeconfig "$work/enough.kubeconfig" --egress-url "$OUTSIDE_URL" --ca-file "$OUTSIDE_CA"
expect_case skipped TestGvisorRuntimeClassOnCluster test_pods_have_gvisor_runtimeclass 'may not look for pods in namespace "aifactory"'
expect_case passed TestGvisorRuntimeClassOnCluster test_runtime_class_exists_in_cluster
expect_case passed TestGvisorCompatibilityMatrix test_workspace_pvc_mount_works_under_gvisor
expect_nothing_left kept

subject "the token is in no report and not in the output"
token=$(sed -n 's/.*token: \([^}]*\).*/\1/p' "$work/enough.kubeconfig")
[ -n "$token" ] || fail "a token in the kubeconfig" none
if grep -qF "$token" "$output" "$reports"/*; then fail "no token in output and reports" "it is there"; fi

subject "with one rule less, exactly what is missing is named at once, with the command that grants it"
rules=$("$GVISOR_SMOKE" rbac -n "$ns" --report-configmap report | sed -n 's/^  - //p')
[ "$(wc -l <<<"$rules")" -ge 8 ] || fail "at least 8 rules" "$rules"
number=0
while read -r rule; do
  number=$((number + 1))
  resource=$(sed -E 's/.*resources: \[([^]]*)\].*/\1/' <<<"$rule")
  missing=$(sed -E 's/.*verbs: \[([^]]*)\].*/\1/' <<<"$rule" | tr -d ' ' | tr , '\n' | sed "s|\$| $resource|" | paste -sd, | sed 's/,/, /g')
  account "less-$number" "resources: \\[$resource\\]" --report-configmap report
  echo "   without $missing"
  case $resource in
  events | nodes) # less is seen, and the run goes on
    smoke 0 --kubeconfig "$work/less-$number.kubeconfig" --report-configmap report allowlist </dev/null
    expect_output "the run knows less, for the account may not: $missing"
    expect_case passed TestGvisorCompatibilityMatrix "test_bash_allowlist_compatibility_matrix[allowlist]"
    ;;
  *)
    smoke 3 --kubeconfig "$work/less-$number.kubeconfig" --report-configmap report </dev/null
    expect_within_ms 10000
    grep -qE "is forbidden to the account in namespace \"$ns\": $missing\$" "$output" || fail "just \"$missing\" is named" "something else"
    expect_output "hint: an administrator grants what is missing by: gvisor-smoke rbac -n $ns "
    expect_none_passed
    ;;
  esac
  expect_nothing_left kept
done <<<"$rules"
