/* SPDX-License-Identifier: Apache-2.0
 *
 * Texts to numbers: where in a list the thing of this name is. For lists that can have thousands of things.
 *
 * Lifecycle: a zeroed struct is empty; index_set()..., index_release(). Keys are copied. Not thread-safe.
 */
#ifndef GVISOR_SMOKE_INDEX_H
#define GVISOR_SMOKE_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct index_slot;
struct index {
    struct index_slot *slots;
    size_t count, allocated;
};

/* Remembers the number under the key; an earlier number of the same key is replaced. */
void index_set(struct index *index, const char *key, size_t number);
/* Whether the key is known, and its number. */
bool index_get(const struct index *index, const char *key, size_t *ret_number);
/* Forgets the key; false when it is not known. */
bool index_remove(struct index *index, const char *key);
/* The keys one after the other, in no order: *at is 0 for the first, NULL follows the last. Borrowed, until
 * the index is changed. */
const char *index_next(const struct index *index, size_t *at);
void index_release(struct index *index);
#define cleanup_index __attribute__((cleanup(index_release)))

#endif
