/* SPDX-License-Identifier: Apache-2.0
 *
 * The live view of a run: what a person at a terminal wants to see of it now, in a few lines.
 *
 * It is a fold over events, and its text a pure function of that, a size and a time. Where the text stands on
 * the terminal is the business of screen.h.
 */
#ifndef HARNESS_REPORT_LIVE_H
#define HARNESS_REPORT_LIVE_H

#include "gvisor-smoke/event.h"
#include "gvisor-smoke/index.h"
#include "gvisor-smoke/report.h"

#define LIVE_LINES_MAX 10 /* however many cases and nodes there are */

/* A case or a pod that something is waited for from. */
struct live_item {
    char *name, *node, *what; /* what: the runtime of a case, the state of a pod; each may be "" */
    int64_t since_ms;         /* wall clock */
    bool pod;
};

struct live {
    int64_t began_ms; /* of the run; 0 before it */
    size_t planned;   /* cases on each node, with the checks of the API */
    size_t checks;    /* verdicts of these, which belong to no node */
    size_t nodes;     /* of the run */
    size_t measures;
    struct report_counts counts; /* of all verdicts */
    struct index judged;         /* by node: how many verdicts it has */
    size_t nodes_done;
    bool over_nodes, ended;
    bool begun;              /* there were pods, or a case in one */
    struct live_item *items; /* what is under way, the oldest first */
    size_t count;
};

/* A view of no run yet is all zero. */
void live_event(struct live *live, const struct event *event);
void live_release(struct live *live);

/* How large the terminal is, in characters, and whether it takes colours. */
struct live_look {
    size_t width, height;
    bool colour;
};

/* The lines, each ended by a newline and narrower than the terminal, so that it breaks none; text is "" when
 * there is nothing to show. All characters take one column, but for the sequences of colours. */
struct live_lines {
    char *text;
    size_t lines;
    size_t columns[LIVE_LINES_MAX]; /* of each line */
};
struct live_lines live_render(const struct live *live, const struct live_look *look, int64_t now_ms);

#endif
