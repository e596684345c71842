/* SPDX-License-Identifier: Apache-2.0
 *
 * Rendered manifests, looked at by every rule, and both reports of it.
 */
#include <libxml/parser.h>

#include "fuzz.h"
#include "gvisor-smoke/lint.h"

#define JUNIT_MAX_BYTES ((size_t)64 * 1024 * 1024)

static char folder[] = "/dev/shm/gvisor-smoke-fuzz-XXXXXX";

static void remove_folder(void)
{
    rmdir(folder);
}

/* A place for a report that is written by rename. */
static const char *junit_path(void)
{
    static char path[sizeof folder + 8];
    if (!*path) {
        if (!mkdtemp(folder))
            abort();
        atexit(remove_folder);
        snprintf(path, sizeof path, "%s/junit", folder);
    }
    return path;
}

static void check_print(const struct lint_report *report, const struct lint_options *options)
{
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);
    lint_report_print(report, options, false, out);
    fclose(out);
    assert(strlen(text) == length);
    assert_text(text);
    for (const char *at = text; *at; at++)
        assert((unsigned char)*at >= 0x20 || *at == '\n');
    free(text);
}

static void check_junit(const struct lint_report *report, const struct lint_options *options)
{
    cleanup_error struct error *err = NULL;
    size_t length = 0;
    int written = lint_report_junit(report, options, 1, junit_path(), &err);
    assert(written == 0);
    cleanup_free char *text = text_read_file(junit_path(), JUNIT_MAX_BYTES, &length, &err);
    assert(text);
    unlink(junit_path());
    xmlDoc *document =
        xmlReadMemory(text, (int)length, "junit.xml", NULL,
                      XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_HUGE);
    assert(document);
    xmlFreeDoc(document);
}

static struct lint_options every_rule(void)
{
    struct lint_options options;
    cleanup_error struct error *err = NULL;
    lint_options_init(&options);
    options.runtime_class = "gvisor";
    for (int rule = 0; rule < LINT_RULE_COUNT; rule++)
        options.rules[rule] = true;
    if (lint_options_skip(&options, "capabilities@Deployment/*", &err) < 0)
        abort();
    return options;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    cleanup_free char *text = fuzz_text(bytes, length);
    struct lint_options options = every_rule();
    struct lint_report report = {0};
    lint_text(&report, &options, "chart.yaml", text, length);
    size_t found = 0;
    for (size_t i = 0; i < report.subject_count; i++)
        found += report.subjects[i].finding_count - report.subjects[i].accepted_count;
    assert(found == report.found);
    cleanup_free char *problem = lint_report_problem(&report);
    int code = lint_report_exit_code(&report);
    assert((code == 2) == (problem != NULL) || code == 1);
    assert(code != 0 || report.found == 0);
    check_print(&report, &options);
    check_junit(&report, &options);
    lint_report_release(&report);
    lint_options_release(&options);
    return 0;
}
