/* SPDX-License-Identifier: Apache-2.0
 *
 * The end of every run: cases under way are ended, all that was made is deleted, and what is left is counted.
 */
#include <string.h>

#include "gvisor-smoke/cleanup.h"
#include "gvisor-smoke/clock.h"
#include "gvisor-smoke/log.h"
#include "run_private.h"
#include "take_over.h"

/* For all requests of the end, when the run broke because the server is away. */
#define AWAY_HURRY_MS 20000

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

static void wait_for_claims(struct run *run)
{
    cleanup_free char *path = objects_path(run, "persistentvolumeclaims", NULL);
    cleanup_wait_until_gone(run, path, run->label_selector, NULL, "persistentvolumeclaims");
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

/* Whether a pod may come to be behind the request that deletes it. */
static bool has_open_create(const struct run *run)
{
    for (size_t i = 0; i < run->node_count; i++)
        for (size_t k = 0; k < run->nodes[i].pod_count; k++)
            if (run->nodes[i].pods[k]->state == POD_CREATING)
                return true;
    return run->fixture && run->fixture->state == POD_CREATING;
}

/* The sweep looks once more where not all is known to be gone. */
static void wait_for_pods(struct run *run, bool open_create)
{
    cleanup_free char *path = objects_path(run, "pods", NULL);
    size_t stuck = 0;
    if (cleanup_saw_it_empty(run, path, run->label_selector, NULL, "pods", &stuck) && !open_create)
        return;
    int64_t began_ms = clock_monotonic_ms();
    sweep_pods(run);
    run_emit_span(run, "sweep", NULL, NULL, began_ms);
    if (stuck == 0) /* what did not go in this time will not go in the next */
        cleanup_saw_it_empty(run, path, run->label_selector, NULL, "pods", &stuck);
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

static bool objects_are_answered(void *context)
{
    return !objects_are_open(context);
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
    if (run->fixture_objects_made) {
        loop_run_until(run->loop, objects_are_answered, run); /* what is made after its deletion stays */
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
    bool open_create = has_open_create(run);
    delete_pods(run);
    int64_t began_ms = clock_monotonic_ms();
    if (!open_create)
        namespace_remove_early(run);
    run_emit_span(run, "delete namespace", NULL, NULL, began_ms);
    began_ms = clock_monotonic_ms();
    delete_objects(run);
    run_emit_span(run, "delete objects", NULL, NULL, began_ms);
    wait_for_pods(run, open_create);
    if (run->claims_made)
        wait_for_claims(run);
    wait_for_swept(run);
    began_ms = clock_monotonic_ms();
    namespace_remove(run);
    run_emit_span(run, "wait: no namespace", NULL, NULL, began_ms);
}
