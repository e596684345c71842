/* SPDX-License-Identifier: Apache-2.0
 *
 * What the files of one case share: one_case.c its states and its verdict, one_case_reply.c its start and the
 * connection to it, one_case_result.c what came back.
 */
#ifndef RUN_ONE_CASE_H
#define RUN_ONE_CASE_H

#include "run_private.h"

/* --- one_case.c --- */
void execution_set_state(struct execution *execution, enum execution_state state);
/* The one door: evidence is complete, the judge may speak, others may start. */
void execution_end(struct execution *execution);

/* --- one_case_reply.c --- */
void execution_stop_listening(struct execution *execution); /* nothing is heard of it any more */

/* --- one_case_result.c: fills the evidence --- */
/* Of a case that the pod's own shell runs. */
void execution_take_plain(struct execution *execution, const struct kube_exec_end *end);
/* Of its standard error the last bytes are kept, whatever else is: they say whether it came whole. */
void execution_keep_end(struct execution *execution, const char *bytes, size_t length);
/* Of the supervisor's reply; end counts where that is not whole. */
void execution_take_supervised(struct execution *execution, const struct kube_exec_end *end);
void execution_add_note(struct evidence *evidence, char *note /* taken, may be NULL */);

#endif
