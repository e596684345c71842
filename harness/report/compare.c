/* SPDX-License-Identifier: Apache-2.0
 *
 * Two runs compared, for the gating of releases: what held before and does not now, and what has become
 * slower.
 *
 * Results are compared on each node when the runs share one; else by case, as the worst of its nodes. What
 * gVisor costs is compared as the factor between the runtimes, in which a slower machine cancels out.
 */
#include <assert.h>
#include <json-c/json.h>
#include <math.h>
#include <string.h>

#include "gvisor-smoke/cleanup.h"
#include "markdown.h"

enum change { CHANGE_REGRESSION, CHANGE_FIX, CHANGE_OTHER, CHANGE_NEW, CHANGE_GONE, CHANGE_NONE };

static const struct {
    const char *key, *title;
} changes[] = {[CHANGE_REGRESSION] = {"regressions", "Regressions: held before, does not now"},
               [CHANGE_FIX] = {"fixes", "Fixes: holds now, did not before"},
               [CHANGE_OTHER] = {"changed", "Changed otherwise"},
               [CHANGE_NEW] = {"new", "New"},
               [CHANGE_GONE] = {"gone", "Gone"}};

struct entry {
    const char *name, *node;
    const struct report_part *part;
};

struct entries {
    struct entry *items;
    size_t count;
    struct index known;
};

struct comparison {
    struct markdown markdown;
    struct json_object *json;
    size_t regressions;
};

static bool share_a_node(const struct report_model *base, const struct report_model *next)
{
    size_t at;
    for (size_t i = 0; i < base->node_count; i++)
        if (index_get(&next->node_index, base->nodes[i].name, &at))
            return true;
    return false;
}

static struct entries entries_make(const struct report_parts *parts, bool by_node)
{
    struct entries entries = {0};
    for (size_t i = 0; i < parts->count; i++) {
        const struct report_part *part = &parts->items[i];
        const char *node = by_node ? report_part_node(part) : "";
        cleanup_free char *key = xasprintf("%s\n%s", part->test_case->name, node);
        size_t at;
        if (!index_get(&entries.known, key, &at)) {
            index_set(&entries.known, key, entries.count);
            entries.items = xrealloc(entries.items, entries.count + 1, sizeof *entries.items);
            entries.items[entries.count++] =
                (struct entry){.name = part->test_case->name, .node = node, .part = part};
            continue;
        }
        assert(at < entries.count);
        struct entry *entry = &entries.items[at];
        if (verdict_worse(entry->part->kind, part->kind) != entry->part->kind)
            entry->part = part;
    }
    return entries;
}

static void entries_release(struct entries *entries)
{
    index_release(&entries->known);
    free(entries->items);
}

static const struct report_part *counterpart(const struct entries *entries, const struct entry *entry)
{
    cleanup_free char *key = xasprintf("%s\n%s", entry->name, entry->node);
    size_t at;
    if (!index_get(&entries->known, key, &at))
        return NULL;
    assert(at < entries->count);
    return entries->items[at].part;
}

static bool is_bad(const struct report_part *part)
{
    return part->kind == VERDICT_FAILED || part->kind == VERDICT_ERROR;
}

static enum change change_of(const struct report_part *before, const struct report_part *after)
{
    if (!before || !after)
        return before ? CHANGE_GONE : CHANGE_NEW;
    if (before->kind == VERDICT_PASSED && is_bad(after))
        return CHANGE_REGRESSION;
    if (is_bad(before) && after->kind == VERDICT_PASSED)
        return CHANGE_FIX;
    bool same = before->kind == after->kind && strcmp(before->reason, after->reason) == 0;
    return same ? CHANGE_NONE : CHANGE_OTHER;
}

static void add_side(struct comparison *out, struct json_object *json, const char *key,
                     const struct report_part *part)
{
    markdown_print(&out->markdown, "%s %s", part ? markdown_verdict(part->kind) : "not there",
                   part ? part->reason : "");
    if (!part)
        return;
    struct json_object *side = json_object_new_object();
    json_object_object_add(side, "verdict", json_object_new_string(verdict_kind_name(part->kind)));
    json_object_object_add(side, "reason", json_object_new_string(part->reason));
    json_object_object_add(side, "message", json_object_new_string(part->message));
    json_object_object_add(json, key, side);
}

