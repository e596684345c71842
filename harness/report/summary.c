/* SPDX-License-Identifier: Apache-2.0
 *
 * The end of what the terminal shows: findings first, then the sum, then where to read more.
 */
#include <string.h>

#include "gvisor-smoke/buf.h"
#include "gvisor-smoke/cleanup.h"
#include "terminal.h"

static void print_part(const struct terminal *terminal, const struct report_part *part)
{
    FILE *out = terminal->options.out;
    cleanup_free char *id = report_part_id(part);
    terminal_verdict_word(terminal, part->kind);
    fputs(" ", out);
    terminal_text(terminal, part->test_case->name);
    if (part->node) {
        fputs(" on ", out);
        terminal_text(terminal, part->node);
    }
    fprintf(out, "  %s", terminal_colour(terminal, COLOUR_DIM));
    terminal_text(terminal, id);
    fprintf(out, "%s\n      ", terminal_colour(terminal, COLOUR_NONE));
    terminal_text(terminal, part->message);
    fputs("\n", out);
}

/* Prints the parts of one kind that have a verdict; findings before other failures. */
static void print_parts(const struct terminal *terminal, const struct report_parts *parts,
                        enum verdict_kind kind, bool findings)
{
    for (size_t i = 0; i < parts->count; i++) {
        const struct report_part *part = &parts->items[i];
        bool finding = strcmp(part->reason, "finding") == 0 || strcmp(part->reason, "not-blocked") == 0;
        if (part->kind == kind && finding == findings && !report_part_missing(part))
            print_part(terminal, part);
    }
}

/* Cases without a verdict share a cause: one line for all. */
static void print_missing(const struct terminal *terminal, const struct report_parts *parts)
{
    cleanup_buf struct buf names;
    buf_init(&names, 1024 * 1024);
    size_t count = 0;
    const char *message = NULL;
    for (size_t i = 0; i < parts->count; i++) {
        const struct report_part *part = &parts->items[i];
        if (!report_part_missing(part))
            continue;
        buf_printf(&names, "%s%s", count++ ? ", " : "", part->test_case->name);
        if (part->node)
            buf_printf(&names, " on %s", part->node);
        message = part->message;
    }
    if (!count)
        return;
    cleanup_free char *cases = text_count(count, "case", "cases");
    FILE *out = terminal->options.out;
    terminal_verdict_word(terminal, VERDICT_ERROR);
    fprintf(out, " %s without a result: ", cases);
    terminal_text(terminal, names.bytes);
    fputs("\n      ", out);
    terminal_text(terminal, message);
    fputs("\n", out);
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

static void print_attestations(const struct terminal *terminal, const struct report_model *model)
{
    for (size_t i = 0; i < model->attestation_count; i++) {
        const struct model_attestation *attestation = &model->attestations[i];
        FILE *out = terminal->options.out;
        terminal_text(terminal, attestation->summary);
        fputs(" on ", out);
        terminal_text(terminal, attestation->node);
        fputs(" (pod ", out);
        terminal_text(terminal, attestation->pod);
        fputs(")", out);
        if (attestation->release) {
            fputs(", release ", out);
            terminal_text(terminal, attestation->release);
        }
        fputs("\n", out);
    }
}

void terminal_summary(struct terminal *terminal, const struct report_model *model, const char *journal_path,
                      const char *junit_path)
{
    FILE *out = terminal->options.out;
    struct report_parts parts = report_parts_make(model);
    fputs("\n", out);
    print_parts(terminal, &parts, VERDICT_FAILED, true);
    print_parts(terminal, &parts, VERDICT_FAILED, false);
    print_parts(terminal, &parts, VERDICT_ERROR, false);
    print_parts(terminal, &parts, VERDICT_SKIPPED, false);
    print_missing(terminal, &parts);
    for (size_t i = 0; i < model->problem_count; i++)
        terminal_problem(terminal, model->problems[i].message, model->problems[i].hint);
    print_counts(terminal, model);
    print_attestations(terminal, model);
    if (junit_path)
        fprintf(out, "report: %s\n", junit_path);
    if (journal_path)
        fprintf(out, "journal: %s\n", journal_path);
    fflush(out);
    report_parts_release(&parts);
}
