/* SPDX-License-Identifier: Apache-2.0
 *
 * What is known of the node's part: the sandbox, the image, the container, the volume. Where each message
 * comes from stands in tests/unit/test_diagnosis*.c.
 */
#include <stddef.h>

#include "known_causes.h"

#define LOOK_AT_RUNSC                                                                                        \
    "look at runsc's log on the node, and run \"runsc --version\" and \"runsc do true\" there"

#define CGROUP_DRIVER                                                                                        \
    "kubelet, containerd and runsc must have the same cgroup driver: with systemd, SystemdCgroup = true in " \
    "containerd's runtime options and systemd-cgroup = \"true\" in [runsc_config] of the node's "            \
    "runsc.toml; with "                                                                                      \
    "cgroupfs, neither"

#define USER_NAMESPACES                                                                                      \
    "runsc needs user namespaces and Linux 5.6 or newer: raise the sysctl user.max_user_namespaces on the "  \
    "node"

const struct known known_sandbox[] = {
    {"no runtime for", NULL, "the node's container runtime has no handler for this RuntimeClass",
     "install runsc on the node and add the runtime to the main containerd configuration (containerd 2: "
     "[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runsc], containerd 1: "
     "[plugins.'io.containerd.grpc.v1.cri'.containerd.runtimes.runsc]; a drop-in file counts only when it is "
     "imported), then restart containerd",
     PATIENCE_NONE},
    {"failed to find runtime handler", NULL,
     "the node's container runtime (CRI-O) has no handler for this RuntimeClass",
     "add [crio.runtime.runtimes.runsc] to the CRI-O configuration on the node and restart it; CRI-O leaves "
     "out a "
     "handler whose runtime_path it does not like, and says so in its log",
     PATIENCE_NONE},
    {"RuntimeHandler", "not supported",
     "the node's container runtime does not know this RuntimeClass' handler",
     "configure the handler on the node, or keep the pods away from it by the RuntimeClass' scheduling",
     PATIENCE_NONE},
    {"fork/exec /proc/self/exe", "no space left on device", "the node has no user namespace left for runsc",
     USER_NAMESPACES, PATIENCE_NONE},
    {"fork/exec /proc/self/exe", "invalid argument", "the node's kernel refuses runsc a user namespace",
     USER_NAMESPACES, PATIENCE_NONE},
    {"exec format error", NULL, "a gVisor binary on the node is not executable for this machine",
     "look at runsc and containerd-shim-runsc-v1 on the node: a failed download or another architecture "
     "(since "
     "September 2026 gVisor is published as one archive, and the addresses of the single files answer with "
     "an "
     "error page)",
     PATIENCE_NONE},
    {"fork/exec", ": permission denied", "a binary of the container runtime on the node may not be executed",
     "look at the mode of runsc and containerd-shim-runsc-v1 on the node, and at mounts with noexec",
     PATIENCE_NONE},
    {"sidecar ", "not usable", "runsc on the node lacks the programs that belong beside it",
     "install the whole gVisor archive on the node, with its folder gvisor-bin beside runsc", PATIENCE_NONE},
    {"failed to set OOM Score on shim", NULL, "gVisor's shim may not set its OOM score",
     "containerd on the node lacks CAP_SYS_RESOURCE: does it run in a container without it?", PATIENCE_NONE},
    {"unsupported shim version", NULL,
     "the node's containerd and gVisor's shim do not speak the same version",
     "install containerd-shim-runsc-v1 and containerd of about the same age on the node, and restart "
     "containerd",
     PATIENCE_NONE},
    {"failed to connect: dial unix: missing address", NULL,
     "the node's containerd is too old for gVisor's shim",
     "install a newer containerd on the node, or the shim that its version is made for", PATIENCE_NONE},
    {"containerd-shim-runsc-v1", NULL, "the node has no usable gVisor shim",
     "install containerd-shim-runsc-v1 beside runsc, in a folder of containerd's PATH", PATIENCE_NONE},
    {"failed to resolve runtime path", NULL, "the node lacks the shim that the handler names",
     "install the shim (containerd-shim-runsc-v1 for io.containerd.runsc.v1) in a folder of containerd's "
     "PATH",
     PATIENCE_NONE},
    {"failed to create shim: not found", NULL, "the node lacks the shim that the handler names",
     "install the shim (containerd-shim-runsc-v1 for io.containerd.runsc.v1) in a folder of containerd's "
     "PATH",
     PATIENCE_NONE},
    {"/dev/kvm", NULL, "runsc is set to the platform kvm, and cannot use the node's /dev/kvm",
     "set platform = \"systrap\" in the node's runsc.toml, or choose a node with KVM", PATIENCE_NONE},
    {"flag provided but not defined: -systemd-cgroup", NULL,
     "the node's container runtime runs runsc as if it were runc",
     "CRI-O: give the handler runtime_type = \"vm\" and gVisor's shim as its runtime_path, as gvisor.dev's "
     "page on CRI-O "
     "says; a runsc of before 2022 does not know systemd's cgroups at all",
     PATIENCE_NONE},
    {"flag provided but not defined", NULL, "runsc on the node does not know a flag that it is given",
     "correct [runsc_config] in the node's runsc.toml, or install the release that has the flag",
     PATIENCE_NONE},
    {"expected cgroupsPath to be of format", NULL,
     "runsc and the node's container runtime use different cgroup drivers", CGROUP_DRIVER, PATIENCE_NONE},
    {"in controller set", "loading cgroup",
     "runsc and the node's container runtime use different cgroup drivers", CGROUP_DRIVER, PATIENCE_NONE},
    {"but received", "cgroup manager",
     "kubelet and the node's container runtime use different cgroup drivers", CGROUP_DRIVER, PATIENCE_NONE},
    {"cgroup", "device or resource busy", "runsc cannot put the sandbox into its cgroup", CGROUP_DRIVER,
     PATIENCE_AGAIN},
    {"cannot set up cgroup for root", NULL, "runsc cannot set up the sandbox's cgroup", CGROUP_DRIVER,
     PATIENCE_AGAIN},
    {"cannot read client sync file", NULL, "runsc starts and its sandbox ends at once",
     LOOK_AT_RUNSC "; a dynamically linked runsc cannot start in its chroot", PATIENCE_NONE},
    {"executable file not found", NULL, "a binary of the container runtime is missing on the node",
     "install runsc and containerd-shim-runsc-v1 on the node", PATIENCE_NONE},
    {"fork/exec", ": no such file or directory", "a file of the container runtime is missing on the node",
     "install runsc and containerd-shim-runsc-v1 on the node", PATIENCE_NONE},
    {"runsc.toml", ": no such file or directory", "the node lacks the configuration that its handler names",
     "write the file that ConfigPath names in the containerd configuration, or take ConfigPath out",
     PATIENCE_NONE},
    {"decode config file", NULL, "the node's runsc.toml is not valid",
     "correct the file that the message names", PATIENCE_NONE},
    {"get sandbox image", NULL, "the node cannot get the image of the sandbox (pause)",
     "import it on the node, or name one that it reaches in the configuration of its container runtime",
     PATIENCE_AGAIN},
    {"No CNI configuration file", NULL, "the node has no network plugin (CNI) yet",
     "install the cluster's network plugin, or wait until its pod on the node runs: this is not gVisor's "
     "doing",
     PATIENCE_AGAIN},
    {"cni plugin not initialized", NULL, "the node has no network plugin (CNI) yet",
     "install the cluster's network plugin, or wait until its pod on the node runs: this is not gVisor's "
     "doing",
     PATIENCE_AGAIN},
    {"setup network for sandbox", NULL, "the node cannot set up the pod's network",
     "look at the CNI plugin and its configuration on the node: this is not gVisor's doing", PATIENCE_AGAIN},
    {"failed to create pod network sandbox", NULL, "the node cannot set up the pod's network",
     "look at the CNI plugin and its configuration on the node: this is not gVisor's doing", PATIENCE_AGAIN},
    {"SELinux", NULL, "the sandbox is to have an SELinux label, which gVisor does not support",
     "set enable_selinux = false in the node's containerd configuration, or take seLinuxOptions away",
     PATIENCE_AGAIN},
    {"no space left on device", NULL, "the node's disk is full, or one of its kernel's limits is reached",
     "make room on the node (df -h, df -i), or name another with --node", PATIENCE_AGAIN},
    {"is reserved", "name", "the node's container runtime is still busy with an earlier try",
     "the node is overloaded, or its container runtime or runsc hangs: look at their logs; restarting the "
     "container "
     "runtime frees the name",
     PATIENCE_AGAIN},
    {"ttrpc: closed", NULL, "the shim ended while it started the sandbox",
     "look at the logs of containerd and of the shim on the node", PATIENCE_AGAIN},
    {"connect: connection refused", "dial unix", "the sandbox ended while runsc talked to it", LOOK_AT_RUNSC,
     PATIENCE_AGAIN},
    {"unable to retrieve OCI runtime error", NULL, "runsc ended before it could say why", LOOK_AT_RUNSC,
     PATIENCE_AGAIN},
    {"did not terminate successfully", NULL, "runsc ended with an error", LOOK_AT_RUNSC, PATIENCE_AGAIN},
    {"eadline", "xceeded", "the node's container runtime does not answer in time",
     "the node is overloaded, or its container runtime hangs: look at its log", PATIENCE_AGAIN},
    {0},
};

