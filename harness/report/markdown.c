/* SPDX-License-Identifier: Apache-2.0
 *
 * The Markdown report: findings first, then the matrix, the attestation, and what gVisor costs.
 *
 * It begins at the third level of headings, as a step summary stands below GitHub's own.
 */
#include <string.h>

#include "forms.h"
#include "grid.h"
#include "gvisor-smoke/cleanup.h"
#include "markdown.h"

#define NAMES_MAX 20    /* parts that a story names */
#define STORIES_MAX 200 /* stories that are told */
#define OUTPUTS_MAX 10  /* stories that show output */
#define OUTPUT_MAX 4000 /* bytes of one stream that is shown */
#define MESSAGE_MAX 4000
#define ROWS_MAX 500   /* of any table */
#define SOURCES_MAX 40 /* runs of a merged journal */

/* --- the head --- */

static void add_count(struct markdown *markdown, unsigned count, const char *word, const char *separator)
{
    if (count)
        markdown_print(markdown, "%s%u %s", separator, count, word);
}

static void add_heading(struct markdown *markdown, const struct report_model *model,
                        const struct report_parts *parts)
{
    struct report_counts counts = report_parts_count(parts);
    bool whole = model->ended && !model->signal;
    enum verdict_kind worst = counts.failed                                     ? VERDICT_FAILED
                              : counts.errors || !whole || model->problem_count ? VERDICT_ERROR
                                                                                : VERDICT_PASSED;
    markdown_print(markdown, "### %s gvisor-smoke: ", markdown_mark(worst));
    markdown_print(markdown, "%u passed", counts.passed);
    add_count(markdown, counts.failed, "failed", ", ");
    add_count(markdown, counts.errors, counts.errors == 1 ? "error" : "errors", ", ");
    add_count(markdown, counts.skipped, "skipped", ", ");
    markdown_print(markdown, "\n\n");
    if (model->signal)
        markdown_print(markdown,
                       "**The run was ended by signal %d.** What it had not reached is an error.\n\n",
                       model->signal);
    else if (!model->ended)
        markdown_print(markdown, "**The journal has no end: the run goes on, or was killed.**\n\n");
    markdown_take(markdown);
}

static void add_fact(struct markdown *markdown, const char *name, const char *value)
{
    if (!value || !*value)
        return;
    markdown_print(markdown, "%s%s ", markdown->block.length ? ", " : "", name);
    markdown_text(markdown, value);
}

static void add_facts(struct markdown *markdown, const struct report_model *model)
{
    cleanup_free char *duration = text_duration(model->duration_ms);
    cleanup_free char *nodes = model->node_count == 1 ? xstrdup(model->nodes[0].name)
                                                      : text_count(model->node_count, "node", "nodes");
    add_fact(markdown, "Kubernetes", model->cluster.version);
    add_fact(markdown, "RuntimeClass", model->run.runtime_class);
    add_fact(markdown, "handler", model->run.handler);
    add_fact(markdown, "on", nodes);
    add_fact(markdown, "run", model->run.id);
    add_fact(markdown, "in", duration);
    markdown_print(markdown, "\n\n");
    markdown_take(markdown);
}

static void add_taken(struct markdown *markdown, const struct report_parts *parts)
{
    cleanup_free char *text = report_taken_text(parts);
    if (!text)
        return;
    markdown_text(markdown, text);
    markdown_print(markdown, ".\n\n");
    markdown_take(markdown);
}

/* Of a merged journal: the runs that it is made from. */
static void add_sources(struct markdown *markdown, const struct report_model *model)
{
    size_t shown = model->source_count < SOURCES_MAX ? model->source_count : SOURCES_MAX;
    if (!shown)
        return;
    for (size_t i = 0; i < shown; i++) {
        cleanup_free char *text = model_source_text(&model->sources[i]);
        markdown_print(markdown, "- run ");
        markdown_code(markdown, model->sources[i].id);
        markdown_print(markdown, ": ");
        markdown_text(markdown, text);
        markdown_print(markdown, "\n");
    }
    if (shown < model->source_count)
        markdown_print(markdown, "- and %zu more runs\n", model->source_count - shown);
    markdown_print(markdown, "\n");
    markdown_take(markdown);
}

