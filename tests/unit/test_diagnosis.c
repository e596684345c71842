/* SPDX-License-Identifier: Apache-2.0
 *
 * Why a pod does not start: what kubelet, scheduler and container runtimes say, and what is made of it.
 */
#include "unit.h"

#include <string.h>

#include "run/run_private.h"

/* A message as it was seen or as its source writes it, and what it must come to. */
struct row {
    const char *reason, *message;
    bool definite, of_node;   /* at its first coming */
    const char *cause, *hint; /* parts; NULL: there is no hint */
};

#define SANDBOX "FailedCreatePodSandBox"
#define FAILED "Failed to create pod sandbox: rpc error: code = Unknown desc = "

static const struct row events[] = {
    /* containerd 1.x, 2.x */
    {SANDBOX, FAILED "failed to get sandbox runtime: no runtime for \"runsc\" is configured", true, true,
     "has no handler for this RuntimeClass", "io.containerd.grpc.v1.cri"},
    {SANDBOX, FAILED "unable to get OCI runtime for sandbox \"2aa3\": no runtime for \"runsc\" is configured",
     true, true, "has no handler for this RuntimeClass", "a drop-in file counts only when it is imported"},
    {SANDBOX,
     FAILED
     "failed to create containerd task: failed to create shim task: OCI runtime create failed: fork/exec "
     "/usr/local/bin/runsc: exec format error: unable to retrieve OCI runtime error (open "
     "/run/containerd/log.json: no such file or directory)",
     true, true, "not executable for this machine", "a failed download or another architecture"},
    {SANDBOX,
     FAILED
     "failed to create containerd task: failed to create shim task: OCI runtime create failed: fork/exec "
     "/usr/local/bin/runsc: permission denied: unable to retrieve OCI runtime error (open "
     "/run/containerd/log.json: no such file or directory)",
     true, true, "may not be executed", "the mode of runsc"},
    {SANDBOX,
     FAILED
     "failed to create containerd task: failed to create shim task: OCI runtime create failed: fork/exec "
     "/usr/local/bin/runsc: no such file or directory: unable to retrieve OCI runtime error (open "
     "/run/containerd/log.json: no such file or directory)",
     true, true, "is missing on the node", "install runsc"},
    {SANDBOX,
     FAILED "failed to start sandbox \"5f\": failed to create containerd task: failed to start shim: failed "
            "to resolve "
            "runtime path: runtime \"io.containerd.runsc.v1\" binary not installed "
            "\"containerd-shim-runsc-v1\": file "
            "does not exist",
     true, true, "no usable gVisor shim", "install containerd-shim-runsc-v1"},
    {SANDBOX, FAILED "failed to start shim: failed to resolve runtime path: invalid runtime name other", true,
     true, "lacks the shim", "containerd's PATH"},
    {SANDBOX,
     FAILED
     "failed to start shim: start failed: io.containerd.runsc.v1: failed to set OOM Score on shim: write "
     "/proc/self/oom_score_adj: permission denied",
     true, true, "OOM score", "CAP_SYS_RESOURCE"},
    {SANDBOX,
     FAILED "OCI runtime create failed: creating container: cannot create sandbox: cannot read client sync "
            "file: waiting "
            "for sandbox to start: EOF",
     true, true, "its sandbox ends at once", "dynamically linked"},
    {SANDBOX,
     FAILED
     "OCI runtime create failed: creating container: opening KVM device file: open /dev/kvm: no such file or "
     "directory",
     true, true, "platform kvm", "systrap"},
    {SANDBOX, FAILED "OCI runtime create failed: flag provided but not defined: -net-rawer", true, true,
     "does not know a flag", "runsc.toml"},
    {SANDBOX, FAILED "failed to create shim task: open /etc/containerd/runsc.toml: no such file or directory",
     true, true, "lacks the configuration", "ConfigPath"},
    {SANDBOX, FAILED "OCI runtime create failed: SELinux is not supported: system_u:system_r:container_t",
     false, true, "SELinux", "enable_selinux"},
    {SANDBOX,
     FAILED "OCI runtime create failed: exit status 128: unable to retrieve OCI runtime error (open "
            "/run/containerd/log.json: no such file or directory)",
     false, true, "before it could say why", "runsc --version"},
    {SANDBOX, FAILED "OCI runtime create failed: runsc did not terminate successfully: exit status 128",
     false, true, "ended with an error", "runsc's log"},
    {SANDBOX,
     FAILED "failed to setup network for sandbox \"47\": plugin type=\"bridge\" failed (add): failed to "
            "allocate for range "
            "0: no IP addresses available in range set",
     false, true, "the pod's network", "CNI"},
    {SANDBOX,
     FAILED "failed to get sandbox image \"registry.k8s.io/pause:3.10\": failed to pull image: dial tcp: i/o "
            "timeout",
     false, true, "(pause)", "import it"},
    {SANDBOX,
     "Failed to create pod sandbox: rpc error: code = DeadlineExceeded desc = context deadline exceeded",
     false, true, "does not answer in time", "overloaded"},
    {SANDBOX, FAILED "something that nobody has seen", false, false, "cannot create the pod's sandbox",
     "\"runsc\""},
    /* CRI-O, cri-dockerd */
    {SANDBOX, FAILED "failed to find runtime handler runsc from runtime list map[crun:0xc0]", true, true,
     "(CRI-O)", "crio.runtime.runtimes.runsc"},
    {SANDBOX, FAILED "RuntimeHandler \"runsc\" not supported", true, true,
     "does not know this RuntimeClass' handler", "scheduling"},
    /* scheduler */
    {"FailedScheduling",
     "0/1 nodes are available: pod has unbound immediate PersistentVolumeClaims. not found", false, false,
     "no node takes the pod", "--storage-class"},
    {"FailedScheduling", "persistentvolumeclaim \"claim-1\" not found", false, false, "no node takes the pod",
     "--storage-class"},
    {"FailedScheduling", "0/2 nodes are available: 2 node(s) had volume node affinity conflict.", false,
     false, "no node takes the pod", "--node"},
    {"FailedScheduling", "0/1 nodes are available: 1 node(s) had untolerated taint(s).", false, false,
     "no node takes the pod", "toleration"},
    {"FailedScheduling", "0/1 nodes are available: 1 node(s) were unschedulable.", false, false,
     "no node takes the pod", "uncordon"},
    {"FailedScheduling", "0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector.",
     false, false, "no node takes the pod", "labels that the RuntimeClass' scheduling selects"},
    {"FailedScheduling", "0/1 nodes are available: 1 Insufficient cpu.", false, false,
     "no node takes the pod", "room"},
    {"FailedScheduling", "0/1 nodes are available: 1 Too many pods.", false, false, "no node takes the pod",
     "room"},
    /* kubelet */
    {"FailedMount",
     "MountVolume.SetUp failed for volume \"device-0\" : hostPath type check failed: /dev/kvm is not a "
     "character device",
     true, false, "no such device", "--node"},
    {"FailedMount", "MountVolume.SetUp failed for volume \"v\" : read-only file system", false, false,
     "a volume cannot be mounted", NULL},
    {"FailedAttachVolume", "Multi-Attach error for volume \"pvc-1\"", false, false,
     "a volume cannot be mounted", NULL},
    {"FailedKillPod", "error killing pod", false, false, "FailedKillPod", NULL},
};

