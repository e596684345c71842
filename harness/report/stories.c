/* SPDX-License-Identifier: Apache-2.0
 *
 * Stories: what is not passed, told once for all parts that share it, the worst first.
 */
#include <assert.h>
#include <string.h>

#include "gvisor-smoke/cleanup.h"
#include "model.h"

#define POD_PREFIX "gvisor-smoke-"

/* The message without what tells apart nodes that say the same: their names, and their pods'. */
static char *without_names(const struct report_part *part)
{
    char *key = xstrdup(part->message), *to = key;
    size_t node_length = part->node ? strlen(part->node) : 0;
    for (const char *at = part->message; node_length && *at;) {
        size_t name = 0;
        if (strncmp(at, part->node, node_length) == 0)
            name = node_length;
        else if (text_starts_with(at, POD_PREFIX))
            name = strspn(at, "abcdefghijklmnopqrstuvwxyz0123456789-");
        *to++ = name ? '\1' : *at;
        at += name ? name : 1;
        *to = '\0';
    }
    return key;
}

/* Marks a story whose parts do not all say the same. */
static void mark_alike(struct report_story *story, const struct report_part *part)
{
    assert(story->message);
    if (story->own_message || strcmp(story->message, part->message) == 0)
        return;
    story->own_message = xasprintf("for example: %s", story->message);
    story->message = story->own_message;
}

static struct report_story *story_of(struct report_stories *stories, struct index *known,
                                     const struct report_part *part)
{
    cleanup_free char *message = without_names(part);
    cleanup_free char *key = xasprintf("%d\n%s\n%s", (int)part->kind, part->reason, message);
    size_t at;
    if (index_get(known, key, &at)) {
        assert(at < stories->count);
        mark_alike(&stories->items[at], part);
        return &stories->items[at];
    }
    index_set(known, key, stories->count);
    stories->items = xrealloc(stories->items, stories->count + 1, sizeof *stories->items);
    struct report_story *added = &stories->items[stories->count];
    *added = (struct report_story){
        .kind = part->kind, .reason = part->reason, .message = part->message, .order = stories->count};
    stories->count++;
    return added;
}

bool report_reason_is_finding(const char *reason)
{
    return strcmp(reason, "finding") == 0 || strcmp(reason, "not-blocked") == 0;
}

static int rank(const struct report_story *story)
{
    static const int ranks[] = {
        [VERDICT_FAILED] = 1, [VERDICT_ERROR] = 2, [VERDICT_SKIPPED] = 3, [VERDICT_PASSED] = 4};
    bool finding = story->kind == VERDICT_FAILED && report_reason_is_finding(story->reason);
    if (strcmp(story->reason, "not-gvisor") == 0) /* then nothing else counts, as in the exit code */
        return -1;
    return finding ? 0 : ranks[story->kind];
}

static int compare_stories(const void *left, const void *right)
{
    const struct report_story *a = left, *b = right;
    if (rank(a) != rank(b))
        return rank(a) - rank(b);
    return (a->order > b->order) - (a->order < b->order);
}

struct report_stories report_stories_make(const struct report_part *const *parts, size_t count)
{
    struct report_stories stories = {0};
    cleanup_index struct index known = {0};
    for (size_t i = 0; i < count; i++) {
        if (parts[i]->kind == VERDICT_PASSED)
            continue;
        struct report_story *story = story_of(&stories, &known, parts[i]);
        story->parts = xrealloc(story->parts, story->count + 1, sizeof(const struct report_part *));
        story->parts[story->count++] = parts[i];
    }
    return stories;
}

struct report_stories report_stories_of(const struct report_parts *parts)
{
    const struct report_part **pointers = xcalloc(parts->count, sizeof(const struct report_part *));
    for (size_t i = 0; i < parts->count; i++)
        pointers[i] = &parts->items[i];
    struct report_stories stories = report_stories_make(pointers, parts->count);
    free(pointers);
    if (stories.count)
        qsort(stories.items, stories.count, sizeof *stories.items, compare_stories);
    return stories;
}

void report_stories_release(struct report_stories *stories)
{
    for (size_t i = 0; i < stories->count; i++) {
        free(stories->items[i].parts);
        free(stories->items[i].own_message);
    }
    free(stories->items);
    *stories = (struct report_stories){0};
}
