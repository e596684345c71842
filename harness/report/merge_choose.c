/* SPDX-License-Identifier: Apache-2.0
 *
 * Which of the verdicts on a case and a node a merge keeps.
 *
 * A journal whose run was killed has cases without a verdict, and says not even on which node they would have
 * run. Such a case stands for the node of its run where there is one alone, so that it meets the verdicts of
 * other runs on that node.
 */
#include <string.h>

#include "gvisor-smoke/cleanup.h"
#include "merge.h"

/* What all journals together know of a case. */
struct knowledge {
    bool judged_nowhere, judged_on_node;
    int64_t judged_ms; /* the latest */
};

struct candidate {
    size_t side, part;
    const char *node;
    int64_t when_ms;
};

struct choosing {
    struct merge *merge;
    struct index case_index, candidate_index;
    struct knowledge *cases;
    size_t case_count;
    struct candidate *candidates;
    size_t candidate_count;
};

static const struct report_part *part_of(const struct choosing *choosing, const struct candidate *candidate)
{
    return &choosing->merge->sides[candidate->side].parts.items[candidate->part];
}

/* --- what is known of the cases --- */

static struct knowledge *knowledge_of(struct choosing *choosing, const char *name)
{
    size_t at;
    if (index_get(&choosing->case_index, name, &at))
        return &choosing->cases[at];
    index_set(&choosing->case_index, name, choosing->case_count);
    choosing->cases = xgrow(choosing->cases, choosing->case_count, sizeof *choosing->cases);
    choosing->cases[choosing->case_count] = (struct knowledge){0};
    return &choosing->cases[choosing->case_count++];
}

static void learn(struct choosing *choosing, const struct report_part *part)
{
    struct knowledge *known = knowledge_of(choosing, part->test_case->name);
    if (report_part_missing(part))
        return;
    if (*part->result->node)
        known->judged_on_node = true;
    else
        known->judged_nowhere = true;
    if (part->result->judged_ms > known->judged_ms)
        known->judged_ms = part->result->judged_ms;
}

/* --- the node of a part --- */

/* The node on which alone cases of the journal ran, or that alone it names; or NULL. */
static const char *only_node(const struct report_model *model)
{
    const char *only = NULL;
    for (size_t i = 0; i < model->case_count; i++)
        for (size_t k = 0; k < model->cases[i].count; k++) {
            const char *node = model->cases[i].results[k].node;
            if (*node && only && strcmp(only, node) != 0)
                return NULL;
            if (*node)
                only = node;
        }
    return only ? only : model->node_count == 1 ? model->nodes[0].name : NULL;
}

static const char *node_of(const struct merge_side *side, const char *only, const struct report_part *part,
                           const struct knowledge *known)
{
    const char *node = part->result && *part->result->node ? part->result->node : part->node;
    size_t at;
    if (node)
        return node;
    bool is_check = known->judged_nowhere && !known->judged_on_node;
    if (!report_part_missing(part) || is_check || !only ||
        model_result_find(side->model, part->test_case, only, &at))
        return "";
    return index_get(&side->model->node_index, only, &at) ? only : "";
}

/* --- candidates --- */

static int badness(const struct report_part *part)
{
    static const int kinds[] = {
        [VERDICT_PASSED] = 0, [VERDICT_SKIPPED] = 1, [VERDICT_ERROR] = 2, [VERDICT_FAILED] = 3};
    return strcmp(part->reason, "not-gvisor") == 0 ? 4 : kinds[part->kind];
}

/* Of two that are as bad, or as late, the one of the run that began later. */
static bool replaces(const struct choosing *choosing, const struct candidate *next,
                     const struct candidate *kept)
{
    int next_badness = badness(part_of(choosing, next)), kept_badness = badness(part_of(choosing, kept));
    if (choosing->merge->choice == MERGE_WORST && next_badness != kept_badness)
        return next_badness > kept_badness;
    return next->when_ms >= kept->when_ms;
}

static void offer(struct choosing *choosing, const struct candidate *next)
{
    const char *name = part_of(choosing, next)->test_case->name;
    cleanup_free char *key = xasprintf("%s\n%s", name, next->node);
    size_t at;
    if (!index_get(&choosing->candidate_index, key, &at)) {
        index_set(&choosing->candidate_index, key, choosing->candidate_count);
        choosing->candidates =
            xgrow(choosing->candidates, choosing->candidate_count, sizeof *choosing->candidates);
        choosing->candidates[choosing->candidate_count++] = *next;
    } else if (replaces(choosing, next, &choosing->candidates[at])) {
        choosing->candidates[at] = *next;
    }
}

static void offer_parts(struct choosing *choosing, size_t number)
{
    const struct merge_side *side = &choosing->merge->sides[number];
    const char *only = only_node(side->model);
    for (size_t i = 0; i < side->parts.count; i++) {
        const struct report_part *part = &side->parts.items[i];
        const struct knowledge *known = knowledge_of(choosing, part->test_case->name);
        bool missing = report_part_missing(part);
        struct candidate next = {.side = number,
                                 .part = i,
                                 .node = node_of(side, only, part, known),
                                 .when_ms = missing ? side->model->last_ms : part->result->judged_ms};
        /* What came to no node is over as soon as the case came to its end anywhere. */
        bool over = !*next.node && next.when_ms < known->judged_ms;
        if (choosing->merge->choice == MERGE_WORST || !over)
            offer(choosing, &next);
    }
}

/* --- what comes of it --- */

static void prepare(struct merge_side *side)
{
    size_t results = 0;
    side->first_results = xcalloc(side->model->case_count, sizeof *side->first_results);
    for (size_t i = 0; i < side->model->case_count; i++) {
        side->first_results[i] = results;
        results += side->model->cases[i].count;
    }
    side->kept = xcalloc(results, sizeof *side->kept);
    side->missing_nodes = xcalloc(side->parts.count, sizeof(const char *));
}

static void keep(const struct choosing *choosing, const struct candidate *candidate)
{
    struct merge_side *side = &choosing->merge->sides[candidate->side];
    const struct report_part *part = part_of(choosing, candidate);
    size_t test_case = (size_t)(part->test_case - side->model->cases);
    side->counts = true;
    if (part->result)
        side->kept[side->first_results[test_case] + (size_t)(part->result - part->test_case->results)] = true;
    if (report_part_missing(part))
        side->missing_nodes[candidate->part] = candidate->node;
}

bool merge_keeps(const struct merge_side *side, const struct merge_place *place)
{
    return side->kept[side->first_results[place->test_case] + place->result];
}

void merge_choose(struct merge *merge)
{
    struct choosing choosing = {.merge = merge};
    for (size_t i = 0; i < merge->count; i++) {
        prepare(&merge->sides[i]);
        for (size_t k = 0; k < merge->sides[i].parts.count; k++)
            learn(&choosing, &merge->sides[i].parts.items[k]);
    }
    for (size_t i = 0; i < merge->count; i++)
        offer_parts(&choosing, i);
    for (size_t i = 0; i < choosing.candidate_count; i++)
        keep(&choosing, &choosing.candidates[i]);
    index_release(&choosing.case_index);
    index_release(&choosing.candidate_index);
    free(choosing.cases);
    free(choosing.candidates);
}