static void expect(const struct row *row, const struct diagnosis *seen)
{
    if (!seen->message || !strstr(seen->message, row->cause) || seen->definite != row->definite ||
        seen->of_node != row->of_node || !row->hint != !seen->hint ||
        (row->hint && !strstr(seen->hint, row->hint)))
        fail_msg("%s: %s\n  came to: %s\n  hint: %s\n  definite %d, of the node %d", row->reason,
                 row->message, seen->message ? seen->message : "nothing", seen->hint ? seen->hint : "none",
                 seen->definite, seen->of_node);
}

static struct kube_event event_of(const struct row *row)
{
    return (struct kube_event){.reason = (char *)row->reason,
                               .message = (char *)row->message,
                               .type = (char *)"Warning",
                               .count = 1};
}

static void events_have_a_cause_and_a_fix(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof events / sizeof *events; i++) {
        struct kube_event event = event_of(&events[i]);
        struct diagnosis seen = diagnose_event(&event, 1, "runsc");
        expect(&events[i], &seen);
        assert_non_null(strstr(seen.message, events[i].message));
        diagnosis_release(&seen);
    }
}

static void a_sandbox_that_fails_again_is_definite(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof events / sizeof *events; i++) {
        if (strcmp(events[i].reason, SANDBOX) != 0)
            continue;
        struct kube_event event = event_of(&events[i]);
        struct diagnosis seen = diagnose_event(&event, 2, "runsc");
        assert_true(seen.definite);
        diagnosis_release(&seen);
    }
}

