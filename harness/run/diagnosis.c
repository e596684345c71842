/* SPDX-License-Identifier: Apache-2.0
 *
 * Why a pod does not start: the messages of kubelet, scheduler and container runtimes, each with its cause
 * and its fix.
 */
#include <string.h>

#include "gvisor-smoke/cleanup.h"
#include "run_private.h"

/* How often a sandbox must fail in the same way before a message that is in no table counts as the cause. */
#define SANDBOX_REPEATS 2

struct known {
    const char *part;  /* of the message */
    const char *other; /* part of it too, or NULL */
    const char *cause;
    const char *hint;
    bool may_pass; /* counts only when it comes again */
};

#define LOOK_AT_RUNSC                                                                                        \
    "look at runsc's log on the node, and run \"runsc --version\" and \"runsc do true\" there"

/* FailedCreatePodSandBox: the node cannot start the sandbox. The first row that matches counts, so what is
 * certain stands before what a runtime adds to many messages ("unable to retrieve OCI runtime error (open
 * .../log.json: no such file or directory)"). */
static const struct known sandbox_causes[] = {
    {"no runtime for", NULL, "the node's container runtime has no handler for this RuntimeClass",
     "install runsc on the node and add the runtime to the main containerd configuration (containerd 2: "
     "[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runsc], containerd 1: "
     "[plugins.'io.containerd.grpc.v1.cri'.containerd.runtimes.runsc]; a drop-in file counts only when it is "
     "imported), then restart containerd",
     false},
    {"failed to find runtime handler", NULL,
     "the node's container runtime (CRI-O) has no handler for this RuntimeClass",
     "add [crio.runtime.runtimes.runsc] to the CRI-O configuration on the node and restart it", false},
    {"RuntimeHandler", "not supported",
     "the node's container runtime does not know this RuntimeClass' handler",
     "configure the handler on the node, or keep the pods away from it by the RuntimeClass' scheduling",
     false},
    {"exec format error", NULL, "a gVisor binary on the node is not executable for this machine",
     "look at runsc and containerd-shim-runsc-v1 on the node: a failed download or another architecture",
     false},
    {"fork/exec", ": permission denied", "a binary of the container runtime on the node may not be executed",
     "look at the mode of runsc and containerd-shim-runsc-v1 on the node, and at mounts with noexec", false},
    {"failed to set OOM Score on shim", NULL, "gVisor's shim may not set its OOM score",
     "containerd on the node lacks CAP_SYS_RESOURCE: does it run in a container without it?", false},
    {"containerd-shim-runsc-v1", NULL, "the node has no usable gVisor shim",
     "install containerd-shim-runsc-v1 beside runsc, in a folder of containerd's PATH", false},
    {"failed to resolve runtime path", NULL, "the node lacks the shim that the handler names",
     "install the shim (containerd-shim-runsc-v1 for io.containerd.runsc.v1) in a folder of containerd's "
     "PATH",
     false},
    {"/dev/kvm", NULL, "runsc is set to the platform kvm, and cannot use the node's /dev/kvm",
     "set platform = \"systrap\" in the node's runsc.toml, or choose a node with KVM", false},
    {"flag provided but not defined", NULL, "runsc on the node does not know a flag that it is given",
     "correct [runsc_config] in the node's runsc.toml, or install the release that has the flag", false},
    {"cannot read client sync file", NULL, "runsc starts and its sandbox ends at once",
     LOOK_AT_RUNSC "; a dynamically linked runsc cannot start in its chroot", false},
    {"executable file not found", NULL, "a binary of the container runtime is missing on the node",
     "install runsc and containerd-shim-runsc-v1 on the node", false},
    {"fork/exec", ": no such file or directory", "a file of the container runtime is missing on the node",
     "install runsc and containerd-shim-runsc-v1 on the node", false},
    {"runsc.toml", ": no such file or directory", "the node lacks the configuration that its handler names",
     "write the file that ConfigPath names in the containerd configuration, or take ConfigPath out", false},
    {"get sandbox image", NULL, "the node cannot get the image of the sandbox (pause)",
     "import it on the node, or name one that it reaches in the configuration of its container runtime",
     true},
    {"setup network for sandbox", NULL, "the node cannot set up the pod's network",
     "look at the CNI plugin and its configuration on the node: this is not gVisor's doing", true},
    {"SELinux", NULL, "the sandbox is to have an SELinux label, which gVisor does not support",
     "set enable_selinux = false in the node's containerd configuration, or take seLinuxOptions away", true},
    {"unable to retrieve OCI runtime error", NULL, "runsc ended before it could say why", LOOK_AT_RUNSC,
     true},
    {"did not terminate successfully", NULL, "runsc ended with an error", LOOK_AT_RUNSC, true},
    {"eadline", "xceeded", "the node's container runtime does not answer in time",
     "the node is overloaded, or its containerd hangs: look at its log", true},
};