#define PULL_HINT                                                                                            \
    "build it from cases/toolbox, push it to a registry that the nodes reach, and name it with --image"
#define NO_REGISTRY                                                                                          \
    "look at the node's network, DNS and proxy, or push the image to a registry that it reaches"

const struct known known_pulls[] = {
    {"https://localhost", NULL, "the image is not on the node, and there is no registry at \"localhost\"",
     "import it on the node, or push it to a registry and name it with --image", PATIENCE_NONE},
    {"no match for platform", NULL, "the image is not made for the node's architecture",
     "push an image of this architecture too, or choose another node with --node", PATIENCE_NONE},
    {"no image found in", "for architecture", "the image is not made for the node's architecture",
     "push an image of this architecture too, or choose another node with --node", PATIENCE_NONE},
    {"short-name", NULL, "the node's container runtime (CRI-O) takes no image name without a registry",
     "name the image with its registry in --image", PATIENCE_NONE},
    {"toomanyrequests", NULL, "the registry takes no more pulls from here for now",
     "wait, log in (a pull secret of the namespace's service account \"default\"), or use a mirror",
     PATIENCE_AGAIN},
    {"Too Many Requests", NULL, "the registry takes no more pulls from here for now",
     "wait, log in (a pull secret of the namespace's service account \"default\"), or use a mirror",
     PATIENCE_AGAIN},
    {"x509:", NULL, "the node does not trust the registry's certificate",
     "give the node's container runtime the registry's authority (containerd: hosts.toml in certs.d)",
     PATIENCE_NONE},
    {"server gave HTTP response to HTTPS client", NULL,
     "the registry speaks http, and the node asks with https",
     "configure the registry on the node as an http one (containerd: hosts.toml in certs.d), or give it TLS",
     PATIENCE_NONE},
    {"ignatureValidationFailed", NULL, "the image's signature does not satisfy the node's policy",
     "sign the image, or take an image that the policy admits", PATIENCE_NONE},
    {"insufficient_scope", NULL, "the registry does not have the image, or does not show it without a log-in",
     "correct --image, or give the namespace's service account \"default\" an imagePullSecret for the "
     "registry",
     PATIENCE_NONE},
    {"unauthorized", NULL, "the registry does not accept the node's credentials",
     "name a secret that can log in with --pull-secret, or make it an imagePullSecret of the namespace's "
     "\"default\" service account",
     PATIENCE_NONE},
    {"401 Unauthorized", NULL, "the registry does not accept the node's credentials",
     "name a secret that can log in with --pull-secret, or make it an imagePullSecret of the namespace's "
     "\"default\" service account",
     PATIENCE_NONE},
    {"403 Forbidden", NULL, "the registry does not let the node have the image",
     "give the node's account, or the namespace's service account \"default\", the right to pull it",
     PATIENCE_NONE},
    {"access to the resource is denied", NULL, "the registry does not let the node have the image",
     "name a secret that can log in with --pull-secret, or make it an imagePullSecret of the namespace's "
     "\"default\" service account, or correct "
     "--image",
     PATIENCE_NONE},
    {"manifest unknown", NULL, "the registry does not have the image", PULL_HINT, PATIENCE_NONE},
    {"no such host", NULL, "the node does not find the registry's name", NO_REGISTRY, PATIENCE_AGAIN},
    {": not found", NULL, "the registry does not have the image", PULL_HINT, PATIENCE_NONE},
    {"no space left on device", NULL, "the node has no room for the image",
     "make room on the node, or name another with --node", PATIENCE_AGAIN},
    {"dial tcp", NULL, "the node does not reach the registry", NO_REGISTRY, PATIENCE_AGAIN},
    {"timeout", NULL, "the registry does not answer the node in time", NO_REGISTRY, PATIENCE_AGAIN},
    {"egistryUnavailable", NULL, "the node does not reach the registry", NO_REGISTRY, PATIENCE_AGAIN},
    {"", NULL, "the image cannot be pulled", PULL_HINT, PATIENCE_AGAIN},
    {0},
};

