/* SPDX-License-Identifier: Apache-2.0
 *
 * What may start now. Called whenever something has changed; decides anew from the whole state, so the order
 * in which things happen does not matter.
 */
#include <string.h>

#include "gvisor-smoke/cleanup.h"
#include "gvisor-smoke/clock.h"
#include "gvisor-smoke/resume.h"
#include "run_private.h"

static const char *failure_of(const struct run_pod *pod)
{
    return pod->failure ? pod->failure->message : "its pod is gone";
}

/* How a case ends whose pod will not take it. */
static enum ending ending_of(const struct run_pod *pod)
{
    if (pod->unmet)
        return ENDING_UNMET;
    return pod->failure && pod->failure->kind == ERROR_NOT_GVISOR ? ENDING_NOT_GVISOR : ENDING_NOT_RUN;
}

/* The same case's predecessor under the same runtime, or NULL. */
static struct execution *predecessor(const struct execution *execution)
{
    struct run_case *before = node_find_case(execution->owner->node, execution->owner->test_case->after);
    if (!before)
        return NULL;
    return execution->runtime == RUNTIME_GVISOR ? &before->gvisor : &before->control;
}

static void end_for_predecessor(struct execution *execution, bool skipped)
{
    cleanup_free char *cause = xasprintf("it needs \"%s\", which %s", execution->owner->test_case->after,
                                         skipped ? "was skipped" : "did not pass");
    execution_end_without_run(execution, skipped ? ENDING_UNMET : ENDING_NOT_RUN, cause);
}

/* A predecessor whose verdict is of an earlier run: it is taken over only where it stops what comes after it.
 */
static bool end_for_taken(const struct run *run, struct execution *execution)
{
    const struct resume *resume = run->options->resume;
    const char *after = execution->owner->test_case->after;
    const char *node = execution->owner->node->name;
    if (!after || !resume_is_taken(resume, after, node))
        return false;
    end_for_predecessor(execution, resume_verdict(resume, after, node) == VERDICT_SKIPPED);
    return true;
}

/* Ends what can never run; true when it did. */
static bool end_hopeless(struct run *run, struct execution *execution)
{
    const struct execution *before = predecessor(execution);
    if (before && before->state == EXECUTION_ENDED && !execution_is_ok(before)) {
        end_for_predecessor(execution, before->evidence.ending == ENDING_UNMET);
        return true;
    }
    if (!before && end_for_taken(run, execution))
        return true;
    if (pod_is_over(execution->pod)) {
        execution_end_without_run(execution, ending_of(execution->pod), failure_of(execution->pod));
        return true;
    }
    if (execution_uses_fixture(execution) && pod_is_over(run->fixture)) {
        execution_end_without_run(execution, ENDING_NOT_RUN, failure_of(run->fixture));
        return true;
    }
    return false;
}

static bool end_for_missing_tool(struct execution *execution)
{
    struct strings absent = prelude_missing(execution);
    if (absent.count == 0)
        return false;
    cleanup_free char *names = strings_join(&absent, ", ");
    bool existing = execution->pod->run->options->existing_pod != NULL;
    cleanup_free char *cause = xasprintf("the %s does not have: %s", existing ? "pod" : "image", names);
    strings_release(&absent);
    execution_end_without_run(execution, existing ? ENDING_UNMET : ENDING_NOT_RUN, cause);
    return true;
}

/* What a pod that was there before does not give. */
static bool end_for_unmet(struct execution *execution)
{
    cleanup_free char *unmet = execution->pod->run->options->existing_pod ? existing_unmet(execution) : NULL;
    if (unmet)
        execution_end_without_run(execution, ENDING_UNMET, unmet);
    return unmet != NULL;
}

/* A pod looks for the fixture as soon as a case in it needs it, whether or not there is a place for the case.
 */
static enum execution_wait next_wait(struct run *run, const struct execution *execution)
{
    const struct execution *before = predecessor(execution);
    if (execution->pod->state != POD_READY)
        return WAIT_POD;
    bool sees_fixture = !execution_uses_fixture(execution) ||
                        (run->fixture->state == POD_READY && pod_sees_fixture(execution->pod));
    if (before && before->state != EXECUTION_ENDED)
        return WAIT_AFTER;
    if (!sees_fixture)
        return WAIT_FIXTURE;
    return execution->owner->node->executing < run->options->parallel ? WAIT_NONE : WAIT_PLACE;
}

