/* SPDX-License-Identifier: Apache-2.0
 *
 * What the live lines and the summary of the terminal share.
 */
#ifndef HARNESS_REPORT_TERMINAL_H
#define HARNESS_REPORT_TERMINAL_H

#include "model.h"

struct terminal {
    struct terminal_options options;
    int name_width; /* of the longest planned case's name */
    size_t planned;
    char *node;         /* the first that was seen, or NULL */
    bool several_nodes; /* verdicts show their node */
    struct strings control_pods;
    struct strings attested_nodes; /* whose signs were all shown once */
    char *pod_failure;  /* of the pod that failed last, until it is shown: a problem often repeats it */
    char *last_message; /* of the last bad verdict or problem, or NULL: what many cases share is said once */
};

enum colour { COLOUR_NONE, COLOUR_GOOD, COLOUR_BAD, COLOUR_ERROR, COLOUR_DIM, COLOUR_HINT };
/* The sequence that turns the colour on, or "" when there are to be none. */
const char *terminal_colour(const struct terminal *terminal, enum colour colour);

/* "ok   ", "FAIL ", "ERROR", "skip ", coloured. */
void terminal_verdict_word(const struct terminal *terminal, enum verdict_kind kind);

/* Any text, on one line and without anything that a terminal obeys. */
void terminal_text(const struct terminal *terminal, const char *text);

/* Shows what was held back; before anything that does not belong to it. */
void terminal_flush(struct terminal *terminal);

/* Either may be NULL: nothing is printed for it. */
void terminal_problem(const struct terminal *terminal, const char *message, const char *hint);

#endif
