/* SPDX-License-Identifier: Apache-2.0
 *
 * A pod that does not start: what is heard of it, how long it is waited for, and whom its failure concerns.
 */
#include <string.h>

#include "gvisor-smoke/cleanup.h"
#include "gvisor-smoke/clock.h"
#include "run_private.h"

/* Between looks while the API does not answer. */
#define DOUBT_PAUSE_MS 5000

/* How long a cause is waited for, from when the pod was first in trouble. */
static const int64_t patience_ms[] = {
    [PATIENCE_AGAIN] = 30000, /* the kubelet tries again after 10 to 20 s */
    [PATIENCE_SHORT] = 12000,
    [PATIENCE_VOLUME] = 60000, /* clouds make and attach a volume in 10 to 40 s */
};

void pod_calm(struct run_pod *pod)
{
    timer_cancel(&pod->patience);
    pod->troubled_ms = 0;
}

void pod_has_moved(struct run_pod *pod)
{
    pod_calm(pod);
    free(pod->last_trouble);
    free(pod->last_hint);
    pod->last_trouble = pod->last_hint = NULL;
}

static void fail_with(struct run_pod *pod, const char *message, const char *hint)
{
    struct error *err = NULL;
    error_set(&err, ERROR_ENVIRONMENT, "pod %s%s%s does not start: %s", pod->name,
              pod->placed_on ? " on node " : "", pod->placed_on ? pod->placed_on : "", message);
    if (hint)
        error_hint(&err, "%s", hint);
    pod_fail(pod, err);
}

void pod_on_timeout(void *context)
{
    struct run_pod *pod = context;
    pod->timeout = NULL;
    if (kube_is_in_doubt(pod->run->kube)) { /* it may be ready, and nobody could say so */
        pod->timeout = timer_start(pod->run->loop, DOUBT_PAUSE_MS, pod_on_timeout, pod);
        return;
    }
    cleanup_free char *waited = text_duration(clock_monotonic_ms() - pod->created_ms);
    const char *last = pod->last_trouble ? pod->last_trouble : pod->waits_for;
    cleanup_free char *message =
        xasprintf("not ready after %s%s%s", waited, last ? "; last: " : "", last ? last : "");
    fail_with(pod, message,
              pod->last_hint
                  ? pod->last_hint
                  : "look at it with: kubectl describe pod (run again with --keep, or raise --pod-timeout)");
}

static void on_patience_end(void *context)
{
    struct run_pod *pod = context;
    pod->patience = NULL;
    /* While the API was away, so was whoever works through it for this pod. */
    int64_t calm_ms = kube_calm_ms(pod->run->kube);
    if (calm_ms < pod->patience_ms) {
        pod->patience = timer_start(pod->run->loop, pod->patience_ms - calm_ms, on_patience_end, pod);
        return;
    }
    fail_with(pod, pod->last_trouble ? pod->last_trouble : "nothing moves", pod->last_hint);
}

/* The node is to blame: its other pods of this runtime need not find out one by one. */
static void fail_node(struct run_pod *pod, const struct diagnosis *diagnosis)
{
    struct node_run *node = pod->node;
    struct error *err = NULL;
    error_set(&err, ERROR_ENVIRONMENT, "node %s cannot start pods of RuntimeClass \"%s\": %s",
              pod->placed_on ? pod->placed_on : "?", pod->run->options->runtime_class, diagnosis->message);
    if (diagnosis->hint)
        error_hint(&err, "%s", diagnosis->hint);
    struct error *same = error_copy(err);
    pod_fail(pod, err);
    for (size_t i = 0; i < node->pod_count; i++) {
        struct run_pod *other = node->pods[i];
        if (other == pod || other->role != pod->role || other->state > POD_STARTING)
            continue;
        other->failed_with_node = true;
        pod_fail(other, error_copy(same));
    }
    error_free(same);
}

/* What is said of the claim, or of a node that is made for the pod, tells more than the scheduler, whichever
 * comes first. */
