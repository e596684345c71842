#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# An admission policy takes runtimeClassName away from pods.
set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

sabotage 'an admission policy takes runtimeClassName away' 'exit 4, error not-gvisor: the pod in the API has no runtimeClassName'
make_namespace sabotage=takes-runtimeclass
at_end kubectl delete mutatingadmissionpolicybinding sabotage --ignore-not-found
at_end kubectl delete mutatingadmissionpolicy sabotage --ignore-not-found
kubectl create -f - >/dev/null <<'YAML'
apiVersion: admissionregistration.k8s.io/v1
kind: MutatingAdmissionPolicy
metadata: {name: sabotage}
spec:
  failurePolicy: Fail
  reinvocationPolicy: Never
  matchConstraints:
    resourceRules:
    - {apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [pods]}
  matchConditions:
  - {name: has-class, expression: has(object.spec.runtimeClassName)}
  mutations:
  - patchType: JSONPatch
    jsonPatch: {expression: '[JSONPatch{op: "remove", path: "/spec/runtimeClassName"}]'}
---
apiVersion: admissionregistration.k8s.io/v1
kind: MutatingAdmissionPolicyBinding
metadata: {name: sabotage}
spec:
  policyName: sabotage
  matchResources: {namespaceSelector: {matchLabels: {sabotage: takes-runtimeclass}}}
YAML
# The API server takes a moment to use it.
probe='{"apiVersion": "v1", "kind": "Pod", "metadata": {"generateName": "probe-"}, "spec": {"runtimeClassName": "gvisor", "containers": [{"name": "c", "image": "i"}]}}'
until [ "$(kubectl -n "$ns" create --dry-run=server -o 'jsonpath={.spec.runtimeClassName}' -f - <<<"$probe")" = "" ]; do sleep 0.2; done
harness 4 allowlist
expect_verdict allowlist error not-gvisor "NOT GVISOR"
expect_hint "admission" "runtimeClassName"
expect_nothing_of_run_left
