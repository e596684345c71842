/* SPDX-License-Identifier: Apache-2.0
 *
 * The end of every run: cases under way are ended, all that was made is deleted, and what is left is counted.
 */
#include <string.h>

#include "gvisor-smoke/cleanup.h"
#include "gvisor-smoke/clock.h"
#include "gvisor-smoke/index.h"
#include "gvisor-smoke/log.h"
#include "run_private.h"
#include "take_over.h"

/* A pod that is still there after this is stuck in Terminating: it is named, not waited for. */
#define GONE_PATIENCE_MS 30000
/* The same after a signal, counted from that. */
#define SIGNAL_PATIENCE_MS 7000
/* Of a server that does not answer nobody knows what is still there, nor while the controllers that delete
 * are not back. */
#define DOUBT_PATIENCE_MS 10000
#define DOUBTS_MAX 12
#define TICK_MS 250
/* Whether the server answers at all, while nothing is heard. */
#define QUESTION_EVERY_MS 5000
#define QUESTION_TIMEOUT_MS 5000
/* For all requests of the end, when the run broke because the server is away. */
#define AWAY_HURRY_MS 20000
#define NAMED_MAX 20 /* of what is still there; the others are counted */

/* --- waiting until a collection is empty --- */

struct wait {
    struct run *run;
    struct index names; /* what is still there */
    struct timer *timer;
    int64_t until_ms; /* monotonic */
    struct kube_request *question;
    char *question_path;
    int64_t asked_ms;
    unsigned doubts; /* how often the time was up while the server did not answer, or was just back */
    bool synced, failed, late;
};

static void on_object(void *context, enum kube_change change, const struct kube_pod *object)
{
    struct wait *wait = context;
    if (change == KUBE_DELETED)
        index_remove(&wait->names, object->name);
    else
        index_set(&wait->names, object->name, 0);
}

static void on_synced(void *context)
{
    ((struct wait *)context)->synced = true;
}

static void on_failed(void *context, const struct error *err)
{
    (void)err;
    ((struct wait *)context)->failed = true;
}

/* When it is waited for no longer. */
static int64_t until_ms(struct wait *wait)
{
    struct run *run = wait->run;
    if (run->signal)
        return run->signal_ms + SIGNAL_PATIENCE_MS;
    if (run->deserted)
        return 0;
    if (clock_monotonic_ms() >= wait->until_ms && kube_calm_ms(run->kube) < CLUSTER_BACK_MS && !run->broken &&
        wait->doubts++ < DOUBTS_MAX)
        wait->until_ms = clock_monotonic_ms() + DOUBT_PATIENCE_MS;
    return wait->until_ms;
}

static void on_answer(void *context, const char *body, size_t length, const struct error *err)
{
    (void)body, (void)length, (void)err;
    ((struct wait *)context)->question = NULL;
}

/* A watch that says nothing may be that of a server that says nothing at all: the client notices by a
 * request. */
static void ask(struct wait *wait)
{
    int64_t now_ms = clock_monotonic_ms();
    if (wait->question || now_ms - wait->asked_ms < QUESTION_EVERY_MS || wait->run->signal)
        return;
    const struct kube_request_options options = {
        .method = "GET", .path = wait->question_path, .timeout_ms = QUESTION_TIMEOUT_MS};
    wait->asked_ms = now_ms;
    wait->question = kube_request_start(wait->run->kube, &options, on_answer, wait);
}

static void on_tick(void *context)
{
    struct wait *wait = context;
    wait->timer = NULL;
    ask(wait);
    if (clock_monotonic_ms() >= until_ms(wait))
        wait->late = true;
    else
        wait->timer = timer_start(wait->run->loop, TICK_MS, on_tick, wait);
}

static bool wait_is_over(void *context)
{
    struct wait *wait = context;
    return wait->failed || wait->late || (wait->synced && wait->names.count == 0);
}

static void report_left(struct run *run, const char *what, const struct index *names, int64_t waited_ms)
{
    if (names->count == 0)
        return;
    run->left_behind += (int)names->count;
    cleanup_strings struct strings all = {0}, named = {0};
    size_t at = 0;
    for (const char *name; (name = index_next(names, &at));)
        strings_add(&all, name);
    strings_sort(&all);
    for (size_t i = 0; i < all.count && i < NAMED_MAX; i++)
        strings_add(&named, all.items[i]);
    cleanup_free char *joined = strings_join(&named, ", ");
    cleanup_free char *words = strings_join(&named, " ");
    cleanup_free char *more =
        all.count > named.count ? xasprintf(" and %zu more", all.count - named.count) : xstrdup("");
    struct error *err = NULL;
    error_set(&err, ERROR_ENVIRONMENT, "still there %lld s after their deletion: %s %s%s",
              (long long)waited_ms / 1000, what, joined, more);
    error_hint(&err, "look at them with: kubectl -n %s describe %s %s", run->options->name_space, what,
               words);
    run_emit_problem(run, err);
    error_free(err);
}

