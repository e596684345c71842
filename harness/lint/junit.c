/* SPDX-License-Identifier: Apache-2.0
 *
 * The report as JUnit, in the form of the run's own: one suite, unique names, the reason in the attribute and
 * in the body, bounded texts.
 */
#include <string.h>

#include "gvisor-smoke/cleanup.h"
#include "gvisor-smoke/clock.h"
#include "gvisor-smoke/index.h"
#include "gvisor-smoke/text.h"
#include "gvisor-smoke/xml.h"
#include "lint_private.h"

/* The module that the original renders its templates in. */
#define CLASS "tests.helm.test_gvisor_runtime_class.TestRenderedManifests"

enum outcome { PASSED, FAILED, ERROR, SKIPPED };
static const char *const elements[] = {[FAILED] = "failure", [ERROR] = "error", [SKIPPED] = "skipped"};

struct row {
    char *name;
    enum outcome outcome;
    const char *type; /* static */
    char *message;    /* one line */
    char *body;
};
struct rows {
    struct row *items;
    size_t count;
    size_t outcomes[SKIPPED + 1];
    struct index names; /* how often each was there */
};

static void add_row(struct rows *rows, struct row row)
{
    size_t before = 0;
    if (index_get(&rows->names, row.name, &before)) {
        char *numbered = xasprintf("%s#%zu", row.name, before + 1);
        index_set(&rows->names, row.name, before + 1);
        free(row.name);
        row.name = numbered;
    } else {
        index_set(&rows->names, row.name, 1);
    }
    rows->items = xgrow(rows->items, rows->count, sizeof *rows->items);
    rows->items[rows->count++] = row;
    rows->outcomes[row.outcome]++;
}

static void rows_release(struct rows *rows)
{
    for (size_t i = 0; i < rows->count; i++) {
        free(rows->items[i].name);
        free(rows->items[i].message);
        free(rows->items[i].body);
    }
    free(rows->items);
    index_release(&rows->names);
}

/* --- what a rule has found --- */

/* The findings of one rule, as they become one row. */
struct sum {
    struct buf body;
    char *first, *first_accepted; /* messages */
    size_t found, accepted;
};

static void sum_init(struct sum *sum)
{
    *sum = (struct sum){0};
    buf_init(&sum->body, XML_TEXT_MAX);
}

static void sum_add(struct sum *sum, const struct lint_report *report, const struct lint_subject *subject,
                    enum lint_rule rule)
{
    for (size_t i = 0; i < subject->finding_count; i++) {
        const struct lint_finding *finding = &subject->findings[i];
        if (finding->rule != rule)
            continue;
        cleanup_free char *message = finding->accepted ? xasprintf("accepted by --skip %s: %s",
                                                                   finding->accepted->word, finding->message)
                                                       : xstrdup(finding->message);
        buf_printf(&sum->body, "%s:%zu: %s: %s\n", report->files[subject->file].path, finding->line,
                   subject->object, message);
        if (finding->fix && !finding->accepted)
            buf_printf(&sum->body, "hint: %s\n", finding->fix);
        char **first = finding->accepted ? &sum->first_accepted : &sum->first;
        *(finding->accepted ? &sum->accepted : &sum->found) += 1;
        if (!*first)
            *first = xstrdup(message);
    }
}

/* Takes the sum and the name over. */
static void sum_row(struct rows *rows, struct sum *sum, enum lint_rule rule, char *name, const char *source)
{
    struct row row = {.name = name, .outcome = sum->found ? FAILED : sum->accepted ? SKIPPED : PASSED};
    size_t count = sum->found ? sum->found : sum->accepted;
    const char *first = sum->found ? sum->first : sum->first_accepted;
    if (row.outcome != PASSED) {
        row.type = sum->found ? lint_rule_name(rule) : "pytest.skip";
        row.message = count > 1 ? xasprintf("%s (and %zu more)", first, count - 1) : xstrdup(first);
        if (source)
            buf_printf(&sum->body, "template: %s\n", source);
        row.body = buf_steal(&sum->body);
    }
    buf_release(&sum->body);
    free(sum->first);
    free(sum->first_accepted);
    add_row(rows, row);
}

/* --- rows --- */

static char *row_name(enum lint_rule rule, const char *of)
{
    char *name = xasprintf("test_%s[%s]", lint_rule_name(rule), of);
    for (char *at = name; *at != '['; at++)
        if (*at == '-')
            *at = '_';
    return name;
}

static void add_pod_spec(struct rows *rows, const struct lint_report *report, enum lint_rule rule,
                         const struct lint_subject *subject)
{
    struct sum sum;
    sum_init(&sum);
    sum_add(&sum, report, subject, rule);
    if (subject->unfinished && sum.found == 0) {
        buf_release(&sum.body);
        free(sum.first_accepted);
        add_row(rows, (struct row){.name = row_name(rule, subject->id),
                                   .outcome = ERROR,
                                   .type = "not-looked-at",
                                   .message = xasprintf("%s: this was not looked at", report->cut)});
        return;
    }
    sum_row(rows, &sum, rule, row_name(rule, subject->id), subject->source);
}