#define PULL_HINT                                                                                            \
    "build it from cases/toolbox, push it to a registry that the nodes reach, and name it with --image"

/* What a container waits for, and will not get. */
static const struct known waiting_causes[] = {
    {"ErrImageNeverPull", NULL, "the image is not on the node and may not be pulled",
     "import it on the node, or name another with --image", false},
    {"InvalidImageName", NULL, "the image's name is not valid", "correct --image", false},
    {"ImagePullBackOff", NULL, "the image cannot be pulled", PULL_HINT, false},
    {"ErrImagePull", NULL, "the image cannot be pulled", PULL_HINT, false},
    {"ImageInspectError", NULL, "the image on the node cannot be read",
     "remove it from the node and import it again", false},
    {"CreateContainerConfigError", NULL, "the container's configuration cannot be met", NULL, false},
    {"CreateContainerError", NULL, "the container cannot be created", NULL, false},
    {"RunContainerError", NULL, "the container cannot be started",
     "the image must have a POSIX shell at sh, and fit the machine's architecture", false},
    {"StartError", NULL, "the container cannot be started",
     "the image must have a POSIX shell at sh, and fit the machine's architecture", false},
    {"CrashLoopBackOff", NULL, "the container ends again and again", NULL, false},
};

static const struct known *find(const struct known *table, size_t count, const char *text)
{
    for (size_t i = 0; text && i < count; i++)
        if (strstr(text, table[i].part) && (!table[i].other || strstr(text, table[i].other)))
            return &table[i];
    return NULL;
}

static struct diagnosis make(bool definite, const char *cause, const char *words, const char *hint)
{
    return (struct diagnosis){
        .definite = definite,
        .message = cause ? xasprintf("%s: %s", cause, words) : xstrdup(words),
        .hint = xstrdup(hint),
    };
}

static struct diagnosis diagnose_sandbox(const char *message, unsigned repeats, const char *handler)
{
    const struct known *known = find(sandbox_causes, sizeof sandbox_causes / sizeof *sandbox_causes, message);
    bool again = repeats >= SANDBOX_REPEATS;
    if (known) {
        struct diagnosis diagnosis = make(again || !known->may_pass, known->cause, message, known->hint);
        diagnosis.of_node = true;
        return diagnosis;
    }
    cleanup_free char *hint =
        xasprintf("the node cannot start a sandbox for handler \"%s\": look at the logs of kubelet and "
                  "containerd on the node",
                  handler);
    return make(again, "the node cannot create the pod's sandbox", message, hint);
}

/* What the scheduler says: "0/3 nodes are available: 1 node(s) had untolerated taint(s), 2 Insufficient cpu.
 * ..." */
static const struct known scheduling_causes[] = {
    {"ersistent", "olume" /* persistentvolumeclaim, PersistentVolumeClaims */, NULL,
     "the claim is not bound: does its StorageClass exist, and does its provisioner run? --storage-class "
     "names another",
     false},
    {"volume node affinity", NULL, NULL,
     "the claim's volume is bound to another node: name that node with --node, or a StorageClass whose "
     "volumes go "
     "anywhere with --storage-class",
     false},
    {"taint", NULL, NULL, "give the RuntimeClass' scheduling the toleration, or take the taint from the node",
     false},
    {"unschedulable", NULL, NULL, "uncordon the node, or name another with --node", false},
    {"node affinity/selector", NULL, NULL,
     "no node has the labels that the RuntimeClass' scheduling selects, or the node of --node is not among "
     "them",
     false},
    {"nsufficient", NULL, NULL, "no node has room: make room, or name another node with --node", false},
    {"Too many pods", NULL, NULL, "no node has room: make room, or name another node with --node", false},
};

static const char *scheduling_hint(const char *message)
{
    const struct known *known =
        find(scheduling_causes, sizeof scheduling_causes / sizeof *scheduling_causes, message);
    return known ? known->hint : NULL;
}