static const struct diagnosis *better_known(const struct run_pod *pod, const struct diagnosis *heard)
{
    if (pod->placed_on || heard->patience == PATIENCE_NONE)
        return heard;
    if (pod->claim_trouble.message)
        return &pod->claim_trouble;
    return pod->new_node.message ? &pod->new_node : heard;
}

static void pod_be_patient(struct run_pod *pod, enum patience patience)
{
    timer_cancel(&pod->patience);
    int64_t now_ms = clock_monotonic_ms();
    if (!pod->troubled_ms)
        pod->troubled_ms = now_ms;
    pod->patience_ms = patience_ms[patience];
    int64_t left_ms = pod->troubled_ms + pod->patience_ms - now_ms;
    pod->patience = timer_start(pod->run->loop, left_ms, on_patience_end, pod);
}

static void keep_trouble(struct run_pod *pod, const struct diagnosis *diagnosis)
{
    free(pod->last_trouble);
    free(pod->last_hint);
    pod->last_trouble = xstrdup(diagnosis->message);
    pod->last_hint = xstrdup(diagnosis->hint);
}

/* A cause that waiting does not mend fails the pod at once, another one when it lasts. */
void pod_take_diagnosis(struct run_pod *pod, const struct diagnosis *heard)
{
    const struct diagnosis *diagnosis = heard->message ? better_known(pod, heard) : heard;
    if (!diagnosis->message || (pod->state != POD_CREATING && pod->state != POD_STARTING) ||
        (diagnosis->patience == PATIENCE_TOLD && pod->patience))
        return;
    keep_trouble(pod, diagnosis);
    switch (diagnosis->patience) {
    case PATIENCE_NONE:
        if (diagnosis->of_node && pod->role == POD_GVISOR)
            fail_node(pod, diagnosis);
        else
            fail_with(pod, diagnosis->message, diagnosis->hint);
        break;
    case PATIENCE_AGAIN:
    case PATIENCE_SHORT:
    case PATIENCE_VOLUME:
        pod_be_patient(pod, diagnosis->patience);
        break;
    case PATIENCE_ON:
        pod_calm(pod);
        break;
    case PATIENCE_TOLD:
        break;
    }
}

/* --- events --- */

void pod_on_event(struct run_pod *pod, const struct kube_event *event)
{
    if (event_is_progress(event)) {
        pod_has_moved(pod);
        return;
    }
    if (event->reason && strcmp(event->reason, "FailedCreatePodSandBox") == 0)
        pod->sandbox_failures++;
    unsigned count = event->count > 0 ? (unsigned)event->count : 1;
    unsigned repeats = pod->sandbox_failures > count ? pod->sandbox_failures : count;
    struct diagnosis diagnosis = diagnose_event(event, repeats, pod->run->options->handler);
    bool of_new_node = diagnosis.patience == PATIENCE_ON && diagnosis.message && !pod->placed_on;
    if (of_new_node || strcmp(event->reason ? event->reason : "", "NotTriggerScaleUp") == 0)
        diagnosis_release(&pod->new_node);
    pod_take_diagnosis(pod, &diagnosis);
    if (of_new_node)
        pod->new_node = diagnosis;
    else
        diagnosis_release(&diagnosis);
}

void pod_on_claim_event(struct run_pod *pod, const struct kube_event *event)
{
    struct diagnosis diagnosis = diagnose_claim(event);
    bool news =
        (diagnosis.message || diagnosis.stage == CLAIM_MADE) && diagnosis.stage >= pod->claim_trouble.stage;
    if (!news || pod_is_over(pod)) {
        diagnosis_release(&diagnosis);
        return;
    }
    diagnosis_release(&pod->claim_trouble);
    pod->claim_trouble = diagnosis;
    if (pod->placed_on)
        return;
    if (diagnosis.message)
        pod_take_diagnosis(pod, &pod->claim_trouble);
    else
        pod_has_moved(pod);
}
