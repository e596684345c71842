/* SPDX-License-Identifier: Apache-2.0
 *
 * A store of texts of which many are the same, and which are all given back at once: each is kept one time,
 * without what malloc(3) adds to it.
 *
 * Lifecycle: a zeroed struct is empty; texts_add()..., texts_release(). Not thread-safe.
 */
#ifndef GVISOR_SMOKE_TEXTS_H
#define GVISOR_SMOKE_TEXTS_H

#include <stddef.h>

struct texts_slot;
struct texts_chunk;
struct texts {
    struct texts_slot *slots;
    struct texts_chunk *chunks; /* the one that is filled first */
    size_t count, allocated;
};

/* The store's copy of the text, which is valid until the release. Equal texts are one: it must not be
 * changed. */
char *texts_add(struct texts *texts, const char *text);
/* The copy that texts_add() would return without making one; NULL when there is none. */
const char *texts_find(const struct texts *texts, const char *text);
/* So many zeroed bytes, aligned for anything, that are valid until the release as well. */
void *texts_room(struct texts *texts, size_t size);
void texts_release(struct texts *texts);

#endif
