/* SPDX-License-Identifier: Apache-2.0
 *
 * The end of what the terminal shows: findings first, then the sum, then where to read more.
 */
#include <string.h>

#include "gvisor-smoke/buf.h"
#include "gvisor-smoke/cleanup.h"
#include "terminal.h"

#define NAMES_MAX 10 /* cases or nodes that a story names */
#define NAME_WIDTH_MAX 60
#define STORIES_MAX 40 /* stories, and problems, that are told */

/* Names, each once, the first of many. */
struct names {
    struct buf text;
    struct index known;
};

static void names_add(struct names *names, const char *name)
{
    size_t at;
    if (index_get(&names->known, name, &at))
        return;
    index_set(&names->known, name, 0);
    if (names->known.count <= NAMES_MAX)
        buf_printf(&names->text, "%s%s", names->text.length ? ", " : "", name);
}

static void names_print(const struct terminal *terminal, struct names *names)
{
    if (names->known.count > NAMES_MAX)
        buf_printf(&names->text, " and %zu more", names->known.count - NAMES_MAX);
    terminal_text(terminal, names->text.bytes);
    buf_release(&names->text);
    index_release(&names->known);
}

/* "3 cases: a, b, c on 2 nodes: x, y". */
static void print_many(const struct terminal *terminal, const struct report_story *story)
{
    FILE *out = terminal->lines;
    struct names cases = {0}, nodes = {0};
    buf_init(&cases.text, MODEL_TEXT_MAX);
    buf_init(&nodes.text, MODEL_TEXT_MAX);
    for (size_t i = 0; i < story->count; i++) {
        names_add(&cases, story->parts[i]->test_case->name);
        if (story->parts[i]->node)
            names_add(&nodes, story->parts[i]->node);
    }
    size_t case_count = cases.known.count, node_count = nodes.known.count;
    fprintf(out, "%zu %s: ", case_count, case_count == 1 ? "case" : "cases");
    names_print(terminal, &cases);
    if (node_count > 1)
        fprintf(out, " on %zu nodes: ", node_count);
    else if (node_count)
        fputs(" on ", out);
    names_print(terminal, &nodes);
}

static void print_one(const struct terminal *terminal, const struct report_part *part)
{
    cleanup_free char *name =
        xasprintf("%s%s%s", part->test_case->name, part->node ? " on " : "", part->node ? part->node : "");
    cleanup_free char *id = report_part_id(part);
    terminal_text(terminal, name);
    fprintf(terminal->lines, "  %s", terminal_colour(terminal, COLOUR_DIM));
    terminal_text(terminal, id);
    fputs(terminal_colour(terminal, COLOUR_NONE), terminal->lines);
}

static void print_story(const struct terminal *terminal, const struct report_story *story)
{
    terminal_verdict_word(terminal, story->kind);
    fputs(" ", terminal->lines);
    if (story->count > 1)
        print_many(terminal, story);
    else
        print_one(terminal, story->parts[0]);
    fputs("\n      ", terminal->lines);
    terminal_text(terminal, story->message);
    fputs("\n", terminal->lines);
}

/* What does not fit is in the reports. */
static void print_left_out(const struct terminal *terminal, size_t told, const char *what)
{
    if (told > STORIES_MAX)
        fprintf(terminal->lines, "%zu more %s are in the reports\n", told - STORIES_MAX, what);
}

static void print_stories(const struct terminal *terminal, const struct report_stories *stories, bool skipped)
{
    size_t told = 0;
    for (size_t i = 0; i < stories->count; i++)
        if ((stories->items[i].kind == VERDICT_SKIPPED) == skipped && told++ < STORIES_MAX)
            print_story(terminal, &stories->items[i]);
    print_left_out(terminal, told, skipped ? "reasons for skips" : "findings and errors");
}

