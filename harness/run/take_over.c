/* SPDX-License-Identifier: Apache-2.0
 *
 * Which verdicts of an earlier run count in this one (run --resume), and what that run has left in the
 * cluster.
 */
#include "take_over.h"

#include <string.h>

#include "gvisor-smoke/cleanup.h"
#include "gvisor-smoke/log.h"
#include "gvisor-smoke/sweep.h"
#include "planned.h"

/* --- may the run go on with the journal? --- */

int run_check_resume(const struct kube_access *access, const struct run_options *options,
                     const struct case_set *cases, struct error **err)
{
    struct planned_run run;
    struct planned_case *planned = xcalloc(cases->count, sizeof *planned);
    struct event *events = xcalloc(cases->count, sizeof *events);
    planned_run_make(&run, NULL, access, options);
    for (size_t i = 0; i < cases->count; i++) {
        planned_case_make(&planned[i], cases->cases[i]);
        events[i] = planned[i].event;
    }
    int failed = resume_check_run(options->resume, &run.event, err);
    if (!failed)
        failed = resume_check_plan(options->resume, events, cases->count, err);
    planned_run_release(&run);
    free(planned);
    free(events);
    return failed;
}

/* --- what is taken over --- */

/* Where the chain of cases begins that run one after the other. */
static const struct test_case *first_of_chain(const struct case_set *cases, const struct test_case *test_case)
{
    const struct test_case *before;
    while (test_case->after && (before = case_set_find(cases, test_case->after)))
        test_case = before;
    return test_case;
}

/* A verdict that counts on a case before this one keeps it from being run. */
static bool is_stopped(const struct resume *resume, const struct case_set *cases,
                       const struct test_case *test_case, const char *node)
{
    const struct test_case *before = test_case;
    while (before->after && (before = case_set_find(cases, before->after)))
        if (resume_stops(resume, before->name, node))
            return true;
    return false;
}

/* Cases of a chain see what those before them have left, and that is gone with the pods and claims of the
 * run: all of them that can run are taken over, or none is. A failure stays one, for that which runs after it
 * is stopped by it, and is not missing. */
static bool may_be_taken(const struct resume *resume, const struct case_set *cases,
                         const struct test_case *test_case, const char *node)
{
    const struct test_case *first = first_of_chain(cases, test_case);
    if (!resume_has(resume, test_case->name, node))
        return false;
    for (size_t i = 0; i < cases->count; i++) {
        const struct test_case *other = cases->cases[i];
        if (first_of_chain(cases, other) == first && !resume_has(resume, other->name, node) &&
            !is_stopped(resume, cases, other, node))
            return false;
    }
    return true;
}

bool take_over_on_node(struct resume *resume, const struct case_set *cases, const char *node)
{
    bool left = false;
    for (size_t i = 0; i < cases->count; i++) {
        if (cases->cases[i]->kind != CASE_SCRIPT)
            continue;
        if (may_be_taken(resume, cases, cases->cases[i], node))
            resume_take(resume, cases->cases[i]->name, node);
        else
            left = true;
    }
    return left;
}

bool run_is_left(const struct run *run, const struct test_case *test_case)
{
    for (size_t i = 0; i < run->node_count; i++)
        if (!run->nodes[i].obstacle &&
            !resume_is_taken(run->options->resume, test_case->name, run->nodes[i].name))
            return true;
    return false;
}

/* Of API objects, which may have changed, there is nothing to take over. */
static size_t count_scripts(const struct case_set *cases)
{
    size_t count = 0;
    for (size_t i = 0; i < cases->count; i++)
        count += cases->cases[i]->kind == CASE_SCRIPT;
    return count;
}

static void say_what_is_taken(struct run *run)
{
    const struct resume *resume = run->options->resume;
    cleanup_free char *verdicts =
        text_count(count_scripts(run->cases) * run->node_count, "verdict", "verdicts");
    cleanup_free char *note = xasprintf("%zu of %s are taken over from the run %s", resume_count(resume),
                                        verdicts, resume_run(resume));
    run_emit_note(run, note);
}

static bool has_node(const struct run *run, const char *name)
{
    for (size_t i = 0; i < run->node_count; i++)
        if (!run->nodes[i].name || strcmp(run->nodes[i].name, name) == 0)
            return true;
    return false;
}