/* --- stories and problems --- */

static void add_names(struct markdown *markdown, const struct report_story *story)
{
    size_t shown = story->count < NAMES_MAX ? story->count : NAMES_MAX;
    for (size_t i = 0; i < shown; i++) {
        const struct report_part *part = story->parts[i];
        markdown_print(markdown, "%s", i ? ", " : "");
        markdown_code(markdown, part->test_case->name);
        if (part->node) {
            markdown_print(markdown, " on ");
            markdown_text(markdown, part->node);
        }
    }
    if (shown < story->count)
        markdown_print(markdown, " and %zu more", story->count - shown);
}

static void add_stream(struct markdown *markdown, const char *title, const char *text)
{
    if (!text || !*text)
        return;
    cleanup_free char *end = text_end(text, OUTPUT_MAX);
    markdown_print(markdown, "\n%s:\n", title);
    markdown_fence(markdown, end);
}

/* What the first part of the story printed. */
static void add_output(struct markdown *markdown, const struct report_model *model,
                       const struct report_story *story)
{
    const struct model_result *result = story->parts[0]->result;
    if (!result || (!model_printed_something(result->gvisor) && !model_printed_something(result->control)))
        return;
    cleanup_model_streams struct model_streams gvisor = model_streams(model, result->gvisor);
    cleanup_model_streams struct model_streams control = model_streams(model, result->control);
    markdown_print(markdown, "<details><summary>Output of ");
    markdown_code(markdown, story->parts[0]->test_case->name);
    markdown_print(markdown, "</summary>\n");
    add_stream(markdown, "Standard output under gVisor", gvisor.output);
    add_stream(markdown, "Standard error under gVisor", gvisor.errors);
    add_stream(markdown, "Standard output under the default runtime", control.output);
    add_stream(markdown, "Standard error under the default runtime", control.errors);
    markdown_print(markdown, "\n</details>\n\n");
    markdown_take(markdown);
}

static void add_story(struct markdown *markdown, const struct report_story *story)
{
    cleanup_free char *message = text_beginning(story->message, MESSAGE_MAX);
    markdown_print(markdown, "**%s** (%s): ", markdown_verdict(story->kind), story->reason);
    add_names(markdown, story);
    markdown_print(markdown, "<br>");
    markdown_text(markdown, message);
    markdown_print(markdown, "\n\n");
    markdown_take(markdown);
}

static void add_stories(struct markdown *markdown, const struct report_model *model,
                        const struct report_stories *stories, bool skipped)
{
    size_t told = 0, outputs = 0;
    for (size_t i = 0; i < stories->count; i++) {
        const struct report_story *story = &stories->items[i];
        if ((story->kind == VERDICT_SKIPPED) != skipped)
            continue;
        if (told++ >= STORIES_MAX)
            continue;
        add_story(markdown, story);
        if (!skipped && outputs++ < OUTPUTS_MAX)
            add_output(markdown, model, story);
    }
    if (told > STORIES_MAX) {
        markdown_print(markdown, "%zu more are left out here.\n\n", told - STORIES_MAX);
        markdown_take(markdown);
    }
}

static void add_problems(struct markdown *markdown, const struct report_model *model,
                         const struct report_stories *stories)
{
    cleanup_free struct report_problem_left *left = report_problems_left(model, stories);
    for (size_t i = 0; i < model->problem_count && i < STORIES_MAX; i++) {
        const char *message = left[i].message, *hint = left[i].hint;
        if (!message && !hint)
            continue;
        markdown_print(markdown, "%s", message ? "**Problem:** " : "");
        markdown_text(markdown, message ? message : "");
        markdown_print(markdown, "%s%s", message ? "<br>" : "", hint ? "**Hint:** " : "");
        markdown_text(markdown, hint ? hint : "");
        markdown_print(markdown, "\n\n");
        markdown_take(markdown);
    }
}

/* --- the matrix --- */

static const char *or_dash(const char *text)
{
    return text && *text ? text : "-";
}