static void count_wait(struct execution *execution, enum execution_wait wait)
{
    int64_t now_ms = clock_monotonic_ms();
    if (execution->waits_ms)
        execution->waited_ms[execution->wait] += now_ms - execution->waits_ms;
    execution->wait = wait;
    execution->waits_ms = now_ms;
}

static void advance_execution(struct execution *execution, void *context)
{
    struct run *run = context;
    if (execution->state == EXECUTION_RUNNING && pod_is_over(execution->pod))
        execution_on_pod_end(execution);
    if (run->closing || execution->state != EXECUTION_WAITING || !execution_is_asked_for(execution))
        return;
    /* What the case itself does not get says more than that its predecessor did not get it either. */
    bool ready = execution->pod->state == POD_READY;
    if ((ready && end_for_unmet(execution)) || end_hopeless(run, execution) ||
        (ready && end_for_missing_tool(execution)))
        return;
    enum execution_wait wait = next_wait(run, execution);
    count_wait(execution, wait);
    if (wait == WAIT_NONE)
        execution_start(execution);
}

/* A control before its case, so that what ends both speaks its verdict once. */
static void node_each_execution(struct node_run *node,
                                void (*function)(struct execution *execution, void *context), void *context)
{
    for (size_t i = 0; i < node->case_count; i++) {
        function(&node->cases[i].control, context);
        function(&node->cases[i].gvisor, context);
    }
}

/* What the executions of one pod add up to. */
struct pod_use {
    const struct run_pod *pod;
    bool wanted; /* one of them has all that it waits for but the pod */
    bool needed; /* one of them has not ended, or may still be asked for */
};

/* A control may be asked for until its case is judged. */
static bool may_still_run(const struct execution *execution)
{
    bool possible = execution->runtime == RUNTIME_GVISOR || !execution->owner->judged;
    return possible && execution->state != EXECUTION_ENDED;
}

static void add_use(struct execution *execution, void *context)
{
    struct pod_use *use = context;
    if (execution->pod != use->pod || !may_still_run(execution))
        return;
    use->needed = true;
    if (execution->state != EXECUTION_WAITING || !execution_is_asked_for(execution))
        return;
    /* A second pod is there to see what the first one left: it starts when that is done. */
    const struct execution *before = predecessor(execution);
    if (!before || !execution->owner->test_case->second_pod || execution_is_ok(before))
        use->wanted = true;
}

static bool waits_for_claim(const struct run_pod *pod)
{
    return strings_contain(&pod->sample->grants, "volume") && claims_are_open(pod->node);
}

static void advance_pods(struct run *run, struct node_run *node)
{
    for (size_t i = 0; i < node->pod_count && !run->closing; i++) {
        struct run_pod *pod = node->pods[i];
        struct pod_use use = {.pod = pod};
        node_each_execution(node, add_use, &use);
        if (pod->state == POD_PLANNED && use.wanted && waits_for_claim(pod))
            pod->claim_ms = pod->claim_ms ? pod->claim_ms : clock_monotonic_ms();
        else if (pod->state == POD_PLANNED && use.wanted)
            pod_start(pod);
        else if ((pod->state == POD_READY || pod->state == POD_FAILED) && !use.needed &&
                 !run->options->keep && !run->options->repeat)
            pod_delete(pod);
    }
}

void run_each_execution(struct run *run, void (*function)(struct execution *execution, void *context),
                        void *context)
{
    for (size_t i = run->first_active; i < run->next_node; i++)
        node_each_execution(&run->nodes[i], function, context);
}

static void schedule_once(struct run *run)
{
    run_each_execution(run, advance_execution, run);
    for (size_t i = run->first_active; i < run->next_node; i++)
        advance_pods(run, &run->nodes[i]);
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
        if (run->fixture && run->fixture->state == POD_PLANNED && !objects_are_open(run))
            pod_start(run->fixture);
        schedule_once(run);
    }
    run->scheduling = false;
    run_finish_nodes(run);
}
