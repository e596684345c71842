/* SPDX-License-Identifier: Apache-2.0
 *
 * A run, from its first event to its last.
 */
#include <assert.h>
#include <signal.h>
#include <string.h>

#include <sys/random.h>
#include <unistd.h>

#include "gvisor-smoke/cleanup.h"
#include "gvisor-smoke/clock.h"
#include "gvisor-smoke/log.h"
#include "planned.h"
#include "take_over.h"

/* After a signal the cluster is tidied up as far as it answers; whoever sent it does not wait for more. */
#define SIGNAL_HURRY_MS 6000

static void make_id(char id[8])
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789";
    unsigned char bytes[6];
    if (getrandom(bytes, sizeof bytes, 0) != sizeof bytes)
        abort();
    for (size_t i = 0; i < sizeof bytes; i++)
        id[i] = letters[bytes[i] % (sizeof letters - 1)];
    id[sizeof bytes] = '\0';
}

static void emit_problem(struct events *events, const struct error *err)
{
    assert(err);
    struct event event = {
        .kind = EVENT_PROBLEM,
        .problem = {.kind = err->kind, .message = err->message, .hint = err->hint},
    };
    event_emit(events, &event);
}

static void emit_step(struct events *events, const char *name, const char *state, const char *message,
                      const char *hint)
{
    struct event event = {
        .kind = EVENT_STEP,
        .step = {.name = name, .state = state, .message = message, .hint = hint},
    };
    event_emit(events, &event);
}

void run_emit_step(struct events *events, const char *name, const char *message, const struct error *err)
{
    emit_step(events, name, err ? "failed" : "ok", err ? err->message : message, err ? err->hint : NULL);
}

void run_emit_warning(struct events *events, const char *name, const char *message, const char *hint)
{
    emit_step(events, name, "warning", message, hint);
}

void run_emit_problem(struct run *run, const struct error *err)
{
    emit_problem(run->events, err);
}

void run_emit_note(struct run *run, const char *message)
{
    struct event event = {.kind = EVENT_NOTE, .note = {.message = message}};
    event_emit(run->events, &event);
}

void run_emit_span(struct run *run, const char *name, const char *node, const char *pod, int64_t began_ms)
{
    struct event event = {
        .kind = EVENT_SPAN,
        .span = {.name = name,
                 .node = node,
                 .pod = pod,
                 .duration_us = (clock_monotonic_ms() - began_ms) * 1000},
    };
    event_emit(run->events, &event);
}

void run_break(struct run *run, struct error *err)
{
    if (run->broken) {
        error_free(err);
        return;
    }
    run->broken = err;
    if (!run->signal)
        emit_problem(run->events, err);
}

bool run_must_stop(const struct run *run)
{
    return run->signal != 0 || run->broken != NULL || run->closing;
}

/* --- the first and the last events --- */

static void emit_cases(const struct case_set *cases, struct events *events)
{
    for (size_t i = 0; i < cases->count; i++) {
        struct planned_case planned;
        planned_case_make(&planned, cases->cases[i]);
        event_emit(events, &planned.event);
    }
}

static void emit_begin(const char *id, const struct kube_access *access, const struct run_options *options,
                       const struct case_set *cases, struct events *events)
{
    struct planned_run planned;
    planned_run_make(&planned, id, access, options);
    event_emit(events, &planned.event);
    planned_run_release(&planned);
    emit_cases(cases, events);
}

static void emit_end(struct events *events, int signal_number, int64_t duration_ms, int left_behind)
{
    struct event event = {
        .kind = EVENT_END,
        .end = {.signal = signal_number, .duration_ms = duration_ms, .left_behind = left_behind},
    };
    event_emit(events, &event);
}

void run_report_impossible(const struct kube_access *access, const struct run_options *options,
                           const struct case_set *cases, struct events *events, const struct error *err)
{
    char id[8];
    cleanup_error struct error *unread = NULL;
    make_id(id);
    emit_begin(id, access, options, cases, events);
    run_emit_step(events, "access", NULL, err);
    emit_problem(events, err);
    if (!options->resume)
        run_end_unplanned(cases, events, NULL, true, "", ENDING_NOT_RUN, err->message);
    else if (take_over_and_end(options->resume, cases, events, true, err->message, &unread) < 0)
        emit_problem(events, unread);
    emit_end(events, 0, 0, 0);
}

/* --- signals and time --- */

