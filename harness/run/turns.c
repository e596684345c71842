/* SPDX-License-Identifier: Apache-2.0
 *
 * Nodes take turns: only so many are worked on at once, so neither the cluster's pods nor the memory of this
 * program grow with the number of nodes. What a node needs is planned when its turn comes, and released when
 * its verdicts are spoken and its pods are gone.
 */
#include "gvisor-smoke/cleanup.h"
#include "gvisor-smoke/clock.h"
#include "gvisor-smoke/log.h"
#include "run_private.h"

void run_tell_obstacles(struct run *run)
{
    for (size_t i = 0; i < run->node_count; i++) {
        struct node_run *node = &run->nodes[i];
        if (!node->obstacle)
            continue;
        node_tell(node);
        if (!node->kept_free) {
            cleanup_error struct error *err = NULL;
            error_set(&err, ERROR_ENVIRONMENT, "%s", node->obstacle);
            error_hint(&err, "repair the node, or keep such nodes away by the RuntimeClass' scheduling");
            run_emit_problem(run, err);
        }
        run_end_unplanned(run->cases, run->events, run->options->resume, false, node->name,
                          node->kept_free ? ENDING_UNMET : ENDING_NOT_RUN, node->obstacle);
        node->state = NODE_DONE;
    }
}

static void begin(struct node_run *node)
{
    log_info("node %s has its turn", node->name ? node->name : "(the scheduler chooses)");
    node->state = NODE_ACTIVE;
    node->began_ms = clock_monotonic_ms();
    node->run->active_nodes++;
    node_tell(node);
    node_plan(node);
    claims_create(node);
}

void run_begin_nodes(struct run *run)
{
    while (run->next_node < run->node_count && run->active_nodes < run->options->parallel_nodes) {
        struct node_run *node = &run->nodes[run->next_node++];
        if (node->state == NODE_WAITING)
            begin(node);
    }
}

static bool is_judged(const struct node_run *node)
{
    for (size_t i = 0; i < node->case_count; i++)
        if (!node->cases[i].judged)
            return false;
    return true;
}

bool run_is_over(const struct run *run)
{
    for (size_t i = run->first_active; i < run->node_count; i++)
        if (run->nodes[i].state == NODE_WAITING ||
            (run->nodes[i].state == NODE_ACTIVE && !is_judged(&run->nodes[i])))
            return false;
    return true;
}

/* Whether nothing of it is needed or heard of any more. */
static bool is_through(const struct node_run *node)
{
    if (node->state != NODE_ACTIVE || node->executing || claims_are_open(node) || !is_judged(node))
        return false;
    for (size_t i = 0; i < node->pod_count && !node->run->options->keep; i++)
        if (node->pods[i]->state != POD_GONE && node->pods[i]->state != POD_PLANNED)
            return false;
    return true;
}

static void finish(struct node_run *node)
{
    if (!node->run->options->keep)
        claims_delete(node);
    node_release(node);
    node->state = NODE_DONE;
    node->run->active_nodes--;
}

static void reap(void *context)
{
    struct run *run = context;
    run->reaper = NULL;
    if (run->closing)
        return;
    for (size_t i = run->first_active; i < run->next_node; i++)
        if (is_through(&run->nodes[i]))
            finish(&run->nodes[i]);
    while (run->first_active < run->next_node && run->nodes[run->first_active].state == NODE_DONE)
        run->first_active++;
    run_begin_nodes(run);
    run_schedule(run);
}

void run_finish_nodes(struct run *run)
{
    if (!run->over_nodes || run->reaper || run->closing)
        return;
    for (size_t i = run->first_active; i < run->next_node; i++)
        if (is_through(&run->nodes[i])) {
            run->reaper = timer_start(run->loop, 0, reap, run);
            return;
        }
}

void run_end_waiting_nodes(struct run *run, const char *cause)
{
    for (size_t i = 0; i < run->node_count; i++)
        if (run->nodes[i].state == NODE_WAITING)
            run_end_unplanned(run->cases, run->events, run->options->resume, false, run->nodes[i].name,
                              ENDING_NOT_RUN, cause);
}
