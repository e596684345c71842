/* SPDX-License-Identifier: Apache-2.0
 *
 * A merge's reading side: what each journal adds up to, and whether they go together.
 */
#include <string.h>

#include "gvisor-smoke/cleanup.h"
#include "merge.h"

/* --- one journal --- */

static void keep_place(struct merge_side *side)
{
    side->places = xgrow(side->places, side->place_count, sizeof *side->places);
    side->places[side->place_count++] =
        (struct merge_place){.test_case = side->model->last_case, .result = side->model->last_result};
}

static bool has_place(const struct event *event)
{
    return event->kind == EVENT_EVIDENCE || event->kind == EVENT_VERDICT ||
           (event->kind == EVENT_START && event->start.runtime == RUNTIME_GVISOR);
}

static void fold(void *context, const struct event *event)
{
    struct merge_side *side = context;
    model_fold_light(side->model, event);
    if (has_place(event))
        keep_place(side);
    side->events++;
}

static int side_read(struct merge_side *side, struct error **err)
{
    side->model = report_model_new();
    if (journal_read(side->path, fold, side, &side->cut, err) < 0)
        return -1;
    side->parts = report_parts_make(side->model);
    return 0;
}

static void side_release(struct merge_side *side)
{
    report_parts_release(&side->parts);
    report_model_free(side->model);
    free(side->places);
    free(side->first_results);
    free(side->kept);
    free(side->missing_nodes);
}

/* --- do they go together --- */

static int check_run(const struct merge_side *side, struct error **err)
{
    if (side->model->run.id)
        return 0;
    error_set(err, ERROR_USAGE, "cannot merge \"%s\": it does not say which run it is of", side->path);
    error_hint(err, "its first line, the event \"run\", is missing");
    return -1;
}

static int check_same(const struct merge_side *left, const struct merge_side *right, const char *what,
                      const char *left_value, const char *right_value, struct error **err)
{
    left_value = left_value ? left_value : "";
    right_value = right_value ? right_value : "";
    if (strcmp(left_value, right_value) == 0)
        return 0;
    error_set(err, ERROR_USAGE,
              "cannot merge \"%s\" and \"%s\": the %s is \"%s\" in one and \"%s\" in the other", left->path,
              right->path, what, left_value, right_value);
    error_hint(err, "journals of one report are of the same server, RuntimeClass and handler");
    return -1;
}

static int check_together(const struct merge *merge, struct error **err)
{
    const struct merge_side *first = &merge->sides[0];
    for (size_t i = 0; i < merge->count && merge->count > 1; i++) {
        const struct merge_side *side = &merge->sides[i];
        if (check_run(side, err) < 0 ||
            check_same(first, side, "server", first->model->run.server, side->model->run.server, err) < 0 ||
            check_same(first, side, "RuntimeClass", first->model->run.runtime_class,
                       side->model->run.runtime_class, err) < 0 ||
            check_same(first, side, "handler", first->model->run.handler, side->model->run.handler, err) < 0)
            return -1;
    }
    return 0;
}

/* --- the same run twice --- */

/* Whether `of` tells of the run that began then at least up to that time. */
static bool tells(const struct merge_side *of, const char *id, int64_t started_ms, int64_t ended_ms)
{
    const struct report_model *model = of->model;
    if (strcmp(model->run.id, id) == 0 && model->first_ms == started_ms && model->last_ms >= ended_ms)
        return true;
    for (size_t i = 0; i < model->source_count; i++)
        if (strcmp(model->sources[i].id, id) == 0 && model->sources[i].started_ms == started_ms &&
            model->sources[i].ended_ms >= ended_ms)
            return true;
    return false;
}

static bool is_told_by(const struct merge_side *side, const struct merge_side *other)
{
    const struct report_model *a = side->model, *b = other->model;
    if (!tells(other, a->run.id, a->first_ms, a->last_ms))
        return false;
    return !tells(side, b->run.id, b->first_ms, b->last_ms) || other->order < side->order;
}

static void drop_repeated(struct merge *merge)
{
    size_t kept = 0;
    cleanup_free bool *repeated = xcalloc(merge->count, sizeof *repeated);
    for (size_t i = 0; i < merge->count && merge->count > 1; i++)
        for (size_t k = 0; k < merge->count && !repeated[i]; k++)
            repeated[i] = i != k && is_told_by(&merge->sides[i], &merge->sides[k]);
    for (size_t i = 0; i < merge->count; i++)
        if (repeated[i])
            side_release(&merge->sides[i]);
        else
            merge->sides[kept++] = merge->sides[i];
    merge->count = kept;
}

/* --- the whole --- */

static int compare_sides(const void *left, const void *right)
{
    const struct merge_side *a = left, *b = right;
    if (a->model->first_ms != b->model->first_ms)
        return a->model->first_ms < b->model->first_ms ? -1 : 1;
    return (a->order > b->order) - (a->order < b->order);
}

struct merge *merge_new(const struct strings *paths, enum merge_choice choice, struct error **err)
{
    struct merge *merge = xcalloc(1, sizeof *merge);
    merge->choice = choice;
    merge->sides = xcalloc(paths->count, sizeof *merge->sides);
    int failed = 0;
    for (size_t i = 0; i < paths->count && !failed; i++) {
        merge->sides[i] = (struct merge_side){.path = paths->items[i], .order = i};
        merge->count++;
        failed = side_read(&merge->sides[i], err);
    }
    if (failed || check_together(merge, err) < 0) {
        merge_free(merge);
        return NULL;
    }
    drop_repeated(merge);
    if (merge->count > 1)
        qsort(merge->sides, merge->count, sizeof *merge->sides, compare_sides);
    merge_choose(merge);
    return merge;
}

const char *merge_cut(const struct merge *merge, size_t number)
{
    for (size_t i = 0; i < merge->count; i++)
        if (merge->sides[i].cut && number-- == 0)
            return merge->sides[i].path;
    return NULL;
}

const char *merge_unended(const struct merge *merge)
{
    for (size_t i = 0; i < merge->count; i++) {
        const struct merge_side *side = &merge->sides[i];
        if (!side->model->ended && merge_ends_with(merge, side))
            return side->path;
    }
    return NULL;
}

bool merge_ends_with(const struct merge *merge, const struct merge_side *side)
{
    if (merge->choice == MERGE_WORST)
        return true;
    for (size_t i = 0; i < merge->count; i++)
        if (merge->sides[i].model->last_ms > side->model->last_ms)
            return false;
    return true;
}

void merge_free(struct merge *merge)
{
    if (!merge)
        return;
    for (size_t i = 0; i < merge->count; i++)
        side_release(&merge->sides[i]);
    free(merge->sides);
    free(merge);
}