/* Reasons with which the kubelet ends the pod itself. */
const struct known known_ended[] = {
    {"Evicted", NULL, "the node evicted it", "the node lacks disk or memory: name another with --node",
     PATIENCE_NONE},
    {"OutOf", NULL, "the node has no room for it",
     "other pods were placed there at the same time: name another node with --node, or make room",
     PATIENCE_NONE},
    {"NodeAffinity", NULL, "the node does not take it any more",
     "its labels have changed: name another with --node", PATIENCE_NONE},
    {"Shutdown", NULL, "the node is being shut down", "name another with --node", PATIENCE_NONE},
    {"Terminated", NULL, "the node is being shut down", "name another with --node", PATIENCE_NONE},
    {"Preempt", NULL, "a more important pod took its place", "name another node with --node, or make room",
     PATIENCE_NONE},
    {"AttachmentLimit", NULL, "the node takes no more volumes", "name another with --node", PATIENCE_NONE},
    {"DeadlineExceeded", NULL, "it lived longer than it may", "raise --timeout", PATIENCE_NONE},
    {"", NULL, "the node ended it", "look at it with kubectl describe (run again with --keep)",
     PATIENCE_NONE},
    {0},
};

#define NEEDS_SHELL "the image must have a POSIX shell at sh, and fit the machine's architecture"

