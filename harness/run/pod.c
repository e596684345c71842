/* SPDX-License-Identifier: Apache-2.0
 *
 * A pod of the run: from its creation to its end.
 *
 *     PLANNED -> CREATING -> STARTING -> ATTESTING -> READY -> DELETING -> GONE
 *                    \____________\__________\____-> FAILED -> DELETING
 *
 * Every failure goes through pod_fail(), every end through pod_delete().
 */
#include <string.h>

#include "gvisor-smoke/cleanup.h"
#include "gvisor-smoke/clock.h"
#include "gvisor-smoke/log.h"
#include "run_private.h"

#define CREATE_PATIENCE_MS 20000
#define DELETE_PATIENCE_MS 20000
/* A cause that may pass (no node has room, a volume is on its way) is waited for this long. */
#define INDEFINITE_PATIENCE_MS 12000

static const char *state_name(enum pod_state state)
{
    static const char *const names[] = {"planned", "creating", "starting", "attesting",
                                        "ready",   "failed",   "deleting", "gone"};
    return names[state];
}

const char *pod_role_name(enum pod_role role)
{
    static const char *const names[] = {"gvisor", "control", "fixture"};
    return names[role];
}

enum runtime_role pod_runtime(const struct run_pod *pod)
{
    return pod->role == POD_GVISOR ? RUNTIME_GVISOR : RUNTIME_CONTROL;
}

struct kube_exec *pod_exec(const struct run_pod *pod, struct kube_exec_options options)
{
    options.name_space = pod->run->options->name_space;
    options.pod = pod->name;
    options.container = "case";
    return kube_exec_start(pod->run->kube, &options);
}

static void pod_set_state(struct run_pod *pod, enum pod_state state)
{
    log_info("pod %s: %s -> %s", pod->name, state_name(pod->state), state_name(state));
    pod->state = state;
}

static void emit(const struct run_pod *pod, const char *state, const char *message)
{
    struct event event = {
        .kind = EVENT_POD,
        .pod = {.name = pod->name,
                .node = pod->placed_on,
                .role = pod_role_name(pod->role),
                .state = state,
                .message = message,
                .since_creation_ms = pod->created_ms ? clock_monotonic_ms() - pod->created_ms : 0},
    };
    event_emit(pod->run->events, &event);
}

bool pod_is_over(const struct run_pod *pod)
{
    return pod->state == POD_FAILED || pod->state == POD_DELETING || pod->state == POD_GONE;
}

static void stop_waiting(struct run_pod *pod)
{
    timer_cancel(&pod->timeout);
    timer_cancel(&pod->patience);
    pod_stop_attestation(pod);
}

