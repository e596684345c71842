#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What the cluster does not admit: cases that need it say which grants they miss and are skipped, whoever refuses them.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

blocked() { printf 'TestGvisorExpectedFailures test_%s_under_gvisor' "$1"; }
not_admitted='which namespace "'$ns'" does not admit: '

subject "a namespace that enforces restricted: cases with grants are skipped, the others run"
make_namespace pod-security.kubernetes.io/enforce=restricted
smoke 0 allowlist tcpdump docker-build dev-kvm-mounted perf-event-open
expect_counts 2 0 0 5 # two of them are parts of a bare name
# shellcheck disable=SC2046 # class and name
expect_case skipped $(blocked tcpdump_is_blocked) "needs the grants NET_RAW, SETGID, SETUID, $not_admitted"
# shellcheck disable=SC2046
expect_case skipped $(blocked docker_build_is_blocked) 'needs the grant privileged, '
# shellcheck disable=SC2046
expect_case skipped $(blocked docker_build_is_blocked) 'violates PodSecurity "restricted'
expect_case skipped TestGvisorCompatibilityMatrix test_perf_event_open_is_filtered_under_gvisor "needs the grant PERFMON, "
expect_case passed TestGvisorCompatibilityMatrix "test_bash_allowlist_compatibility_matrix[allowlist]"
expect_no_output "problem:"
expect_nothing_left kept

subject "one that enforces baseline: of three capabilities only the one that it forbids is named"
kubectl label --overwrite namespace "$ns" pod-security.kubernetes.io/enforce=baseline >/dev/null
smoke 0 tcpdump
# shellcheck disable=SC2046
expect_case skipped $(blocked tcpdump_is_blocked) "needs the grant NET_RAW, $not_admitted"
expect_nothing_left kept

subject "a policy of another kind: the same, in its own words"
kubectl label --overwrite namespace "$ns" pod-security.kubernetes.io/enforce=privileged >/dev/null
kubectl create -f - >/dev/null <<YAML
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: $ns}
spec:
  failurePolicy: Fail
  matchConstraints:
    resourceRules: [{apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [pods]}]
    namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: $ns}}
  validations:
  - expression: "!object.spec.containers.exists(c, has(c.securityContext.capabilities.add) && 'SETUID' in c.securityContext.capabilities.add)"
    message: nobody becomes somebody else here
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {name: $ns}
spec: {policyName: $ns, validationActions: [Deny]}
YAML
at_end kubectl delete validatingadmissionpolicy "$ns"
at_end kubectl delete validatingadmissionpolicybinding "$ns"
# The API server takes some seconds to enforce it.
probe='{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "probe"},
  "spec": {"containers": [{"name": "a", "image": "a", "securityContext": {"capabilities": {"add": ["SETUID"]}}}]}}'
until [[ $(kubectl -n "$ns" create --dry-run=server -f - <<<"$probe" 2>&1) == *"nobody becomes somebody else here"* ]]; do sleep 0.5; done
smoke 0 allowlist tcpdump
# shellcheck disable=SC2046
expect_case skipped $(blocked tcpdump_is_blocked) "needs the grant SETUID, "
# shellcheck disable=SC2046
expect_case skipped $(blocked tcpdump_is_blocked) "nobody becomes somebody else here"
expect_nothing_left kept

subject "what refuses the pod without grants as well is an error: it is not the grants"
kubectl -n "$ns" create quota nothing-left --hard=pods=0 >/dev/null
until kubectl -n "$ns" get quota nothing-left -o 'jsonpath={.status.hard.pods}' | grep -q 0; do sleep 0.1; done
smoke 3 tcpdump
# shellcheck disable=SC2046
expect_case error $(blocked tcpdump_is_blocked) "is forbidden: "
expect_nothing_left kept
