/* SPDX-License-Identifier: Apache-2.0
 *
 * What gVisor costs: pod start and each case that worked under both runtimes, timed one after the other.
 *
 * Both runtimes take turns, and who goes first alternates, so that a machine whose speed drifts treats them
 * alike.
 */
#include <string.h>

#include "gvisor-smoke/cleanup.h"
#include "gvisor-smoke/log.h"
#include "run_private.h"

static void emit_measure(struct run *run, const char *name, const char *node, enum runtime_role runtime,
                         int64_t duration_us)
{
    struct event event = {
        .kind = EVENT_MEASURE,
        .measure = {.name = name, .node = node, .runtime = runtime, .duration_us = duration_us},
    };
    event_emit(run->events, &event);
}

/* --- cases --- */

static bool execution_is_over(void *context)
{
    const struct execution *execution = context;
    return execution->state == EXECUTION_ENDED || run_must_stop(execution->owner->node->run);
}

/* The supervisor's own clock leaves out the exec around the case. */
static int64_t inside_us(const struct evidence *evidence)
{
    return evidence->wall_us > 0 ? evidence->wall_us : evidence->duration_ms * 1000;
}

/* The time of one repetition in microseconds, or -1 when it did not work this time. */
static int64_t time_execution(struct run_case *run_case, enum runtime_role runtime)
{
    struct run *run = run_case->node->run;
    struct execution execution = {.timed_only = true};
    execution_init(&execution, run_case, runtime);
    execution_start(&execution);
    loop_run_until(run->loop, execution_is_over, &execution);
    int64_t duration_us = execution_is_ok(&execution) ? inside_us(&execution.evidence) : -1;
    if (execution.state == EXECUTION_RUNNING)
        execution.owner->node->executing--;
    execution_release(&execution);
    return duration_us;
}

/* A case that belongs to a chain leaves something behind for the next one, so it cannot be repeated by
 * itself. */
static bool is_measurable(const struct run_case *run_case)
{
    const struct node_run *node = run_case->node;
    if (run_case->test_case->expect == EXPECT_BLOCKED || run_case->test_case->after)
        return false;
    for (size_t i = 0; i < node->case_count; i++) {
        const char *after = node->cases[i].test_case->after;
        if (after && strcmp(after, run_case->test_case->name) == 0)
            return false;
    }
    return execution_is_ok(&run_case->gvisor) && execution_is_ok(&run_case->control);
}

static void measure_case(struct run_case *run_case, unsigned round)
{
    struct run *run = run_case->node->run;
    for (unsigned turn = 0; turn < 2 && !run_must_stop(run); turn++) {
        enum runtime_role runtime = (turn + round) % 2 ? RUNTIME_CONTROL : RUNTIME_GVISOR;
        int64_t duration_us = time_execution(run_case, runtime);
        if (duration_us >= 0)
            emit_measure(run, run_case->test_case->name, run_case->node->name, runtime, duration_us);
    }
}

/* --- pod start --- */

static bool pod_is_started(void *context)
{
    const struct run_pod *pod = context;
    return pod->start_us > 0 || pod_is_over(pod) || run_must_stop(pod->run);
}

static bool pod_is_gone(void *context)
{
    const struct run_pod *pod = context;
    return pod->state == POD_GONE || run_must_stop(pod->run);
}

static void measure_pod_start(struct node_run *node, const struct test_case *sample, unsigned round)
{
    struct run *run = node->run;
    for (unsigned turn = 0; turn < 2 && !run_must_stop(run); turn++) {
        enum runtime_role runtime = (turn + round) % 2 ? RUNTIME_CONTROL : RUNTIME_GVISOR;
        struct run_pod *pod =
            node_add_pod(node, runtime == RUNTIME_GVISOR ? POD_GVISOR : POD_CONTROL, sample);
        pod_start(pod);
        loop_run_until(run->loop, pod_is_started, pod);
        if (pod->start_us > 0)
            emit_measure(run, "pod start", node->name, runtime, pod->start_us);
        pod_delete(pod);
        loop_run_until(run->loop, pod_is_gone, pod);
    }
}

/* A case whose pod is the plain one: the template for pods that are only started. */
static const struct test_case *plain_case(const struct node_run *node)
{
    for (size_t i = 0; i < node->case_count; i++)
        if (node->cases[i].test_case->grants.count == 0)
            return node->cases[i].test_case;
    return NULL;
}

static void measure_round(struct node_run *node, const struct test_case *sample, unsigned round)
{
    struct run *run = node->run;
    log_info("overhead: round %u of %u on node %s", round + 1, run->options->repeat, node->name);
    if (sample)
        measure_pod_start(node, sample, round);
    for (size_t i = 0; i < node->case_count && !run_must_stop(run); i++)
        if (is_measurable(&node->cases[i]))
            measure_case(&node->cases[i], round);
}

void run_measure_overhead(struct run *run)
{
    for (size_t i = 0; i < run->node_count; i++)
        for (unsigned round = 0; round < run->options->repeat && !run_must_stop(run); round++)
            measure_round(&run->nodes[i], plain_case(&run->nodes[i]), round);
}
