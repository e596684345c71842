#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The application's pods: whether each declares the RuntimeClass.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

name=test_pods_have_gvisor_runtimeclass
class=TestGvisorRuntimeClassOnCluster

# app_pod NAME [RUNTIME-CLASS]: declares only; whether it runs does not matter.
app_pod() {
  kubectl -n "$ns" apply -f - >/dev/null <<YAML
apiVersion: v1
kind: Pod
metadata:
  name: $1
  labels: {app.kubernetes.io/name: aifactory}
spec:
  ${2:+runtimeClassName: $2}
  terminationGracePeriodSeconds: 0
  containers:
  - {name: app, image: "$BUSYBOX_IMAGE", imagePullPolicy: IfNotPresent, command: [sleep, "600"]}
YAML
}

make_namespace

subject "a namespace that was named and holds no such pod is an error, not a skip"
smoke 3 --app-namespace "$ns" app-pods
expect_case error $class $name "there is no pod with label app.kubernetes.io/name=aifactory"
expect_counts 0 0 1 0

subject "without a name, there is nothing to check"
smoke 0 app-pods
expect_case skipped $class $name

subject "pods that declare it pass"
app_pod sandboxed gvisor
smoke 0 --app-namespace "$ns" app-pods
expect_case passed $class $name
GVISOR_NAMESPACE=$ns smoke 0 app-pods
expect_case passed $class $name

subject "one that does not is named and fails the run"
app_pod bare
smoke 1 --app-namespace "$ns" app-pods
expect_case failed $class $name "1 of 2 pods"
expect_output "declare runtimeClassName \"gvisor\": bare"
expect_counts 0 1 0 0

subject "another label selects other pods"
smoke 3 --app-namespace "$ns" --app-selector app=other app-pods
expect_case error $class $name "label app=other"

subject "the application's pods are left alone"
seen=$(kubectl -n "$ns" get pods -o name | sort | xargs)
expect_equal "pod/bare pod/sandboxed" "$seen"
