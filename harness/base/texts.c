/* SPDX-License-Identifier: Apache-2.0
 *
 * Texts one after the other in large pieces of memory, and a hash table of where they are.
 */
#include <stdalign.h>
#include <stdint.h>
#include <string.h>

#include "gvisor-smoke/cleanup.h"
#include "gvisor-smoke/texts.h"

#define CHUNK_SIZE ((size_t)64 * 1024)
/* A text from this size on has a chunk of its own, so that little of a chunk stays empty. */
#define LARGE_SIZE (CHUNK_SIZE / 16)

struct texts_slot {
    char *text; /* NULL: free */
    uint32_t hash;
};

struct texts_chunk {
    struct texts_chunk *next;
    size_t used, size;
    alignas(max_align_t) char bytes[];
};

static struct texts_chunk *chunk_new(size_t size)
{
    struct texts_chunk *chunk = xcalloc(1, sizeof *chunk + size);
    chunk->size = size;
    return chunk;
}

/* A large one goes behind the first, which is still filled. */
static void *own_chunk(struct texts *texts, size_t size)
{
    struct texts_chunk *chunk = chunk_new(size);
    struct texts_chunk **place = texts->chunks ? &texts->chunks->next : &texts->chunks;
    chunk->used = size;
    chunk->next = *place;
    *place = chunk;
    return chunk->bytes;
}

static void *room(struct texts *texts, size_t size, size_t alignment)
{
    if (size >= LARGE_SIZE)
        return own_chunk(texts, size);
    struct texts_chunk *chunk = texts->chunks;
    size_t at = chunk ? (chunk->used + alignment - 1) / alignment * alignment : 0;
    if (!chunk || at + size > chunk->size) {
        chunk = chunk_new(CHUNK_SIZE);
        chunk->next = texts->chunks;
        texts->chunks = chunk;
        at = 0;
    }
    chunk->used = at + size;
    return chunk->bytes + at;
}

void *texts_room(struct texts *texts, size_t size)
{
    return room(texts, size, alignof(max_align_t));
}

/* FNV-1a, folded. */
static uint32_t hash_of(const char *text)
{
    uint64_t hash = 0xcbf29ce484222325u;
    for (; *text; text++)
        hash = (hash ^ (unsigned char)*text) * 0x100000001b3u;
    return (uint32_t)(hash ^ hash >> 32);
}

static struct texts_slot *slot_for(const struct texts *texts, const char *text, uint32_t hash)
{
    size_t at = hash & (texts->allocated - 1);
    while (texts->slots[at].text &&
           (texts->slots[at].hash != hash || strcmp(texts->slots[at].text, text) != 0))
        at = (at + 1) & (texts->allocated - 1);
    return &texts->slots[at];
}

static void grow(struct texts *texts)
{
    struct texts old = *texts;
    texts->allocated = old.allocated ? old.allocated * 2 : 64;
    texts->slots = xcalloc(texts->allocated, sizeof *texts->slots);
    for (size_t i = 0; i < old.allocated; i++)
        if (old.slots[i].text)
            *slot_for(texts, old.slots[i].text, old.slots[i].hash) = old.slots[i];
    free(old.slots);
}

const char *texts_find(const struct texts *texts, const char *text)
{
    return texts->allocated ? slot_for(texts, text, hash_of(text))->text : NULL;
}

char *texts_add(struct texts *texts, const char *text)
{
    if (texts->count * 4 >= texts->allocated * 3)
        grow(texts);
    uint32_t hash = hash_of(text);
    struct texts_slot *slot = slot_for(texts, text, hash);
    if (!slot->text) {
        size_t size = strlen(text) + 1;
        *slot = (struct texts_slot){.text = room(texts, size, 1), .hash = hash};
        memcpy(slot->text, text, size);
        texts->count++;
    }
    return slot->text;
}

void texts_release(struct texts *texts)
{
    while (texts->chunks) {
        struct texts_chunk *chunk = texts->chunks;
        texts->chunks = chunk->next;
        free(chunk);
    }
    free(texts->slots);
    *texts = (struct texts){0};
}
