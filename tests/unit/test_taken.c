/* SPDX-License-Identifier: Apache-2.0
 *
 * Tests of reports of a run that has taken verdicts over: each says which, and from which run.
 */
#include "unit.h"

#include "report_text.h"
#include "sample_run.h"

static void taken(struct sample *sample, const char *name, enum verdict_kind kind, const char *from)
{
    const struct verdict verdict = {.kind = kind, .reason = "works", .message = (char *)"as it was"};
    struct event event = {
        .kind = EVENT_VERDICT,
        .verdict = {.name = name, .node = "node-a", .verdict = &verdict, .taken_from = from}};
    sample_emit(sample, &event);
}

/* Of four verdicts three are others': two of one run. */
static void emit_resumed(event_sink sink, void *context)
{
    static const char *const names[] = {"first", "second", "third", "own"};
    struct sample sample = {.sink = sink, .context = context, .now_ms = SAMPLE_START_MS};
    struct event run = {
        .kind = EVENT_RUN,
        .run = {.id = "ij56kl", .nodes = "node-a", .settings = "control=needed", .resumes = "ef34gh ab12cd"}};
    sample_emit(&sample, &run);
    for (size_t i = 0; i < COUNT(names); i++) {
        struct event event = {.kind = EVENT_CASE,
                              .planned = {.name = names[i],
                                          .report_class = "TestClass",
                                          .report_name = names[i],
                                          .digest = "0123456789abcdef"}};
        sample_emit(&sample, &event);
    }
    sample_node(&sample, "node-a");
    for (size_t i = 0; i < 3; i++)
        sample_evidence(&sample, names[i], "node-a", RUNTIME_GVISOR, 0, "printed", NULL);
    taken(&sample, "first", VERDICT_PASSED, "ab12cd");
    taken(&sample, "second", VERDICT_FAILED, "ab12cd");
    taken(&sample, "third", VERDICT_PASSED, "ef34gh");
    sample_passed(&sample, "own", "node-a");
    sample_end(&sample, 1, 0);
}

static char *resumed_report(enum report_form form)
{
    struct report_model *model = report_model_new();
    emit_resumed(report_model_sink, model);
    char *text = report_text(model, form);
    report_model_free(model);
    return text;
}

static size_t count_of(const char *text, const char *part)
{
    size_t count = 0;
    for (const char *at = text; (at = strstr(at, part)); at += strlen(part))
        count++;
    return count;
}

#define SUM "2 verdicts are of run ab12cd, 1 verdict is of run ef34gh"

static void every_form_says_whose_verdicts_they_are(void **state)
{
    (void)state;
    static const enum report_form forms[] = {REPORT_MARKDOWN, REPORT_HTML, REPORT_TAP};
    for (size_t i = 0; i < COUNT(forms); i++) {
        cleanup_free char *text = resumed_report(forms[i]);
        assert_int_equal(count_of(text, SUM), 1);
    }
    cleanup_free char *html = resumed_report(REPORT_HTML);
    assert_int_equal(count_of(html, "taken over from run"), 3);
    assert_contains(html, "ef34gh ab12cd");
}

static void junit_has_a_note_in_each_case(void **state)
{
    (void)state;
    cleanup_free char *junit = resumed_report(REPORT_JUNIT);
    assert_contains(junit, "<property name=\"resumes\" value=\"ef34gh ab12cd\"/>");
    assert_contains(junit, "<system-out>as it was\ntaken over from run ab12cd\nprinted</system-out>");
    assert_contains(junit, "<system-out>as it was\ntaken over from run ef34gh\nprinted</system-out>");
    assert_int_equal(count_of(junit, "taken over from run"), 3);
}

static void json_names_the_run_in_each_result(void **state)
{
    (void)state;
    cleanup_free char *json = resumed_report(REPORT_JSON);
    assert_contains(json, "\"resumes\":\"ef34gh ab12cd\"");
    assert_contains(json, "\"settings\":\"control=needed\"");
    assert_contains(json, "\"nodes\":\"node-a\"");
    assert_int_equal(count_of(json, "\"taken_from\":\"ab12cd\""), 2);
    assert_int_equal(count_of(json, "\"taken_from\":"), 3);
    assert_int_equal(count_of(json, "\"digest\":\"0123456789abcdef\""), 4);
}

static void the_terminal_marks_lines_and_sums_up(void **state)
{
    (void)state;
    char *text = NULL;
    size_t length = 0;
    struct terminal_options look = {.out = open_memstream(&text, &length)};
    static const struct report_options reports;
    struct terminal *terminal = terminal_new(&look);
    struct report_model *model = report_model_new();
    emit_resumed(terminal_sink, terminal);
    emit_resumed(report_model_sink, model);
    terminal_summary(terminal, model, NULL, &reports);
    terminal_free(terminal);
    report_model_free(model);
    fclose(look.out);
    assert_int_equal(count_of(text, "812 ms\n"), 1);
    assert_int_equal(count_of(text, "  of run ab12cd\n"), 2);
    assert_int_equal(count_of(text, "\n" SUM "\n"), 1);
    free(text);
}

/* A verdict that is spoken anew is nobody else's. */
static void a_later_verdict_is_the_runs_own(void **state)
{
    (void)state;
    struct report_model *model = report_model_new();
    struct sample sample = sample_begin(report_model_sink, model);
    sample_plan(&sample, "first", "first", NULL, EXPECT_WORKS);
    taken(&sample, "first", VERDICT_PASSED, "ab12cd");
    sample_passed(&sample, "first", "node-a");
    cleanup_free char *json = report_text(model, REPORT_JSON);
    cleanup_free char *markdown = report_text(model, REPORT_MARKDOWN);
    assert_lacks(json, "taken_from");
    assert_lacks(markdown, "of run");
    report_model_free(model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_form_says_whose_verdicts_they_are),
        cmocka_unit_test(junit_has_a_note_in_each_case),
        cmocka_unit_test(json_names_the_run_in_each_result),
        cmocka_unit_test(the_terminal_marks_lines_and_sums_up),
        cmocka_unit_test(a_later_verdict_is_the_runs_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
