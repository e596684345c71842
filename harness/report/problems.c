/* SPDX-License-Identifier: Apache-2.0
 *
 * Problems within other texts: a verdict names as its cause what was told as a problem, too. With thousands
 * of nodes there are thousands of both, so no text is compared with each problem: one hash of each length of
 * a problem's message runs over the text (Rabin and Karp), and a table tells which problem that may be.
 */
#include <string.h>

#include "gvisor-smoke/cleanup.h"
#include "model.h"

#define FACTOR 0x100000001b3u

struct slot {
    uint64_t hash;
    const char *message; /* borrowed; NULL: free */
    size_t problem;
};

struct length {
    size_t bytes;
    uint64_t power; /* of FACTOR: what the first byte of that many counts */
};

struct problem_finder {
    struct slot *slots;
    size_t allocated; /* a power of two, more than twice the problems */
    struct length *lengths;
    size_t length_count;
};

static uint64_t hash_of(const char *text, size_t length)
{
    uint64_t hash = 0;
    for (size_t i = 0; i < length; i++)
        hash = hash * FACTOR + (unsigned char)text[i];
    return hash;
}

/* The slot that holds this message, or the free one where it would be. */
static struct slot *slot_for(const struct problem_finder *finder, uint64_t hash, const char *text,
                             size_t length)
{
    for (size_t at = hash & (finder->allocated - 1);; at = (at + 1) & (finder->allocated - 1)) {
        struct slot *slot = &finder->slots[at];
        if (!slot->message || (slot->hash == hash && strncmp(slot->message, text, length) == 0 &&
                               slot->message[length] == '\0'))
            return slot;
    }
}

static void add_length(struct problem_finder *finder, size_t bytes)
{
    for (size_t i = 0; i < finder->length_count; i++)
        if (finder->lengths[i].bytes == bytes)
            return;
    struct length length = {.bytes = bytes, .power = 1};
    for (size_t i = 0; i < bytes; i++)
        length.power *= FACTOR;
    finder->lengths = xrealloc(finder->lengths, finder->length_count + 1, sizeof *finder->lengths);
    finder->lengths[finder->length_count++] = length;
}

struct problem_finder *problem_finder_new(const struct report_model *model)
{
    struct problem_finder *finder = xcalloc(1, sizeof *finder);
    for (finder->allocated = 4; finder->allocated < model->problem_count * 2 + 2;)
        finder->allocated *= 2;
    finder->slots = xcalloc(finder->allocated, sizeof *finder->slots);
    for (size_t i = 0; i < model->problem_count; i++) {
        const char *message = model->problems[i].message;
        size_t length = strlen(message);
        uint64_t hash = hash_of(message, length);
        struct slot *slot = slot_for(finder, hash, message, length);
        if (length == 0 || slot->message)
            continue;
        *slot = (struct slot){.hash = hash, .message = message, .problem = i};
        add_length(finder, length);
    }
    return finder;
}

void problem_finder_free(struct problem_finder *finder)
{
    if (!finder)
        return;
    free(finder->slots);
    free(finder->lengths);
    free(finder);
}

void problem_finder_search(const struct problem_finder *finder, const char *text,
                           void (*on_found)(void *context, size_t problem), void *context)
{
    size_t length = strlen(text);
    for (size_t i = 0; i < finder->length_count; i++) {
        size_t bytes = finder->lengths[i].bytes;
        if (bytes > length)
            continue;
        uint64_t hash = hash_of(text, bytes);
        for (size_t at = 0;; at++) {
            const struct slot *slot = slot_for(finder, hash, text + at, bytes);
            if (slot->message)
                on_found(context, slot->problem);
            if (at + bytes == length)
                break;
            hash = hash * FACTOR + (unsigned char)text[at + bytes] -
                   finder->lengths[i].power * (unsigned char)text[at];
        }
    }
}

/* --- what is left to tell --- */

static void mark_told(void *context, size_t problem)
{
    struct report_problem_left *left = context;
    left[problem].message = NULL;
}

/* A message that several parts share is one text in the model, and these parts follow each other. */
static void mark_told_by_stories(struct report_problem_left *left, const struct report_model *model,
                                 const struct report_stories *stories)
{
    struct problem_finder *finder = problem_finder_new(model);
    const char *searched = NULL;
    for (size_t i = 0; i < stories->count; i++)
        for (size_t k = 0; k < stories->items[i].count; k++) {
            const char *message = stories->items[i].parts[k]->message;
            if (message != searched)
                problem_finder_search(finder, message, mark_told, left);
            searched = message;
        }
    problem_finder_free(finder);
}

struct report_problem_left *report_problems_left(const struct report_model *model,
                                                 const struct report_stories *stories)
{
    struct report_problem_left *left = xcalloc(model->problem_count, sizeof *left);
    cleanup_index struct index messages = {0}, hints = {0};
    size_t seen;
    for (size_t i = 0; i < model->problem_count; i++) {
        const struct model_problem *problem = &model->problems[i];
        if (!index_get(&messages, problem->message, &seen))
            left[i].message = problem->message;
        if (problem->hint && !index_get(&hints, problem->hint, &seen))
            left[i].hint = problem->hint;
        index_set(&messages, problem->message, i);
        if (problem->hint)
            index_set(&hints, problem->hint, i);
    }
    mark_told_by_stories(left, model, stories);
    return left;
}
