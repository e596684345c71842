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

/* Waits on the loop; not to be called from a callback. ignore_deleting: what is on its way out does not
 * count. The caller releases it. */
int occupants_look(struct loop *loop, struct kube *kube, const char *name_space, bool ignore_deleting,
                   struct occupants *ret_occupants, struct error **err);

/* Why the namespace must stay: "it holds pods web-0, services web", or what could not be seen. NULL when it
 * is known to be empty. The caller frees it. */
char *occupants_describe(const struct occupants *occupants);

void occupants_release(struct occupants *occupants);

#endif
