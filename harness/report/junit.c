/* SPDX-License-Identifier: Apache-2.0
 *
 * JUnit XML, in the form of pytest's xunit2 that consumers of the original report key on.
 *
 * What Jenkins, GitLab, GitHub actions and strict schemas have in common: one flat <testsuites> with one
 * named suite, unique class and name, the reason in the attribute and in the body, times with three decimals,
 * output in the test case. Messages and outputs are bounded, because one consumer or another refuses 64 KB
 * and more.
 */
#include <string.h>

#include "forms.h"
#include "gvisor-smoke/buf.h"
#include "gvisor-smoke/cleanup.h"
#include "gvisor-smoke/xml.h"
#include "rows.h"

#define XFAIL "pytest.xfail"
#define CLASS_PREFIX "tests.helm.test_live_gvisor."

/* --- properties --- */

static void write_property(struct xml *xml, const char *name, const char *value)
{
    if (!value)
        return;
    cleanup_free char *bounded = text_beginning(value, XML_ATTRIBUTE_MAX);
    xml_start(xml, "property");
    xml_attribute(xml, "name", name);
    xml_attribute(xml, "value", bounded);
    xml_end(xml);
}

static void write_node_property(struct xml *xml, const char *node, const char *key, const char *value)
{
    cleanup_free char *name = xasprintf("node.%s.%s", node, key);
    write_property(xml, name, value);
}

static void write_overhead_properties(struct xml *xml, const struct report_model *model)
{
    struct overhead_table table = overhead_table_make(model, false);
    for (size_t i = 0; i < table.count; i++) {
        const struct overhead_row *row = &table.rows[i];
        cleanup_free char *key = xasprintf("overhead.%s", row->name);
        cleanup_free char *control = overhead_time_text(&row->control);
        cleanup_free char *gvisor = overhead_time_text(&row->gvisor);
        cleanup_free char *value =
            xasprintf("%+.0f %%: default runtime %s, gVisor %s", row->delta_percent, control, gvisor);
        write_node_property(xml, row->node, key, value);
    }
    overhead_table_release(&table);
}

static void write_count(struct xml *xml, const char *name, int64_t count)
{
    cleanup_free char *value = xasprintf("%lld", (long long)count);
    write_property(xml, name, value);
}

/* Which nodes there are, when the run is one over nodes. */
static void write_choice(struct xml *xml, const struct report_model *model)
{
    if (!model->choice.message)
        return;
    write_property(xml, "nodes", model->choice.message);
    write_count(xml, "nodes.usable", model->choice.usable);
    write_count(xml, "nodes.obstructed", model->choice.obstructed);
    write_count(xml, "nodes.elsewhere", model->choice.elsewhere);
}

/* Of a merged journal: the runs that it is made from. */
static void write_sources(struct xml *xml, const struct report_model *model)
{
    for (size_t i = 0; i < model->source_count; i++) {
        cleanup_free char *name = xasprintf("run.%s", model->sources[i].id);
        cleanup_free char *text = model_source_text(&model->sources[i]);
        write_property(xml, name, text);
    }
}

static void write_properties(struct xml *xml, const struct report_model *model)
{
    xml_start(xml, "properties");
    write_property(xml, "run", model->run.id);
    write_property(xml, "resumes", model->run.resumes);
    write_sources(xml, model);
    write_property(xml, "version", model->run.version);
    write_property(xml, "server", model->run.server);
    write_property(xml, "context", model->run.context);
    write_property(xml, "namespace", model->run.name_space);
    write_property(xml, "runtime_class", model->run.runtime_class);
    write_property(xml, "handler", model->run.handler);
    write_property(xml, "image", model->run.image);
    write_property(xml, "kubernetes", model->cluster.version);
    write_property(xml, "platform", model->cluster.platform);
    write_choice(xml, model);
    for (size_t i = 0; i < model->node_count; i++) {
        const struct model_node *node = &model->nodes[i];
        write_node_property(xml, node->name, "obstacle", node->obstacle);
        write_node_property(xml, node->name, "kernel", node->kernel);
        write_node_property(xml, node->name, "os_image", node->os_image);
        write_node_property(xml, node->name, "container_runtime", node->container_runtime);
        write_node_property(xml, node->name, "architecture", node->architecture);
        write_node_property(xml, node->name, "gvisor", node->release);
    }
    for (size_t i = 0; i < model->attestation_count; i++) {
        const struct model_attestation *attestation = &model->attestations[i];
        cleanup_free char *key = xasprintf("attestation.%s", attestation->pod);
        write_node_property(xml, attestation->node, key, attestation->summary);
    }
    write_overhead_properties(xml, model);
    xml_end(xml);
}

