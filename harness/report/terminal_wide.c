/* SPDX-License-Identifier: Apache-2.0
 *
 * The terminal in a run over many nodes: what is wrong, the first times that it is met, and how far the run
 * is. The summary and the reports have the rest.
 */
#include <string.h>

#include "gvisor-smoke/cleanup.h"
#include "terminal.h"

#define SHOWN_MAX 3       /* times that the same trouble is shown, each on another node */
#define PROGRESS_LINES 20 /* about as many in a run */

bool terminal_is_wide(const struct terminal *terminal)
{
    return terminal->wide.nodes > TERMINAL_NODES_MAX;
}

/* Counts trouble of this sort, and says whether it is to be shown. */
static bool is_early(struct terminal *terminal, const char *sort, const char *what, const char *how)
{
    cleanup_free char *key = xasprintf("%s\n%s\n%s", sort, what ? what : "", how ? how : "");
    size_t count = 0;
    index_get(&terminal->wide.shown, key, &count);
    index_set(&terminal->wide.shown, key, count + 1);
    return count < SHOWN_MAX;
}

static bool shows_attestation(struct terminal *terminal, const struct event *event)
{
    bool attested = event->attestation.attestation->attested;
    bool control = terminal_is_control(terminal, event->attestation.pod);
    return attested == control && is_early(terminal, "attestation", control ? "control" : "gvisor", NULL);
}

static bool shows_verdict(struct terminal *terminal, const struct event *event)
{
    const struct verdict *verdict = event->verdict.verdict;
    if (!event->verdict.node || !*event->verdict.node)
        return true;
    return verdict->kind != VERDICT_PASSED && verdict->kind != VERDICT_SKIPPED &&
           is_early(terminal, "verdict", event->verdict.name, verdict->reason);
}

bool terminal_wide_shows(struct terminal *terminal, const struct event *event)
{
    switch (event->kind) {
    case EVENT_NODE:
        return false;
    case EVENT_POD:
        return strcmp(event->pod.state, "failed") == 0 &&
               is_early(terminal, "pod", event->pod.role, event->pod.state);
    case EVENT_ATTESTATION:
        return shows_attestation(terminal, event);
    case EVENT_VERDICT:
        return shows_verdict(terminal, event);
    case EVENT_PROBLEM: /* those of many nodes have one hint */
        return is_early(terminal, "problem", event->problem.hint, NULL);
    default:
        return true;
    }
}

static void print_progress(const struct terminal *terminal)
{
    const struct report_counts *counts = &terminal->wide.counts;
    FILE *out = terminal->lines;
    fprintf(out, "%-10s%zu of %zu done: %u passed, %u failed, %u errors", "nodes", terminal->wide.done,
            terminal->wide.nodes, counts->passed, counts->failed, counts->errors);
    if (counts->skipped)
        fprintf(out, ", %u skipped", counts->skipped);
    fputs("\n", out);
}

void terminal_wide_count(struct terminal *terminal, const struct event *event)
{
    struct terminal_wide *wide = &terminal->wide;
    report_counts_add(&wide->counts, event->verdict.verdict->kind);
    if (!event->verdict.node || !*event->verdict.node) {
        wide->checks++; /* of the API: these come before all nodes */
        return;
    }
    size_t verdicts = 0;
    index_get(&wide->verdicts, event->verdict.node, &verdicts);
    index_set(&wide->verdicts, event->verdict.node, ++verdicts);
    if (verdicts + wide->checks != terminal->planned)
        return;
    wide->done++;
    size_t step = wide->nodes / PROGRESS_LINES + 1;
    bool untold = !terminal->options.quiet && !terminal->options.live; /* a live view counts them itself */
    if (terminal_is_wide(terminal) && untold && (wide->done % step == 0 || wide->done == wide->nodes))
        print_progress(terminal);
}

void terminal_wide_release(struct terminal_wide *wide)
{
    index_release(&wide->verdicts);
    index_release(&wide->shown);
}
