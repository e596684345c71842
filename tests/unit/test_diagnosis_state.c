/* SPDX-License-Identifier: Apache-2.0
 *
 * Why a pod does not start: what is said of its claim, its state, its refusal and its node, and what is made
 * of it.
 */
#include "unit.h"

#include <string.h>

#include "diagnosis_row.h"

static const struct row claims[] = {
    /* Kubernetes pkg/controller/volume/persistentvolume/pv_controller.go, and the bed */
    {"ProvisioningFailed", "storageclass.storage.k8s.io \"nosuch\" not found", PATIENCE_NONE, false,
     "the claim's StorageClass does not exist", "--storage-class"},
    {"ProvisioningFailed", "no volume plugin matched name: kubernetes.io/no-provisioner", PATIENCE_NONE,
     false, "nothing in the cluster provisions", "--storage-class"},
    {"ExternalProvisioning",
     "Waiting for a volume to be created either by the external provisioner 'example.com/nobody' or manually "
     "by the "
     "system administrator. If volume creation is delayed, please verify that the provisioner is running and "
     "correctly "
     "registered.",
     PATIENCE_VOLUME, false, "its provisioner does nothing", "does the StorageClass' provisioner run?"},
    {"FailedBinding", "no persistent volumes available for this claim and no storage class is set",
     PATIENCE_NONE, false, "finds no volume", "no default StorageClass"},
    {"FailedBinding", "volume \"pv-1\" already bound to a different claim.", PATIENCE_VOLUME, false,
     "finds no volume", "--storage-class"},
    /* external-provisioner: kubernetes-csi/external-provisioner#678, rook/rook#8727 */
    {"Provisioning", "External provisioner is provisioning volume for claim \"pomerium/redis-data\"",
     PATIENCE_ON, false, "is being provisioned", "--storage-class"},
    {"ProvisioningFailed",
     "failed to provision volume with StorageClass \"gp2\": rpc error: code = DeadlineExceeded desc = "
     "context deadline "
     "exceeded",
     PATIENCE_ON, false, "slow to be provisioned", "provisioner"},
    {"ProvisioningFailed",
     "failed to provision volume with StorageClass \"gp2\": rpc error: code = Aborted desc = An operation "
     "with the given "
     "Volume pvc-1 already exists",
     PATIENCE_ON, false, "slow to be provisioned", "provisioner"},
    {"ProvisioningFailed",
     "failed to provision volume with StorageClass \"x\": rpc error: code = InvalidArgument desc = Invalid "
     "parameter key",
     PATIENCE_AGAIN, false, "asks for what its storage does not have", "parameters"},
    {"ProvisioningFailed",
     "failed to provision volume with StorageClass \"x\": rpc error: code = Internal desc = "
     "UnauthorizedOperation: You are not "
     "authorized to perform this operation.",
     PATIENCE_AGAIN, false, "may not make the claim's volume", "provisioner"},
    {"ProvisioningFailed", "failed to provision volume with StorageClass \"fast\": quota exceeded",
     PATIENCE_VOLUME, false, "cannot be provisioned", "--storage-class"},
};

static void events_of_a_claim_name_its_class(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(claims); i++) {
        struct kube_event event = event_of(&claims[i]);
        struct diagnosis seen = diagnose_claim(&event);
        expect(&claims[i], &seen);
        diagnosis_release(&seen);
    }
    struct kube_event again = event_of(&claims[8]);
    again.count = 2;
    struct diagnosis seen = diagnose_claim(&again);
    assert_int_equal(seen.patience, PATIENCE_NONE);
    diagnosis_release(&seen);
}

