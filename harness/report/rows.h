/* SPDX-License-Identifier: Apache-2.0
 *
 * The rows of a report that is keyed by names: each part under its own name, and each bare name exactly once.
 */
#ifndef HARNESS_REPORT_ROWS_H
#define HARNESS_REPORT_ROWS_H

#include "model.h"

struct report_row {
    const char *class_name; /* borrowed: "TestGvisorCompatibilityMatrix" */
    const char *bare_name;  /* borrowed: "test_git_clone_works_under_gvisor" */
    enum verdict_kind kind;
    const char *reason, *message;
    int64_t duration_ms;
    const struct report_part *part; /* whose evidence belongs to the row, or NULL for a sum of parts */
};

/* "test_git_clone_works_under_gvisor[push]". The caller frees it. */
char *report_row_name(const struct report_row *row);

/* The parts by class and bare name. The rows are made of them when they are asked for, one after the other:
 * there may be a hundred thousand. */
struct report_rows {
    struct report_group *groups;
    size_t group_count;
    size_t count; /* of rows */
};

/* The bare name is the worst of its parts, its time their sum, and its message says which are not passed and
 * why. Borrows from the parts. */
struct report_rows report_rows_make(const struct report_parts *parts);
void report_rows_release(struct report_rows *rows);

/* Calls function with each row, which it may change. */
void report_rows_each(const struct report_rows *rows, void (*function)(struct report_row *row, void *context),
                      void *context);

#endif