static void add_change(struct comparison *out, struct json_object *list, const struct entry *entry,
                       const struct report_part *before, const struct report_part *after)
{
    struct json_object *json = json_object_new_object();
    json_object_object_add(json, "case", json_object_new_string(entry->name));
    if (*entry->node)
        json_object_object_add(json, "node", json_object_new_string(entry->node));
    markdown_print(&out->markdown, "- ");
    markdown_code(&out->markdown, entry->name);
    markdown_print(&out->markdown, "%s", *entry->node ? " on " : "");
    markdown_text(&out->markdown, entry->node);
    markdown_print(&out->markdown, ": ");
    add_side(out, json, "base", before);
    markdown_print(&out->markdown, " to ");
    add_side(out, json, "new", after);
    if (after && is_bad(after)) {
        markdown_print(&out->markdown, "<br>");
        markdown_text(&out->markdown, after->message);
    }
    markdown_print(&out->markdown, "\n");
    markdown_take(&out->markdown);
    json_object_array_add(list, json);
}

/* The entries of one side; those that the other has, too, are told once. */
static void add_changes(struct comparison *out, enum change wanted, const struct entries *base,
                        const struct entries *next)
{
    struct json_object *list = json_object_new_array();
    const struct entries *told = wanted == CHANGE_GONE ? base : next;
    for (size_t i = 0; i < told->count; i++) {
        const struct entry *entry = &told->items[i];
        const struct report_part *before = counterpart(base, entry), *after = counterpart(next, entry);
        if (change_of(before, after) != wanted)
            continue;
        if (json_object_array_length(list) == 0)
            markdown_print(&out->markdown, "\n#### %s\n\n", changes[wanted].title);
        add_change(out, list, entry, before, after);
        out->regressions += wanted == CHANGE_REGRESSION;
    }
    json_object_object_add(out->json, changes[wanted].key, list);
}

/* --- what gVisor costs --- */

/* The standard error of a median relative to it, its deviation estimated from the range (the factors d2 of
 * control charts); -1 when one time alone says nothing of it. */
static double relative_error(const struct overhead_time *time)
{
    static const double d2[] = {0, 0, 1.128, 1.693, 2.059, 2.326, 2.534, 2.704, 2.847, 2.970, 3.078};
    size_t known = time->count < 10 ? time->count : 10;
    if (time->count < 2 || time->median_us <= 0)
        return -1;
    double deviation = (double)(time->max_us - time->min_us) / d2[known];
    return 1.2533 * deviation / sqrt((double)time->count) / (double)time->median_us;
}

/* Twice the error of the factor's change, in per cent; -1 when it is not known. */
static double noise_percent(const struct overhead_row *before, const struct overhead_row *after)
{
    const struct overhead_time *const times[] = {&before->control, &before->gvisor, &after->control,
                                                 &after->gvisor};
    double sum = 0;
    for (size_t i = 0; i < 4; i++) {
        double error = relative_error(times[i]);
        if (error < 0)
            return -1;
        sum += error * error;
    }
    return 200 * sqrt(sum);
}

static const struct overhead_row *row_of(const struct overhead_table *table, const struct overhead_row *row)
{
    for (size_t i = 0; i < table->count; i++)
        if (strcmp(table->rows[i].name, row->name) == 0 && strcmp(table->rows[i].node, row->node) == 0)
            return &table->rows[i];
    return NULL;
}