/* One node: what each case did under both runtimes. */
static void add_case_row(struct markdown *markdown, const struct report_part *part)
{
    const struct model_result *result = part->result;
    struct evidence room;
    cleanup_free char *gvisor = evidence_brief(result ? model_facts(result->gvisor, &room) : NULL);
    cleanup_free char *control = evidence_brief(result ? model_facts(result->control, &room) : NULL);
    markdown_print(markdown, "| ");
    markdown_code(markdown, part->test_case->name);
    markdown_print(markdown, " | %s | %s %s | ", expectation_name(part->test_case->expect),
                   markdown_mark(part->kind), part->reason);
    markdown_text(markdown, or_dash(gvisor));
    markdown_print(markdown, " | ");
    markdown_text(markdown, or_dash(control));
    markdown_print(markdown, " |\n");
    markdown_take(markdown);
}

static void add_list(struct markdown *markdown, const struct report_parts *parts)
{
    markdown_print(markdown, "| case | expected | verdict | under gVisor | default runtime |\n"
                             "|---|---|---|---|---|\n");
    markdown_take(markdown);
    for (size_t i = 0; i < parts->count && i < ROWS_MAX; i++)
        add_case_row(markdown, &parts->items[i]);
}

static void add_column_head(struct markdown *markdown, const struct report_model *model,
                            const struct grid_column *column)
{
    cleanup_free char *text = column->count == 1 ? xstrdup(model->nodes[column->nodes[0]].name)
                                                 : text_count(column->count, "node", "nodes");
    markdown_print(markdown, " ");
    markdown_text(markdown, text);
    markdown_print(markdown, " |");
}

static void add_grid_row(struct markdown *markdown, const struct report_model *model, const struct grid *grid,
                         size_t row)
{
    const struct report_part *nowhere = grid->nowhere[row];
    markdown_print(markdown, "| ");
    markdown_code(markdown, model->cases[row].name);
    if (nowhere)
        markdown_print(markdown, " %s %s", markdown_mark(nowhere->kind), nowhere->reason);
    markdown_print(markdown, " |");
    for (size_t i = 0; i < grid->count; i++) {
        const struct report_part *part = grid->columns[i].cells[row].part;
        markdown_print(markdown, " %s %s |", part ? markdown_mark(part->kind) : "", part ? part->reason : "");
    }
    markdown_print(markdown, "\n");
    markdown_take(markdown);
}

/* Several nodes: a column for each, or for those that are alike. */
static void add_grid(struct markdown *markdown, const struct report_model *model,
                     const struct report_parts *parts)
{
    struct grid grid = grid_make(model, parts, GRID_NODES_MAX);
    markdown_print(markdown, "| case |");
    for (size_t i = 0; i < grid.count; i++)
        add_column_head(markdown, model, &grid.columns[i]);
    markdown_print(markdown, "\n|---|");
    for (size_t i = 0; i < grid.count; i++)
        markdown_print(markdown, "---|");
    markdown_print(markdown, "\n");
    markdown_take(markdown);
    for (size_t row = 0; row < model->case_count; row++)
        add_grid_row(markdown, model, &grid, row);
    if (grid.left_out)
        markdown_print(markdown, "\n%zu more columns (%zu nodes) are left out here.\n", grid.left_out,
                       grid.left_out_nodes);
    markdown_take(markdown);
    grid_release(&grid);
}

static void add_matrix(struct markdown *markdown, const struct report_model *model,
                       const struct report_parts *parts)
{
    if (parts->count == 0)
        return;
    markdown_print(markdown, "#### Cases\n\n");
    markdown_take(markdown);
    if (model->node_count <= 1)
        add_list(markdown, parts);
    else
        add_grid(markdown, model, parts);
    markdown_print(markdown, "\n");
    markdown_take(markdown);
}

/* --- attestation and overhead --- */

