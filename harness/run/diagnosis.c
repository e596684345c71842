/* SPDX-License-Identifier: Apache-2.0
 *
 * Why a pod does not start: what is made of the messages of kubelet, scheduler, controllers and runtimes.
 */
#include <string.h>

#include "gvisor-smoke/cleanup.h"
#include "known_causes.h"

/* How often a cause must be met before one that may pass counts as the cause. */
#define REPEATS 2

static struct diagnosis make(enum patience patience, const char *cause, const char *words, const char *hint)
{
    return (struct diagnosis){
        .patience = patience,
        .message = cause ? xasprintf("%s: %s", cause, words) : xstrdup(words),
        .hint = xstrdup(hint),
    };
}

static struct diagnosis make_known(const struct known *known, const char *words, unsigned repeats)
{
    bool again = known->patience == PATIENCE_AGAIN && repeats >= REPEATS;
    return make(again ? PATIENCE_NONE : known->patience, known->cause, words, known->hint);
}

/* --- events of a pod --- */

static struct diagnosis diagnose_sandbox(const char *message, unsigned repeats, const char *handler)
{
    const struct known *known = known_find(known_sandbox, message);
    if (known) {
        struct diagnosis diagnosis = make_known(known, message, repeats);
        diagnosis.of_node = true;
        return diagnosis;
    }
    cleanup_free char *hint =
        xasprintf("the node cannot start a sandbox for handler \"%s\": look at the logs of kubelet and "
                  "container runtime on the node",
                  handler);
    const struct known unknown = {
        .cause = "the node cannot create the pod's sandbox", .hint = hint, .patience = PATIENCE_AGAIN};
    return make_known(&unknown, message, repeats);
}

static struct diagnosis diagnose_scheduling(const char *message)
{
    const struct known *known = known_find(known_scheduling, message);
    return make(known ? known->patience : PATIENCE_SHORT, "no node takes the pod", message,
                known ? known->hint : NULL);
}

/* The reason "Failed" stands for several things. */
static struct diagnosis diagnose_failed(const char *message, unsigned repeats)
{
    if (text_starts_with(message, "Failed to pull image"))
        return make_known(known_find(known_pulls, message), message, repeats);
    const struct known *known = known_find(known_container, message);
    return known ? make_known(known, message, repeats) : (struct diagnosis){0};
}

static bool is_one_of(const char *const *words, const char *word)
{
    while (*words && strcmp(*words, word) != 0)
        words++;
    return *words != NULL;
}

static struct diagnosis diagnose_other(const struct kube_event *event, unsigned repeats)
{
    /* Warnings that pods which start well get too, and what the pod's state says better. */
    static const char *const harmless[] = {"AlreadyMountedVolume",
                                           "BackOff",
                                           "CgroupV1",
                                           "DNSConfigForming",
                                           "FailedToRetrieveImagePullSecret",
                                           "MissingClusterDNS",
                                           "PossibleMemoryBackedVolumesOnDisk",
                                           "ProbeWarning",
                                           "Unhealthy",
                                           NULL};
    cleanup_free char *words = xasprintf("%s: %s", event->reason, event->message ? event->message : "");
    const struct known *known = known_find_reason(known_news, words);
    if (known)
        return make_known(known, event->message ? event->message : "", repeats);
    bool warning = event->type && strcmp(event->type, "Warning") == 0;
    if (!warning || is_one_of(harmless, event->reason))
        return (struct diagnosis){0};
    return make(PATIENCE_TOLD, NULL, words, NULL);
}

struct diagnosis diagnose_event(const struct kube_event *event, unsigned repeats, const char *handler)
{
    static const char *const mounting[] = {"FailedMount", "FailedAttachVolume", "FailedMapVolume", NULL};
    const char *message = event->message ? event->message : "";
    if (!event->reason)
        return (struct diagnosis){0};
    if (strcmp(event->reason, "FailedCreatePodSandBox") == 0)
        return diagnose_sandbox(message, repeats, handler);
    if (strcmp(event->reason, "FailedScheduling") == 0)
        return diagnose_scheduling(message);
    if (is_one_of(mounting, event->reason))
        return make_known(known_find(known_mounts, message), message, repeats);
    if (strcmp(event->reason, "Failed") == 0)
        return diagnose_failed(message, repeats);
    return diagnose_other(event, repeats);
}

bool event_is_progress(const struct kube_event *event)
{
    static const char *const steps[] = {"Scheduled",
                                        "SuccessfulAttachVolume",
                                        "SuccessfulMountVolume",
                                        "Pulling",
                                        "Pulled",
                                        "Created",
                                        "Started",
                                        NULL};
    return event->reason && is_one_of(steps, event->reason);
}

/* --- events of its claim --- */

