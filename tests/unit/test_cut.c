/* SPDX-License-Identifier: Apache-2.0
 *
 * Reports from a journal that was cut at any byte.
 */
#include "unit.h"

#include "gvisor-smoke/report.h"
#include "sample_run.h"

static const char *const names[] = {"git-clone", "git-push", "tcpdump"};

/* Two nodes on which everything holds: what is missing in a part of it shows. */
static void good_run(event_sink sink, void *context)
{
    struct sample sample = sample_begin(sink, context);
    for (size_t i = 0; i < COUNT(names); i++)
        sample_plan(&sample, names[i], names[i], NULL, EXPECT_WORKS);
    sample_nodes(&sample, 2, 0, 0);
    for (size_t node = 0; node < 2; node++) {
        const char *name = node ? "node-b" : "node-a";
        sample_node(&sample, name);
        sample_attestation(&sample, "pod-1", name, true);
        for (size_t i = 0; i < COUNT(names); i++) {
            sample_start_case(&sample, names[i], name);
            sample_evidence(&sample, names[i], name, RUNTIME_GVISOR, 0, "\xC3\xA4 \"x\"\\\n", NULL);
            sample_passed(&sample, names[i], name);
        }
    }
    sample_end(&sample, 0, 0);
}

static void write_journal(const char *path)
{
    cleanup_error struct error *err = NULL;
    struct journal *journal = journal_create(path, &err);
    assert_non_null(journal);
    good_run(journal_sink, journal);
    assert_int_equal(journal_close(journal, NULL, &err), 0);
}

/* Verdicts whose line is there as a whole. */
static size_t count_verdicts(const char *text, size_t length)
{
    size_t count = 0;
    const char *line = text, *newline;
    while ((newline = memchr(line, '\n', length - (size_t)(line - text)))) {
        count += text_starts_with(line, "{\"event\":\"verdict\"");
        line = newline + 1;
    }
    return count;
}

static size_t count_parts(const char *text, const char *part)
{
    size_t count = 0;
    for (const char *at = text; (at = strstr(at, part)); at += strlen(part))
        count++;
    return count;
}

/* Every form can be made, and none of them calls the run complete. */
static void check_forms(const struct report_model *model, const char *journal, bool whole)
{
    const struct report_options options = {.events = journal_events(journal)};
    for (int form = 0; form < REPORT_FORM_COUNT; form++) {
        cleanup_error struct error *err = NULL;
        size_t length;
        cleanup_free char *text = report_in_memory(model, (enum report_form)form, &options, &length, &err);
        assert_non_null(text);
        if (form == REPORT_JUNIT)
            assert_int_equal(count_parts(text, "ends before its run") > 0, !whole);
        if (form == REPORT_JSON)
            assert_contains(text, whole ? "\"complete\":true" : "\"complete\":false");
    }
}

static void a_cut_journal_reports_what_it_has(void **state)
{
    (void)state;
    char *folder = folder_make();
    cleanup_free char *path = xasprintf("%s/run.jsonl", folder);
    write_journal(path);
    cleanup_free char *text = folder_read(folder, "run.jsonl");
    const size_t total = strlen(text);
    for (size_t length = 0; length <= total; length++) {
        cleanup_error struct error *err = NULL;
        struct report_model *model = report_model_new();
        bool cut;
        assert_int_equal(truncate(path, 0), 0);
        folder_write(folder, "run.jsonl", text, length);
        assert_int_equal(journal_read(path, report_model_sink, model, &cut, &err), 0);
        assert_int_equal(report_model_tell_unended(model, path), length < total);
        assert_int_equal(report_model_counts(model).passed, count_verdicts(text, length));
        assert_int_equal(report_model_counts(model).failed, 0);
        assert_int_equal(report_model_exit_code(model), length < total ? 3 : 0);
        if (length < 2 || length % 7 == 0 || length + 200 > total)
            check_forms(model, path, length == total);
        report_model_free(model);
    }
    folder_remove(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_cut_journal_reports_what_it_has),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