/* A controller repeats that it waits while the provisioner is long at work. */
static void stages_of_a_claim_are_in_order(void **state)
{
    (void)state;
    static const struct {
        const char *reason;
        enum claim_stage stage;
        bool says_something;
    } stages[] = {{"WaitForFirstConsumer", CLAIM_WAITS, false}, {"ExternalProvisioning", CLAIM_WAITS, true},
                  {"FailedBinding", CLAIM_WAITS, true},         {"Provisioning", CLAIM_BEGUN, true},
                  {"ProvisioningFailed", CLAIM_FAILED, true},   {"ProvisioningSucceeded", CLAIM_MADE, false}};
    for (size_t i = 0; i < COUNT(stages); i++) {
        struct kube_event event = {.reason = (char *)stages[i].reason, .message = (char *)"words"};
        struct diagnosis seen = diagnose_claim(&event);
        assert_int_equal(seen.stage, stages[i].stage);
        assert_int_equal(seen.message != NULL, stages[i].says_something);
        diagnosis_release(&seen);
    }
    assert_true(CLAIM_WAITS < CLAIM_BEGUN && CLAIM_BEGUN < CLAIM_FAILED && CLAIM_FAILED < CLAIM_MADE);
}

static const struct {
    const char *message, *hint;
} refusals[] = {
    /* Kubernetes plugin/pkg/admission, and the bed */
    {"pods \"x\" is forbidden: pod rejected: RuntimeClass \"gvisor\" not found", "--runtime-class"},
    {"pods \"x\" is forbidden: pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead",
     "overhead"},
    {"pods \"x\" is forbidden: conflict: runtimeClass.scheduling.nodeSelector[pool] = a; "
     "pod.spec.nodeSelector[pool] = b",
     "node selector"},
    {"pods \"x\" is forbidden: error looking up service account smoke/default: serviceaccount \"default\" "
     "not found",
     "controller manager"},
    {"pods \"x\" is forbidden: unable to create new content in namespace smoke because it is being "
     "terminated",
     "being deleted"},
    {"pods \"x\" is forbidden: failed quota: compute: must specify limits.cpu for: case", "LimitRange"},
    {"pods \"x\" is forbidden: minimum cpu usage per Container is 100m. No request is specified",
     "LimitRange"},
    {"Internal error occurred: failed calling webhook \"validate.kyverno.svc-fail\": failed to call webhook: "
     "Post "
     "\"https://kyverno-svc.kyverno.svc:443/validate/fail\": dial tcp 10.96.1.2:443: connect: connection "
     "refused",
     "does not answer"},
    {"admission webhook \"validation.gatekeeper.sh\" denied the request: [must-have-owner] missing label",
     "policy"},
    {"pods \"x\" is forbidden: ValidatingAdmissionPolicy 'p' with binding 'b' denied request: no", "policy"},
};

static void refusals_of_the_api_have_a_hint(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(refusals); i++)
        assert_contains(diagnose_refusal(refusals[i].message), refusals[i].hint);
    assert_null(diagnose_refusal("pods \"x\" is forbidden: User \"ci\" cannot create resource \"pods\""));
}

static const struct {
    const char *not_ready, *cause;
} nodes[] = {
    /* Kubernetes pkg/controller/nodelifecycle, pkg/kubelet/runtime.go */
    {"since T: NodeStatusUnknown: Kubelet stopped posting node status.", "reports no more"},
    {"since T: NodeStatusNeverUpdated: Kubelet never posted node status.", "has never reported"},
    {"since T: KubeletNotReady: container runtime network not ready: NetworkReady=false "
     "reason:NetworkPluginNotReady",
     "CNI"},
    {"since T: KubeletNotReady: container runtime is down", "runtime has ended"},
    {"since T: KubeletNotReady: PLEG is not healthy: pleg was last seen active 3m7s ago", "too slow"},
    {"since T: KubeletNotReady: [container runtime status check may not have completed yet]",
     "only just started"},
};

static void a_node_that_is_not_ready_has_a_cause(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(nodes); i++) {
        struct kube_node node = {.not_ready = (char *)nodes[i].not_ready};
        cleanup_free char *seen = diagnose_node(&node);
        assert_contains(seen, "is not ready since T: ");
        assert_contains(seen, nodes[i].cause);
    }
    struct kube_node other = {.not_ready = (char *)"since T: Strange"};
    cleanup_free char *seen = diagnose_node(&other);
    assert_string_equal(seen, "is not ready since T: Strange");
}

struct pod_row {
    struct kube_pod pod;
    enum patience patience;
    const char *cause, *hint;
};

#define TEXT (char *)

