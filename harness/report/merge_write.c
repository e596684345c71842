/* SPDX-License-Identifier: Apache-2.0
 *
 * A merge's writing side: the events of one journal out of those of several.
 *
 * First what the runs are and have planned, then what each has to tell, run by run, then the end.
 */
#include <json-c/json.h>
#include <limits.h>
#include <string.h>

#include "event_json.h"
#include "gvisor-smoke/cleanup.h"
#include "merge.h"

struct writing {
    const struct merge *merge;
    struct model_source *sources;
    size_t source_count;
    event_sink sink;
    void *context;
    struct index written; /* by event: the number of the side that told it first */
    /* while a journal is read again: */
    size_t side, events, places;
};

static void write_event(const struct writing *writing, const struct event *event)
{
    writing->sink(writing->context, event);
}

/* --- what a run has to tell --- */

static const struct merge_side *side_of(const struct writing *writing)
{
    return &writing->merge->sides[writing->side];
}

/* Whether another journal has told the same: of what a report shows once, whenever it was. */
static bool is_told(struct writing *writing, const struct event *event)
{
    struct event timeless = *event;
    if (event->kind == EVENT_PROBLEM || event->kind == EVENT_NOTE || event->kind == EVENT_STEP)
        timeless.wall_ms = 0;
    struct json_object *json = event_to_json(&timeless);
    const char *key = json_object_to_json_string_ext(json, JSON_C_TO_STRING_PLAIN);
    size_t side = writing->side;
    bool known = index_get(&writing->written, key, &side);
    if (!known)
        index_set(&writing->written, key, side);
    json_object_put(json);
    return side != writing->side;
}

/* A problem that a later run did not meet is no longer one. */
static void write_stale_problem(struct writing *writing, const struct event *event)
{
    cleanup_free char *message =
        xasprintf("run %s: %s", side_of(writing)->model->run.id, event->problem.message);
    struct event note = {.kind = EVENT_NOTE, .wall_ms = event->wall_ms, .note = {.message = message}};
    if (!is_told(writing, &note))
        write_event(writing, &note);
}

/* What a control began with leaves no trace in the model. */
static bool keeps_control(const struct merge_side *side, const struct event *event)
{
    const struct report_model *model = side->model;
    struct merge_place place;
    return index_get(&model->case_index, event->start.name, &place.test_case) &&
           model_result_find(model, &model->cases[place.test_case],
                             event->start.node ? event->start.node : "", &place.result) &&
           merge_keeps(side, &place);
}

/* Whether an event on a case is among what is kept. */
static bool keeps(struct writing *writing, const struct event *event)
{
    const struct merge_side *side = side_of(writing);
    if (event->kind == EVENT_START && event->start.runtime == RUNTIME_CONTROL)
        return keeps_control(side, event);
    return writing->places < side->place_count && merge_keeps(side, &side->places[writing->places++]);
}

/* What was read before is all that counts: the run may go on. */
static void write_told(void *context, const struct event *event)
{
    struct writing *writing = context;
    struct event copy = *event;
    if (writing->events++ >= side_of(writing)->events)
        return;
    switch (event->kind) {
    case EVENT_RUN:
    case EVENT_SOURCE:
    case EVENT_CASE:
    case EVENT_NODES:
    case EVENT_END:
        return;
    case EVENT_START:
    case EVENT_EVIDENCE:
    case EVENT_VERDICT:
        if (keeps(writing, event))
            write_event(writing, &copy);
        return;
    case EVENT_PROBLEM:
        if (!side_of(writing)->counts && !merge_ends_with(writing->merge, side_of(writing))) {
            write_stale_problem(writing, event);
            return;
        }
        break;
    case EVENT_CLUSTER:
    case EVENT_NODE:
    case EVENT_STEP:
    case EVENT_POD:
    case EVENT_ATTESTATION:
    case EVENT_MEASURE:
    case EVENT_NOTE:
    case EVENT_SPAN:
        break;
    }
    if (!is_told(writing, event))
        write_event(writing, &copy);
}

/* Cases on which the run has no verdict. */
static void write_missing(const struct writing *writing)
{
    const struct merge_side *side = side_of(writing);
    for (size_t i = 0; i < side->parts.count; i++) {
        const struct report_part *part = &side->parts.items[i];
        if (!side->missing_nodes[i])
            continue;
        cleanup_free char *message = xasprintf("%s (run %s)", part->message, side->model->run.id);
        const struct verdict verdict = {.kind = part->kind, .reason = part->reason, .message = message};
        struct event event = {
            .kind = EVENT_VERDICT,
            .wall_ms = side->model->last_ms,
            .verdict = {.name = part->test_case->name, .node = side->missing_nodes[i], .verdict = &verdict}};
        if (!*event.verdict.node)
            event.verdict.node = NULL;
        write_event(writing, &event);
    }
}

static int write_side(struct writing *writing, struct error **err)
{
    const struct merge_side *side = side_of(writing);
    bool cut = false;
    writing->events = writing->places = 0;
    if (journal_read(side->path, write_told, writing, &cut, err) < 0)
        return -1;
    if (writing->events < side->events) {
        error_set(err, ERROR_USAGE, "cannot merge \"%s\": it is shorter than it was a moment ago",
                  side->path);
        error_hint(err, "a journal that is merged is read twice: it is a file, and no pipe");
        return -1;
    }
    write_missing(writing);
    return 0;
}

/* --- the end --- */

/* How long at least one of the runs went on. */
static int64_t sum_up_time(const struct writing *writing)
{
    int64_t sum = 0, until = 0;
    for (size_t i = 0; i < writing->source_count; i++) {
        const struct model_source *source = &writing->sources[i];
        int64_t from = source->started_ms > until ? source->started_ms : until;
        if (source->ended_ms > from)
            sum += source->ended_ms - from;
        if (source->ended_ms > until)
            until = source->ended_ms;
    }
    return sum;
}

/* There is none when a run that counts has none. */
static void write_end(const struct writing *writing)
{
    const struct merge *merge = writing->merge;
    struct event event = {.kind = EVENT_END, .end = {.duration_ms = sum_up_time(writing)}};
    int64_t left_behind = 0;
    if (merge_unended(merge))
        return;
    for (size_t i = 0; i < merge->count; i++) {
        const struct merge_side *side = &merge->sides[i];
        if (side->model->last_ms > event.wall_ms)
            event.wall_ms = side->model->last_ms;
        left_behind += side->model->left_behind;
        if (side->model->signal && merge_ends_with(merge, side))
            event.end.signal = side->model->signal;
    }
    event.end.left_behind = left_behind < INT_MAX ? (int)left_behind : INT_MAX;
    write_event(writing, &event);
}

static int write_merged(struct writing *writing, struct error **err)
{
    merge_write_head(writing->merge, writing->sources, writing->source_count, writing->sink,
                     writing->context);
    for (writing->side = 0; writing->side < writing->merge->count; writing->side++)
        if (write_side(writing, err) < 0)
            return -1;
    write_end(writing);
    return 0;
}

int merge_write(const struct merge *merge, event_sink sink, void *context, struct error **err)
{
    bool cut = false;
    if (merge->count == 1)
        return journal_read(merge->sides[0].path, sink, context, &cut, err);
    struct writing writing = {.merge = merge, .sink = sink, .context = context};
    writing.sources = merge_sources(merge, &writing.source_count);
    int result = write_merged(&writing, err);
    index_release(&writing.written);
    free(writing.sources);
    return result;
}