static void say_what_is_left_out(struct run *run)
{
    cleanup_strings struct strings nodes = resume_judged_nodes(run->options->resume);
    struct strings gone = {0};
    for (size_t i = 0; i < nodes.count; i++)
        if (!has_node(run, nodes.items[i]))
            strings_add(&gone, nodes.items[i]);
    cleanup_free char *names = strings_join(&gone, ", ");
    cleanup_free char *note =
        xasprintf("verdicts of the run %s on nodes that this one is not on are left out: %s",
                  resume_run(run->options->resume), names);
    if (gone.count)
        run_emit_note(run, note);
    strings_release(&gone);
}

static void take_on_all_nodes(struct run *run)
{
    for (size_t i = 0; i < run->node_count; i++) {
        struct node_run *node = &run->nodes[i];
        if (take_over_on_node(run->options->resume, run->cases, node->name) || node->obstacle)
            continue;
        node_tell(node);
        node->state = NODE_DONE;
    }
}

/* --- what was left in the cluster --- */

static void on_object(void *context, const char *kind, const char *name, const char *run, int64_t age_ms)
{
    (void)age_ms;
    struct run *sweeping = context;
    log_info("removing %s %s, which the run %s has left", kind, name, run);
    if (strcmp(kind, "persistentvolumeclaims") == 0)
        sweeping->claims_swept = true;
}

static void on_stays(void *context, const char *name_space, const char *why)
{
    (void)context;
    log_info("the namespace %s stays: %s", name_space, why);
}

/* A namespace of a run's own is named after it. */
static char *namespace_of(const struct resume *resume, const char *id)
{
    const char *name_space = resume_namespace(resume);
    cleanup_free char *end = xasprintf("-%s", resume_run(resume));
    if (!text_ends_with(name_space, end))
        return xstrdup(name_space);
    return xasprintf("%.*s-%s", (int)(strlen(name_space) - strlen(end)), name_space, id);
}

static void say_what_is_removed(struct run *run, const char *id, size_t count)
{
    cleanup_free char *objects = text_count(count, "object", "objects");
    cleanup_free char *note =
        xasprintf("%s that the run %s has left %s removed", objects, id, count == 1 ? "is" : "are");
    run_emit_note(run, note);
}

/* The namespace of this run is removed at its end, if need be. */
static void sweep_run(struct run *run, const char *id)
{
    cleanup_free char *name_space = namespace_of(run->options->resume, id);
    bool is_here = strcmp(name_space, run->options->name_space) == 0;
    const struct sweep_options options = {.loop = run->loop,
                                          .name_space = name_space,
                                          .run = id,
                                          .keep_namespace = is_here,
                                          .by_name = true,
                                          .on_object = on_object,
                                          .on_stays = on_stays,
                                          .context = run};
    struct error *err = NULL;
    size_t count = 0;
    if (sweep(run->kube, &options, &count, &err) < 0) {
        error_wrap(&err, "what the run %s has left cannot be removed", id);
        error_hint(&err, "gvisor-smoke sweep -n %s --run %s", name_space, id);
        run_emit_problem(run, err);
        error_free(err);
    }
    if (count)
        say_what_is_removed(run, id, count);
    if (count && is_here)
        strings_add(&run->swept, id);
    run->touched = run->touched || is_here;
}

static void sweep_left(struct run *run)
{
    const struct resume *resume = run->options->resume;
    if (!resume_namespace(resume) || run->options->existing_pod)
        return;
    cleanup_strings struct strings runs = resume_runs(resume);
    for (size_t i = resume_left_nothing(resume); i < runs.count && !run_must_stop(run); i++)
        sweep_run(run, runs.items[i]);
}

/* --- all together --- */

void run_take_over(struct run *run)
{
    struct error *err = NULL;
    if (!run->options->resume)
        return;
    run->taken_over = true;
    take_on_all_nodes(run);
    say_what_is_taken(run);
    say_what_is_left_out(run);
    if (resume_tell(run->options->resume, run->events, &err) < 0) {
        run_break(run, err);
        return;
    }
    sweep_left(run);
}

int take_over_and_end(struct resume *resume, const struct case_set *cases, struct events *events,
                      bool checks_too, const char *cause, struct error **err)
{
    cleanup_strings struct strings nodes = resume_judged_nodes(resume);
    for (size_t i = 0; i < nodes.count; i++)
        take_over_on_node(resume, cases, nodes.items[i]);
    int failed = resume_tell(resume, events, err);
    if (!nodes.count)
        strings_add(&nodes, "");
    for (size_t i = 0; i < nodes.count; i++)
        run_end_unplanned(cases, events, resume, checks_too && i == 0, nodes.items[i], ENDING_NOT_RUN, cause);
    return failed;
}