/* Each problem and each hint once, though several pods and cases may have met it. */
static void print_problems(const struct terminal *terminal, const struct report_model *model,
                           const struct report_stories *stories)
{
    size_t told = 0;
    cleanup_free struct report_problem_left *left = report_problems_left(model, stories);
    for (size_t i = 0; i < model->problem_count; i++)
        if ((left[i].message || left[i].hint) && told++ < STORIES_MAX)
            terminal_problem(terminal, left[i].message, left[i].hint);
    print_left_out(terminal, told, "problems");
}

static void print_counts(const struct terminal *terminal, const struct report_model *model,
                         const struct report_parts *parts)
{
    struct report_counts counts = report_parts_count(parts);
    FILE *out = terminal->lines;
    cleanup_free char *duration = text_duration(model->duration_ms);
    cleanup_free char *errors = text_count(counts.errors, "error", "errors");
    enum colour colour = counts.failed ? COLOUR_BAD : counts.errors ? COLOUR_ERROR : COLOUR_GOOD;
    fprintf(out, "%s%u passed, %u failed, %s", terminal_colour(terminal, colour), counts.passed,
            counts.failed, errors);
    if (counts.skipped)
        fprintf(out, ", %u skipped", counts.skipped);
    fprintf(out, "%s in %s\n", terminal_colour(terminal, COLOUR_NONE), duration);
}

static void print_taken(const struct terminal *terminal, const struct report_parts *parts)
{
    cleanup_free char *text = report_taken_text(parts);
    if (!text)
        return;
    terminal_text(terminal, text);
    fputs("\n", terminal->lines);
}

/* What several pods have shown alike. */
struct alike {
    const struct model_attestation *first;
    size_t pods, nodes;
};
struct alikes {
    struct alike *items;
    size_t count;
};

/* By node and summary; of many nodes by summary alone. */
static struct alikes alikes_make(const struct report_model *model, bool many)
{
    struct alikes alikes = {.items = xcalloc(model->attestation_count, sizeof(struct alike))};
    cleanup_index struct index known = {0}, nodes = {0};
    for (size_t i = 0; i < model->attestation_count; i++) {
        const struct model_attestation *seen = &model->attestations[i];
        if (seen->control)
            continue;
        size_t at = alikes.count, ignored;
        cleanup_free char *key = xasprintf("%s\n%s\n%s", seen->summary, seen->release ? seen->release : "",
                                           many ? "" : seen->node);
        cleanup_free char *on_node = xasprintf("%s\n%s", key, seen->node);
        if (!index_get(&known, key, &at)) {
            index_set(&known, key, at);
            alikes.items[alikes.count++] = (struct alike){.first = seen};
        }
        alikes.items[at].pods++;
        alikes.items[at].nodes += !index_get(&nodes, on_node, &ignored);
        index_set(&nodes, on_node, 0);
    }
    return alikes;
}

/* One line for what several pods have shown alike. */
static void print_alike(const struct terminal *terminal, const struct alike *alike)
{
    const struct model_attestation *seen = alike->first;
    cleanup_free char *pods =
        alike->pods == 1 ? xasprintf("pod %s", seen->pod) : text_count(alike->pods, "pod", "pods");
    cleanup_free char *where =
        alike->nodes == 1 ? xstrdup(seen->node) : text_count(alike->nodes, "node", "nodes");
    cleanup_free char *line =
        xasprintf("%s on %s (%s)%s%s", seen->summary, where, pods, seen->release ? ", release " : "",
                  seen->release ? seen->release : "");
    fputs(terminal_colour(terminal, seen->attested ? COLOUR_GOOD : COLOUR_BAD), terminal->lines);
    terminal_text(terminal, line);
    fprintf(terminal->lines, "%s\n", terminal_colour(terminal, COLOUR_NONE));
}

