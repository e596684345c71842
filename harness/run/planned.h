/* SPDX-License-Identifier: Apache-2.0
 *
 * What a run says of itself and of its cases before it begins, in such words that a later run can tell
 * whether the two are of one kind.
 */
#ifndef RUN_PLANNED_H
#define RUN_PLANNED_H

#include "gvisor-smoke/run.h"

/* An event and the texts of it that are borrowed from nobody else. */
struct planned_run {
    struct event event; /* EVENT_RUN */
    char *settings, *resumes;
    char hostname[256];
};
/* id may be NULL. Must stay where it is. */
void planned_run_make(struct planned_run *planned, const char *id, const struct kube_access *access,
                      const struct run_options *options);
void planned_run_release(struct planned_run *planned);

#define PLANNED_DIGEST_SIZE (2 * 32 + 1) /* SHA-256 in hexadecimal */
struct planned_case {
    struct event event; /* EVENT_CASE; borrows from the case */
    char digest[PLANNED_DIGEST_SIZE];
};
/* Must stay where it is. */
void planned_case_make(struct planned_case *planned, const struct test_case *test_case);

#endif