struct diagnosis diagnose_event(const struct kube_event *event, unsigned repeats, const char *handler)
{
    const char *reason = event->reason ? event->reason : "";
    const char *message = event->message ? event->message : "";
    if (strcmp(reason, "FailedCreatePodSandBox") == 0)
        return diagnose_sandbox(message, repeats, handler);
    if (strcmp(reason, "FailedScheduling") == 0)
        return make(false, "no node takes the pod", message, scheduling_hint(message));
    if (strcmp(reason, "FailedMount") == 0 && strstr(message, "hostPath type check failed"))
        return make(true, "the node has no such device", message,
                    "choose a node that has it with --node, or leave the case out");
    if (strcmp(reason, "FailedMount") == 0 || strcmp(reason, "FailedAttachVolume") == 0)
        return make(false, "a volume cannot be mounted", message, NULL);
    if (event->type && strcmp(event->type, "Warning") == 0 && strcmp(reason, "Unhealthy") != 0 &&
        strcmp(reason, "Failed") != 0 && strcmp(reason, "BackOff") != 0)
        return make(false, reason, message, NULL);
    return (struct diagnosis){0};
}

struct diagnosis diagnose_claim(const struct kube_event *event)
{
    const char *reason = event->reason ? event->reason : "";
    const char *message = event->message ? event->message : "";
    if (strcmp(reason, "ProvisioningFailed") == 0 && strstr(message, "storageclass") &&
        strstr(message, "not found"))
        return make(true, "the claim's StorageClass does not exist", message,
                    "--storage-class names another; kubectl get storageclass lists them");
    if (strcmp(reason, "ProvisioningFailed") == 0)
        return make(false, "the claim's volume cannot be provisioned", message,
                    "look at the StorageClass' provisioner, or name another with --storage-class");
    if (strcmp(reason, "ExternalProvisioning") == 0)
        return make(false, "the claim is not bound, and its provisioner does nothing", message,
                    "does the StorageClass' provisioner run? --storage-class names another");
    if (strcmp(reason, "FailedBinding") == 0)
        return make(false, "the claim finds no volume", message,
                    "the cluster has no default StorageClass: name one with --storage-class");
    return (struct diagnosis){0};
}

/* The pod itself was ended, not its container alone: refused by the kubelet or evicted. */
static struct diagnosis diagnose_refused(const struct kube_pod *pod)
{
    const char *message = pod->message ? pod->message : "";
    cleanup_free char *words = xasprintf("%s%s%s", pod->reason, *message ? ": " : "", message);
    if (strcmp(pod->reason, "Evicted") == 0)
        return make(true, "the node evicted it", words,
                    "the node lacks disk or memory: name another with --node");
    return make(true, "the node ended it", words, "look at it with kubectl describe (run again with --keep)");
}

static struct diagnosis diagnose_ended(const struct kube_pod *pod)
{
    if (pod->reason && !pod->terminated_reason)
        return diagnose_refused(pod);
    const char *reason = pod->reason              ? pod->reason
                         : pod->terminated_reason ? pod->terminated_reason
                                                  : "ended";
    const char *message = pod->message ? pod->message : pod->terminated_message;
    cleanup_free char *words = xasprintf("%s%s%s", reason, message ? ": " : "", message ? message : "");
    cleanup_free char *cause = xasprintf("its container ended with exit code %d", pod->exit_code);
    const struct known *known = find(waiting_causes, sizeof waiting_causes / sizeof *waiting_causes, reason);
    return make(true, known ? known->cause : cause, words,
                known && known->hint ? known->hint
                                     : "look at its log with kubectl logs (run again with --keep)");
}

struct diagnosis diagnose_pod(const struct kube_pod *pod)
{
    if (pod->terminated_reason || (pod->phase && strcmp(pod->phase, "Failed") == 0))
        return diagnose_ended(pod);
    const struct known *known =
        find(waiting_causes, sizeof waiting_causes / sizeof *waiting_causes, pod->waiting_reason);
    if (known)
        return make(true, known->cause, pod->waiting_message ? pod->waiting_message : pod->waiting_reason,
                    known->hint);
    if (pod->unscheduled_reason)
        return make(false, "no node takes the pod", pod->unscheduled_reason,
                    scheduling_hint(pod->unscheduled_reason));
    return (struct diagnosis){0};
}

void diagnosis_release(struct diagnosis *diagnosis)
{
    free(diagnosis->message);
    free(diagnosis->hint);
}