size_t cleanup_wait_until_gone(struct run *run, const char *collection, const char *labels,
                               const char *fields, const char *what)
{
    int64_t began_ms = clock_monotonic_ms();
    struct wait wait = {.run = run,
                        .question_path = xasprintf("%s?limit=1", collection),
                        .asked_ms = began_ms,
                        .until_ms = began_ms + GONE_PATIENCE_MS};
    const struct kube_watch_options options = {
        .collection = collection,
        .label_selector = labels,
        .field_selector = fields,
        .on_pod = on_object, /* only the name is read, which every object has */
        .on_synced = on_synced,
        .on_failed = on_failed,
        .context = &wait,
    };
    struct kube_watch *watch = kube_watch_start(run->kube, &options);
    on_tick(&wait);
    loop_run_until(run->loop, wait_is_over, &wait);
    timer_cancel(&wait.timer);
    kube_request_cancel(&wait.question);
    free(wait.question_path);
    kube_watch_stop(&watch);
    report_left(run, what, &wait.names, clock_monotonic_ms() - began_ms);
    size_t left = wait.names.count;
    cleanup_free char *span = xasprintf("wait: no %s", what);
    run_emit_span(run, span, NULL, NULL, began_ms);
    index_release(&wait.names);
    return left;
}

/* --- deletion --- */

/* After one request in vain the others are not waited for as long. */
static void report_failure(struct run *run, const struct error *err)
{
    run_emit_problem(run, err);
    run->left_behind++;
    if (err->http_status || run->deserted)
        return;
    run->deserted = true;
    kube_hurry(run->kube, AWAY_HURRY_MS);
}

static void delete_object(struct run *run, const char *collection, const char *name)
{
    cleanup_free char *path = objects_path(run, collection, name);
    const struct kube_request_options options = {
        .method = "DELETE", .path = path, .patience_ms = KUBE_PATIENCE_MS};
    struct error *err = NULL;
    if (kube_call(run->kube, &options, NULL, &err) == 0)
        return;
    if (err->http_status != 404)
        report_failure(run, err);
    error_free(err);
}

/* How many are left. */
static size_t wait_for_collection(struct run *run, const char *collection)
{
    cleanup_free char *path = objects_path(run, collection, NULL);
    return cleanup_wait_until_gone(run, path, run->label_selector, NULL, collection);
}

static int take_names(void *context, const char *body, struct error **err)
{
    struct kube_pod *pods = NULL;
    size_t count = 0;
    if (kube_pod_list_parse(body, &pods, &count, err) < 0)
        return -1;
    for (size_t i = 0; i < count; i++)
        if (!pods[i].deleting)
            strings_add(context, pods[i].name);
    kube_pod_list_free(pods, count);
    return 0;
}

/* The sweep: pods of the run that are there, however they came to be (a create that was answered too late).
 */
static void sweep_pods(struct run *run)
{
    cleanup_free char *selector = kube_escape(run->label_selector);
    cleanup_free char *collection = objects_path(run, "pods", NULL);
    cleanup_free char *path = xasprintf("%s?labelSelector=%s", collection, selector);
    const struct kube_request_options options = {
        .method = "GET", .path = path, .patience_ms = KUBE_PATIENCE_MS};
    cleanup_strings struct strings names = {0};
    cleanup_error struct error *err = NULL;
    if (kube_call_list(run->kube, &options, take_names, &names, &err) < 0) {
        report_failure(run, err);
        return;
    }
    for (size_t i = 0; i < names.count; i++)
        delete_object(run, "pods", names.items[i]);
}

static void end_execution(struct execution *execution, void *cause)
{
    if (execution_is_asked_for(execution))
        execution_end_without_run(execution, ENDING_NOT_RUN, cause);
}

/* The controls first, so that each verdict is spoken once, with all that is known. */
static void end_executions(struct run *run, const char *cause)
{
    cleanup_free char *text = xstrdup(cause);
    run_each_execution(run, end_execution, text);
}

/* Whether some node has had its turn, or is known to wait for it. */
static bool is_planned(const struct run *run)
{
    return run->next_node > 0 || (run->over_nodes && run->node_count > 0);
}

void run_end_unplanned(const struct case_set *cases, struct events *events, const struct resume *resume,
                       bool checks_too, const char *node, enum ending ending, const char *cause)
{
    const struct evidence none = {.ending = ending, .cause = (char *)cause};
    for (size_t i = 0; i < cases->count; i++) {
        bool is_script = cases->cases[i]->kind == CASE_SCRIPT;
        if (is_script ? resume_is_taken(resume, cases->cases[i]->name, node) : !checks_too)
            continue;
        struct verdict verdict = verdict_decide(cases->cases[i], &none, NULL);
        struct event event = {
            .kind = EVENT_VERDICT,
            .verdict = {.name = cases->cases[i]->name, .node = is_script ? node : "", .verdict = &verdict},
        };
        event_emit(events, &event);
        verdict_release(&verdict);
    }
}

