/* SPDX-License-Identifier: Apache-2.0
 *
 * The sweep: removes what runs have left in a namespace because nobody was there to delete it.
 */
#ifndef GVISOR_SMOKE_SWEEP_H
#define GVISOR_SMOKE_SWEEP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gvisor-smoke/kube.h"

struct sweep_options {
    struct loop *loop; /* the client's */
    const char *name_space;
    const char *run;       /* the id of one run, or NULL: all that are old enough */
    int64_t older_than_ms; /* without `run`: what is younger may belong to a run that goes on elsewhere */
    bool dry_run;          /* only tell */
    bool keep_namespace;   /* leave the namespace itself to the caller */
    bool by_name; /* with `run`: of a kind that the account may not list, what a run makes is deleted by its
                     name */
    /* Told of each object, before it is deleted: its kind ("pods"), name, run, and age. */
    void (*on_object)(void *context, const char *kind, const char *name, const char *run, int64_t age_ms);
    /* The namespace was made by a run, and must stay: why. */
    void (*on_stays)(void *context, const char *name_space, const char *why);
    void *context;
};

/* Hands over how many objects there were to sweep. A namespace that runs have made is removed when it has
 * become empty. */
int sweep(struct kube *kube, const struct sweep_options *options, size_t *ret_count, struct error **err);

#endif