void pod_fail(struct run_pod *pod, struct error *err)
{
    if (pod_is_over(pod)) {
        error_free(err);
        return;
    }
    stop_waiting(pod);
    error_free(pod->failure);
    pod->failure = err;
    emit(pod, "failed", pod->failed_with_node ? NULL : err->message);
    if (pod->role != POD_CONTROL &&
        !pod->failed_with_node) /* without a control the run knows less, and its verdicts say so */
        run_emit_problem(pod->run, err);
    pod_set_state(pod, POD_FAILED);
    run_schedule(pod->run);
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

/* --- creation --- */

static void on_timeout(void *context)
{
    struct run_pod *pod = context;
    pod->timeout = NULL;
    cleanup_free char *waited = text_duration(clock_monotonic_ms() - pod->created_ms);
    const char *last = pod->last_trouble ? pod->last_trouble : pod->waits_for;
    cleanup_free char *message =
        xasprintf("not ready after %s%s%s", waited, last ? "; last: " : "", last ? last : "");
    fail_with(pod, message,
              "look at it with: kubectl describe pod (run again with --keep, or raise --pod-timeout)");
}

static void on_created(void *context, const char *body, size_t length, const struct error *err)
{
    (void)body;
    (void)length;
    struct run_pod *pod = context;
    pod->request = NULL;
    if (err) {
        struct error *failure = error_copy(err);
        error_wrap(&failure, "cannot create pod %s", pod->name);
        if (!failure->hint && strstr(failure->message, "RuntimeClass"))
            error_hint(&failure, "create the RuntimeClass, or name the right one with --runtime-class");
        pod_fail(pod, failure);
        return;
    }
    emit(pod, "created", NULL);
    if (pod->state == POD_CREATING)
        pod_set_state(pod, POD_STARTING);
}

void pod_start(struct run_pod *pod)
{
    cleanup_free char *path = objects_path(pod->run, "pods", NULL);
    cleanup_free char *body = manifest_pod(pod);
    const struct kube_request_options options = {
        .method = "POST", .path = path, .body = body, .patience_ms = CREATE_PATIENCE_MS};
    pod->created_ms = clock_monotonic_ms();
    pod->exists = true;
    pod_set_state(pod, POD_CREATING);
    pod->timeout = timer_start(pod->run->loop, pod->run->options->pod_timeout_ms, on_timeout, pod);
    pod->request = kube_request_start(pod->run->kube, &options, on_created, pod);
}

/* --- readiness --- */

void pod_become_ready(struct run_pod *pod)
{
    if (pod->state != POD_ATTESTING || !pod->attested || !pod->surveyed)
        return;
    timer_cancel(&pod->timeout);
    emit(pod, "ready", NULL);
    pod_set_state(pod, POD_READY);
    run_schedule(pod->run);
}

static void pod_begin_attestation(struct run_pod *pod)
{
    pod_set_state(pod, POD_ATTESTING);
    pod->start_us = (clock_monotonic_ms() - pod->created_ms) * 1000;
    emit(pod, "running", NULL);
    pod_attest(pod);
}

/* --- what the API says of it --- */

static void on_patience_end(void *context)
{
    struct run_pod *pod = context;
    pod->patience = NULL;
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

/* What is said of the claim tells more than the scheduler, whichever comes first. */
static const struct diagnosis *better_known(const struct run_pod *pod, const struct diagnosis *diagnosis)
{
    bool claim_is_open = pod->claim_trouble.message && !pod->placed_on;
    return claim_is_open && !diagnosis->definite ? &pod->claim_trouble : diagnosis;
}

/* A cause that waiting does not mend fails the pod at once, another one when it lasts. */
static void pod_take_diagnosis(struct run_pod *pod, const struct diagnosis *heard)
{
    const struct diagnosis *diagnosis = heard->message ? better_known(pod, heard) : heard;
    if (!diagnosis->message || (pod->state != POD_CREATING && pod->state != POD_STARTING))
        return;
    free(pod->last_trouble);
    free(pod->last_hint);
    pod->last_trouble = xstrdup(diagnosis->message);
    pod->last_hint = xstrdup(diagnosis->hint);
    if (diagnosis->definite && diagnosis->of_node && pod->role == POD_GVISOR)
        fail_node(pod, diagnosis);
    else if (diagnosis->definite)
        fail_with(pod, diagnosis->message, diagnosis->hint);
    else if (!pod->patience)
        pod->patience = timer_start(pod->run->loop, INDEFINITE_PATIENCE_MS, on_patience_end, pod);
}

static void pod_vanished(struct run_pod *pod)
{
    stop_waiting(pod);
    if (!pod_is_over(pod)) {
        struct error *err = NULL;
        error_set(&err, ERROR_ENVIRONMENT, "pod %s was deleted by somebody else", pod->name);
        pod_fail(pod, err);
    }
    pod_set_state(pod, POD_GONE);
    emit(pod, "deleted", NULL);
}

/* A pod that was ready and is not alive any more. */
static void pod_died(struct run_pod *pod, const struct kube_pod *view)
{
    struct error *err = NULL;
    const char *reason = view->reason ? view->reason : view->terminated_reason;
    const char *message = view->message ? view->message : view->terminated_message;
    if (view->deleting && !reason)
        error_set(&err, ERROR_ENVIRONMENT, "pod %s is being deleted by somebody else while it is needed",
                  pod->name);
    else
        error_set(&err, ERROR_ENVIRONMENT, "pod %s ended while it was needed: %s%s%s (exit code %d)",
                  pod->name, reason ? reason : view->phase, message ? ": " : "", message ? message : "",
                  view->exit_code);
    pod_fail(pod, err);
}

static bool is_alive(const struct kube_pod *view)
{
    return view->phase && strcmp(view->phase, "Running") == 0 && view->running;
}

static void pod_on_status(struct run_pod *pod, const struct kube_pod *view)
{
    bool ended = view->phase && (strcmp(view->phase, "Failed") == 0 || strcmp(view->phase, "Succeeded") == 0);
    if ((pod->state == POD_READY || pod->state == POD_ATTESTING) && (ended || view->deleting)) {
        pod_died(pod, view);
        return;
    }
    if (pod->state != POD_STARTING && pod->state != POD_CREATING)
        return;
    if (is_alive(view)) {
        timer_cancel(&pod->patience);
        if (pod->role != POD_FIXTURE) {
            pod_begin_attestation(pod);
        } else if (view->ready) {
            timer_cancel(&pod->timeout);
            emit(pod, "ready", NULL);
            pod_set_state(pod, POD_READY);
            run_schedule(pod->run);
        }
        return;
    }
    if (view->waiting_reason) {
        free(pod->waits_for);
        pod->waits_for = xstrdup(view->waiting_reason);
    }
    struct diagnosis diagnosis = diagnose_pod(view);
    pod_take_diagnosis(pod, &diagnosis);
    diagnosis_release(&diagnosis);
}

void pod_on_change(struct run_pod *pod, enum kube_change change, const struct kube_pod *view)
{
    if (change == KUBE_DELETED) {
        pod_vanished(pod);
        return;
    }
    pod->declared = view->runtime_class != NULL;
    if (view->node && !pod->placed_on) {
        pod->placed_on = xstrdup(view->node);
        timer_cancel(&pod->patience); /* what kept the scheduler from it has passed */
        if (pod->node && !pod->node->name)
            pod->node->name = xstrdup(view->node);
    }
    pod_on_status(pod, view);
}

void pod_on_event(struct run_pod *pod, const struct kube_event *event)
{
    if (event->type && strcmp(event->type, "Normal") == 0 && pod->placed_on) {
        timer_cancel(&pod->patience); /* it moves */
        return;
    }
    if (event->reason && strcmp(event->reason, "FailedCreatePodSandBox") == 0)
        pod->sandbox_failures++;
    unsigned count = event->count > 0 ? (unsigned)event->count : 1;
    unsigned repeats = pod->sandbox_failures > count ? pod->sandbox_failures : count;
    struct diagnosis diagnosis = diagnose_event(event, repeats, pod->run->options->handler);
    pod_take_diagnosis(pod, &diagnosis);
    diagnosis_release(&diagnosis);
}

void pod_on_claim_event(struct run_pod *pod, const struct kube_event *event)
{
    struct diagnosis diagnosis = diagnose_claim(event);
    if (!diagnosis.message || pod_is_over(pod)) {
        diagnosis_release(&diagnosis);
        return;
    }
    diagnosis_release(&pod->claim_trouble);
    pod->claim_trouble = diagnosis;
    if (pod->last_trouble && !pod->placed_on)
        pod_take_diagnosis(pod, &pod->claim_trouble);
}

/* --- the end --- */

static void on_deleted(void *context, const char *body, size_t length, const struct error *err)
{
    (void)body;
    (void)length;
    struct run_pod *pod = context;
    pod->request = NULL;
    if (err && err->http_status == 404 && pod->state != POD_GONE)
        pod_set_state(pod, POD_GONE);
    else if (err)
        run_emit_problem(pod->run, err);
}

void pod_delete(struct run_pod *pod)
{
    if (pod->state == POD_GONE || pod->state == POD_DELETING)
        return; /* the delete may still be under way */
    stop_waiting(pod);
    kube_request_cancel(&pod->request); /* a create that is answered after this is caught by the sweep */
    if (!pod->exists) {
        pod_set_state(pod, POD_GONE);
        return;
    }
    pod_set_state(pod, POD_DELETING);
    cleanup_free char *path = objects_path(pod->run, "pods", pod->name);
    const struct kube_request_options options = {
        .method = "DELETE", .path = path, .patience_ms = DELETE_PATIENCE_MS};
    pod->request = kube_request_start(pod->run->kube, &options, on_deleted, pod);
}

void pod_release(struct run_pod *pod)
{
    stop_waiting(pod);
    kube_request_cancel(&pod->request);
    attestation_release(&pod->attestation);
    strings_release(&pod->missing);
    supervisor_decoder_release(&pod->installed);
    buf_release(&pod->install_errors);
    buf_release(&pod->attest_output);
    buf_release(&pod->survey_output);
    free(pod->plain_note);
    error_free(pod->failure);
    free(pod->name);
    free(pod->key);
    free(pod->placed_on);
    free(pod->last_trouble);
    free(pod->last_hint);
    free(pod->waits_for);
    diagnosis_release(&pod->claim_trouble);
}