static enum claim_stage stage_of(const char *reason)
{
    static const struct {
        const char *reason;
        enum claim_stage stage;
    } stages[] = {{"Provisioning", CLAIM_BEGUN},
                  {"ProvisioningFailed", CLAIM_FAILED},
                  {"ProvisioningSucceeded", CLAIM_MADE}};
    for (size_t i = 0; i < sizeof stages / sizeof *stages; i++)
        if (strcmp(reason, stages[i].reason) == 0)
            return stages[i].stage;
    return CLAIM_WAITS;
}

struct diagnosis diagnose_claim(const struct kube_event *event)
{
    const char *reason = event->reason ? event->reason : "";
    const char *message = event->message ? event->message : "";
    cleanup_free char *words = xasprintf("%s: %s", reason, message);
    const struct known *known = known_find_reason(known_claims, words);
    struct diagnosis diagnosis = {0};
    if (known)
        diagnosis = make_known(known, message, event->count > 0 ? (unsigned)event->count : 1);
    diagnosis.stage = stage_of(reason);
    return diagnosis;
}

/* --- the pod's state --- */

/* "REASON: MESSAGE", or what of it there is. */
static char *join(const char *reason, const char *message)
{
    return xasprintf("%s%s%s", reason ? reason : "", reason && message ? ": " : "", message ? message : "");
}

/* The pod itself was ended, not its container alone: refused by the kubelet or evicted. */
static struct diagnosis diagnose_refused(const struct kube_pod *pod)
{
    cleanup_free char *words = join(pod->reason, pod->message);
    return make_known(known_find(known_ended, pod->reason), words, 1);
}

static struct diagnosis diagnose_ended(const struct kube_pod *pod)
{
    if (pod->reason && !pod->terminated_reason)
        return diagnose_refused(pod);
    const char *reason = pod->reason              ? pod->reason
                         : pod->terminated_reason ? pod->terminated_reason
                                                  : "ended";
    const char *message = pod->message ? pod->message : pod->terminated_message;
    cleanup_free char *words = join(reason, message);
    cleanup_free char *cause = xasprintf("its container ended with exit code %d", pod->exit_code);
    const struct known *known = known_find(known_waiting, reason);
    return make(PATIENCE_NONE, known ? known->cause : cause, words,
                known && known->hint ? known->hint
                                     : "look at its log with kubectl logs (run again with --keep)");
}

/* A back-off without the error that it follows says less than what was heard before it. */
static struct diagnosis diagnose_pull(const struct kube_pod *pod)
{
    const char *message = pod->waiting_message ? pod->waiting_message : pod->waiting_reason;
    bool bare = strcmp(pod->waiting_reason, "ImagePullBackOff") == 0 && !strstr(message, "ErrImagePull");
    if (bare)
        return make(PATIENCE_TOLD, "the image cannot be pulled", message, NULL);
    cleanup_free char *words = join(pod->waiting_reason, message);
    return make_known(known_find(known_pulls, words), message, 1);
}

static struct diagnosis diagnose_waiting(const struct kube_pod *pod)
{
    static const char *const pulling[] = {"ErrImagePull", "ImagePullBackOff", "RegistryUnavailable",
                                          "SignatureValidationFailed", NULL};
    if (is_one_of(pulling, pod->waiting_reason))
        return diagnose_pull(pod);
    const struct known *known = known_find(known_waiting, pod->waiting_reason);
    if (!known)
        return (struct diagnosis){0};
    const struct known *better = known_find(known_container, pod->waiting_message);
    return make_known(better ? better : known,
                      pod->waiting_message ? pod->waiting_message : pod->waiting_reason, 1);
}

struct diagnosis diagnose_pod(const struct kube_pod *pod)
{
    if (pod->terminated_reason || (pod->phase && strcmp(pod->phase, "Failed") == 0))
        return diagnose_ended(pod);
    if (pod->waiting_reason)
        return diagnose_waiting(pod);
    return pod->unscheduled_reason ? diagnose_scheduling(pod->unscheduled_reason) : (struct diagnosis){0};
}

void diagnosis_release(struct diagnosis *diagnosis)
{
    free(diagnosis->message);
    free(diagnosis->hint);
    *diagnosis = (struct diagnosis){0};
}

/* --- what comes before a pod --- */

const char *diagnose_refusal(const char *message)
{
    const struct known *known = known_find(known_refusals, message);
    return known ? known->hint : NULL;
}

char *diagnose_node(const struct kube_node *node)
{
    const struct known *known = known_find(known_not_ready, node->not_ready);
    return xasprintf("is not ready %s%s%s%s", node->not_ready, known ? " (" : "", known ? known->cause : "",
                     known ? ")" : "");
}
