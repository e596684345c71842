/* SPDX-License-Identifier: Apache-2.0
 *
 * What is known of the cluster's part: admission, the scheduler, volume controllers, nodes that are not
 * ready. Where each message comes from stands in tests/unit/test_diagnosis*.c.
 */
#include <string.h>

#include "known_causes.h"

#define CLAIM_HINT                                                                                           \
    "the claim is not bound: does its StorageClass exist, and does its provisioner run? --storage-class "    \
    "names another"

/* "0/3 nodes are available: 1 node(s) had untolerated taint(s), 2 Insufficient cpu. preemption: ..." */
const struct known known_scheduling[] = {
    {"find available persistent volumes", NULL, NULL,
     "the claim's StorageClass makes no volumes, and none that is there fits: make one, or name another "
     "class with "
     "--storage-class",
     PATIENCE_SHORT},
    {"volume node affinity", NULL, NULL,
     "the claim's volume is bound to another node: name that node with --node, or a StorageClass whose "
     "volumes go "
     "anywhere with --storage-class",
     PATIENCE_SHORT},
    {"PersistentVolume's node affinity", NULL, NULL,
     "the claim's volume is bound to another node: name that node with --node, or a StorageClass whose "
     "volumes go "
     "anywhere with --storage-class",
     PATIENCE_SHORT},
    {"available volume zone", NULL, NULL,
     "the claim's volume is in another zone: name a node of that zone with --node, or a StorageClass with "
     "volumeBindingMode: WaitForFirstConsumer with --storage-class",
     PATIENCE_SHORT},
    {"enough free storage", NULL, NULL,
     "no node has room for the claim's volume: --storage-class names another class", PATIENCE_SHORT},
    {"ersistent", "olume" /* persistentvolumeclaim, PersistentVolumeClaims */, NULL, CLAIM_HINT,
     PATIENCE_VOLUME},
    {"binding volumes", NULL, NULL, CLAIM_HINT, PATIENCE_VOLUME},
    {"storageclass", "not found", NULL, "--storage-class names another; kubectl get storageclass lists them",
     PATIENCE_NONE},
    {"max volume count", NULL, NULL, "the nodes take no more volumes: name another node with --node",
     PATIENCE_SHORT},
    {"node.kubernetes.io/not-ready", NULL, NULL, "the node is not ready: kubectl describe node says why",
     PATIENCE_SHORT},
    {"disk-pressure", NULL, NULL, "the node has no disk space left: make room there", PATIENCE_SHORT},
    {"taint", NULL, NULL, "give the RuntimeClass' scheduling the toleration, or take the taint from the node",
     PATIENCE_SHORT},
    {"unschedulable", NULL, NULL, "uncordon the node, or name another with --node", PATIENCE_SHORT},
    {"node affinity/selector", NULL, NULL,
     "no node has the labels that the RuntimeClass' scheduling selects, or the node of --node is not among "
     "them",
     PATIENCE_SHORT},
    {"nsufficient", NULL, NULL, "no node has room: make room, or name another node with --node",
     PATIENCE_SHORT},
    {"Too many pods", NULL, NULL, "no node has room: make room, or name another node with --node",
     PATIENCE_SHORT},
    {"no nodes available", NULL, NULL, "the cluster has no node that takes pods", PATIENCE_SHORT},
    {0},
};

#define PROVISIONER_HINT                                                                                     \
    "look at the log of the StorageClass' provisioner, or name another class with --storage-class"

/* An external provisioner tries again after a failure, and says so each time; DeadlineExceeded and Aborted
 * mean that the storage is still at work. */
const struct known known_claims[] = {
    {"ProvisioningFailed: storageclass", "not found", "the claim's StorageClass does not exist",
     "--storage-class names another; kubectl get storageclass lists them", PATIENCE_NONE},
    {"ProvisioningFailed:", "no volume plugin matched",
     "nothing in the cluster provisions volumes of the claim's StorageClass",
     "its provisioner is not one of this cluster: name another class with --storage-class", PATIENCE_NONE},
    {"ProvisioningFailed:", "DeadlineExceeded", "the claim's volume is slow to be provisioned",
     PROVISIONER_HINT, PATIENCE_ON},
    {"ProvisioningFailed:", "code = Aborted", "the claim's volume is slow to be provisioned",
     PROVISIONER_HINT, PATIENCE_ON},
    {"ProvisioningFailed:", "InvalidArgument",
     "the claim's StorageClass asks for what its storage does not have",
     "correct the StorageClass' parameters, or name another with --storage-class", PATIENCE_AGAIN},
    {"ProvisioningFailed:", "PermissionDenied", "the provisioner may not make the claim's volume",
     PROVISIONER_HINT, PATIENCE_AGAIN},
    {"ProvisioningFailed:", "not authorized", "the provisioner may not make the claim's volume",
     PROVISIONER_HINT, PATIENCE_AGAIN},
    {"ProvisioningFailed:", NULL, "the claim's volume cannot be provisioned", PROVISIONER_HINT,
     PATIENCE_VOLUME},
    {"Provisioning:", NULL, "the claim's volume is being provisioned", PROVISIONER_HINT, PATIENCE_ON},
    {"ExternalProvisioning:", NULL, "the claim is not bound, and its provisioner does nothing",
     "does the StorageClass' provisioner run? --storage-class names another", PATIENCE_VOLUME},
    {"FailedBinding:", "no storage class is set", "the claim finds no volume",
     "the cluster has no default StorageClass: name one with --storage-class", PATIENCE_NONE},
    {"FailedBinding:", NULL, "the claim finds no volume", "name a StorageClass with --storage-class",
     PATIENCE_VOLUME},
    {0},
};