const struct known known_waiting[] = {
    {"ErrImageNeverPull", NULL, "the image is not on the node and may not be pulled",
     "import it on the node, or name another with --image", PATIENCE_NONE},
    {"InvalidImageName", NULL, "the image's name is not valid", "correct --image", PATIENCE_NONE},
    {"ImageInspectError", NULL, "the image on the node cannot be read",
     "remove it from the node and import it again", PATIENCE_NONE},
    {"CreateContainerConfigError", NULL, "the container's configuration cannot be met", NULL, PATIENCE_NONE},
    {"CreateContainerError", NULL, "the container cannot be created", NULL, PATIENCE_NONE},
    {"RunContainerError", NULL, "the container cannot be started", NEEDS_SHELL, PATIENCE_NONE},
    {"StartError", NULL, "the container cannot be started", NEEDS_SHELL, PATIENCE_NONE},
    {"ContainerCannotRun", NULL, "the container cannot be started", NEEDS_SHELL, PATIENCE_NONE},
    {"CrashLoopBackOff", NULL, "the container ends again and again", NULL, PATIENCE_NONE},
    {0},
};

const struct known known_container[] = {
    {"executable file not found", NULL, "the image has no shell", NEEDS_SHELL, PATIENCE_NONE},
    {"exec format error", NULL, "the image is made for another architecture", NEEDS_SHELL, PATIENCE_NONE},
    {"runAsNonRoot", NULL, "the image wants to run as root, and the pod does not let it",
     "choose an image whose user is a number other than 0", PATIENCE_NONE},
    {"timed out waiting for the condition", NULL, "the node waits for a Secret or ConfigMap of the pod", NULL,
     PATIENCE_AGAIN},
    {"is reserved", "name", "the node's container runtime is still busy with an earlier try",
     "the node is overloaded, or its container runtime or runsc hangs: look at their logs", PATIENCE_AGAIN},
    {"eadline", "xceeded", "the node's container runtime does not answer in time",
     "the node is overloaded, or its container runtime hangs: look at its log", PATIENCE_AGAIN},
    {"no space left on device", NULL, "the node's disk is full",
     "make room on the node, or name another with --node", PATIENCE_AGAIN},
    {0},
};

const struct known known_mounts[] = {
    {"hostPath type check failed", NULL, "the node has no such device",
     "choose a node that has it with --node, or leave the case out", PATIENCE_NONE},
    {"lready used by", "pod(s)", "another pod on another node has the claim's volume",
     "wait until that pod is gone, or name a claim or a StorageClass whose volumes several nodes may have",
     PATIENCE_VOLUME},
    {"exclusively attached to one node", NULL, "the claim's volume is still attached to another node",
     "it is detached up to 6 minutes after the pod there is gone: raise --pod-timeout", PATIENCE_ON},
    {"volume attachment limit", NULL, "the node takes no more volumes", "name another node with --node",
     PATIENCE_VOLUME},
    {"not found in the list of registered CSI drivers", NULL, "the node does not have the volume's driver",
     "the driver's pod on the node does not run (yet): look at its DaemonSet, and whether it tolerates the "
     "node's taints",
     PATIENCE_VOLUME},
    {"helper program", NULL, "the node lacks the program that mounts this kind of volume",
     "install it on the node (nfs-common, cifs-utils, ...)", PATIENCE_AGAIN},
    {"access denied by server", NULL, "the storage server does not let the node mount the volume",
     "let the server export it to the node", PATIENCE_AGAIN},
    {"AttachVolume.Attach failed", NULL, "the claim's volume cannot be attached to the node",
     "look at the log of the storage driver's controller; --storage-class names another", PATIENCE_VOLUME},
    {"timed out waiting for", NULL, "a volume is not mounted in time",
     "look at the storage driver's pod on the node", PATIENCE_VOLUME},
    {"", NULL, "a volume cannot be mounted", NULL, PATIENCE_VOLUME},
    {0},
};
