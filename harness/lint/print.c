/* SPDX-License-Identifier: Apache-2.0
 *
 * The report for people: each pod spec, what it lacks, and the line to write.
 */
#include "gvisor-smoke/cleanup.h"
#include "gvisor-smoke/text.h"
#include "lint_private.h"

static void print_finding(const struct lint_report *report, const struct lint_subject *subject,
                          const struct lint_finding *finding, FILE *out)
{
    fprintf(out, "      %s:%zu: %s: ", report->files[subject->file].path, finding->line,
            lint_rule_name(finding->rule));
    if (finding->accepted)
        fprintf(out, "accepted by --skip %s: ", finding->accepted->word);
    fprintf(out, "%s\n", finding->message);
    if (finding->fix && !finding->accepted)
        fprintf(out, "          %s\n", finding->fix);
}

static void print_subject(const struct lint_report *report, const struct lint_subject *subject, bool quiet,
                          FILE *out)
{
    bool holds = subject->finding_count == subject->accepted_count;
    if (holds && quiet)
        return;
    fprintf(out, "%-4s  %s", holds ? "ok" : "FAIL", subject->object);
    if (subject->source)
        fprintf(out, " (%s)", subject->source);
    if (subject->unfinished)
        fputs(": not all of it was looked at", out);
    fputc('\n', out);
    for (size_t i = 0; i < subject->finding_count; i++)
        if (!quiet || !subject->findings[i].accepted)
            print_finding(report, subject, &subject->findings[i], out);
}

static char *counts_by_rule(const struct lint_report *report)
{
    size_t counts[LINT_RULE_COUNT] = {0};
    cleanup_strings struct strings parts = {0};
    for (size_t i = 0; i < report->subject_count; i++)
        for (size_t k = 0; k < report->subjects[i].finding_count; k++)
            if (!report->subjects[i].findings[k].accepted)
                counts[report->subjects[i].findings[k].rule]++;
    for (int i = 0; i < LINT_RULE_COUNT; i++) {
        cleanup_free char *part = xasprintf("%zu %s", counts[i], lint_rule_name((enum lint_rule)i));
        if (counts[i])
            strings_add(&parts, part);
    }
    cleanup_free char *joined = strings_join(&parts, ", ");
    return *joined ? xasprintf(" (%s)", joined) : xstrdup("");
}

static char *rules_text(const struct lint_options *options)
{
    cleanup_strings struct strings on = {0};
    for (int i = 0; i < LINT_RULE_COUNT; i++)
        if (options->rules[i])
            strings_add(&on, lint_rule_name((enum lint_rule)i));
    return strings_join(&on, ", ");
}

static void print_sum(const struct lint_report *report, FILE *out)
{
    cleanup_free char *specs = text_count(report->pod_specs, "pod spec", "pod specs");
    cleanup_free char *manifests = text_count(report->manifests, "manifest", "manifests");
    cleanup_free char *found = text_count(report->found, "finding", "findings");
    cleanup_free char *rules = counts_by_rule(report);
    fprintf(out, "%zu of %s hold, in %s: %s%s", report->pod_specs - report->pod_specs_wanting, specs,
            manifests, found, rules);
    if (report->accepted)
        fprintf(out, ", %zu accepted", report->accepted);
    fputc('\n', out);
}

void lint_report_print(const struct lint_report *report, const struct lint_options *options, bool quiet,
                       FILE *out)
{
    for (size_t i = 0; i < report->subject_count; i++)
        print_subject(report, &report->subjects[i], quiet, out);
    for (size_t i = 0; i < options->skip_count && !quiet; i++)
        if (options->skips[i].used == 0)
            fprintf(out, "note  --skip %s accepts nothing: there is no such finding\n",
                    options->skips[i].word);
    cleanup_free char *rules = rules_text(options);
    if (!quiet)
        fprintf(out, "rules %s (RuntimeClass \"%s\")\n", rules, options->runtime_class);
    if (report->manifests)
        print_sum(report, out);
}