/* subject moves on to the first one of the next file. */
static void add_file(struct rows *rows, const struct lint_report *report, size_t file, size_t *subject)
{
    struct sum sum;
    char *name = row_name(LINT_MANIFEST, report->files[file].path);
    if (report->files[file].problem) {
        add_row(rows, (struct row){.name = name,
                                   .outcome = ERROR,
                                   .type = "environment",
                                   .message = xstrdup(report->files[file].problem)});
        return;
    }
    sum_init(&sum);
    for (; *subject < report->subject_count && report->subjects[*subject].file == file; ++*subject)
        sum_add(&sum, report, &report->subjects[*subject], LINT_MANIFEST);
    sum_row(rows, &sum, LINT_MANIFEST, name, NULL);
}

static void add_whole(struct rows *rows, const struct lint_report *report)
{
    char *problem = lint_report_problem(report);
    struct row row = {.name = xstrdup("test_pod_specs_are_found"), .message = problem};
    if (problem) {
        row.outcome = ERROR;
        row.type = "environment";
    }
    add_row(rows, row);
}

static void make_rows(struct rows *rows, const struct lint_report *report, const struct lint_options *options)
{
    size_t subject = 0;
    add_whole(rows, report);
    for (size_t i = 0; i < report->file_count; i++)
        add_file(rows, report, i, &subject);
    for (size_t i = 0; i < report->subject_count; i++)
        for (int rule = LINT_MANIFEST + 1; rule < LINT_RULE_COUNT; rule++)
            if (report->subjects[i].pod_spec && options->rules[rule])
                add_pod_spec(rows, report, (enum lint_rule)rule, &report->subjects[i]);
}

/* --- XML --- */

static void write_outcome(struct xml *xml, const struct row *row)
{
    if (row->outcome == PASSED)
        return;
    cleanup_free char *valid = text_from_bytes(row->message, strlen(row->message));
    cleanup_free char *message = text_beginning(valid, XML_ATTRIBUTE_MAX);
    cleanup_free char *whole = xasprintf("%s\n%s", message, row->body ? row->body : "");
    cleanup_free char *valid_body = text_from_bytes(whole, strlen(whole));
    cleanup_free char *body = text_beginning(valid_body, XML_TEXT_MAX);
    xml_start(xml, elements[row->outcome]);
    xml_attribute(xml, "type", row->type);
    xml_message(xml, message);
    xml_text(xml, body);
    xml_end(xml);
}

static void write_row(struct xml *xml, const struct row *row)
{
    cleanup_free char *name = text_from_bytes(row->name, strlen(row->name));
    xml_start(xml, "testcase");
    xml_attribute(xml, "classname", CLASS);
    xml_attribute(xml, "name", name);
    xml_time(xml, 0);
    write_outcome(xml, row);
    xml_end(xml);
}

static void write_suite(struct xml *xml, const struct rows *rows, int64_t duration_ms)
{
    xml_suite_start(xml, &(struct xml_suite){.tests = rows->count,
                                             .failures = rows->outcomes[FAILED],
                                             .errors = rows->outcomes[ERROR],
                                             .skipped = rows->outcomes[SKIPPED],
                                             .started_ms = clock_wall_ms(),
                                             .duration_ms = duration_ms,
                                             .hostname = "localhost"});
    for (size_t i = 0; i < rows->count; i++)
        write_row(xml, &rows->items[i]);
    xml_end(xml);
    xml_end(xml);
}

static int write_document(const struct lint_report *report, const struct lint_options *options,
                          int64_t duration_ms, FILE *out)
{
    struct rows rows = {0};
    struct xml *xml = xml_new(out);
    make_rows(&rows, report, options);
    write_suite(xml, &rows, duration_ms);
    rows_release(&rows);
    return xml_finish(xml);
}

int lint_report_junit(const struct lint_report *report, const struct lint_options *options,
                      int64_t duration_ms, const char *path, struct error **err)
{
    struct text_file file;
    if (strcmp(path, "-") == 0) {
        if (write_document(report, options, duration_ms, stdout) == 0 && fflush(stdout) == 0 &&
            !ferror(stdout))
            return 0;
        error_set(err, ERROR_ENVIRONMENT, "cannot write JUnit to standard output");
        return -1;
    }
    if (text_file_begin(&file, path, err) < 0)
        return -1;
    if (write_document(report, options, duration_ms, file.out) == 0)
        return text_file_commit(&file, err);
    text_file_abort(&file);
    error_set(err, ERROR_ENVIRONMENT, "cannot write \"%s\": the XML library gave up", path);
    return -1;
}