const struct known known_news[] = {
    {"TriggeredScaleUp:", NULL, "the cluster makes a node for it",
     "a new node takes minutes: raise --pod-timeout", PATIENCE_ON},
    {"Nominated:", NULL, "the cluster makes a node for it", "a new node takes minutes: raise --pod-timeout",
     PATIENCE_ON},
    {"NotTriggerScaleUp:", NULL, "no node takes the pod, and the cluster makes none for it",
     "the message says why for each group of nodes", PATIENCE_SHORT},
    {"VolumePermissionChangeInProgress:", NULL, "the node still gives the volume's files to the pod's user",
     "a volume with many files takes long: raise --pod-timeout", PATIENCE_ON},
    {"NetworkNotReady:", NULL, "the node has no network plugin (CNI) yet",
     "install the cluster's network plugin, or wait until its pod on the node runs: this is not gVisor's "
     "doing",
     PATIENCE_AGAIN},
    {"FailedCreatePodContainer:", NULL, "the node cannot make the pod's cgroup",
     "look at the log of the kubelet on the node: a full disk, too many cgroups, or systemd that does not "
     "answer",
     PATIENCE_AGAIN},
    {0},
};

const struct known known_refusals[] = {
    {"RuntimeClass", "not found", NULL, "create the RuntimeClass, or name the right one with --runtime-class",
     PATIENCE_NONE},
    {"Overhead", NULL, NULL,
     "something in the cluster (a webhook, a policy) gives pods another overhead than the RuntimeClass: "
     "correct it",
     PATIENCE_NONE},
    {"conflict: runtimeClass.scheduling.nodeSelector", NULL, NULL,
     "something in the cluster (a webhook, a policy) gives pods of the namespace another node selector than "
     "the "
     "RuntimeClass: name another namespace with -n",
     PATIENCE_NONE},
    {"error looking up service account", NULL, NULL,
     "the namespace has no service account \"default\": does the controller manager run?", PATIENCE_NONE},
    {"because it is being terminated", NULL, NULL,
     "the namespace is being deleted: wait until it is gone, or name another with -n", PATIENCE_NONE},
    {"must specify", "quota", NULL,
     "the namespace's quota wants requests and limits in each pod: give it a LimitRange with defaults, or "
     "name another "
     "namespace with -n",
     PATIENCE_NONE},
    {"usage per", NULL, NULL, "the namespace's LimitRange forbids it: name another namespace with -n",
     PATIENCE_NONE},
    {"failed calling webhook", NULL, NULL,
     "an admission webhook of the cluster does not answer: look at its pods (kubectl get "
     "validatingwebhookconfigurations,mutatingwebhookconfigurations)",
     PATIENCE_NONE},
    {"denied the request", NULL, NULL,
     "a policy of the cluster forbids such pods: ask for an exception for this namespace, or name another "
     "with -n",
     PATIENCE_NONE},
    {"denied request", NULL, NULL,
     "a policy of the cluster forbids such pods: ask for an exception for this namespace, or name another "
     "with -n",
     PATIENCE_NONE},
    {0},
};

const struct known known_not_ready[] = {
    {"NodeStatusUnknown", NULL,
     "its kubelet reports no more: the machine is off or cut off, or its kubelet has ended", NULL,
     PATIENCE_NONE},
    {"NodeStatusNeverUpdated", NULL, "its kubelet has never reported", NULL, PATIENCE_NONE},
    {"network not ready", NULL, "it has no network plugin (CNI) yet", NULL, PATIENCE_NONE},
    {"container runtime is down", NULL, "its container runtime has ended", NULL, PATIENCE_NONE},
    {"PLEG is not healthy", NULL, "its container runtime is too slow or hangs", NULL, PATIENCE_NONE},
    {"may not have completed yet", NULL, "its kubelet has only just started", NULL, PATIENCE_NONE},
    {"node is shutting down", NULL, "it is being shut down", NULL, PATIENCE_NONE},
    {0},
};

static bool row_fits(const struct known *row, const char *text)
{
    return strstr(text, row->part) && (!row->other || strstr(text, row->other));
}

const struct known *known_find(const struct known *table, const char *text)
{
    for (const struct known *row = table; text && row->part; row++)
        if (row_fits(row, text))
            return row;
    return NULL;
}

const struct known *known_find_reason(const struct known *table, const char *text)
{
    for (const struct known *row = table; row->part; row++)
        if (text_starts_with(text, row->part) && row_fits(row, text))
            return row;
    return NULL;
}