/* --- one row --- */

static void describe_execution(struct buf *text, const char *where, const struct evidence *evidence)
{
    if (!evidence || evidence->ending == ENDING_NOT_RUN || evidence->ending == ENDING_UNMET)
        return;
    cleanup_free char *duration = text_duration(evidence->duration_ms);
    buf_printf(text, "%s: %s, exit code %d, %s", where, ending_name(evidence->ending), evidence->exit_code,
               duration);
    if (evidence->wall_us > 0)
        buf_printf(text, " (inside: %.2f s, %.2f s user, %.2f s system, peak %lld MiB)",
                   (double)evidence->wall_us / 1e6, (double)evidence->user_us / 1e6,
                   (double)evidence->system_us / 1e6, (long long)evidence->peak_kib / 1024);
    buf_printf(text, "\n%s%s", evidence->note ? evidence->note : "", evidence->note ? "\n" : "");
}

static void describe_source(struct buf *text, const struct report_part *part)
{
    if (report_part_taken_from(part))
        buf_printf(text, "taken over from run %s\n", report_part_taken_from(part));
}

static void describe_run(struct buf *text, const struct report_part *part)
{
    const struct model_result *result = part->result;
    buf_printf(text, "case: %s: %s\n", part->test_case->name, part->test_case->summary);
    if (!result)
        return;
    describe_source(text, part);
    if (result->pod)
        buf_printf(text, "pod: %s on node %s\n", result->pod, *result->node ? result->node : "(unknown)");
    struct evidence room;
    describe_execution(text, "under gVisor", model_facts(result->gvisor, &room));
    describe_execution(text, "under the default runtime", model_facts(result->control, &room));
}

/* What to do about it: of the problem that the message names as its cause. */
struct hints {
    const struct report_model *model;
    struct problem_finder *finder;
    const char *message; /* the one that was searched last: the next row often has the same */
    size_t found;        /* in it: number of the problem, or NO_HINT */
    const char *first;   /* of any problem, or NULL */
};
#define NO_HINT SIZE_MAX

static void hints_init(struct hints *hints, const struct report_model *model)
{
    *hints = (struct hints){.model = model, .finder = problem_finder_new(model)};
    for (size_t i = 0; i < model->problem_count && !hints->first; i++)
        hints->first = model->problems[i].hint;
}

static void hints_release(struct hints *hints)
{
    problem_finder_free(hints->finder);
}

static void on_problem(void *context, size_t problem)
{
    struct hints *hints = context;
    if (hints->model->problems[problem].hint && problem < hints->found)
        hints->found = problem;
}

/* A row without a verdict was kept from being run by the first problem. */
static const char *hint_for(struct hints *hints, const struct report_row *row)
{
    if (report_part_missing(row->part))
        return hints->first;
    if (hints->message != row->message) {
        hints->message = row->message;
        hints->found = NO_HINT;
        problem_finder_search(hints->finder, row->message, on_problem, hints);
    }
    return hints->found == NO_HINT ? NULL : hints->model->problems[hints->found].hint;
}

/* The body of a failure: the message again, for readers that ignore the attribute, then what was run where.
 */
static char *body_text(struct hints *hints, const struct report_row *row)
{
    cleanup_buf struct buf text;
    buf_init(&text, MODEL_TEXT_MAX);
    buf_printf(&text, "%s\n", row->message);
    if (!row->part)
        return buf_steal(&text);
    buf_append_text(&text, "\n");
    describe_run(&text, row->part);
    const char *hint = hint_for(hints, row);
    if (hint)
        buf_printf(&text, "hint: %s\n", hint);
    return buf_steal(&text);
}

static const char *type_of(const struct report_row *row)
{
    if (row->kind == VERDICT_SKIPPED && strcmp(row->reason, XFAIL) != 0)
        return "pytest.skip";
    return row->reason;
}

static void write_outcome(struct xml *xml, struct hints *hints, const struct report_row *row)
{
    static const char *const elements[] = {
        [VERDICT_FAILED] = "failure", [VERDICT_ERROR] = "error", [VERDICT_SKIPPED] = "skipped"};
    if (row->kind == VERDICT_PASSED)
        return;
    cleanup_free char *whole = body_text(hints, row);
    cleanup_free char *body = text_beginning(whole, XML_TEXT_MAX);
    xml_start(xml, elements[row->kind]);
    xml_attribute(xml, "type", type_of(row));
    xml_message(xml, row->message);
    xml_text(xml, body);
    xml_end(xml);
}