#define PULL(words)                                                                                          \
    {                                                                                                        \
        .waiting_reason = TEXT "ErrImagePull", .waiting_message = TEXT words                                 \
    }
#define RESOLVE                                                                                              \
    "failed to pull and unpack image \"r.example/x:1\": failed to resolve reference \"r.example/x:1\": "     \
    "failed to do request: "

static const struct pod_row pods[] = {
    {{.waiting_reason = TEXT "ErrImageNeverPull"}, PATIENCE_NONE, "may not be pulled", "--image"},
    {{.waiting_reason = TEXT "InvalidImageName"}, PATIENCE_NONE, "not valid", "--image"},
    /* containerd, by what registries and networks say */
    {PULL("failed to pull and unpack image \"localhost/nosuch:1\": failed to do request: Head "
          "\"https://localhost/v2/nosuch/manifests/1\": dial tcp 127.0.0.1:443: connect: connection refused"),
     PATIENCE_NONE, "no registry at \"localhost\"", "import it on the node"},
    {PULL(RESOLVE "Head \"https://r.example/v2/x/manifests/1\": dial tcp: lookup r.example on 10.0.0.2:53: "
                  "no such host"),
     PATIENCE_AGAIN, "does not find the registry's name", "DNS"},
    {PULL(RESOLVE "Head \"https://r.example/v2/x/manifests/1\": dial tcp 10.0.0.9:443: i/o timeout"),
     PATIENCE_AGAIN, "does not reach the registry", "network"},
    {PULL(RESOLVE "Head \"https://r.example/v2/x/manifests/1\": tls: failed to verify certificate: x509: "
                  "certificate signed by "
                  "unknown authority"),
     PATIENCE_NONE, "does not trust the registry's certificate", "authority"},
    {PULL(RESOLVE "Head \"https://r.example/v2/\": http: server gave HTTP response to HTTPS client"),
     PATIENCE_NONE, "speaks http", "hosts.toml"},
    {PULL("failed to authorize: failed to fetch anonymous token: unexpected status from GET request to "
          "https://ghcr.io/token: 401 Unauthorized"),
     PATIENCE_NONE, "credentials", "imagePullSecret"},
    {PULL("unexpected status from HEAD request to "
          "https://123.dkr.ecr.eu-west-1.amazonaws.com/v2/x/manifests/1: 403 Forbidden"),
     PATIENCE_NONE, "does not let the node have the image", "right to pull"},
    {PULL("429 Too Many Requests - Server message: toomanyrequests: You have reached your pull rate limit."),
     PATIENCE_AGAIN, "takes no more pulls", "mirror"},
    {PULL("no match for platform in manifest: not found"), PATIENCE_NONE, "the node's architecture",
     "--node"},
    {PULL("failed to extract layer sha256:1: write /var/lib/containerd/x: no space left on device"),
     PATIENCE_AGAIN, "no room for the image", "--node"},
    {PULL("something new"), PATIENCE_AGAIN, "the image cannot be pulled: something new", "--image"},
    /* CRI-O */
    {PULL("reading manifest 1 in docker.io/library/x: requested access to the resource is denied"),
     PATIENCE_NONE, "does not let the node have the image", "imagePullSecret"},
    {PULL("reading manifest 9 in r.example/x: manifest unknown"), PATIENCE_NONE, "does not have the image",
     "--image"},
    {PULL("short-name \"toolbox:1\" did not resolve to an alias and no unqualified-search registries are "
          "defined in "
          "\"/etc/containers/registries.conf\""),
     PATIENCE_NONE, "without a registry", "--image"},
    {PULL("choosing image instance: no image found in image index for architecture \"arm64\", variant "
          "\"v8\", OS \"linux\""),
     PATIENCE_NONE, "the node's architecture", "--node"},
    {{.waiting_reason = TEXT "SignatureValidationFailed",
      .waiting_message = TEXT "image pull failed for r.example/x because the signature validation failed"},
     PATIENCE_NONE,
     "signature",
     "policy"},
    /* kubelet 1.31 and later add the error to the back-off; earlier ones do not */
    {{.waiting_reason = TEXT "ImagePullBackOff",
      .waiting_message = TEXT "Back-off pulling image \"x\": ErrImagePull: r.example/x:1: not found"},
     PATIENCE_NONE,
     "does not have the image",
     "--image"},
    {{.waiting_reason = TEXT "ImagePullBackOff", .waiting_message = TEXT "Back-off pulling image \"x\""},
     PATIENCE_TOLD,
     "the image cannot be pulled",
     NULL},
    {{.waiting_reason = TEXT "CreateContainerError", .waiting_message = TEXT "failed to generate spec"},
     PATIENCE_NONE,
     "cannot be created",
     NULL},
    {{.waiting_reason = TEXT "CreateContainerError", .waiting_message = TEXT "context deadline exceeded"},
     PATIENCE_AGAIN,
     "does not answer in time",
     "overloaded"},
    {{.waiting_reason = TEXT "CreateContainerConfigError",
      .waiting_message = TEXT "container has runAsNonRoot and image will run as root"},
     PATIENCE_NONE,
     "wants to run as root",
     "other than 0"},
    {{.waiting_reason = TEXT "RunContainerError"}, PATIENCE_NONE, "cannot be started", "POSIX shell"},
    {{.phase = TEXT "Failed",
      .terminated_reason = TEXT "StartError",
      .terminated_message = TEXT "exec: \"sh\": not found",
      .exit_code = 128},
     PATIENCE_NONE,
     "cannot be started: StartError: exec",
     "POSIX shell"},
    {{.phase = TEXT "Failed", .terminated_reason = TEXT "OOMKilled", .exit_code = 137},
     PATIENCE_NONE,
     "ended with exit code 137: OOMKilled",
     "kubectl logs"},
    {{.phase = TEXT "Failed",
      .reason = TEXT "Evicted",
      .message = TEXT "The node was low on resource: memory."},
     PATIENCE_NONE,
     "the node evicted it: Evicted: The node was low",
     "--node"},
    {{.phase = TEXT "Failed",
      .reason = TEXT "OutOfcpu",
      .message = TEXT "Node didn't have enough resource: cpu"},
     PATIENCE_NONE,
     "the node has no room for it: OutOfcpu",
     "--node"},
    {{.phase = TEXT "Failed",
      .reason = TEXT "NodeShutdown",
      .message = TEXT "Pod was rejected as the node is shutting down."},
     PATIENCE_NONE,
     "being shut down",
     "--node"},
    {{.phase = TEXT "Failed", .reason = TEXT "UnexpectedAdmissionError"},
     PATIENCE_NONE,
     "the node ended it: UnexpectedAdmissionError",
     "kubectl describe"},
    {{.phase = TEXT "Pending", .unscheduled_reason = TEXT "0/1 nodes are available: 1 Insufficient memory."},
     PATIENCE_SHORT,
     "no node takes the pod",
     "room"},
};

