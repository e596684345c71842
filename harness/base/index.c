/* SPDX-License-Identifier: Apache-2.0
 *
 * A hash table with open addressing; it is never more than half full.
 */
#include <string.h>

#include "gvisor-smoke/cleanup.h"
#include "gvisor-smoke/index.h"

struct index_slot {
    char *key; /* NULL: free */
    uint64_t hash;
    size_t number;
};

/* FNV-1a. */
static uint64_t hash_of(const char *key)
{
    uint64_t hash = 0xcbf29ce484222325u;
    for (; *key; key++)
        hash = (hash ^ (unsigned char)*key) * 0x100000001b3u;
    return hash;
}

/* The slot that holds the key, or the free one where it would be. */
static struct index_slot *slot_for(const struct index *index, const char *key, uint64_t hash)
{
    size_t at = hash & (index->allocated - 1);
    while (index->slots[at].key && (index->slots[at].hash != hash || strcmp(index->slots[at].key, key) != 0))
        at = (at + 1) & (index->allocated - 1);
    return &index->slots[at];
}

static void grow(struct index *index)
{
    struct index old = *index;
    index->allocated = old.allocated ? old.allocated * 2 : 16;
    index->slots = xcalloc(index->allocated, sizeof *index->slots);
    for (size_t i = 0; i < old.allocated; i++)
        if (old.slots[i].key)
            *slot_for(index, old.slots[i].key, old.slots[i].hash) = old.slots[i];
    free(old.slots);
}

void index_set(struct index *index, const char *key, size_t number)
{
    if (index->count * 2 >= index->allocated)
        grow(index);
    uint64_t hash = hash_of(key);
    struct index_slot *slot = slot_for(index, key, hash);
    if (!slot->key) {
        *slot = (struct index_slot){.key = xstrdup(key), .hash = hash};
        index->count++;
    }
    slot->number = number;
}

bool index_get(const struct index *index, const char *key, size_t *ret_number)
{
    if (index->count == 0)
        return false;
    const struct index_slot *slot = slot_for(index, key, hash_of(key));
    if (slot->key)
        *ret_number = slot->number;
    return slot->key != NULL;
}

/* What stood behind the key because its own place was taken moves up, so that no search ends too early. */
static void close_gap(struct index *index, size_t gap)
{
    size_t mask = index->allocated - 1;
    for (size_t at = (gap + 1) & mask; index->slots[at].key; at = (at + 1) & mask) {
        size_t home = index->slots[at].hash & mask;
        if (((at - home) & mask) < ((at - gap) & mask))
            continue; /* its place is behind the gap */
        index->slots[gap] = index->slots[at];
        gap = at;
    }
    index->slots[gap] = (struct index_slot){0};
}

bool index_remove(struct index *index, const char *key)
{
    if (index->count == 0)
        return false;
    struct index_slot *slot = slot_for(index, key, hash_of(key));
    if (!slot->key)
        return false;
    free(slot->key);
    close_gap(index, (size_t)(slot - index->slots));
    index->count--;
    return true;
}

const char *index_next(const struct index *index, size_t *at)
{
    while (*at < index->allocated) {
        const char *key = index->slots[(*at)++].key;
        if (key)
            return key;
    }
    return NULL;
}

void index_release(struct index *index)
{
    for (size_t i = 0; i < index->allocated; i++)
        free(index->slots[i].key);
    free(index->slots);
    *index = (struct index){0};
}
