/* SPDX-License-Identifier: Apache-2.0
 *
 * The runs that a merged journal is made from.
 */
#include <string.h>

#include "gvisor-smoke/cleanup.h"
#include "gvisor-smoke/clock.h"
#include "merge.h"

char *model_source_text(const struct model_source *source)
{
    char stamp[CLOCK_STAMP_SIZE];
    clock_stamp(source->started_ms, stamp)[10] = ' '; /* instead of the T */
    cleanup_free char *duration = text_duration(source->duration_ms);
    return xasprintf("%.19s UTC, %s, exit code %d%s", stamp, duration, source->exit_code,
                     source->complete ? "" : ", not complete");
}

struct list {
    struct model_source *items;
    size_t count;
    struct index known;
};

/* Of two that tell of one run, the one that tells more. */
static void add(struct list *list, const struct model_source *source)
{
    cleanup_free char *key = xasprintf("%s\n%lld", source->id, (long long)source->started_ms);
    size_t at;
    if (!list->items || !index_get(&list->known, key, &at)) {
        index_set(&list->known, key, list->count);
        list->items = xgrow(list->items, list->count, sizeof *list->items);
        list->items[list->count++] = *source;
    } else if (source->ended_ms > list->items[at].ended_ms) {
        list->items[at] = *source;
    }
}

static void add_own(struct list *list, const struct report_model *model)
{
    const struct model_source own = {.id = model->run.id,
                                     .version = model->run.version,
                                     .started_ms = model->first_ms,
                                     .ended_ms = model->last_ms,
                                     .duration_ms = model->duration_ms,
                                     .exit_code = report_model_exit_code(model),
                                     .signal = model->signal,
                                     .complete = model->ended && !model->signal};
    add(list, &own);
}

static int compare(const void *left, const void *right)
{
    const struct model_source *a = left, *b = right;
    if (a->started_ms != b->started_ms)
        return a->started_ms < b->started_ms ? -1 : 1;
    return strcmp(a->id, b->id);
}

struct model_source *merge_sources(const struct merge *merge, size_t *ret_count)
{
    struct list list = {0};
    for (size_t i = 0; i < merge->count; i++) {
        const struct report_model *model = merge->sides[i].model;
        for (size_t k = 0; k < model->source_count; k++)
            add(&list, &model->sources[k]);
        if (!model->source_count)
            add_own(&list, model);
    }
    if (list.count)
        qsort(list.items, list.count, sizeof *list.items, compare);
    index_release(&list.known);
    *ret_count = list.count;
    return list.items;
}