static void print_attestations(const struct terminal *terminal, const struct report_model *model)
{
    struct alikes alikes = alikes_make(model, model->node_count > TERMINAL_NODES_MAX);
    size_t told = 0;
    for (int attested = 0; attested <= 1; attested++) /* what is not gVisor first */
        for (size_t i = 0; i < alikes.count; i++)
            if (alikes.items[i].first->attested == attested && told++ < STORIES_MAX)
                print_alike(terminal, &alikes.items[i]);
    print_left_out(terminal, alikes.count, "attestations");
    free(alikes.items);
}

/* A merged journal may have measures of several nodes. */
static char *overhead_label(const struct overhead_row *row, const struct report_model *model)
{
    cleanup_free char *label = model->node_count > 1 && *row->node
                                   ? xasprintf("%s on %s", row->name, row->node)
                                   : xstrdup(row->name);
    return text_one_line(label);
}

static int longest_label(const struct overhead_table *table, const struct report_model *model)
{
    size_t longest = 0;
    for (size_t i = 0; i < table->count; i++) {
        cleanup_free char *label = overhead_label(&table->rows[i], model);
        if (strlen(label) > longest)
            longest = strlen(label);
    }
    return longest < NAME_WIDTH_MAX ? (int)longest : NAME_WIDTH_MAX;
}

static void print_overhead(const struct terminal *terminal, const struct report_model *model)
{
    struct overhead_table table = overhead_table_make(model, false);
    FILE *out = terminal->lines;
    int width = longest_label(&table, model);
    if (table.count)
        fprintf(out, "\noverhead: median (min - max) of %zu repetitions\n  %-*s  %-27s  %-27s  %s\n",
                table.rows[0].gvisor.count, width, "", "default runtime", "gVisor", "delta");
    for (size_t i = 0; i < table.count; i++) {
        const struct overhead_row *row = &table.rows[i];
        cleanup_free char *label = overhead_label(row, model);
        cleanup_free char *control = overhead_time_text(&row->control);
        cleanup_free char *gvisor = overhead_time_text(&row->gvisor);
        fprintf(out, "  %-*s  %-27s  %-27s  %+.0f %%\n", width, label, control, gvisor, row->delta_percent);
    }
    if (table.count)
        fputs("\n", out);
    overhead_table_release(&table);
}

/* Of a merged journal: the runs that it is made from. */
static void print_sources(const struct terminal *terminal, const struct report_model *model)
{
    for (size_t i = 0; i < model->source_count && i < STORIES_MAX; i++) {
        cleanup_free char *text = model_source_text(&model->sources[i]);
        cleanup_free char *line = xasprintf("run %s: %s", model->sources[i].id, text);
        terminal_text(terminal, line);
        fputs("\n", terminal->lines);
    }
    print_left_out(terminal, model->source_count, "runs");
}

/* "report:  FILE" for each that was written, the journal last. */
static void print_files(const struct terminal *terminal, const char *journal_path,
                        const struct report_options *reports)
{
    for (size_t i = 0; i < REPORT_FORM_COUNT; i++)
        if (reports->paths[i] && strcmp(reports->paths[i], "-") != 0)
            fprintf(terminal->lines, "report: %s\n", reports->paths[i]);
    if (journal_path)
        fprintf(terminal->lines, "journal: %s\n", journal_path);
}

void terminal_summary(struct terminal *terminal, const struct report_model *model, const char *journal_path,
                      const struct report_options *reports)
{
    struct report_parts parts = report_parts_make(model);
    struct report_stories stories = report_stories_of(&parts);
    terminal_stop(terminal);
    terminal_gather(terminal);
    terminal_flush(terminal);
    fputs("\n", terminal->lines);
    print_stories(terminal, &stories, false);
    print_problems(terminal, model, &stories);
    print_stories(terminal, &stories, true);
    print_overhead(terminal, model);
    print_counts(terminal, model, &parts);
    print_taken(terminal, &parts);
    print_attestations(terminal, model);
    print_sources(terminal, model);
    print_files(terminal, journal_path, reports);
    terminal_deliver(terminal, 0);
    report_stories_release(&stories);
    report_parts_release(&parts);
}
