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
    const char *part; /* of the message */
    const char *cause;
    const char *hint;
};

/* FailedCreatePodSandBox: the node cannot start the sandbox, and trying again will not help. */
static const struct known sandbox_causes[] = {
    {"no runtime for", "the node's container runtime has no handler for this RuntimeClass",
     "install runsc on the node and add the runtime to the main containerd configuration (containerd 2: "
     "[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runsc], containerd 1: "
     "[plugins.'io.containerd.grpc.v1.cri'.containerd.runtimes.runsc]; a drop-in file counts only when it is "
     "imported), then restart containerd"},
    {"failed to find runtime handler",
     "the node's container runtime (CRI-O) has no handler for this RuntimeClass",
     "add [crio.runtime.runtimes.runsc] to the CRI-O configuration on the node and restart it"},
    {"RuntimeHandler", "the node's container runtime does not know this RuntimeClass' handler",
     "configure the handler on the node, or keep the pods away from it by the RuntimeClass' scheduling"},
    {"exec format error", "a gVisor binary on the node is not executable for this machine",
     "look at runsc and containerd-shim-runsc-v1 on the node: a failed download or another architecture"},
    {"containerd-shim-runsc-v1", "the node has no usable gVisor shim",
     "install containerd-shim-runsc-v1 beside runsc, in a folder of containerd's PATH"},
    {"cannot read client sync file", "runsc starts and its sandbox ends at once",
     "look at runsc's log on the node; a dynamically linked runsc cannot start in its chroot"},
    {"executable file not found", "a binary of the container runtime is missing on the node",
     "install runsc and containerd-shim-runsc-v1 on the node"},
    {"no such file or directory", "a file of the container runtime is missing on the node",
     "install runsc and containerd-shim-runsc-v1 on the node"},
    {"permission denied", "a binary of the container runtime on the node may not be executed",
     "look at the mode of runsc and containerd-shim-runsc-v1 on the node"},
};

/* What a container waits for, and will not get. */
static const struct known waiting_causes[] = {
    {"ErrImageNeverPull", "the image is not on the node and may not be pulled",
     "import it on the node, or name another with --image"},
    {"InvalidImageName", "the image's name is not valid", "correct --image"},
    {"ImagePullBackOff", "the image cannot be pulled",
     "build it from cases/toolbox, push it to a registry that the nodes reach, and name it with --image"},
    {"ErrImagePull", "the image cannot be pulled",
     "build it from cases/toolbox, push it to a registry that the nodes reach, and name it with --image"},
    {"CreateContainerConfigError", "the container's configuration cannot be met", NULL},
    {"CreateContainerError", "the container cannot be created", NULL},
    {"RunContainerError", "the container cannot be started", NULL},
    {"CrashLoopBackOff", "the container ends again and again", NULL},
};

static const struct known *find(const struct known *table, size_t count, const char *text)
{
    for (size_t i = 0; text && i < count; i++)
        if (strstr(text, table[i].part))
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
    if (known) {
        struct diagnosis diagnosis = make(true, known->cause, message, known->hint);
        diagnosis.of_node = true;
        return diagnosis;
    }
    cleanup_free char *hint =
        xasprintf("the node cannot start a sandbox for handler \"%s\": look at the logs of kubelet and "
                  "containerd on the node",
                  handler);
    return make(repeats >= SANDBOX_REPEATS, "the node cannot create the pod's sandbox", message, hint);
}

static const char *scheduling_hint(const char *message)
{
    if (strstr(message, "PersistentVolumeClaim") || strstr(message, "persistentvolumeclaim"))
        return "the claim is not bound: does its StorageClass exist, and does its provisioner run? "
               "--storage-class names "
               "another";
    if (strstr(message, "taint"))
        return "give the RuntimeClass' scheduling the toleration, or take the taint from the node";
    if (strstr(message, "nsufficient"))
        return "no node has room: make room, or name another node with --node";
    return NULL;
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

static struct diagnosis diagnose_ended(const struct kube_pod *pod)
{
    const char *reason = pod->reason              ? pod->reason
                         : pod->terminated_reason ? pod->terminated_reason
                                                  : "ended";
    const char *message = pod->message ? pod->message : pod->terminated_message;
    cleanup_free char *words = xasprintf("%s%s%s", reason, message ? ": " : "", message ? message : "");
    cleanup_free char *cause = xasprintf("its container ended with exit code %d", pod->exit_code);
    return make(true, cause, words, "look at its log with kubectl logs (run again with --keep)");
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