static const int ending_signals[] = {SIGINT, SIGTERM, SIGHUP};

static void on_signal(void *context, int signal_number)
{
    struct run *run = context;
    if (run->signal)
        _exit(128 + signal_number); /* asked twice: at once; the sweep of a later run finds what is left */
    run->signal = signal_number;
    run->signal_ms = clock_monotonic_ms();
    kube_hurry(run->kube, SIGNAL_HURRY_MS);
    struct error *err = NULL;
    error_set(&err, ERROR_ENVIRONMENT,
              "interrupted by signal %d (%s): ending the cases and deleting the pods", signal_number,
              sigabbrev_np(signal_number));
    error_hint(&err, "a second signal ends the program at once");
    run_emit_problem(run, err);
    error_free(err);
    kube_interrupt(run->kube);
}

static void on_run_timeout(void *context)
{
    struct run *run = context;
    run->timeout = NULL;
    if (run_must_stop(run))
        return;
    cleanup_free char *waited = text_duration(run->options->timeout_ms);
    struct error *err = NULL;
    error_set(&err, ERROR_ENVIRONMENT, "the run is not over after %s", waited);
    error_hint(&err, "raise --timeout");
    run_break(run, err);
}

static void listen(struct run *run)
{
    for (size_t i = 0; i < sizeof ending_signals / sizeof *ending_signals; i++)
        run->signals[i] = signal_watch_start(run->loop, ending_signals[i], on_signal, run);
    run->timeout = timer_start(run->loop, run->options->timeout_ms, on_run_timeout, run);
}

static void stop_listening(struct run *run)
{
    for (size_t i = 0; i < sizeof run->signals / sizeof run->signals[0]; i++)
        signal_watch_stop(&run->signals[i]);
    timer_cancel(&run->timeout);
}

/* --- watches --- */

static struct run_pod *find_pod(struct run *run, const char *name)
{
    if (run->fixture && strcmp(run->fixture->name, name) == 0)
        return run->fixture;
    for (size_t i = run->first_active; i < run->next_node; i++)
        for (size_t k = 0; k < run->nodes[i].pod_count; k++)
            if (strcmp(run->nodes[i].pods[k]->name, name) == 0)
                return run->nodes[i].pods[k];
    return NULL;
}

static void on_pod(void *context, enum kube_change change, const struct kube_pod *view)
{
    struct run_pod *pod = find_pod(context, view->name);
    if (pod)
        pod_on_change(pod, change, view);
}

static void on_event(void *context, enum kube_change change, const struct kube_event *event)
{
    if (change == KUBE_DELETED || !event->object_name)
        return;
    struct run_pod *pod = find_pod(context, event->object_name);
    if (pod)
        pod_on_event(pod, event);
}

static void on_claim_event(void *context, enum kube_change change, const struct kube_event *event)
{
    struct run *run = context;
    if (change == KUBE_DELETED || !event->object_name)
        return;
    for (size_t i = run->first_active; i < run->next_node; i++)
        for (size_t k = 0; k < run->nodes[i].pod_count; k++) {
            struct run_pod *pod = run->nodes[i].pods[k];
            const char *claim = run->nodes[i].claims[pod_runtime(pod)];
            if (claim && strcmp(claim, event->object_name) == 0 &&
                strings_contain(&pod->sample->grants, "volume"))
                pod_on_claim_event(pod, event);
        }
}

static bool has_case(const struct run *run, bool with_volume)
{
    for (size_t i = 0; i < run->cases->count; i++) {
        const struct test_case *test_case = run->cases->cases[i];
        if (test_case->kind == CASE_SCRIPT && (!with_volume || strings_contain(&test_case->grants, "volume")))
            return true;
    }
    return false;
}

static void on_pods_synced(void *context)
{
    struct run *run = context;
    run->watches_synced = true;
    if (run->watched_ms)
        run_emit_span(run, "watch", NULL, NULL, run->watched_ms);
    run_schedule(run);
}

static void on_pods_failed(void *context, const struct error *err)
{
    struct run *run = context;
    if (run_must_stop(run))
        return;
    if (run->options->existing_pod) {
        log_info("the pod cannot be watched, so its end is noticed later: %s", err->message);
        return;
    }
    struct error *cause = error_copy(err);
    error_wrap(&cause, "cannot watch the pods of the run");
    run_break(run, cause);
}

static void on_events_failed(void *context, const struct error *err)
{
    (void)context;
    log_info("events cannot be watched, so a pod that does not start is explained less well: %s",
             err->message);
}