static void events_that_say_nothing_are_silent(void **state)
{
    (void)state;
    static const char *const reasons[] = {"Unhealthy", "Failed", "BackOff"};
    for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++) {
        struct kube_event event = {
            .reason = (char *)reasons[i], .message = (char *)"words", .type = (char *)"Warning", .count = 1};
        struct diagnosis seen = diagnose_event(&event, 1, "runsc");
        assert_null(seen.message);
        diagnosis_release(&seen);
    }
    struct kube_event empty = {0};
    struct diagnosis seen = diagnose_event(&empty, 1, "runsc");
    assert_null(seen.message);
    diagnosis_release(&seen);
}

static const struct row claims[] = {
    {"ProvisioningFailed", "storageclass.storage.k8s.io \"nosuch\" not found", true, false,
     "the claim's StorageClass does not exist", "--storage-class"},
    {"ProvisioningFailed", "failed to provision volume with StorageClass \"fast\": quota exceeded", false,
     false, "cannot be provisioned", "--storage-class"},
    {"ExternalProvisioning",
     "Waiting for a volume to be created either by the external provisioner 'example.com/nobody' or manually "
     "by the "
     "system administrator.",
     false, false, "its provisioner does nothing", "does the StorageClass' provisioner run?"},
    {"FailedBinding", "no persistent volumes available for this claim and no storage class is set", false,
     false, "finds no volume", "no default StorageClass"},
};

static void events_of_a_claim_name_its_class(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof claims / sizeof *claims; i++) {
        struct kube_event event = event_of(&claims[i]);
        struct diagnosis seen = diagnose_claim(&event);
        expect(&claims[i], &seen);
        diagnosis_release(&seen);
    }
    struct kube_event other = {.reason = (char *)"WaitForFirstConsumer", .message = (char *)"waiting"};
    struct diagnosis seen = diagnose_claim(&other);
    assert_null(seen.message);
    diagnosis_release(&seen);
}

struct pod_row {
    struct kube_pod pod;
    bool definite;
    const char *cause, *hint;
};

#define TEXT (char *)

static const struct pod_row pods[] = {
    {{.waiting_reason = TEXT "ErrImageNeverPull"}, true, "may not be pulled", "--image"},
    {{.waiting_reason = TEXT "ErrImagePull", .waiting_message = TEXT "dial tcp: connection refused"},
     true,
     "the image cannot be pulled: dial tcp",
     "--image"},
    {{.waiting_reason = TEXT "ImagePullBackOff"}, true, "the image cannot be pulled", "--image"},
    {{.waiting_reason = TEXT "InvalidImageName"}, true, "not valid", "--image"},
    {{.waiting_reason = TEXT "CreateContainerError", .waiting_message = TEXT "exec: \"sh\""},
     true,
     "cannot be created",
     NULL},
    {{.waiting_reason = TEXT "RunContainerError"}, true, "cannot be started", "POSIX shell"},
    {{.phase = TEXT "Failed",
      .terminated_reason = TEXT "StartError",
      .terminated_message = TEXT "exec: \"sh\": not found",
      .exit_code = 128},
     true,
     "cannot be started: StartError: exec",
     "POSIX shell"},
    {{.phase = TEXT "Failed", .terminated_reason = TEXT "OOMKilled", .exit_code = 137},
     true,
     "ended with exit code 137: OOMKilled",
     "kubectl logs"},
    {{.phase = TEXT "Failed",
      .reason = TEXT "Evicted",
      .message = TEXT "The node was low on resource: memory."},
     true,
     "the node evicted it: Evicted: The node was low",
     "--node"},
    {{.phase = TEXT "Failed",
      .reason = TEXT "OutOfcpu",
      .message = TEXT "Node didn't have enough resource: cpu"},
     true,
     "the node ended it: OutOfcpu",
     "kubectl describe"},
    {{.phase = TEXT "Pending", .unscheduled_reason = TEXT "0/1 nodes are available: 1 Insufficient memory."},
     false,
     "no node takes the pod",
     "room"},
};

static void states_of_a_pod_have_a_cause(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof pods / sizeof *pods; i++) {
        struct row row = {.reason = "pod",
                          .message = "",
                          .definite = pods[i].definite,
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
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        struct diagnosis seen = diagnose_pod(&ways[i]);
        assert_null(seen.message);
        diagnosis_release(&seen);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(events_have_a_cause_and_a_fix),
        cmocka_unit_test(a_sandbox_that_fails_again_is_definite),
        cmocka_unit_test(events_that_say_nothing_are_silent),
        cmocka_unit_test(events_of_a_claim_name_its_class),
        cmocka_unit_test(states_of_a_pod_have_a_cause),
        cmocka_unit_test(a_pod_on_its_way_is_left_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