static void states_of_a_pod_have_a_cause(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(pods); i++) {
        struct row row = {.reason = "pod",
                          .message = "",
                          .patience = pods[i].patience,
                          .cause = pods[i].cause,
                          .hint = pods[i].hint};
        struct diagnosis seen = diagnose_pod(&pods[i].pod);
        expect(&row, &seen);
        diagnosis_release(&seen);
    }
}

static void a_pod_on_its_way_is_left_alone(void **state)
{
    (void)state;
    static const struct kube_pod ways[] = {
        {.phase = TEXT "Pending"},
        {.phase = TEXT "Pending", .waiting_reason = TEXT "ContainerCreating"},
        {.phase = TEXT "Pending", .waiting_reason = TEXT "PodInitializing"},
    };
    for (size_t i = 0; i < COUNT(ways); i++) {
        struct diagnosis seen = diagnose_pod(&ways[i]);
        assert_null(seen.message);
        diagnosis_release(&seen);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(events_of_a_claim_name_its_class),
        cmocka_unit_test(stages_of_a_claim_are_in_order),
        cmocka_unit_test(refusals_of_the_api_have_a_hint),
        cmocka_unit_test(a_node_that_is_not_ready_has_a_cause),
        cmocka_unit_test(states_of_a_pod_have_a_cause),
        cmocka_unit_test(a_pod_on_its_way_is_left_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
