/* SPDX-License-Identifier: Apache-2.0
 *
 * The rows of a report that is keyed by names: each part under its own name, and each bare name exactly once.
 */
#ifndef HARNESS_REPORT_ROWS_H
#define HARNESS_REPORT_ROWS_H

#include "model.h"

struct report_row {
    const char *class_name; /* borrowed: "TestGvisorCompatibilityMatrix" */
    char *name;             /* "test_git_clone_works_under_gvisor[push]" */
    enum verdict_kind kind;
    const char *reason, *message;
    char *own_message; /* the message, where it is no part's; or NULL */
    int64_t duration_ms;
    const struct report_part *part; /* whose evidence belongs to the row, or NULL for a sum of parts */
};

struct report_rows {
    struct report_row *items;
    size_t count;
};

/* The bare name is the worst of its parts, its time their sum, and its message says which are not passed and
 * why. Borrows from the parts. */
struct report_rows report_rows_make(const struct report_parts *parts);
void report_rows_release(struct report_rows *rows);

#endif
