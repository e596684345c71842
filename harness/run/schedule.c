/* SPDX-License-Identifier: Apache-2.0
 *
 * What may start now. Called whenever something has changed; decides anew from the whole state, so the order
 * in which things happen does not matter.
 */
#include <string.h>

#include "gvisor-smoke/cleanup.h"
#include "run_private.h"

static struct run_case *find_case(struct node_run *node, const char *name)
{
    for (size_t i = 0; i < node->case_count; i++)
        if (strcmp(node->cases[i].test_case->name, name) == 0)
            return &node->cases[i];
    return NULL;
}

static const char *failure_of(const struct run_pod *pod)
{
    return pod->failure ? pod->failure->message : "its pod is gone";
}

/* Ends a case that can never run; true when it did. */
static bool end_hopeless(struct run *run, struct run_case *run_case)
{
    struct execution *execution = &run_case->gvisor;
    const struct test_case *test_case = run_case->test_case;
    struct run_case *before = test_case->after ? find_case(run_case->node, test_case->after) : NULL;
    if (before && before->judged && !before->held) {
        cleanup_free char *cause = xasprintf("it needs \"%s\", which did not pass", test_case->after);
        execution_end_without_run(execution, ENDING_NOT_RUN, cause);
        return true;
    }
    if (pod_is_over(execution->pod)) {
        bool impostor = execution->pod->failure && execution->pod->failure->kind == ERROR_NOT_GVISOR;
        execution_end_without_run(execution, impostor ? ENDING_NOT_GVISOR : ENDING_NOT_RUN,
                                  failure_of(execution->pod));
        return true;
    }
    if (strings_contain(&test_case->uses, "fixture") && run->fixture && pod_is_over(run->fixture)) {
        execution_end_without_run(execution, ENDING_NOT_RUN, failure_of(run->fixture));
        return true;
    }
    return false;
}

static bool end_for_missing_tool(struct run_case *run_case)
{
    const struct run_pod *pod = run_case->gvisor.pod;
    struct strings absent = {0};
    for (size_t i = 0; i < run_case->test_case->needs.count; i++)
        if (strings_contain(&pod->missing, run_case->test_case->needs.items[i]))
            strings_add(&absent, run_case->test_case->needs.items[i]);
    if (absent.count == 0)
        return false;
    cleanup_free char *names = strings_join(&absent, ", ");
    cleanup_free char *cause = xasprintf("the image does not have: %s", names);
    strings_release(&absent);
    execution_end_without_run(&run_case->gvisor, ENDING_NOT_RUN, cause);
    return true;
}

static bool may_start(struct run *run, struct run_case *run_case)
{
    struct run_pod *pod = run_case->gvisor.pod;
    const struct test_case *test_case = run_case->test_case;
    struct run_case *before = test_case->after ? find_case(run_case->node, test_case->after) : NULL;
    if (pod->state != POD_READY || (before && !before->judged))
        return false;
    if (!strings_contain(&test_case->uses, "fixture") || !run->fixture)
        return true;
    return run->fixture->state == POD_READY && pod_sees_fixture(pod);
}

static void advance_case(struct run *run, struct run_case *run_case)
{
    if (run_case->gvisor.state != EXECUTION_WAITING || end_hopeless(run, run_case))
        return;
    if (run_case->gvisor.pod->state == POD_READY && end_for_missing_tool(run_case))
        return;
    if (run->executing < run->options->parallel && may_start(run, run_case))
        execution_start(&run_case->gvisor);
}

/* A pod is wanted when one of its cases has all that it waits for but the pod. */
static bool pod_is_wanted(struct node_run *node, const struct run_pod *pod)
{
    for (size_t i = 0; i < node->case_count; i++) {
        const struct run_case *run_case = &node->cases[i];
        if (run_case->gvisor.pod != pod || run_case->gvisor.state != EXECUTION_WAITING)
            continue;
        const char *after = run_case->test_case->after;
        const struct run_case *before = after ? find_case(node, after) : NULL;
        /* A second pod is there to see what the first one left: it starts when that is done. */
        if (!before || !run_case->test_case->second_pod || before->held)
            return true;
    }
    return false;
}

static bool pod_is_used_up(const struct node_run *node, const struct run_pod *pod)
{
    for (size_t i = 0; i < node->case_count; i++)
        if (node->cases[i].gvisor.pod == pod && node->cases[i].gvisor.state != EXECUTION_ENDED)
            return false;
    return true;
}

static void advance_pods(struct node_run *node)
{
    for (size_t i = 0; i < node->pod_count; i++) {
        struct run_pod *pod = node->pods[i];
        if (pod->state == POD_PLANNED && pod_is_wanted(node, pod))
            pod_start(pod);
        else if ((pod->state == POD_READY || pod->state == POD_FAILED) && pod_is_used_up(node, pod) &&
                 !node->run->options->keep)
            pod_delete(pod);
    }
}

static void schedule_once(struct run *run)
{
    for (size_t i = 0; i < run->node_count; i++) {
        struct node_run *node = &run->nodes[i];
        for (size_t k = 0; k < node->case_count && !run->closing; k++)
            advance_case(run, &node->cases[k]);
        if (!run->closing)
            advance_pods(node);
    }
}

void run_schedule(struct run *run)
{
    /* What it starts may fail at once and call it again: then once more from the top, not from inside. */
    run->schedule_again = true;
    if (run->scheduling || !run->watches_synced)
        return;
    run->scheduling = true;
    while (run->schedule_again && !run->closing) {
        run->schedule_again = false;
        if (run->fixture && run->fixture->state == POD_PLANNED)
            pod_start(run->fixture);
        schedule_once(run);
    }
    run->scheduling = false;
}

bool run_is_over(const struct run *run)
{
    for (size_t i = 0; i < run->node_count; i++)
        for (size_t k = 0; k < run->nodes[i].case_count; k++)
            if (run->nodes[i].cases[k].gvisor.state != EXECUTION_ENDED)
                return false;
    return true;
}
