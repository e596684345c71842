/* SPDX-License-Identifier: Apache-2.0
 *
 * Metrics in Prometheus' text format 0.0.4 (prometheus.io/docs/instrumenting/exposition_formats), for the
 * textfile collector of node_exporter: so without timestamps, and with the time of the run as a value.
 */
#include <string.h>

#include "forms.h"
#include "gvisor-smoke/cleanup.h"

static void family(FILE *out, const char *name, const char *help)
{
    fprintf(out, "# HELP gvisor_smoke_%s %s\n# TYPE gvisor_smoke_%s gauge\n", name, help, name);
}

/* One pair, with what stands before it: "{" or ",". Nothing for a value that is not known. */
static void label(FILE *out, const char *before, const char *name, const char *value)
{
    fprintf(out, "%s%s=\"", before, name);
    for (const char *at = value ? value : ""; *at; at++)
        if (*at == '\n')
            fputs("\\n", out);
        else if (*at == '"' || *at == '\\')
            fprintf(out, "\\%c", *at);
        else
            fputc(*at, out);
    fputs("\"", out);
}

static void seconds(FILE *out, int64_t us)
{
    fprintf(out, " %lld.%06lld\n", (long long)(us / 1000000), (long long)(us % 1000000));
}

static void number(FILE *out, const char *name, const char *help, long long value)
{
    family(out, name, help);
    fprintf(out, "gvisor_smoke_%s %lld\n", name, value);
}

static void write_run(FILE *out, const struct report_model *model)
{
    family(out, "run_info", "The last run: what ran it, and where.");
    fputs("gvisor_smoke_run_info", out);
    label(out, "{", "version", model->run.version);
    label(out, ",", "kubernetes", model->cluster.version);
    label(out, ",", "namespace", model->run.name_space);
    label(out, ",", "runtime_class", model->run.runtime_class);
    label(out, ",", "handler", model->run.handler);
    fputs("} 1\n", out);
    family(out, "run_started_timestamp_seconds", "When the last run began.");
    fputs("gvisor_smoke_run_started_timestamp_seconds", out);
    seconds(out, model->first_ms * 1000);
    family(out, "run_ended_timestamp_seconds", "When the last run ended.");
    fputs("gvisor_smoke_run_ended_timestamp_seconds", out);
    seconds(out, model->last_ms * 1000);
    family(out, "run_duration_seconds", "How long the last run took.");
    fputs("gvisor_smoke_run_duration_seconds", out);
    seconds(out, model->duration_ms * 1000);
    number(out, "run_complete", "1 when the last run came to its end, 0 when it was cut off.",
           model->ended && !model->signal);
    number(out, "run_exit_code", "The exit code of the last run.", report_model_exit_code(model));
    number(out, "run_left_behind", "Objects of the last run that could not be deleted.", model->left_behind);
    number(out, "run_problems", "Problems that the last run met.", (long long)model->problem_count);
}

static void write_counts(FILE *out, const struct report_parts *parts)
{
    struct report_counts counts = report_parts_count(parts);
    family(out, "cases", "Cases on each node, by verdict.");
    fprintf(out,
            "gvisor_smoke_cases{verdict=\"passed\"} %u\ngvisor_smoke_cases{verdict=\"failed\"} %u\n"
            "gvisor_smoke_cases{verdict=\"error\"} %u\ngvisor_smoke_cases{verdict=\"skipped\"} %u\n",
            counts.passed, counts.failed, counts.errors, counts.skipped);
}

