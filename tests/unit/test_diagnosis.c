/* SPDX-License-Identifier: Apache-2.0
 *
 * Why a pod does not start: what events say, from container runtimes, scheduler and kubelet, and what is made
 * of it.
 */
#include "unit.h"

#include <string.h>

#include "diagnosis_row.h"

#define SANDBOX "FailedCreatePodSandBox"
#define FAILED "Failed to create pod sandbox: rpc error: code = Unknown desc = "
#define TASK                                                                                                 \
    FAILED "failed to create containerd task: failed to create shim task: OCI runtime create failed: "

static const struct row events[] = {
    /* containerd 1.x: kubernetes/minikube#5463, #5724 */
    {SANDBOX, FAILED "failed to get sandbox runtime: no runtime for \"runsc\" is configured", PATIENCE_NONE,
     true, "has no handler for this RuntimeClass", "io.containerd.grpc.v1.cri"},
    /* containerd 2.x: internal/cri/server/sandbox_run.go, and the bed */
    {SANDBOX, FAILED "unable to get OCI runtime for sandbox \"2aa3\": no runtime for \"runsc\" is configured",
     PATIENCE_NONE, true, "has no handler for this RuntimeClass",
     "a drop-in file counts only when it is imported"},
    /* the bed (sabotage/runsc-exec-format); UKGovernmentBEIS/inspect_k8s_sandbox#263 for the shim */
    {SANDBOX,
     TASK "fork/exec /usr/local/bin/runsc: exec format error: unable to retrieve OCI runtime error (open "
          "/run/containerd/log.json: no such file or directory)",
     PATIENCE_NONE, true, "not executable for this machine", "a failed download or another architecture"},
    {SANDBOX,
     FAILED "failed to start sandbox \"5f\": failed to create containerd task: failed to start shim: start "
            "failed: : "
            "fork/exec /usr/bin/containerd-shim-runsc-v1: exec format error",
     PATIENCE_NONE, true, "not executable for this machine", "published as one archive"},
    /* the bed (sabotage/runsc-no-permission) */
    {SANDBOX,
     TASK "fork/exec /usr/local/bin/runsc: permission denied: unable to retrieve OCI runtime error (open "
          "/run/containerd/log.json: no such file or directory)",
     PATIENCE_NONE, true, "may not be executed", "the mode of runsc"},
    /* the bed (sabotage/runsc-missing) */
    {SANDBOX,
     TASK
     "fork/exec /usr/local/bin/runsc: no such file or directory: unable to retrieve OCI runtime error (open "
     "/run/containerd/log.json: no such file or directory)",
     PATIENCE_NONE, true, "is missing on the node", "install runsc"},
    /* the bed (sabotage/shim-missing) */
    {SANDBOX,
     FAILED "failed to start sandbox \"f32b\": failed to create containerd task: failed to start shim: start "
            "failed: "
            "fork/exec /usr/local/bin/containerd-shim-runsc-v1: no such file or directory",
     PATIENCE_NONE, true, "no usable gVisor shim", "install containerd-shim-runsc-v1"},
    /* containerd 2.x: core/runtime/v2/shim_manager.go */
    {SANDBOX,
     FAILED
     "failed to start sandbox \"5f\": failed to create containerd task: failed to start shim: failed to "
     "resolve runtime path: runtime \"io.containerd.runsc.v1\" binary not installed "
     "\"containerd-shim-runsc-v1\": file does not exist",
     PATIENCE_NONE, true, "no usable gVisor shim", "install containerd-shim-runsc-v1"},
    /* containerd 1.x: kontainapp/km#1530, for another shim */
    {SANDBOX,
     FAILED "failed to create containerd task: runtime \"io.containerd.runsc.v1\" binary not installed "
            "\"containerd-shim-runsc-v1\": file does not exist: unknown",
     PATIENCE_NONE, true, "no usable gVisor shim", "install containerd-shim-runsc-v1"},
    /* containerd 2.x: core/runtime/v2/shim_manager.go */
    {SANDBOX,
     FAILED
     "failed to start shim: failed to resolve runtime path: invalid runtime name other, correct runtime name "
     "should be either format like `io.containerd.runc.v2` or a full path to the binary",
     PATIENCE_NONE, true, "lacks the shim", "containerd's PATH"},
    /* containerd 1.x: kata-containers/kata-containers#3456 */
    {SANDBOX, FAILED "failed to create containerd task: failed to create shim: not found", PATIENCE_NONE,
     true, "lacks the shim", "containerd's PATH"},
    /* containerd/containerd#10979 */
    {SANDBOX,
     "Failed to create pod sandbox: rpc error: code = Unimplemented desc = failed to create containerd task: "
     "failed to start "
     "shim: start failed: unsupported shim version (3): not implemented",
     PATIENCE_NONE, true, "do not speak the same version", "about the same age"},
    /* containerd 1.2: google/gvisor#3820 */
    {SANDBOX,
     FAILED "failed to create containerd task: io.containerd.runsc.v1: failed to connect: dial unix: missing "
            "address\n: exit "
            "status 1: unknown",
     PATIENCE_NONE, true, "too old for gVisor's shim", "newer containerd"},
    /* gVisor pkg/shim/v1/manager.go */
    {SANDBOX,
     FAILED
     "failed to start shim: start failed: io.containerd.runsc.v1: failed to set OOM Score on shim: write "
     "/proc/self/oom_score_adj: permission denied",
     PATIENCE_NONE, true, "OOM score", "CAP_SYS_RESOURCE"},
    /* the bed, with a dynamically linked runsc; google/gvisor#10295 */
    {SANDBOX,
     TASK "creating container: cannot create sandbox: cannot read client sync file: waiting for sandbox to "
          "start: EOF: "
          "unknown",
     PATIENCE_NONE, true, "its sandbox ends at once", "dynamically linked"},
    /* google/gvisor#8578 */
    {SANDBOX,
     TASK
     "creating container: cannot create sandbox: cannot create sandbox process: starting sandbox: fork/exec "
     "/proc/self/exe: no space left on device: unknown",
     PATIENCE_NONE, true, "no user namespace left", "user.max_user_namespaces"},
    /* google/gvisor#8567, google/gvisor-containerd-shim#45 */
    {SANDBOX,
     FAILED
     "failed to create containerd task: OCI runtime create failed: creating container: Sandbox: fork/exec "
     "/proc/self/exe: invalid argument: unknown",
     PATIENCE_NONE, true, "refuses runsc a user namespace", "Linux 5.6"},
    /* gVisor runsc/sandbox/sandbox.go, since release-20260831 */
    {SANDBOX,
     TASK "creating container: cannot create sandbox: cannot create sandbox process: sidecar "
          "\"gvisor-sentry\" not usable "
          "(file does not exist) and --sidecar-usage-policy is set to STRICT: unknown",
     PATIENCE_NONE, true, "lacks the programs that belong beside it", "gvisor-bin"},
    /* gVisor runsc/sandbox/sandbox.go */
    {SANDBOX,
     TASK "creating container: cannot create sandbox: cannot create sandbox process: opening device file for "
          "platform "
          "\"kvm\": open /dev/kvm: no such file or directory: unknown",
     PATIENCE_NONE, true, "platform kvm", "systrap"},
    /* Go's flag package in runsc */
    {SANDBOX, TASK "flag provided but not defined: -net-rawer", PATIENCE_NONE, true, "does not know a flag",
     "runsc.toml"},
    /* CRI-O: cri-o/cri-o#2324, google/gvisor#116 */
    {SANDBOX,
     FAILED "container create failed: flag provided but not defined: -systemd-cgroup\nUsage: runsc <flags>",
     PATIENCE_NONE, true, "as if it were runc", "runtime_type"},
    /* google/gvisor#7671 */
    {SANDBOX,
     TASK "creating container: cannot set up cgroup for root: expected cgroupsPath to be of format "
          "\"slice:prefix:name\" for systemd cgroups, got \"/kubepods/besteffort/pod152d\" instead: unknown",
     PATIENCE_NONE, true, "different cgroup drivers", "SystemdCgroup"},
    /* containerd 1.4: google/gvisor#4042 */
    {SANDBOX,
     FAILED "failed to create containerd task: loading cgroup for 8948: unable to find \"systemd\" in "
            "controller set: "
            "unknown",
     PATIENCE_NONE, true, "different cgroup drivers", "cgroupfs"},
    /* CRI-O: second-state/crunw#2 */
    {SANDBOX,
     FAILED
     "cri-o configured with cgroupfs cgroup manager, but received systemd slice as parent: pod_123.slice",
     PATIENCE_NONE, true, "different cgroup drivers", "cgroupfs"},
    /* google/gvisor#8269 */
    {SANDBOX,
     TASK "creating container: write /sys/fs/cgroup/kubepods/besteffort/pod88bc/cgroup.procs: device or "
          "resource busy: "
          "unknown",
     PATIENCE_AGAIN, true, "its cgroup", "SystemdCgroup"},
    /* google/gvisor#8111 */
    {SANDBOX,
     TASK "creating container: cannot set up cgroup for root: configuring cgroup: open /sys/fs/cgroup/x: "
          "permission denied",
     PATIENCE_AGAIN, true, "set up the sandbox's cgroup", "SystemdCgroup"},
    /* gVisor pkg/shim/v1/runsc/container.go */
    {SANDBOX,
     FAILED "failed to create shim task: decode config file \"/etc/containerd/runsc.toml\": open "
            "/etc/containerd/runsc.toml: no such file or directory",
     PATIENCE_NONE, true, "lacks the configuration", "ConfigPath"},
    {SANDBOX,
     FAILED "failed to create shim task: decode config file \"/etc/containerd/gvisor.toml\": toml: line 3: "
            "expected '='",
     PATIENCE_NONE, true, "is not valid", "correct the file"},
    /* gVisor's FAQ */
    {SANDBOX, TASK "SELinux is not supported: system_u:system_r:container_t", PATIENCE_AGAIN, true, "SELinux",
     "enable_selinux"},
    /* google/gvisor#10993, and the bed (sabotage/runsc-fails) */
    {SANDBOX,
     FAILED "failed to create containerd task: failed to create shim task: OCI runtime create failed: runsc "
            "did not terminate "
            "successfully (unable to retrieve OCI runtime error: open "
            "/run/containerd/io.containerd.runtime.v2.task/k8s.io/0c07/"
            "log.json: no such file or directory): unknown",
     PATIENCE_AGAIN, true, "runsc ended", "runsc --version"},
    {SANDBOX,
     TASK "exit status 128: unable to retrieve OCI runtime error (open /run/containerd/log.json: no such "
          "file or directory)",
     PATIENCE_AGAIN, true, "before it could say why", "runsc --version"},
    /* gVisor pkg/shim/v1/runsccmd/runsc.go */
    {SANDBOX, TASK "runsc did not terminate successfully: exit status 128", PATIENCE_AGAIN, true,
     "ended with an error", "runsc's log"},
    /* gVisor's FAQ */
    {SANDBOX,
     TASK
     "connecting to control server at PID 4711: dial unix /run/runsc-1.sock: connect: connection refused",
     PATIENCE_AGAIN, true, "the sandbox ended while runsc talked to it", "runsc's log"},
    /* k3s-io/k3s#1940 */
    {SANDBOX, FAILED "failed to start sandbox container task \"05db\": ttrpc: closed: unknown",
     PATIENCE_AGAIN, true, "the shim ended", "containerd"},
    /* containerd 1.x: google/gvisor#9011 */
    {SANDBOX,
     FAILED "failed to reserve sandbox name \"dmdbms_default_4b\": name \"dmdbms_default_4b\" is reserved "
            "for \"45c8\"",
     PATIENCE_AGAIN, true, "busy with an earlier try", "overloaded"},
    /* CRI-O: cri-o/cri-o#7044, estesp/bucketbench#56 */
    {SANDBOX,
     FAILED "Kubelet may be retrying requests that are timing out in CRI-O due to system load: error "
            "reserving pod name "
            "k8s_pod_ns_1 for id b421: name is reserved",
     PATIENCE_AGAIN, true, "busy with an earlier try", "overloaded"},
    /* the bed; kubernetes/minikube#14958 */
    {SANDBOX,
     FAILED "failed to setup network for sandbox \"47\": plugin type=\"bridge\" name=\"crio\" failed (add): "
            "failed to set "
            "bridge addr: could not add IP address to \"cni0\": permission denied",
     PATIENCE_AGAIN, true, "the pod's network", "CNI"},
    /* kubernetes-sigs/cri-tools#441 */
    {SANDBOX, FAILED "failed to setup network for sandbox \"282a\": cni plugin not initialized",
     PATIENCE_AGAIN, true, "no network plugin", "not gVisor's doing"},
    /* CRI-O: second-state/crunw#2 */
    {SANDBOX,
     FAILED "failed to create pod network sandbox k8s_podsandbox12(79a4): No CNI configuration file in "
            "/etc/cni/net.d/. Has "
            "your network provider started?",
     PATIENCE_AGAIN, true, "no network plugin", "not gVisor's doing"},
    /* CRI-O: containerd/containerd#7689 */
    {SANDBOX,
     FAILED
     "failed to create pod network sandbox k8s_nginx(4338): error adding pod default_nginx to CNI network "
     "\"k8s-pod-network\": pods \"nginx\" not found",
     PATIENCE_AGAIN, true, "the pod's network", "CNI"},
    /* containerd: internal/cri/server/podsandbox/sandbox_run.go */
    {SANDBOX,
     FAILED "failed to get sandbox image \"registry.k8s.io/pause:3.10\": failed to pull image: dial tcp: i/o "
            "timeout",
     PATIENCE_AGAIN, true, "(pause)", "import it"},
    /* cri-o/cri-o#7010, and the bed with a stopped containerd */
    {SANDBOX,
     "Failed to create pod sandbox: rpc error: code = DeadlineExceeded desc = context deadline exceeded",
     PATIENCE_AGAIN, true, "does not answer in time", "overloaded"},
    {SANDBOX, FAILED "something that nobody has seen", PATIENCE_AGAIN, false,
     "cannot create the pod's sandbox", "\"runsc\""},
    /* CRI-O: internal/oci/oci.go */
    {SANDBOX, FAILED "failed to find runtime handler runsc from runtime list map[crun:0xc0]", PATIENCE_NONE,
     true, "(CRI-O)", "crio.runtime.runtimes.runsc"},
    /* dockershim, cri-dockerd */
    {SANDBOX, FAILED "RuntimeHandler \"runsc\" not supported", PATIENCE_NONE, true,
     "does not know this RuntimeClass' handler", "scheduling"},
    /* scheduler: Kubernetes pkg/scheduler/framework/plugins, and the bed */
    {"FailedScheduling",
     "0/1 nodes are available: pod has unbound immediate PersistentVolumeClaims. not found", PATIENCE_VOLUME,
     false, "no node takes the pod", "--storage-class"},
    {"FailedScheduling", "persistentvolumeclaim \"claim-1\" not found", PATIENCE_VOLUME, false,
     "no node takes the pod", "--storage-class"},
    {"FailedScheduling",
     "running PreBind plugin \"VolumeBinding\": binding volumes: context deadline exceeded", PATIENCE_VOLUME,
     false, "no node takes the pod", "--storage-class"},
    {"FailedScheduling",
     "0/1 nodes are available: 1 node(s) didn't find available persistent volumes to bind.", PATIENCE_SHORT,
     false, "no node takes the pod", "makes no volumes"},
    {"FailedScheduling", "0/2 nodes are available: 2 node(s) had volume node affinity conflict.",
     PATIENCE_SHORT, false, "no node takes the pod", "--node"},
    {"FailedScheduling", "0/2 nodes are available: 2 node(s) didn't match PersistentVolume's node affinity.",
     PATIENCE_SHORT, false, "no node takes the pod", "--node"},
    {"FailedScheduling", "0/2 nodes are available: 2 node(s) had no available volume zone.", PATIENCE_SHORT,
     false, "no node takes the pod", "WaitForFirstConsumer"},
    {"FailedScheduling", "0/2 nodes are available: 2 node(s) did not have enough free storage.",
     PATIENCE_SHORT, false, "no node takes the pod", "room"},
    {"FailedScheduling", "0/2 nodes are available: 2 node(s) exceed max volume count.", PATIENCE_SHORT, false,
     "no node takes the pod", "volumes"},
    {"FailedScheduling", "0/1 nodes are available: 1 node(s) had untolerated taint(s).", PATIENCE_SHORT,
     false, "no node takes the pod", "toleration"},
    {"FailedScheduling",
     "0/1 nodes are available: 1 node(s) had untolerated taint {node.kubernetes.io/not-ready: }.",
     PATIENCE_SHORT, false, "no node takes the pod", "not ready"},
    {"FailedScheduling", "0/1 nodes are available: 1 node(s) were unschedulable.", PATIENCE_SHORT, false,
     "no node takes the pod", "uncordon"},
    {"FailedScheduling", "0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector.",
     PATIENCE_SHORT, false, "no node takes the pod", "labels that the RuntimeClass' scheduling selects"},
    {"FailedScheduling", "0/1 nodes are available: 1 Insufficient cpu.", PATIENCE_SHORT, false,
     "no node takes the pod", "room"},
    {"FailedScheduling", "0/1 nodes are available: 1 Too many pods.", PATIENCE_SHORT, false,
     "no node takes the pod", "room"},
    {"FailedScheduling", "something new", PATIENCE_SHORT, false, "no node takes the pod", NULL},
    /* cluster-autoscaler and Karpenter */
    {"TriggeredScaleUp", "pod triggered scale-up: [{aks-gpunp-98036146-vmss 1->2 (max: 2)}]", PATIENCE_ON,
     false, "makes a node for it", "--pod-timeout"},
    {"Nominated", "Pod should schedule on: nodeclaim/default-tn8fg", PATIENCE_ON, false,
     "makes a node for it", "--pod-timeout"},
    {"NotTriggerScaleUp",
     "pod didn't trigger scale-up: 1 node(s) had untolerated taint(s), 3 max node group size reached",
     PATIENCE_SHORT, false, "the cluster makes none for it", "each group of nodes"},
    /* kubelet, attach-detach controller */
    {"FailedMount",
     "MountVolume.SetUp failed for volume \"device-0\" : hostPath type check failed: /dev/kvm is not a "
     "character device",
     PATIENCE_NONE, false, "no such device", "--node"},
    {"FailedMount", "MountVolume.SetUp failed for volume \"v\" : read-only file system", PATIENCE_VOLUME,
     false, "a volume cannot be mounted", NULL},
    {"FailedMount",
     "MountVolume.MountDevice failed for volume \"pvc-1\" : kubernetes.io/csi: attacher.MountDevice failed "
     "to create newCsiDriverClient: "
     "driver name ebs.csi.aws.com not found in the list of registered CSI drivers",
     PATIENCE_VOLUME, false, "does not have the volume's driver", "DaemonSet"},
    {"FailedMount",
     "MountVolume.SetUp failed for volume \"nfs\" : mount failed: exit status 32\nOutput: mount: bad option; "
     "for several "
     "filesystems (e.g. nfs, cifs) you might need a /sbin/mount.<type> helper program.",
     PATIENCE_AGAIN, false, "lacks the program that mounts", "nfs-common"},
    {"FailedMount",
     "MountVolume.SetUp failed for volume \"nfs\" : mount failed: exit status 32\nOutput: mount.nfs: access "
     "denied by server "
     "while mounting 10.0.0.1:/export",
     PATIENCE_AGAIN, false, "does not let the node mount", "export"},
    {"FailedMount",
     "Unable to attach or mount volumes: unmounted volumes=[workspace], unattached volumes=[], failed to "
     "process volumes=[]: "
     "timed out waiting for the condition",
     PATIENCE_VOLUME, false, "not mounted in time", "storage driver"},
    {"FailedAttachVolume",
     "Multi-Attach error for volume \"pvc-1\" Volume is already exclusively attached to one node and can't "
     "be attached to another",
     PATIENCE_ON, false, "still attached to another node", "--pod-timeout"},
    {"FailedAttachVolume",
     "Waiting for detach for volume \"pvc-1\" Volume is already exclusively attached to one node, waiting on "
     "detach before it "
     "can be attached to another node",
     PATIENCE_ON, false, "still attached to another node", "--pod-timeout"},
    {"FailedAttachVolume", "Multi-Attach error for volume \"pvc-1\" Volume is already used by pod(s) other",
     PATIENCE_VOLUME, false, "another pod on another node has the claim's volume", "several nodes"},
    {"FailedAttachVolume",
     "AttachVolume.Attach failed for volume \"pvc-1\" : rpc error: code = Internal desc = Could not attach",
     PATIENCE_VOLUME, false, "cannot be attached", "storage driver"},
    {"NetworkNotReady",
     "network is not ready: container runtime network not ready: NetworkReady=false "
     "reason:NetworkPluginNotReady "
     "message:Network plugin returns error: cni plugin not initialized",
     PATIENCE_AGAIN, false, "no network plugin", "network plugin"},
    {"FailedCreatePodContainer",
     "unable to ensure pod container exists: failed to create container for [kubepods besteffort pod1] : "
     "dbus: connection "
     "closed by user",
     PATIENCE_AGAIN, false, "the pod's cgroup", "kubelet"},
    {"FailedKillPod", "error killing pod", PATIENCE_TOLD, false, "FailedKillPod", NULL},
    /* kubelet, with what containerd says of an image */
    {"Failed",
     "Failed to pull image \"docker.io/library/x:1\": failed to pull and unpack image "
     "\"docker.io/library/x:1\": failed to resolve "
     "reference \"docker.io/library/x:1\": pull access denied, repository does not exist or may require "
     "authorization: server "
     "message: insufficient_scope: authorization failed",
     PATIENCE_NONE, false, "does not have the image, or does not show it", "imagePullSecret"},
    {"Failed",
     "Failed to pull image \"docker.io/library/nginx:nosuch\": rpc error: code = NotFound desc = failed to "
     "pull and unpack image: "
     "failed to resolve reference \"docker.io/library/nginx:nosuch\": docker.io/library/nginx:nosuch: not "
     "found",
     PATIENCE_NONE, false, "does not have the image", "--image"},
    {"Failed", "Error: context deadline exceeded", PATIENCE_AGAIN, false, "does not answer in time",
     "overloaded"},
};

