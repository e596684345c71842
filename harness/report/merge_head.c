/* SPDX-License-Identifier: Apache-2.0
 *
 * What a merged journal begins with: which runs it is made from, what they planned, which nodes there are.
 */
#include <string.h>

#include "gvisor-smoke/cleanup.h"
#include "merge.h"

#define TOLD_MAX 4 /* values that are told of what differs between runs */

struct writing {
    const struct merge *merge;
    const struct model_source *sources;
    size_t source_count;
    event_sink sink;
    void *context;
};

static void write_event(const struct writing *writing, const struct event *event)
{
    writing->sink(writing->context, event);
}

/* "a, b": the texts that differ, the first of many. */
static char *join(const struct strings *texts, const char *separator)
{
    struct strings told = {0};
    for (size_t i = 0; i < texts->count && i < TOLD_MAX; i++)
        strings_add(&told, texts->items[i]);
    cleanup_free char *more = xasprintf("%zu more", texts->count - told.count);
    if (texts->count > told.count)
        strings_add(&told, more);
    char *joined = told.count ? strings_join(&told, separator) : NULL;
    strings_release(&told);
    return joined;
}

/* What the runs say of themselves, by the offset of the text in the model. */
static char *join_values(const struct merge *merge, size_t offset)
{
    cleanup_strings struct strings values = {0};
    for (size_t i = 0; i < merge->count; i++) {
        const char *value;
        memcpy(&value, (const char *)merge->sides[i].model + offset, sizeof value);
        if (value && !strings_contain(&values, value))
            strings_add(&values, value);
    }
    return join(&values, ", ");
}

static char *join_ids(const struct writing *writing)
{
    cleanup_strings struct strings ids = {0};
    for (size_t i = 0; i < writing->source_count; i++)
        strings_add(&ids, writing->sources[i].id);
    return join(&ids, "+");
}

static void write_run(const struct writing *writing)
{
    const struct merge *merge = writing->merge;
    const struct report_model *first = merge->sides[0].model;
    cleanup_free char *id = join_ids(writing);
    cleanup_free char *version = join_values(merge, offsetof(struct report_model, run.version));
    cleanup_free char *context = join_values(merge, offsetof(struct report_model, run.context));
    cleanup_free char *name_space = join_values(merge, offsetof(struct report_model, run.name_space));
    cleanup_free char *image = join_values(merge, offsetof(struct report_model, run.image));
    cleanup_free char *hostname = join_values(merge, offsetof(struct report_model, run.hostname));
    struct event event = {.kind = EVENT_RUN,
                          .wall_ms = first->first_ms,
                          .run = {.id = id,
                                  .version = version,
                                  .server = first->run.server,
                                  .context = context,
                                  .name_space = name_space,
                                  .runtime_class = first->run.runtime_class,
                                  .handler = first->run.handler,
                                  .image = image,
                                  .hostname = hostname}};
    write_event(writing, &event);
}

static void write_sources(const struct writing *writing)
{
    for (size_t i = 0; i < writing->source_count; i++) {
        struct event event = model_source_event(&writing->sources[i]);
        event.wall_ms = writing->sources[i].started_ms;
        write_event(writing, &event);
    }
}

/* Each once, as the last run planned it. */
static void write_cases(const struct writing *writing)
{
    cleanup_index struct index last = {0};
    const struct merge *merge = writing->merge;
    size_t side;
    for (size_t i = 0; i < merge->count; i++)
        for (size_t k = 0; k < merge->sides[i].model->case_count; k++)
            index_set(&last, merge->sides[i].model->cases[k].name, i);
    for (size_t i = 0; i < merge->count; i++)
        for (size_t k = 0; k < merge->sides[i].model->case_count; k++) {
            const char *name = merge->sides[i].model->cases[k].name;
            if (!index_get(&last, name, &side))
                continue;
            const struct report_model *model = merge->sides[side].model;
            size_t at = 0;
            index_get(&model->case_index, name, &at);
            struct event event = model_case_event(&model->cases[at]);
            event.wall_ms = merge->sides[0].model->first_ms;
            write_event(writing, &event);
            index_remove(&last, name);
        }
}

/* --- the nodes of all runs --- */

static void count_nodes(const struct merge *merge, struct event *event)
{
    cleanup_index struct index obstacles = {0};
    const char *name;
    size_t at = 0, obstructed;
    for (size_t i = 0; i < merge->count; i++)
        for (size_t k = 0; k < merge->sides[i].model->node_count; k++)
            index_set(&obstacles, merge->sides[i].model->nodes[k].name,
                      merge->sides[i].model->nodes[k].obstacle != NULL);
    while ((name = index_next(&obstacles, &at))) {
        index_get(&obstacles, name, &obstructed);
        event->nodes.usable += !obstructed;
        event->nodes.obstructed += obstructed != 0;
    }
}

/* Of runs over nodes: which nodes there are now, in what they say of them. */
static void write_nodes(const struct writing *writing)
{
    const struct merge *merge = writing->merge;
    struct event event = {.kind = EVENT_NODES, .wall_ms = merge->sides[0].model->first_ms};
    cleanup_free char *message = join_values(merge, offsetof(struct report_model, choice.message));
    if (!message)
        return;
    for (size_t i = 0; i < merge->count; i++)
        if (merge->sides[i].model->choice.elsewhere > event.nodes.elsewhere)
            event.nodes.elsewhere = merge->sides[i].model->choice.elsewhere;
    count_nodes(merge, &event);
    event.nodes.message = message;
    write_event(writing, &event);
}

void merge_write_head(const struct merge *merge, const struct model_source *sources, size_t source_count,
                      event_sink sink, void *context)
{
    const struct writing writing = {
        .merge = merge, .sources = sources, .source_count = source_count, .sink = sink, .context = context};
    write_run(&writing);
    write_sources(&writing);
    write_cases(&writing);
    write_nodes(&writing);
}
