#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Service accounts: enough rights make a whole run, and a missing one is named.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

# rights_of ACCOUNT EXCEPT: in $ns all that a run needs but one resource; in the cluster RuntimeClasses and Nodes.
rights_of() {
  kubectl apply -f - >/dev/null <<YAML
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: $1, namespace: $ns}
rules:
$(for resource in pods pods/exec events services secrets persistentvolumeclaims; do
    [ $resource = "$2" ] || printf -- '- {apiGroups: [""], resources: [%s], verbs: [get, list, watch, create, delete]}\n' $resource
  done)
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: $1, namespace: $ns}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: $1}
subjects:
- {kind: ServiceAccount, name: $1, namespace: $ns}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: $ns-$1}
rules:
- {apiGroups: [node.k8s.io], resources: [runtimeclasses], verbs: [get]}
- {apiGroups: [""], resources: [$([ "$2" = nodes ] && echo bindings || echo nodes), namespaces], verbs: [get, list]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: $ns-$1}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: $ns-$1}
subjects:
- {kind: ServiceAccount, name: $1, namespace: $ns}
YAML
  at_end kubectl delete clusterrole,clusterrolebinding "$ns-$1"
}

account() {
  write_account_kubeconfig "$work/$1.kubeconfig" "$1"
  rights_of "$1" "$2"
}

make_namespace

subject "a token of a service account with the rights of one namespace is enough for every kind of case"
account enough none
smoke 0 --kubeconfig "$work/enough.kubeconfig" allowlist curl pvc-write pvc-read-back runtime-class
expect_case passed TestGvisorRuntimeClassOnCluster test_runtime_class_exists_in_cluster
expect_case passed TestGvisorCompatibilityMatrix test_workspace_pvc_mount_works_under_gvisor
expect_nothing_left kept

subject "the token is in no report and not in the output"
token=$(sed -n 's/.*token: \([^}]*\).*/\1/p' "$work/enough.kubeconfig")
[ -n "$token" ] || fail "a token in the kubeconfig" none
if grep -qF "$token" "$output" "$reports"/*; then fail "no token in output and reports" "it is there"; fi

subject "without pods/exec, the right is named; no case runs and nothing is left"
account no-exec pods/exec
smoke 3 --kubeconfig "$work/no-exec.kubeconfig" allowlist
expect_within_ms 30000
expect_output "pods/exec"
expect_output "forbidden"
expect_none_passed
expect_case error TestGvisorCompatibilityMatrix "test_bash_allowlist_compatibility_matrix[allowlist]" "pods/exec"
expect_nothing_left kept

subject "without pods, the right is named before anything is made"
account no-pods pods
smoke 3 --kubeconfig "$work/no-pods.kubeconfig" allowlist
expect_within_ms 30000
expect_output '"pods"'
expect_none_passed
expect_nothing_left kept

subject "without secrets, the fixture cannot be made, and that is said"
account no-secrets secrets
smoke 3 --kubeconfig "$work/no-secrets.kubeconfig" curl
expect_within_ms 30000
expect_output '"secrets"'
expect_none_passed
expect_nothing_left kept

subject "without nodes, less is seen and the run goes on"
account no-nodes nodes
smoke 0 --kubeconfig "$work/no-nodes.kubeconfig" allowlist
expect_case passed TestGvisorCompatibilityMatrix "test_bash_allowlist_compatibility_matrix[allowlist]"
expect_nothing_left kept
