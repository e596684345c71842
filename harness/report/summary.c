/* SPDX-License-Identifier: Apache-2.0
 *
 * The end of what the terminal shows: findings first, then the sum, then where to read more.
 */
#include <string.h>

#include "gvisor-smoke/buf.h"
#include "gvisor-smoke/cleanup.h"
#include "terminal.h"

static void print_names(const struct terminal *terminal, const struct report_story *story)
{
    cleanup_buf struct buf names;
    buf_init(&names, MODEL_TEXT_MAX);
    for (size_t i = 0; i < story->count; i++) {
        const struct report_part *part = story->parts[i];
        buf_printf(&names, "%s%s", i ? ", " : "", part->test_case->name);
        if (part->node)
            buf_printf(&names, " on %s", part->node);
    }
    if (story->count > 1)
        fprintf(terminal->options.out, "%zu cases: ", story->count);
    terminal_text(terminal, names.bytes);
    if (story->count > 1)
        return;
    cleanup_free char *id = report_part_id(story->parts[0]);
    fprintf(terminal->options.out, "  %s", terminal_colour(terminal, COLOUR_DIM));
    terminal_text(terminal, id);
    fputs(terminal_colour(terminal, COLOUR_NONE), terminal->options.out);
}

static void print_stories(const struct terminal *terminal, const struct report_stories *stories, bool skipped)
{
    FILE *out = terminal->options.out;
    for (size_t i = 0; i < stories->count; i++) {
        const struct report_story *story = &stories->items[i];
        if ((story->kind == VERDICT_SKIPPED) != skipped)
            continue;
        terminal_verdict_word(terminal, story->kind);
        fputs(" ", out);
        print_names(terminal, story);
        fputs("\n      ", out);
        terminal_text(terminal, story->message);
        fputs("\n", out);
    }
}

/* Each problem and each hint once, though several pods and cases may have met it. */
static void print_problems(const struct terminal *terminal, const struct report_model *model,
                           const struct report_stories *stories)
{
    for (size_t i = 0; i < model->problem_count; i++) {
        const struct model_problem *problem = &model->problems[i];
        const char *message = report_problem_is_told(model, i, stories) ? NULL : problem->message;
        const char *hint = report_hint_is_told(model, i) ? NULL : problem->hint;
        terminal_problem(terminal, message, hint);
    }
}

static void print_counts(const struct terminal *terminal, const struct report_model *model)
{
    struct report_counts counts = report_model_counts(model);
    FILE *out = terminal->options.out;
    cleanup_free char *duration = text_duration(model->duration_ms);
    cleanup_free char *errors = text_count(counts.errors, "error", "errors");
    enum colour colour = counts.failed ? COLOUR_BAD : counts.errors ? COLOUR_ERROR : COLOUR_GOOD;
    fprintf(out, "%s%u passed, %u failed, %s", terminal_colour(terminal, colour), counts.passed,
            counts.failed, errors);
    if (counts.skipped)
        fprintf(out, ", %u skipped", counts.skipped);
    fprintf(out, "%s in %s\n", terminal_colour(terminal, COLOUR_NONE), duration);
}

static bool same_attestation(const struct model_attestation *left, const struct model_attestation *right)
{
    return left->control == right->control && strcmp(left->node, right->node) == 0 &&
           strcmp(left->summary, right->summary) == 0;
}

/* One line for what several pods of a node have shown alike. */
static void print_attestation(const struct terminal *terminal, const struct report_model *model, size_t index)
{
    const struct model_attestation *seen = &model->attestations[index];
    size_t alike = 0;
    for (size_t i = 0; i < model->attestation_count; i++) {
        if (!same_attestation(seen, &model->attestations[i]))
            continue;
        if (i < index)
            return;
        alike++;
    }
    cleanup_free char *pods = alike == 1 ? xasprintf("pod %s", seen->pod) : text_count(alike, "pod", "pods");
    cleanup_free char *line =
        xasprintf("%s on %s (%s)%s%s", seen->summary, seen->node, pods, seen->release ? ", release " : "",
                  seen->release ? seen->release : "");
    terminal_text(terminal, line);
    fputs("\n", terminal->options.out);
}

static void print_attestations(const struct terminal *terminal, const struct report_model *model)
{
    for (size_t i = 0; i < model->attestation_count; i++)
        if (!model->attestations[i].control)
            print_attestation(terminal, model, i);
}

static void print_overhead(const struct terminal *terminal, const struct report_model *model)
{
    struct overhead_table table = overhead_table_make(model, false);
    FILE *out = terminal->options.out;
    if (table.count)
        fprintf(out, "\noverhead: median (min - max) of %zu repetitions\n  %-16s %-28s %-28s %s\n",
                table.rows[0].gvisor.count, "", "default runtime", "gVisor", "delta");
    for (size_t i = 0; i < table.count; i++) {
        const struct overhead_row *row = &table.rows[i];
        cleanup_free char *control = overhead_time_text(&row->control);
        cleanup_free char *gvisor = overhead_time_text(&row->gvisor);
        fprintf(out, "  %-16s %-28s %-28s %+.0f %%\n", row->name, control, gvisor, row->delta_percent);
    }
    if (table.count)
        fputs("\n", out);
    overhead_table_release(&table);
}

/* "report:  FILE" for each that was written, the journal last. */
static void print_files(const struct terminal *terminal, const char *journal_path,
                        const struct report_options *reports)
{
    for (size_t i = 0; i < REPORT_FORM_COUNT; i++)
        if (reports->paths[i] && strcmp(reports->paths[i], "-") != 0)
            fprintf(terminal->options.out, "report: %s\n", reports->paths[i]);
    if (journal_path)
        fprintf(terminal->options.out, "journal: %s\n", journal_path);
}

void terminal_summary(struct terminal *terminal, const struct report_model *model, const char *journal_path,
                      const struct report_options *reports)
{
    FILE *out = terminal->options.out;
    struct report_parts parts = report_parts_make(model);
    struct report_stories stories = report_stories_of(&parts);
    terminal_flush(terminal);
    fputs("\n", out);
    print_stories(terminal, &stories, false);
    print_problems(terminal, model, &stories);
    print_stories(terminal, &stories, true);
    print_overhead(terminal, model);
    print_counts(terminal, model);
    print_attestations(terminal, model);
    print_files(terminal, journal_path, reports);
    fflush(out);
    report_stories_release(&stories);
    report_parts_release(&parts);
}