static void watch(struct run *run)
{
    cleanup_free char *pods = objects_path(run, "pods", NULL);
    cleanup_free char *events = objects_path(run, "events", NULL);
    cleanup_free char *existing =
        run->options->existing_pod ? xasprintf("metadata.name=%s", run->options->existing_pod) : NULL;
    const struct kube_watch_options pod_options = {
        .collection = pods,
        .label_selector = existing ? NULL : run->label_selector,
        .field_selector = existing,
        .on_pod = on_pod,
        .on_synced = on_pods_synced,
        .on_failed = on_pods_failed,
        .context = run,
    };
    const struct kube_watch_options event_options = {
        .collection = events,
        .field_selector = "involvedObject.kind=Pod",
        .on_event = on_event,
        .on_failed = on_events_failed,
        .context = run,
    };
    const struct kube_watch_options claim_options = {
        .collection = events,
        .field_selector = "involvedObject.kind=PersistentVolumeClaim",
        .on_event = on_claim_event,
        .on_failed = on_events_failed,
        .context = run,
    };
    run->watched_ms = clock_monotonic_ms();
    run->event_watch = kube_watch_start(run->kube, &event_options);
    if (has_case(run, true))
        run->claim_watch = kube_watch_start(run->kube, &claim_options);
    run->pod_watch = kube_watch_start(run->kube, &pod_options);
}

/* --- the run --- */

static bool run_ends(void *context)
{
    struct run *run = context;
    return run_must_stop(run) || run_is_over(run);
}

/* Reads and makes what comes before the pods; run->broken says why it stopped. */
static void run_begin(struct run *run)
{
    struct error *err = NULL;
    if (run_prepare(run, &err) < 0)
        run_break(run, err);
}

static void run_work(struct run *run)
{
    if (!has_case(run, false))
        return; /* no case needs a pod */
    run_take_over(run);
    run_plan(run);
    run_tell_obstacles(run);
    if (run_is_over(run) || run_must_stop(run))
        return; /* no node can take one, or nothing is left to run */
    struct error *err = NULL;
    if (!run->options->existing_pod && objects_create(run, &err) < 0) {
        run_break(run, err);
        return;
    }
    watch(run);
    run_begin_nodes(run);
    if (run->fixture && !run->options->existing_pod)
        objects_create_fixture(run); /* the other pods do not wait for it */
    if (run->options->existing_pod)
        on_pods_synced(run); /* it is known already, and an account that may only exec cannot watch it */
    if (!run_must_stop(run))
        run_check_api(run); /* while the pods start */
    loop_run_until(run->loop, run_ends, run);
    if (run->options->repeat && !run_must_stop(run))
        run_measure_overhead(run);
}

static void run_release(struct run *run)
{
    kube_watch_stop(&run->pod_watch);
    kube_watch_stop(&run->event_watch);
    kube_watch_stop(&run->claim_watch);
    objects_release(run);
    run_plan_release(run);
    kube_runtime_class_release(&run->runtime_class);
    error_free(run->class_problem);
    error_free(run->broken);
    strings_release(&run->swept);
    free(run->label_selector);
    free(run->ca_pem);
}

int run_execute(struct loop *loop, struct kube *kube, const struct kube_access *access,
                const struct run_options *options, const struct case_set *cases, struct events *events)
{
    struct run_options own_options = *options;
    struct run run = {
        .loop = loop,
        .kube = kube,
        .access = access,
        .options = &own_options,
        .home_namespace = options->name_space,
        .cases = cases,
        .events = events,
        .started_ms = clock_monotonic_ms(),
        .ca_pem = xstrdup(options->ca_pem ? options->ca_pem : ""),
    };
    make_id(run.id);
    run.label_selector = xasprintf("gvisor-smoke/run=%s", run.id);
    cleanup_free char *own_namespace = xasprintf("%s-%s", options->name_space, run.id);
    if (options->own_namespace)
        own_options.name_space = own_namespace;
    listen(&run);
    emit_begin(run.id, access, run.options, cases, events);
    run_begin(&run);
    if (!run_must_stop(&run))
        run_work(&run);
    if (!run.api_checked)
        run_check_api(&run);
    run_clean_up(&run);
    emit_end(events, run.signal, clock_monotonic_ms() - run.started_ms, run.left_behind);
    stop_listening(&run);
    run_release(&run);
    return run.signal;
}
