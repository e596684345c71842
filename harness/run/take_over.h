/* SPDX-License-Identifier: Apache-2.0
 *
 * A run that takes up an earlier one: what it need not run again.
 */
#ifndef RUN_TAKE_OVER_H
#define RUN_TAKE_OVER_H

#include "gvisor-smoke/resume.h"
#include "run_private.h"

/* Once the nodes are known, and before anything is planned: chooses what is taken over, tells it, ends nodes
 * of which nothing is left to run, and removes what the earlier run has left in the cluster. */
void run_take_over(struct run *run);
/* Whether the case is to be run on some node. */
bool run_is_left(const struct run *run, const struct test_case *test_case);

/* Takes over what may be on this node (NULL: whichever). Returns whether a script is left. */
bool take_over_on_node(struct resume *resume, const struct case_set *cases, const char *node);
/* For a run that ends before it knows its nodes: takes over and tells all that the journal has, and speaks
 * the verdicts on what is missing, each on the nodes of the journal. */
int take_over_and_end(struct resume *resume, const struct case_set *cases, struct events *events,
                      bool checks_too, const char *cause, struct error **err);

#endif
