/* SPDX-License-Identifier: Apache-2.0
 *
 * The rights that a run needs: one table for the check before a run and for the Role that grants them.
 *
 * Whoever makes the run use another resource adds a row, with the need that the options answer.
 */
#ifndef RUN_RIGHTS_H
#define RUN_RIGHTS_H

#include "gvisor-smoke/run.h"

enum right_need {
    NEED_ALWAYS,
    NEED_MAKING,   /* pods */
    NEED_EXISTING, /* to use a pod that is there */
    NEED_FIXTURE,
    NEED_CLAIM,
    NEED_NAMESPACE, /* to make a namespace, and to remove it */
    NEED_NODES,     /* --nodes chooses among several */
    NEED_REPORT,    /* --report-configmap */
    NEED_APP,       /* the application's pods are looked at, and were named */
    NEED_LESS,      /* without it the run knows less */
};

enum right_place { PLACE_RUN, PLACE_APP, PLACE_CLUSTER };

struct right {
    const char *group, *resource, *subresource; /* subresource: or NULL */
    const char *verbs;                          /* separated by spaces */
    enum right_place place;
    enum right_need need;
};

extern const struct right run_rights[];
extern const size_t run_right_count;

bool right_is_needed(const struct right *right, const struct run_options *options,
                     const struct case_set *cases);
/* The one object that it is about, or NULL: any. Borrowed from the options. */
const char *right_object(const struct right *right, const struct run_options *options);
/* Where it is needed, for these options: a run that makes namespaces of its own needs all in the cluster,
 * but for its report, which stays in the namespace that the options name. */
enum right_place right_place(const struct right *right, const struct run_options *options);

#endif
