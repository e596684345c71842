/* SPDX-License-Identifier: Apache-2.0
 *
 * What the live lines and the summary of the terminal share.
 */
#ifndef HARNESS_REPORT_TERMINAL_H
#define HARNESS_REPORT_TERMINAL_H

#include "model.h"
#include "screen.h"

#define TERMINAL_NODES_MAX 10 /* more than these are not shown line by line */

/* A run over nodes: how far it is, and what has been shown of it. */
struct terminal_wide {
    size_t nodes; /* of the run, 0 while that is not known */
    size_t done, checks;
    struct report_counts counts;
    struct index verdicts; /* by node: how many it has */
    struct index shown;    /* by sort of trouble: how often it was met */
};

struct terminal {
    struct terminal_options options;
    FILE *lines; /* what is to be printed next, in memory */
    char *text;  /* of these */
    size_t length;
    struct live live;     /* with options.live */
    struct screen screen; /* likewise */
    struct loop *loop;    /* while the view keeps itself up to date, or NULL */
    struct timer *tick;
    struct signal_watch *resized, *continued;
    unsigned lent;  /* to how many others the terminal is lent: until it is back nothing is drawn */
    int name_width; /* of the longest planned case's name */
    size_t planned;
    char *node;         /* the first that was seen, or NULL */
    bool several_nodes; /* verdicts show their node */
    struct index control_pods;
    struct index attested_nodes; /* whose signs were all shown once */
    struct terminal_wide wide;
    char *pod_failure;  /* of the pod that failed last, until it is shown: a problem often repeats it */
    char *last_message; /* of the last bad verdict or problem, or NULL: what many cases share is said once */
};

/* --- terminal_live.c --- */

/* From here on lines are there to be written to. */
void terminal_gather(struct terminal *terminal);
/* Prints what they hold, above the view; wall_ms: when that happened, or 0 for what needs no time. */
void terminal_deliver(struct terminal *terminal, int64_t wall_ms);

/* --- terminal_lines.c --- */

/* Writes what is to be said of the event. */
void terminal_show(struct terminal *terminal, const struct event *event);

enum colour { COLOUR_NONE, COLOUR_GOOD, COLOUR_BAD, COLOUR_ERROR, COLOUR_DIM, COLOUR_HINT };
/* The sequence that turns the colour on. */
const char *colour_code(enum colour colour);
/* The same, or "" when there are to be none. */
const char *terminal_colour(const struct terminal *terminal, enum colour colour);

/* "ok   ", "FAIL ", "ERROR", "skip ", coloured. */
void terminal_verdict_word(const struct terminal *terminal, enum verdict_kind kind);

/* Any text, on one line and without anything that a terminal obeys. */
void terminal_text(const struct terminal *terminal, const char *text);

/* Shows what was held back; before anything that does not belong to it. */
void terminal_flush(struct terminal *terminal);

bool terminal_is_control(const struct terminal *terminal, const char *pod /* or NULL */);

/* --- terminal_wide.c --- */

/* There are so many nodes that only trouble and progress are shown. */
bool terminal_is_wide(const struct terminal *terminal);
/* Whether such a run shows the event. */
bool terminal_wide_shows(struct terminal *terminal, const struct event *event);
/* Counts a verdict, and shows how far the run is. */
void terminal_wide_count(struct terminal *terminal, const struct event *event);
void terminal_wide_release(struct terminal_wide *wide);

/* Either may be NULL: nothing is printed for it. */
void terminal_problem(const struct terminal *terminal, const char *message, const char *hint);

#endif
