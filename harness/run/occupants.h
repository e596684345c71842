/* SPDX-License-Identifier: Apache-2.0
 *
 * What a namespace holds, for those who would remove it.
 */
#ifndef OCCUPANTS_H
#define OCCUPANTS_H

#include "gvisor-smoke/kube.h"

struct occupants {
    struct strings found;  /* "pods web-0", "configmaps settings" */
    struct strings unseen; /* kinds that the account may not list */
};

struct occupants_options {
    const char *name_space;
    const char *but_of;   /* the id of a run whose objects do not count, or NULL */
    bool ignore_deleting; /* what is on its way out does not count */
};

/* Waits on the loop; not to be called from a callback. The caller releases it. */
int occupants_look(struct loop *loop, struct kube *kube, const struct occupants_options *options,
                   struct occupants *ret_occupants, struct error **err);

/* Why the namespace must stay: "it holds pods web-0, services web", or what could not be seen. NULL when it
 * is known to be empty. The caller frees it. */
char *occupants_describe(const struct occupants *occupants);

void occupants_release(struct occupants *occupants);

#endif