/* Nodes with the same release and as many attested pods are counted together. */
static void add_attestation(struct markdown *markdown, const struct report_model *model,
                            const struct node_sum *sums)
{
    cleanup_index struct index known = {0};
    struct strings texts = {0};
    size_t *counts = xcalloc(model->node_count, sizeof *counts);
    for (size_t i = 0; i < model->node_count; i++) {
        if (sums[i].pods == 0)
            continue;
        bool all = sums[i].attested_pods == sums[i].pods;
        const char *release = model->nodes[i].release;
        cleanup_free char *text = xasprintf("%d%s", all, release ? release : "");
        size_t at = texts.count;
        if (!index_get(&known, text, &at)) {
            index_set(&known, text, at);
            strings_add(&texts, text);
        }
        counts[at]++;
    }
    for (size_t i = 0; i < texts.count; i++) {
        bool all = texts.items[i][0] == '1';
        cleanup_free char *nodes = text_count(counts[i], "node", "nodes");
        markdown_print(markdown, "%s%s: %s, release ", i ? "<br>" : "", nodes,
                       all ? "every pod has shown that it runs under gVisor"
                           : "**a pod of the RuntimeClass does not run under gVisor**");
        markdown_text(markdown, texts.items[i][1] ? texts.items[i] + 1 : "unknown");
    }
    markdown_print(markdown, "%s", texts.count ? "\n\n" : "");
    markdown_take(markdown);
    free(counts);
    strings_release(&texts);
}

static void add_overhead(struct markdown *markdown, const struct report_model *model)
{
    struct overhead_table table = overhead_table_make(model, model->node_count > GRID_NODES_MAX);
    if (table.count) {
        markdown_print(markdown,
                       "#### What gVisor costs\n\nMedian (least - most) of %zu repetitions.\n\n"
                       "| | node | default runtime | gVisor | |\n|---|---|--:|--:|--:|\n",
                       table.rows[0].gvisor.count);
        markdown_take(markdown);
    }
    for (size_t i = 0; i < table.count && i < ROWS_MAX; i++) {
        const struct overhead_row *row = &table.rows[i];
        cleanup_free char *control = overhead_time_text(&row->control);
        cleanup_free char *gvisor = overhead_time_text(&row->gvisor);
        markdown_print(markdown, "| ");
        markdown_text(markdown, row->name);
        markdown_print(markdown, " | ");
        markdown_text(markdown, row->node);
        markdown_print(markdown, " | %s | %s | %+.0f %% |\n", control, gvisor, row->delta_percent);
        markdown_take(markdown);
    }
    if (table.count)
        markdown_print(markdown, "\n");
    markdown_take(markdown);
    overhead_table_release(&table);
}

/* --- the whole --- */

static void add_all(struct markdown *markdown, const struct report_model *model)
{
    struct report_parts parts = report_parts_make(model);
    struct report_stories stories = report_stories_of(&parts);
    struct node_sum *sums = node_sums_make(model, &parts);
    add_heading(markdown, model, &parts);
    add_facts(markdown, model);
    add_taken(markdown, &parts);
    add_sources(markdown, model);
    add_attestation(markdown, model, sums);
    add_stories(markdown, model, &stories, false);
    add_problems(markdown, model, &stories);
    add_matrix(markdown, model, &parts);
    add_overhead(markdown, model);
    add_stories(markdown, model, &stories, true);
    free(sums);
    report_stories_release(&stories);
    report_parts_release(&parts);
}

void markdown_render(const struct report_model *model, size_t max, struct buf *ret_text)
{
    static const char note[] =
        "\nThis summary is full: %zu pieces are left out. The other reports have them.\n";
    size_t reserve = sizeof note + 20;
    struct markdown markdown;
    markdown_init(&markdown, max > reserve ? max - reserve : 0);
    add_all(&markdown, model);
    buf_init(ret_text, max);
    buf_append(ret_text, markdown.text.bytes, markdown.text.length);
    if (markdown.left_out)
        buf_printf(ret_text, note, markdown.left_out);
    markdown_release(&markdown);
}

int markdown_write(const struct report_model *model, const struct report_options *options, FILE *out)
{
    (void)options;
    cleanup_buf struct buf text;
    markdown_render(model, MARKDOWN_MAX, &text);
    fwrite(text.bytes, 1, text.length, out);
    return 0;
}