static void add_overhead_row(struct comparison *out, struct json_object *list,
                             const struct overhead_row *before, const struct overhead_row *after,
                             unsigned threshold)
{
    double factor = 1 + before->delta_percent / 100, now = 1 + after->delta_percent / 100;
    double change = 100 * (now / factor - 1), noise = noise_percent(before, after);
    bool slower = noise >= 0 && change - noise > threshold;
    struct json_object *json = json_object_new_object();
    json_object_object_add(json, "name", json_object_new_string(after->name));
    json_object_object_add(json, "base_factor", json_object_new_double(factor));
    json_object_object_add(json, "new_factor", json_object_new_double(now));
    json_object_object_add(json, "change_percent", json_object_new_double(change));
    if (noise >= 0)
        json_object_object_add(json, "noise_percent", json_object_new_double(noise));
    json_object_object_add(json, "regression", json_object_new_boolean(slower));
    if (json_object_array_length(list) == 0)
        markdown_print(
            &out->markdown,
            "\n#### What gVisor costs\n\n| | base | new | change | noise | |\n|---|--:|--:|--:|--:|---|\n");
    json_object_array_add(list, json);
    markdown_print(&out->markdown, "| ");
    markdown_text(&out->markdown, after->name);
    markdown_print(&out->markdown, " | x %.2f | x %.2f | %+.0f %% |", factor, now, change);
    if (noise >= 0)
        markdown_print(&out->markdown, " %.0f %% |", noise);
    else
        markdown_print(&out->markdown, " unknown |");
    markdown_print(&out->markdown, " %s |\n", slower ? "**slower**" : "");
    markdown_take(&out->markdown);
    out->regressions += slower;
}

static void add_overhead(struct comparison *out, const struct report_model *base,
                         const struct report_model *next, unsigned threshold)
{
    struct overhead_table before = overhead_table_make(base, true), after = overhead_table_make(next, true);
    struct json_object *list = json_object_new_array();
    for (size_t i = 0; i < after.count; i++) {
        const struct overhead_row *old = row_of(&before, &after.rows[i]);
        if (old && old->control.median_us > 0 && old->gvisor.count && after.rows[i].control.median_us > 0 &&
            after.rows[i].gvisor.count)
            add_overhead_row(out, list, old, &after.rows[i], threshold);
    }
    json_object_object_add(out->json, "overhead", list);
    overhead_table_release(&before);
    overhead_table_release(&after);
}

/* --- the whole --- */

static void add_fact(struct comparison *out, const char *key, const char *before, const char *after)
{
    if (!before || !after || strcmp(before, after) == 0)
        return;
    struct json_object *pair = json_object_new_object();
    json_object_object_add(pair, "base", json_object_new_string(before));
    json_object_object_add(pair, "new", json_object_new_string(after));
    json_object_object_add(out->json, key, pair);
    markdown_print(&out->markdown, "- %s: ", key);
    markdown_text(&out->markdown, before);
    markdown_print(&out->markdown, " to ");
    markdown_text(&out->markdown, after);
    markdown_print(&out->markdown, "\n");
    markdown_take(&out->markdown);
}

static const char *first_release(const struct report_model *model)
{
    for (size_t i = 0; i < model->node_count; i++)
        if (model->nodes[i].release)
            return model->nodes[i].release;
    return NULL;
}

size_t report_compare(const struct report_model *base, const struct report_model *next,
                      unsigned threshold_percent, FILE *markdown, FILE *json)
{
    struct report_parts before = report_parts_make(base), after = report_parts_make(next);
    bool by_node = share_a_node(base, next);
    struct entries old = entries_make(&before, by_node), now = entries_make(&after, by_node);
    struct comparison out = {.json = json_object_new_object()};
    markdown_init(&out.markdown, MARKDOWN_MAX);
    json_object_object_add(out.json, "schema", json_object_new_string("gvisor-smoke.diff/1"));
    add_fact(&out, "gvisor", first_release(base), first_release(next));
    add_fact(&out, "kubernetes", base->cluster.version, next->cluster.version);
    add_fact(&out, "handler", base->run.handler, next->run.handler);
    for (int change = CHANGE_REGRESSION; change < CHANGE_NONE; change++)
        add_changes(&out, (enum change)change, &old, &now);
    add_overhead(&out, base, next, threshold_percent);
    json_object_object_add(out.json, "regression_count", json_object_new_int64((int64_t)out.regressions));
    if (markdown)
        fprintf(markdown, "### gvisor-smoke: %zu regressions\n\n%s", out.regressions,
                out.markdown.text.bytes);
    if (json)
        fprintf(json, "%s\n",
                json_object_to_json_string_ext(out.json,
                                               JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE));
    json_object_put(out.json);
    markdown_release(&out.markdown);
    entries_release(&old);
    entries_release(&now);
    report_parts_release(&before);
    report_parts_release(&after);
    return out.regressions;
}
