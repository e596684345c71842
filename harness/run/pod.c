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
    options.container = pod->run->existing.container ? pod->run->existing.container : "case";
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
    pod_calm(pod);
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
    /* What is told once for the node, or by each verdict, is not told here. */
    emit(pod, pod->unmet ? "refused" : "failed", pod->failed_with_node || pod->unmet ? NULL : err->message);
    if (pod->role != POD_CONTROL && !pod->unmet &&
        !pod->failed_with_node) /* without a control the run knows less, and its verdicts say so */
        run_emit_problem(pod->run, err);
    pod_set_state(pod, POD_FAILED);
    run_schedule(pod->run);
}

/* --- creation --- */

static void on_created(void *context, const char *body, size_t length, const struct error *err)
{
    (void)body;
    (void)length;
    struct run_pod *pod = context;
    pod->request = NULL;
    if (err && refusal_may_be_of_grants(pod, err)) {
        pod_find_refused_grants(pod, error_copy(err));
        return;
    }
    if (err) {
        struct error *failure = error_copy(err);
        error_wrap(&failure, "cannot create pod %s", pod->name);
        const char *hint = failure->hint ? NULL : diagnose_refusal(failure->message);
        if (hint)
            error_hint(&failure, "%s", hint);
        pod_fail(pod, failure);
        return;
    }
    emit(pod, "created", NULL);
    if (pod->state == POD_CREATING)
        pod_set_state(pod, POD_STARTING);
}

static void create(struct run_pod *pod)
{
    cleanup_free char *path = objects_path(pod->run, "pods", NULL);
    cleanup_free char *body = manifest_pod(pod);
    const struct kube_request_options options = {
        .method = "POST", .path = path, .body = body, .patience_ms = KUBE_PATIENCE_MS, .own_name = true};
    pod->exists = true;
    pod_set_state(pod, POD_CREATING);
    pod->request = kube_request_start(pod->run->kube, &options, on_created, pod);
}

/* It is there already. What the watch says of it later is more of the same. */
static void take_existing(struct run_pod *pod)
{
    pod_set_state(pod, POD_STARTING);
    pod_on_change(pod, KUBE_ADDED, &pod->run->existing.view);
}

void pod_start(struct run_pod *pod)
{
    pod->created_ms = clock_monotonic_ms();
    if (pod->claim_ms)
        run_emit_span(pod->run, "wait: claim", node_event_name(pod->node), pod->name, pod->claim_ms);
    pod->timeout = timer_start(pod->run->loop, pod->run->options->pod_timeout_ms, pod_on_timeout, pod);
    if (pod->run->options->existing_pod)
        take_existing(pod);
    else
        create(pod);
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

static void pod_vanished(struct run_pod *pod)
{
    stop_waiting(pod);
    if (!pod_is_over(pod)) {
        struct error *err = NULL;
        error_set(&err, ERROR_ENVIRONMENT, "pod %s was deleted by somebody else", pod->name);
        pod_fail(pod, err);
    }
    pod_set_state(pod, POD_GONE);
    if (pod->deleted_ms)
        run_emit_span(pod->run, "delete", pod->placed_on, pod->name, pod->deleted_ms);
    emit(pod, "deleted", NULL);
    run_schedule(pod->run); /* its node may be through */
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
        pod_has_moved(pod);
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
        if (pod->exists)
            run_emit_span(pod->run, "schedule", view->node, pod->name, pod->created_ms);
        pod_has_moved(pod); /* what kept the scheduler from it has passed */
        if (pod->node && !pod->node->name)
            pod->node->name = xstrdup(view->node);
    }
    pod_on_status(pod, view);
}

/* --- the end --- */

static void on_deleted(void *context, const char *body, size_t length, const struct error *err)
{
    (void)body;
    (void)length;
    struct run_pod *pod = context;
    pod->request = NULL;
    bool gone = err && err->http_status == 404; /* the watch may have told it before */
    if (gone && pod->state != POD_GONE) {
        pod_set_state(pod, POD_GONE);
        run_schedule(pod->run);
    } else if (err && !gone) {
        run_emit_problem(pod->run, err);
    }
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
    stand_close(pod);
    pod->deleted_ms = clock_monotonic_ms();
    cleanup_free char *path = objects_path(pod->run, "pods", pod->name);
    const struct kube_request_options options = {
        .method = "DELETE", .path = path, .patience_ms = KUBE_PATIENCE_MS};
    pod->request = kube_request_start(pod->run->kube, &options, on_deleted, pod);
}

void pod_release(struct run_pod *pod)
{
    stop_waiting(pod);
    stand_close(pod);
    kube_request_cancel(&pod->request);
    attestation_release(&pod->attestation);
    strings_release(&pod->missing);
    supervisor_decoder_release(&pod->installed);
    buf_release(&pod->install_errors);
    buf_release(&pod->attest_output);
    buf_release(&pod->survey_output);
    free(pod->plain_note);
    index_release(&pod->arrived);
    strings_release(&pod->grants_refused);
    error_free(pod->refusal);
    error_free(pod->failure);
    free(pod->name);
    free(pod->key);
    free(pod->placed_on);
    free(pod->last_trouble);
    free(pod->last_hint);
    free(pod->waits_for);
    diagnosis_release(&pod->claim_trouble);
    diagnosis_release(&pod->new_node);
}