static void write_cases(FILE *out, const struct report_parts *parts)
{
    family(out, "case_passed", "1 when the case held on the node, 0 when it did not; none for a skip.");
    for (size_t i = 0; i < parts->count; i++) {
        const struct report_part *part = &parts->items[i];
        if (part->kind == VERDICT_SKIPPED)
            continue;
        fputs("gvisor_smoke_case_passed", out);
        label(out, "{", "case", part->test_case->name);
        label(out, ",", "node", report_part_node(part));
        fprintf(out, "} %d\n", part->kind == VERDICT_PASSED);
    }
    family(out, "case_not_passed", "Verdict and reason of each case that is not passed; the value is 1.");
    for (size_t i = 0; i < parts->count; i++) {
        const struct report_part *part = &parts->items[i];
        if (part->kind == VERDICT_PASSED)
            continue;
        fputs("gvisor_smoke_case_not_passed", out);
        label(out, "{", "case", part->test_case->name);
        label(out, ",", "node", report_part_node(part));
        label(out, ",", "verdict", verdict_kind_name(part->kind));
        label(out, ",", "reason", part->reason);
        fputs("} 1\n", out);
    }
    family(out, "case_duration_seconds", "How long the case took on the node.");
    for (size_t i = 0; i < parts->count; i++) {
        const struct report_part *part = &parts->items[i];
        if (report_part_missing(part) || part->kind == VERDICT_SKIPPED)
            continue;
        fputs("gvisor_smoke_case_duration_seconds", out);
        label(out, "{", "case", part->test_case->name);
        label(out, ",", "node", report_part_node(part));
        fputs("}", out);
        seconds(out, part->duration_ms * 1000);
    }
}

static void write_nodes(FILE *out, const struct report_model *model, const struct report_parts *parts)
{
    struct node_sum *sums = node_sums_make(model, parts);
    family(out, "node_attested",
           "1 when every pod of the RuntimeClass on the node has shown that it runs under "
           "gVisor, 0 when one has not.");
    for (size_t i = 0; i < model->node_count; i++) {
        if (sums[i].pods == 0)
            continue;
        fputs("gvisor_smoke_node_attested", out);
        label(out, "{", "node", model->nodes[i].name);
        fprintf(out, "} %d\n", sums[i].attested_pods == sums[i].pods);
    }
    free(sums);
    family(out, "node_info", "The node, and the release that gVisor gives itself there.");
    for (size_t i = 0; i < model->node_count; i++) {
        const struct model_node *node = &model->nodes[i];
        fputs("gvisor_smoke_node_info", out);
        label(out, "{", "node", node->name);
        label(out, ",", "gvisor", node->release);
        label(out, ",", "kernel", node->kernel);
        label(out, ",", "container_runtime", node->container_runtime);
        label(out, ",", "architecture", node->architecture);
        fputs("} 1\n", out);
    }
}

static void write_time(FILE *out, const struct overhead_row *row, const char *runtime,
                       const struct overhead_time *time)
{
    const struct {
        const char *stat;
        int64_t us;
    } stats[] = {{"median", time->median_us}, {"min", time->min_us}, {"max", time->max_us}};
    for (size_t i = 0; time->count && i < sizeof stats / sizeof *stats; i++) {
        fputs("gvisor_smoke_overhead_seconds", out);
        label(out, "{", "name", row->name);
        label(out, ",", "node", row->node);
        label(out, ",", "runtime", runtime);
        label(out, ",", "stat", stats[i].stat);
        fputs("}", out);
        seconds(out, stats[i].us);
    }
}

static void write_overhead(FILE *out, const struct report_model *model)
{
    struct overhead_table table = overhead_table_make(model, false);
    if (table.count)
        family(out, "overhead_seconds", "What a thing takes under either runtime, measured by --repeat.");
    for (size_t i = 0; i < table.count; i++) {
        write_time(out, &table.rows[i], "default", &table.rows[i].control);
        write_time(out, &table.rows[i], "gvisor", &table.rows[i].gvisor);
    }
    if (table.count)
        family(out, "overhead_ratio", "Median under gVisor divided by the median under the default runtime.");
    for (size_t i = 0; i < table.count; i++) {
        const struct overhead_row *row = &table.rows[i];
        if (row->control.median_us <= 0 || row->gvisor.count == 0)
            continue;
        fputs("gvisor_smoke_overhead_ratio", out);
        label(out, "{", "name", row->name);
        label(out, ",", "node", row->node);
        fprintf(out, "} %.3f\n", 1 + row->delta_percent / 100);
    }
    overhead_table_release(&table);
}

int metrics_write(const struct report_model *model, const struct report_options *options, FILE *out)
{
    (void)options;
    struct report_parts parts = report_parts_make(model);
    write_run(out, model);
    write_counts(out, &parts);
    write_cases(out, &parts);
    write_nodes(out, model, &parts);
    write_overhead(out, model);
    report_parts_release(&parts);
    return 0;
}