static void delete_pods(struct run *run)
{
    for (size_t i = 0; i < run->node_count; i++)
        for (size_t k = 0; k < run->nodes[i].pod_count; k++)
            pod_delete(run->nodes[i].pods[k]);
    if (run->fixture)
        pod_delete(run->fixture);
}

static void delete_objects(struct run *run)
{
    for (size_t i = 0; i < run->node_count; i++)
        for (size_t role = 0; role < 2; role++) {
            struct node_run *node = &run->nodes[i];
            bool asked =
                node->claim_made[role] || node->claim_requests[role]; /* a create may yet be answered */
            kube_request_cancel(&node->claim_requests[role]);
            if (asked)
                delete_object(run, "persistentvolumeclaims", node->claims[role]);
        }
    if (run->fixture_service) {
        delete_object(run, "services", run->fixture_service);
        delete_object(run, "secrets", run->fixture_secret);
    }
}

static const char *cause_of_stop(const struct run *run)
{
    if (run->signal)
        return RUN_INTERRUPTED;
    if (run->broken)
        return run->broken->message;
    return "the run's time was up";
}

static void end_unplanned(struct run *run)
{
    struct resume *resume = run->options->resume;
    struct error *err = NULL;
    if (!resume || run->taken_over)
        run_end_unplanned(run->cases, run->events, resume, false, "", ENDING_NOT_RUN, cause_of_stop(run));
    else if (take_over_and_end(resume, run->cases, run->events, false, cause_of_stop(run), &err) < 0)
        run_emit_problem(run, err);
    error_free(err);
}

/* What an earlier run had left, and this one deletes. */
static void wait_for_swept(struct run *run)
{
    static const char *const collections[] = {"pods", "persistentvolumeclaims"};
    size_t count = run->claims_swept ? 2 : 1; /* who has no claims need not be able to look for any */
    for (size_t i = 0; i < run->swept.count; i++)
        for (size_t k = 0; k < count; k++) {
            cleanup_free char *labels = xasprintf("gvisor-smoke/run=%s", run->swept.items[i]);
            cleanup_free char *path = objects_path(run, collections[k], NULL);
            cleanup_wait_until_gone(run, path, labels, NULL, collections[k]);
        }
}

/* A pod in which cases can be run again, or NULL. */
static const struct run_pod *kept_pod(const struct run *run)
{
    for (size_t i = run->first_active; i < run->node_count; i++)
        for (size_t k = 0; k < run->nodes[i].pod_count; k++)
            if (run->nodes[i].pods[k]->role == POD_GVISOR && run->nodes[i].pods[k]->state == POD_READY)
                return run->nodes[i].pods[k];
    return NULL;
}

static void tell_kept(struct run *run)
{
    const struct run_pod *pod = kept_pod(run);
    cleanup_free char *again =
        pod ? xasprintf("; to run a case in one of them again: gvisor-smoke run --existing-pod %s -n %s CASE",
                        pod->name, run->options->name_space)
            : xstrdup("");
    cleanup_free char *note =
        xasprintf("the pods of run %s stay; gvisor-smoke sweep -n %s --run %s removes them%s", run->id,
                  run->options->name_space, run->id, again);
    run_emit_note(run, note);
}

void run_clean_up(struct run *run)
{
    run->closing = true;
    if (run->broken && !run->signal && kube_is_in_doubt(run->kube))
        kube_hurry(run->kube, AWAY_HURRY_MS);
    timer_cancel(&run->reaper);
    if (is_planned(run)) {
        end_executions(run, cause_of_stop(run));
        run_end_waiting_nodes(run, cause_of_stop(run));
    } else {
        end_unplanned(run);
    }
    if (run->options->existing_pod)
        existing_tidy(run);
    if (!run->touched)
        return;
    if (run->options->keep) {
        tell_kept(run);
        return;
    }
    delete_pods(run);
    int64_t began_ms = clock_monotonic_ms();
    delete_objects(run);
    run_emit_span(run, "delete objects", NULL, NULL, began_ms);
    size_t stuck = wait_for_collection(run, "pods");
    began_ms = clock_monotonic_ms();
    sweep_pods(run);
    run_emit_span(run, "sweep", NULL, NULL, began_ms);
    if (stuck == 0) /* what did not go in this time will not go in the next */
        wait_for_collection(run, "pods");
    if (run->claims_made)
        wait_for_collection(run, "persistentvolumeclaims");
    wait_for_swept(run);
    began_ms = clock_monotonic_ms();
    namespace_remove(run);
    run_emit_span(run, "remove namespace", NULL, NULL, began_ms);
}
