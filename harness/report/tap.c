/* SPDX-License-Identifier: Apache-2.0
 *
 * Test Anything Protocol, version 13 (testanything.org/tap-version-13-specification.html): what harnesses of
 * all ages read. One test point for each row of the JUnit report, in its order.
 */
#include "forms.h"
#include "gvisor-smoke/cleanup.h"
#include "rows.h"

#define MESSAGE_MAX 8000 /* bytes of one message */

/* On one line, and without what begins a directive. */
static void write_description(FILE *out, const char *text)
{
    cleanup_free char *line = text_one_line(text);
    for (const char *at = line; *at; at++) {
        if (*at == '#' || *at == '\\')
            fputc('\\', out);
        fputc(*at, out);
    }
}

/* Double quotes on one line: the form that YAML and the subset in Perl's TAP::Harness both know. */
static void write_quoted(FILE *out, const char *key, const char *text)
{
    cleanup_free char *bounded = text_beginning(text, MESSAGE_MAX);
    fprintf(out, "  %s: \"", key);
    for (const char *at = bounded; *at; at++)
        if (*at == '\n')
            fputs("\\n", out);
        else if (*at == '\r' || *at == '\t')
            fputc(' ', out);
        else if (*at == '"' || *at == '\\')
            fprintf(out, "\\%c", *at);
        else
            fputc(*at, out);
    fputs("\"\n", out);
}

static void write_diagnostic(FILE *out, const struct report_row *row)
{
    const struct report_part *part = row->part;
    fputs("  ---\n", out);
    fprintf(out, "  verdict: %s\n  reason: %s\n", verdict_kind_name(row->kind), row->reason);
    write_quoted(out, "message", row->message);
    fprintf(out, "  duration_ms: %lld\n", (long long)row->duration_ms);
    if (part)
        fprintf(out, "  case: %s\n", part->test_case->name);
    fputs("  ...\n", out);
}

struct points {
    FILE *out;
    size_t written;
};

static void write_row(struct report_row *row, void *context)
{
    struct points *points = context;
    FILE *out = points->out;
    cleanup_free char *name = report_row_name(row);
    bool held = row->kind == VERDICT_PASSED || row->kind == VERDICT_SKIPPED;
    fprintf(out, "%s %zu - ", held ? "ok" : "not ok", ++points->written);
    write_description(out, row->class_name);
    fputs(" ", out);
    write_description(out, name);
    if (row->kind == VERDICT_SKIPPED) {
        cleanup_free char *why = text_one_line(row->message);
        fprintf(out, " # SKIP %s", why);
    }
    fputs("\n", out);
    if (!held)
        write_diagnostic(out, row);
}

int tap_write(const struct report_model *model, const struct report_options *options, FILE *out)
{
    (void)options;
    struct report_parts parts = report_parts_make(model);
    struct report_rows rows = report_rows_make(&parts);
    fprintf(out, "TAP version 13\n1..%zu%s\n", rows.count, rows.count ? "" : " # SKIP no case was planned");
    cleanup_free char *taken = report_taken_text(&parts);
    if (taken)
        fprintf(out, "# %s\n", taken);
    for (size_t i = 0; i < model->problem_count; i++) {
        cleanup_free char *problem = text_one_line(model->problems[i].message);
        fprintf(out, "# %s\n", problem);
    }
    struct points points = {.out = out};
    report_rows_each(&rows, write_row, &points);
    report_rows_release(&rows);
    report_parts_release(&parts);
    return 0;
}
