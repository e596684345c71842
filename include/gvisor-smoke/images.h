/* SPDX-License-Identifier: Apache-2.0
 *
 * The images that the pods of a run are made of: what to mirror before it.
 */
#ifndef GVISOR_SMOKE_IMAGES_H
#define GVISOR_SMOKE_IMAGES_H

#include "gvisor-smoke/run.h"

struct image_use {
    char *image;
    struct strings users; /* names of cases, "fixture", "--pod-patch" */
};

struct image_uses {
    struct image_use *items;
    size_t count;
};

/* Each image once, in the order of its first use; none for a run in an existing pod. The caller releases it.
 */
struct image_uses images_of_run(const struct run_options *options, const struct case_set *cases);
/* {"images":[{"image":"...","used_by":["curl","fixture"]}]}; the caller frees it. */
char *image_uses_json(const struct image_uses *uses);
void image_uses_release(struct image_uses *uses);

#endif
