/* SPDX-License-Identifier: Apache-2.0
 *
 * A journal whose run is taken up again: what it knows already, and how that comes into the new run's events.
 *
 * A verdict counts when it is final (passed, failed, skipped; an error is none) and was spoken on a case in a
 * pod that is attested in the journal. Which of those are taken over is the caller's to decide, by
 * resume_take(); what the journal says of them is then told again as it was, marked with the run it is of.
 *
 * Lifecycle: resume_open(), checks, resume_take()..., resume_tell(), resume_free(). The journal is locked
 * from the first to the last, as a run locks the one that it writes.
 */
#ifndef GVISOR_SMOKE_RESUME_H
#define GVISOR_SMOKE_RESUME_H

#include <stdbool.h>
#include <stddef.h>

#include "gvisor-smoke/error.h"
#include "gvisor-smoke/event.h"
#include "gvisor-smoke/text.h"

struct resume;

/* Reads the journal, which may be cut anywhere and is never written to. ERROR_USAGE when it cannot be read,
 * is a merged one, does not say all that was planned, or when its run is still going on. */
struct resume *resume_open(const char *path, struct error **err);
void resume_free(struct resume *resume); /* NULL does nothing */

const char *resume_path(const struct resume *resume); /* of the journal; borrowed until the next call */
const char *resume_run(const struct resume *resume);  /* the run's id */
/* The ids of the run and of those that it has taken up itself, the last one first; the caller releases them.
 */
struct strings resume_runs(const struct resume *resume);
/* Where the run made its objects, or NULL. */
const char *resume_namespace(const struct resume *resume);
/* Whether it came to its end and could remove all that it had made. */
bool resume_left_nothing(const struct resume *resume);
/* The nodes to ask for, so that the run is on the same, as in run_options; NULL: the journal does not say. */
const char *resume_nodes(const struct resume *resume);
/* The nodes on which the journal has results; the caller releases them. */
struct strings resume_judged_nodes(const struct resume *resume);
/* The cases that were planned; the caller releases their names. */
struct strings resume_cases(const struct resume *resume);
/* Whether nothing is missing: the run came to its end, and no verdict is an error. */
bool resume_is_complete(const struct resume *resume);

/* Whether the verdicts can stand beside those of a run that begins with this event (EVENT_RUN): the same
 * server, RuntimeClass, handler, image and settings. ERROR_USAGE names what differs. */
int resume_check_run(const struct resume *resume, const struct event *event, struct error **err);
/* The same of what it plans (EVENT_CASE): the same cases, each with the same script and expectation. */
int resume_check_plan(const struct resume *resume, const struct event *cases, size_t count,
                      struct error **err);

/* Where the file of that path is the journal itself, gives the journal a name of its own beside it
 * ("run.jsonl" becomes "run.ab12cd.jsonl"), so that another can be written there. Hands over the new name,
 * borrowed as resume_path(), or NULL. */
int resume_make_room(struct resume *resume, const char *path, const char **ret_moved, struct error **err);

/* Whether there is a verdict that counts on the case on the node; NULL or "": on whichever, if it is one. */
bool resume_has(const struct resume *resume, const char *name, const char *node);
/* Whether there is one, and it keeps those from running that run after the case: it did not do what they
 * need. */
bool resume_stops(const struct resume *resume, const char *name, const char *node);
/* Takes over a verdict that counts. */
void resume_take(struct resume *resume, const char *name, const char *node);
/* Whether it is taken over. NULL resume: nothing is. */
bool resume_is_taken(const struct resume *resume, const char *name, const char *node);
/* What was spoken on a case that is taken over. */
enum verdict_kind resume_verdict(const struct resume *resume, const char *name, const char *node);
size_t resume_count(const struct resume *resume); /* of verdicts that are taken over */

/* Emits what the journal says of them: the signs of their pods, evidence, verdicts. Reads it again, so no
 * output is held in memory. */
int resume_tell(const struct resume *resume, struct events *events, struct error **err);

#endif
