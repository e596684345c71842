#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The RuntimeClass: one that is missing, and one with another handler than expected.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

class=TestGvisorRuntimeClassOnCluster
name=test_runtime_class_exists_in_cluster

subject "a RuntimeClass that is missing is told, and no pod is made"
smoke 3 --runtime-class nosuch
expect_within_ms 10000
expect_output 'cannot read RuntimeClass "nosuch"'
expect_output "hint: gVisor is not switched on in this cluster"
expect_case failed $class $name 'the cluster has no RuntimeClass "nosuch"'
expect_none_passed
expect_every_verdict
expect_counts 0 1 "$(xpath 'count(//testcase) - 2')" 1
expect_nothing_made

subject "a handler that is not the expected one fails the check"
smoke 1 --handler gvisor runtime-class
expect_case failed $class $name 'has the handler "runsc", expected "gvisor"'
expect_counts 0 1 0 0

subject "a RuntimeClass whose handler is named otherwise can be the right one"
kubectl apply -f - >/dev/null <<YAML
apiVersion: node.k8s.io/v1
kind: RuntimeClass
metadata: {name: $ns}
handler: elsewhere
YAML
at_end kubectl delete runtimeclass "$ns"
smoke 0 --runtime-class "$ns" --handler elsewhere runtime-class
expect_case passed $class $name
