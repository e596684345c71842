/* SPDX-License-Identifier: Apache-2.0
 *
 * Stories: what is not passed, told once for all parts that share it, the worst first.
 */
#include <string.h>

#include "gvisor-smoke/cleanup.h"
#include "model.h"

static struct report_story *story_of(struct report_stories *stories, struct index *known,
                                     const struct report_part *part)
{
    cleanup_free char *key = xasprintf("%d\n%s\n%s", (int)part->kind, part->reason, part->message);
    size_t at;
    if (index_get(known, key, &at))
        return &stories->items[at];
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
    for (size_t i = 0; i < stories->count; i++)
        free(stories->items[i].parts);
    free(stories->items);
    *stories = (struct report_stories){0};
}

bool report_problem_is_told(const struct report_model *model, size_t index,
                            const struct report_stories *stories)
{
    const char *message = model->problems[index].message;
    for (size_t i = 0; i < stories->count; i++)
        if (strstr(stories->items[i].message, message))
            return true;
    for (size_t i = 0; i < index; i++)
        if (strcmp(model->problems[i].message, message) == 0)
            return true;
    return false;
}

bool report_hint_is_told(const struct report_model *model, size_t index)
{
    const char *hint = model->problems[index].hint;
    for (size_t i = 0; hint && i < index; i++)
        if (model->problems[i].hint && strcmp(model->problems[i].hint, hint) == 0)
            return true;
    return false;
}