static void events_have_a_cause_and_a_fix(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(events); i++) {
        struct kube_event event = event_of(&events[i]);
        struct diagnosis seen = diagnose_event(&event, 1, "runsc");
        expect(&events[i], &seen);
        assert_non_null(strstr(seen.message, events[i].message));
        diagnosis_release(&seen);
    }
}

static void what_may_pass_counts_when_it_comes_again(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(events); i++) {
        struct kube_event event = event_of(&events[i]);
        struct diagnosis seen = diagnose_event(&event, 2, "runsc");
        if (events[i].patience == PATIENCE_AGAIN)
            assert_int_equal(seen.patience, PATIENCE_NONE);
        else
            assert_int_equal(seen.patience, events[i].patience);
        diagnosis_release(&seen);
    }
}

static void events_that_say_nothing_are_silent(void **state)
{
    (void)state;
    static const char *const reasons[] = {"Unhealthy", "Failed", "BackOff", "DNSConfigForming", "CgroupV1"};
    for (size_t i = 0; i < COUNT(reasons); i++) {
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
    struct kube_event normal = {
        .reason = (char *)"Killing", .message = (char *)"Stopping", .type = (char *)"Normal", .count = 1};
    seen = diagnose_event(&normal, 1, "runsc");
    assert_null(seen.message);
    diagnosis_release(&seen);
}

static void steps_forward_are_known(void **state)
{
    (void)state;
    static const struct {
        const char *reason;
        bool progress;
    } steps[] = {
        {"Scheduled", true}, {"Pulling", true},  {"Pulled", true},          {"SuccessfulAttachVolume", true},
        {"Started", true},   {"BackOff", false}, {"SandboxChanged", false}, {"FailedMount", false},
        {NULL, false}};
    for (size_t i = 0; i < COUNT(steps); i++) {
        struct kube_event event = {.reason = (char *)steps[i].reason};
        assert_int_equal(event_is_progress(&event), steps[i].progress);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(events_have_a_cause_and_a_fix),
        cmocka_unit_test(what_may_pass_counts_when_it_comes_again),
        cmocka_unit_test(events_that_say_nothing_are_silent),
        cmocka_unit_test(steps_forward_are_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