/* The stream under gVisor, and for a case that is not passed also the control's. */
static void append_stream(struct buf *text, const char *gvisor, const char *control)
{
    if (gvisor)
        buf_append_text(text, gvisor);
    if (!control || !*control)
        return;
    if (text->length && text->bytes[text->length - 1] != '\n')
        buf_append_text(text, "\n");
    buf_printf(text, "--- under the default runtime:\n%s", control);
}

static void write_outputs(struct xml *xml, const struct report_model *model, const struct report_row *row)
{
    const struct model_result *result = row->part ? row->part->result : NULL;
    bool passed = row->kind == VERDICT_PASSED;
    cleanup_model_streams struct model_streams gvisor = model_streams(model, result ? result->gvisor : NULL);
    cleanup_model_streams struct model_streams control =
        model_streams(model, result && !passed ? result->control : NULL);
    cleanup_buf struct buf text;
    buf_init(&text, MODEL_TEXT_MAX);
    append_stream(&text, gvisor.output, control.output);
    cleanup_free char *output = text_end(text.bytes, XML_TEXT_MAX - XML_ATTRIBUTE_MAX);
    cleanup_free char *message = text_beginning(row->message, XML_ATTRIBUTE_MAX);
    const char *source = row->part ? report_part_taken_from(row->part) : NULL;
    cleanup_free char *taken = source ? xasprintf("taken over from run %s\n", source) : xstrdup("");
    cleanup_free char *whole = xasprintf("%s\n%s%s", message, taken, output);
    xml_text_element(xml, "system-out", passed ? whole : output);
    buf_clear(&text);
    append_stream(&text, gvisor.errors, control.errors);
    xml_text_element(xml, "system-err", text.bytes);
}

/* What the rows are written with, or counted. */
struct suite {
    struct xml *xml;
    struct hints hints;
    struct report_counts counts;
    bool xfail_as_skipped;
};

/* An expected failure that held, which a row's message begins to say. */
static void skip_expected_failure(const struct suite *suite, struct report_row *row)
{
    if (!suite->xfail_as_skipped || row->kind != VERDICT_PASSED ||
        !text_starts_with(row->message, "expected failure: "))
        return;
    row->kind = VERDICT_SKIPPED;
    row->reason = XFAIL;
}

static void count_row(struct report_row *row, void *context)
{
    struct suite *suite = context;
    skip_expected_failure(suite, row);
    report_counts_add(&suite->counts, row->kind);
}

static void write_row(struct report_row *row, void *context)
{
    struct suite *suite = context;
    struct xml *xml = suite->xml;
    skip_expected_failure(suite, row);
    cleanup_free char *class_name = xasprintf(CLASS_PREFIX "%s", row->class_name);
    cleanup_free char *name = report_row_name(row);
    xml_start(xml, "testcase");
    xml_attribute(xml, "classname", class_name);
    xml_attribute(xml, "name", name);
    xml_time(xml, row->duration_ms);
    write_outcome(xml, &suite->hints, row);
    write_outputs(xml, suite->hints.model, row);
    xml_end(xml);
}

/* --- the whole --- */

static void write_problems(struct xml *xml, const struct report_model *model)
{
    cleanup_buf struct buf text;
    buf_init(&text, XML_TEXT_MAX);
    for (size_t i = 0; i < model->problem_count; i++) {
        buf_printf(&text, "%s\n", model->problems[i].message);
        if (model->problems[i].hint)
            buf_printf(&text, "hint: %s\n", model->problems[i].hint);
    }
    xml_text_element(xml, "system-err", text.bytes);
}

static void write_suite(struct suite *suite, const struct report_model *model, const struct report_rows *rows)
{
    struct xml *xml = suite->xml;
    report_rows_each(rows, count_row, suite);
    xml_suite_start(xml,
                    &(struct xml_suite){.tests = rows->count,
                                        .failures = suite->counts.failed,
                                        .errors = suite->counts.errors,
                                        .skipped = suite->counts.skipped,
                                        .started_ms = model->first_ms,
                                        .duration_ms = model->duration_ms,
                                        .hostname = model->run.hostname ? model->run.hostname : "localhost"});
    write_properties(xml, model);
    hints_init(&suite->hints, model);
    report_rows_each(rows, write_row, suite);
    hints_release(&suite->hints);
    write_problems(xml, model);
    xml_end(xml);
    xml_end(xml);
}

int junit_write(const struct report_model *model, const struct report_options *options, FILE *out)
{
    struct report_parts parts = report_parts_make(model);
    struct report_rows rows = report_rows_make(&parts);
    struct suite suite = {.xml = xml_new(out), .xfail_as_skipped = options->xfail_as_skipped};
    write_suite(&suite, model, &rows);
    report_rows_release(&rows);
    report_parts_release(&parts);
    return xml_finish(suite.xml);
}
