/* SPDX-License-Identifier: Apache-2.0
 *
 * Tests of the reports that are files, but for JUnit: JSON, Markdown, TAP, metrics, and what GitHub takes.
 */
#include "unit.h"

#include <json-c/json.h>

#include "report_text.h"
#include "sample_run.h"

#define HOSTILE "a|b `c` <d> & \"e\" *f* _g_ [h](i) $j$ #k \\l\x1B[31m\nm %n\r\n::error::o,p"

/* Names are valid text already: a journal is. */
#define HOSTILE_NODE "n|o `d` <e> \"q\" *r* \\s\nt,u"

static struct report_model *sample_model(void)
{
    struct report_model *model = report_model_new();
    sample_run(report_model_sink, model);
    return model;
}

/* A run in which a case says everything that is hard to carry. */
static struct report_model *hostile_model(void)
{
    struct report_model *model = report_model_new();
    struct sample sample = sample_begin(report_model_sink, model);
    sample_plan(&sample, "x", "test_x", "p#1", EXPECT_WORKS);
    sample_plan(&sample, "y", "test_y", NULL, EXPECT_WORKS);
    sample_node(&sample, HOSTILE_NODE);
    sample_evidence(&sample, "x", HOSTILE_NODE, RUNTIME_GVISOR, 1, "```\n" HOSTILE "\n````\n", HOSTILE);
    sample_verdict(&sample, "x", HOSTILE_NODE, VERDICT_FAILED, "finding", HOSTILE);
    sample_verdict(&sample, "y", HOSTILE_NODE, VERDICT_SKIPPED, "nothing-to-check", HOSTILE);
    sample_problem(&sample, ERROR_ENVIRONMENT, "problem " HOSTILE, HOSTILE);
    sample_end(&sample, 1, 0);
    return model;
}

/* A run of many cases that fail, each in its own way. */
static struct report_model *failing_model(size_t count, const char *message)
{
    struct report_model *model = report_model_new();
    struct sample sample = sample_begin(report_model_sink, model);
    for (size_t i = 0; i < count; i++) {
        cleanup_free char *name = xasprintf("case-%zu", i), *report = xasprintf("test_%zu", i);
        cleanup_free char *text = xasprintf("%zu %s", i, message);
        sample_plan(&sample, name, report, NULL, EXPECT_WORKS);
        sample_evidence(&sample, name, "a", RUNTIME_GVISOR, 1, message, message);
        sample_verdict(&sample, name, "a", VERDICT_FAILED, "finding", text);
    }
    return model;
}

static size_t count_of(const char *text, const char *part)
{
    size_t count = 0;
    for (const char *at = text; (at = strstr(at, part)); at += strlen(part))
        count++;
    return count;
}

/* --- JSON --- */

static struct json_object *at_path(struct json_object *json, const char *path)
{
    struct json_object *found = NULL;
    if (json_pointer_get(json, path, &found) < 0)
        fail_msg("%s is not in %s", path, json_object_to_json_string(json));
    return found;
}

static void check_json(struct json_object *json, const char *path, const char *expected)
{
    assert_string_equal(json_object_to_json_string(at_path(json, path)), expected);
}

static struct json_object *json_of(struct report_model *model)
{
    cleanup_free char *text = report_text(model, REPORT_JSON);
    struct json_object *json = json_tokener_parse(text);
    if (!json)
        fail_msg("not JSON: %s", text);
    report_model_free(model);
    return json;
}

static void json_holds_all_of_the_run(void **state)
{
    (void)state;
    struct json_object *json = json_of(sample_model());
    static const char *const rows[][2] = {
        {"/schema", "\"gvisor-smoke.report\\/1\""},
        {"/run/id", "\"ab12cd\""},
        {"/run/started", "\"2026-11-24T19:56:25.123Z\""},
        {"/run/complete", "false"},
        {"/run/exit_code", "143"},
        {"/counts/passed", "2"},
        {"/cluster/version", "\"v1.37.2\""},
        {"/nodes/0/gvisor", "\"4.19.0-gvisor\""},
        {"/cases/1/param", "\"push\""},
        {"/cases/1/timeout_ms", "60000"},
        {"/results/0/gvisor/stdout", "\"Cloning\\tinto \xC3\xA4 \\\"x\\\"\\\\\\n\""},
        {"/results/1/id", "\"test_git_clone_works_under_gvisor[push]\""},
        {"/results/1/verdict", "\"failed\""},
        {"/results/1/reason", "\"finding\""},
        {"/results/1/control/exit_code", "0"},
        {"/attestations/0/runtime", "\"gvisor\""},
        {"/attestations/0/signs/1/says", "\"gvisor\""},
        {"/overhead/0/delta_percent", "30.0"},
        {"/overhead/0/gvisor/median_us", "650000"},
        {"/pods/1/message", "\"back-off \\\"pulling\\\" image\""},
        {"/problems/1/kind", "\"not-gvisor\""},
    };
    for (size_t i = 0; i < COUNT(rows); i++)
        check_json(json, rows[i][0], rows[i][1]);
    assert_int_equal(json_object_array_length(at_path(json, "/results")), 3);
    json_object_put(json);
}

/* A case that was not reached is there; what is not known is left out. */
static void json_says_what_was_not_run(void **state)
{
    (void)state;
    struct report_model *model = report_model_new();
    struct sample sample = sample_begin(report_model_sink, model);
    sample_plan(&sample, "x", "test_x", NULL, EXPECT_WORKS);
    struct json_object *json = json_of(model);
    check_json(json, "/results/0/reason", "\"not-run\"");
    check_json(json, "/run/complete", "false");
    assert_null(json_object_object_get(at_path(json, "/results/0"), "node"));
    assert_null(json_object_object_get(at_path(json, "/results/0"), "gvisor"));
    json_object_put(json);
    json = json_of(report_model_new());
    assert_int_equal(json_object_array_length(at_path(json, "/results")), 0);
    json_object_put(json);
}

/* --- Markdown --- */

static void markdown_begins_with_findings(void **state)
{
    (void)state;
    struct report_model *model = sample_model();
    cleanup_free char *text = report_text(model, REPORT_MARKDOWN);
    assert_true(text_starts_with(text, "### \xE2\x9D\x8C gvisor-smoke: 2 passed, 1 failed\n"));
    assert_contains(text, "The run was ended by signal 15");
    assert_contains(text, "1 node: every pod has shown that it runs under gVisor, release 4.19.0-gvisor");
    assert_contains(text, "failed** (finding): <code>git-push</code><br>exit code 1: \"rejected\"\n");
    assert_contains(text, "**Problem:** the claim is not bound<br>**Hint:** make a StorageClass");
    assert_contains(text, "| <code>tcpdump</code> | blocked | \xE2\x9C\x85 blocked | - | - |\n");
    assert_contains(text,
                    "| pod start | node-a | 500 ms (500 ms - 500 ms) | 650 ms (650 ms - 650 ms) | +30 % |");
    assert_true(strstr(text, "finding") < strstr(text, "#### Cases"));
    report_model_free(model);
}

/* The first node fails; the others are alike, and share a column when there are many. */
static struct report_model *one_of_many_fails(size_t nodes)
{
    struct report_model *model = report_model_new();
    struct sample sample = sample_begin(report_model_sink, model);
    sample_plan(&sample, "x", "test_x", NULL, EXPECT_WORKS);
    for (size_t i = 0; i < nodes; i++) {
        cleanup_free char *name = xasprintf("node-%zu", i);
        sample_node(&sample, name);
        sample_evidence(&sample, "x", name, RUNTIME_GVISOR, !i, "printed", NULL);
        sample_verdict(&sample, "x", name, i ? VERDICT_PASSED : VERDICT_FAILED, i ? "works" : "finding", "m");
    }
    return model;
}

static void markdown_shows_nodes_as_columns(void **state)
{
    (void)state;
    struct report_model *few = one_of_many_fails(2), *many = one_of_many_fails(20);
    cleanup_free char *of_few = report_text(few, REPORT_MARKDOWN),
                      *of_many = report_text(many, REPORT_MARKDOWN);
    assert_contains(of_few, "| case | node-0 | node-1 |\n|---|---|---|\n"
                            "| <code>x</code> | \xE2\x9D\x8C finding | \xE2\x9C\x85 works |\n");
    assert_contains(of_many, "| case | node-0 | 19 nodes |\n|---|---|---|\n"
                             "| <code>x</code> | \xE2\x9D\x8C finding | \xE2\x9C\x85 works |\n");
    report_model_free(few);
    report_model_free(many);
}

static void markdown_shows_any_text_as_it_is(void **state)
{
    (void)state;
    struct report_model *model = hostile_model();
    cleanup_free char *text = report_text(model, REPORT_MARKDOWN);
    assert_contains(text,
                    "a\\|b \\`c\\` &lt;d&gt; &amp; \"e\" \\*f\\* \\_g\\_ \\[h\\](i) \\$j\\$ \\#k \\\\l");
    assert_contains(text, "m %n<br>::error::o,p");
    /* What was printed stands in a fence that it cannot close. */
    assert_contains(text, "\n`````text\n```\na|b");
    assert_contains(text, "\n````\n`````\n");
    assert_lacks(text, "\x1B");
    report_model_free(model);
}

static void markdown_stays_below_its_limit(void **state)
{
    (void)state;
    cleanup_free char *message = repeated("\xE2\x82\xAC word ", 2000);
    struct report_model *model = failing_model(600, message);
    cleanup_free char *text = report_text(model, REPORT_MARKDOWN);
    assert_true(strlen(text) <= 1024 * 1024);
    assert_true(strlen(text) > 700 * 1024);
    assert_contains(text, "400 more are left out here.");
    cleanup_free char *valid = text_from_bytes(text, strlen(text));
    assert_string_equal(text, valid);
    assert_int_equal(count_of(text, "<details>"), count_of(text, "</details>"));
    report_model_free(model);
}

/* What others have written in the step counts, too, and is left alone. */
static void the_step_summary_is_appended_as_far_as_there_is_room(void **state)
{
    (void)state;
    static const struct {
        size_t before;
        bool whole;
    } rows[] = {{0, true}, {100, true}, {1024 * 1024 - 600, false}, {1024 * 1024, false}};
    for (size_t i = 0; i < COUNT(rows); i++) {
        char *folder = folder_make();
        cleanup_free char *before = repeated("b", rows[i].before), *path = xasprintf("%s/summary", folder);
        cleanup_error struct error *err = NULL;
        if (rows[i].before)
            folder_write(folder, "summary", before, rows[i].before);
        struct report_model *model = sample_model();
        assert_int_equal(github_write_summary(model, path, &err), 0);
        cleanup_free char *text = folder_read(folder, "summary");
        assert_true(text_starts_with(text, before));
        assert_true(strlen(text) <= 1024 * 1024);
        if (rows[i].whole)
            assert_contains(text, "#### What gVisor costs");
        else if (rows[i].before < 1024 * 1024)
            assert_contains(text, "This summary is full");
        report_model_free(model);
        folder_remove(folder);
    }
}

static void a_step_summary_that_cannot_be_written(void **state)
{
    (void)state;
    cleanup_error struct error *err = NULL;
    struct report_model *model = sample_model();
    assert_int_equal(github_write_summary(model, "/nowhere/summary", &err), -1);
    assert_contains(err->message, "/nowhere/summary");
    assert_contains(err->hint, "GITHUB_STEP_SUMMARY");
    report_model_free(model);
}

/* --- annotations --- */

static char *annotations_of(struct report_model *model)
{
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);
    github_write_annotations(model, out);
    fclose(out);
    report_model_free(model);
    return text;
}

static void annotations_are_escaped_by_githubs_rules(void **state)
{
    (void)state;
    cleanup_free char *text = annotations_of(hostile_model());
    /* Skips are no errors; the title's own ":" and "," are escaped as well. */
    assert_int_equal(count_of(text, "\n"), 2);
    assert_true(text_starts_with(text, "::error title=failed (finding)%3A x::a|b `c` <d> & \"e\""));
    assert_contains(text, "#x1B[31m%0Am %25n%0D%0A::error::o,p\n::error title=problem::problem a|b");
    assert_contains(text, "%0Ahint: a|b");
}

static void at_most_ten_annotations(void **state)
{
    (void)state;
    cleanup_free char *ten = annotations_of(failing_model(10, "m"));
    assert_int_equal(count_of(ten, "::error "), 10);
    assert_contains(ten, "::9 m\n");
    cleanup_free char *more = annotations_of(failing_model(25, "m"));
    assert_int_equal(count_of(more, "::error "), 10);
    assert_contains(more, "::16 more are in the reports: GitHub shows ten\n");
    cleanup_free char *none = annotations_of(report_model_new());
    assert_string_equal(none, "");
    cleanup_free char *message = repeated("x", 10000);
    cleanup_free char *cut = annotations_of(failing_model(1, message));
    assert_true(strlen(cut) < 4096);
}

/* --- TAP --- */

static void tap_has_a_point_for_each_row(void **state)
{
    (void)state;
    struct report_model *model = sample_model();
    cleanup_free char *text = report_text(model, REPORT_TAP);
    assert_string_equal(
        text, "TAP version 13\n"
              "1..3\n"
              "# the claim is not bound\n"
              "# no hint here\n"
              "not ok 1 - TestGvisorCompatibilityMatrix test_git_clone_works_under_gvisor\n"
              "  ---\n"
              "  verdict: failed\n"
              "  reason: finding\n"
              "  message: \"1 of 2 parts passed\\npush: failed (finding): exit code 1: \\\"rejected\\\"\"\n"
              "  duration_ms: 1624\n"
              "  case: git-clone\n"
              "  ...\n"
              "not ok 2 - TestGvisorCompatibilityMatrix test_git_clone_works_under_gvisor[push]\n"
              "  ---\n"
              "  verdict: failed\n"
              "  reason: finding\n"
              "  message: \"exit code 1: \\\"rejected\\\"\"\n"
              "  duration_ms: 812\n"
              "  case: git-push\n"
              "  ...\n"
              "ok 3 - TestGvisorCompatibilityMatrix test_tcpdump_is_blocked_under_gvisor\n");
    report_model_free(model);
}

static void tap_keeps_directives_its_own(void **state)
{
    (void)state;
    struct report_model *model = hostile_model();
    cleanup_free char *text = report_text(model, REPORT_TAP);
    assert_contains(text, "not ok 2 - TestGvisorCompatibilityMatrix test_x[p\\#1]\n");
    assert_contains(text, "ok 3 - TestGvisorCompatibilityMatrix test_y # SKIP a|b `c`");
    assert_contains(text, "\n  message: \"a|b `c` <d> & \\\"e\\\" *f* _g_ [h](i) $j$ #k \\\\l#x1B[31m\\nm %n "
                          "\\n::error::o,p\"\n");
    report_model_free(model);
}

static void tap_without_cases_is_a_skip(void **state)
{
    (void)state;
    struct report_model *model = report_model_new();
    cleanup_free char *text = report_text(model, REPORT_TAP);
    assert_string_equal(text, "TAP version 13\n1..0 # SKIP no case was planned\n");
    report_model_free(model);
}

/* --- metrics --- */

static void metrics_say_what_held(void **state)
{
    (void)state;
    struct report_model *model = sample_model();
    cleanup_free char *text = report_text(model, REPORT_METRICS);
    static const char *const lines[] = {
        "\ngvisor_smoke_run_info{version=\"0.1.0\",kubernetes=\"v1.37.2\",namespace=\"gvisor-smoke\",",
        "\ngvisor_smoke_run_started_timestamp_seconds 1795550185.123000\n",
        "\ngvisor_smoke_run_duration_seconds 32.100000\n",
        "\ngvisor_smoke_run_complete 0\n",
        "\ngvisor_smoke_run_exit_code 143\n",
        "\ngvisor_smoke_run_left_behind 2\n",
        "\ngvisor_smoke_cases{verdict=\"passed\"} 2\n",
        "\ngvisor_smoke_case_passed{case=\"git-clone\",node=\"node-a\"} 1\n",
        "\ngvisor_smoke_case_passed{case=\"git-push\",node=\"node-a\"} 0\n",
        "\ngvisor_smoke_case_not_passed{case=\"git-push\",node=\"node-a\",verdict=\"failed\",",
        ",reason=\"finding\"} 1\n",
        "\ngvisor_smoke_case_duration_seconds{case=\"tcpdump\",node=\"node-a\"} 0.812000\n",
        "\ngvisor_smoke_node_attested{node=\"node-a\"} 1\n",
        "\ngvisor_smoke_node_info{node=\"node-a\",gvisor=\"4.19.0-gvisor\",",
        "\ngvisor_smoke_overhead_ratio{name=\"pod start\",node=\"node-a\"} 1.300\n",
    };
    for (size_t i = 0; i < COUNT(lines); i++)
        assert_contains(text, lines[i]);
    report_model_free(model);
}

/* A pod that is not gVisor takes its node along; a control does not count. */
static void metrics_say_which_nodes_are_attested(void **state)
{
    (void)state;
    struct report_model *model = report_model_new();
    struct sample sample = sample_begin(report_model_sink, model);
    sample_pod(&sample, "pod-c", "node-a", "control", "created", NULL);
    sample_attestation(&sample, "pod-c", "node-a", false);
    sample_attestation(&sample, "pod-1", "node-a", true);
    sample_attestation(&sample, "pod-2", "node-b", true);
    sample_attestation(&sample, "pod-3", "node-b", false);
    sample_node(&sample, "node-c");
    cleanup_free char *text = report_text(model, REPORT_METRICS);
    assert_contains(text, "\ngvisor_smoke_node_attested{node=\"node-a\"} 1\n");
    assert_contains(text, "\ngvisor_smoke_node_attested{node=\"node-b\"} 0\n");
    assert_lacks(text, "gvisor_smoke_node_attested{node=\"node-c\"}");
    report_model_free(model);
}

static void metrics_escape_labels(void **state)
{
    (void)state;
    struct report_model *model = hostile_model();
    cleanup_free char *text = report_text(model, REPORT_METRICS);
    assert_contains(text, "node=\"n|o `d` <e> \\\"q\\\" *r* \\\\s\\nt,u\"");
    report_model_free(model);
}

/* --- HTML --- */

static void html_is_one_page_with_findings_first(void **state)
{
    (void)state;
    struct report_model *model = sample_model();
    cleanup_free char *text = report_text(model, REPORT_HTML);
    assert_true(text_starts_with(text, "<!doctype html>\n"));
    assert_contains(text, "<title>gvisor-smoke: 1 failed, 2 passed</title>");
    assert_contains(text, "content=\"default-src 'none'; style-src 'unsafe-inline'; img-src data:\"");
    assert_contains(text, "The run was ended by signal 15");
    assert_contains(text, "<b>Next step:</b> make a StorageClass");
    assert_true(strstr(text, "id=\"findings\"") < strstr(text, "id=\"matrix\""));
    assert_contains(text, "release 4.19.0-gvisor: 1 pod on node-a");
    assert_contains(text, "<th scope=\"row\">boot id <small>decisive</small></th>");
    assert_contains(text, "+30 %");
    assert_lacks(text, "<script");
    assert_lacks(text, "http-equiv=\"refresh");
    report_model_free(model);
}

/* Each verdict of the matrix leads to evidence that is in the page, once. */
static void html_cells_lead_to_their_evidence(void **state)
{
    (void)state;
    struct report_model *model = one_of_many_fails(20);
    cleanup_free char *text = report_text(model, REPORT_HTML);
    assert_contains(text, "19 nodes</summary><p class=\"names\">node-1, node-2,");
    assert_int_equal(count_of(text, "; show the evidence"), 2);
    assert_contains(text, "<a href=\"#e0\" aria-label=\"x on node-0: failed, finding; show the evidence\">");
    assert_contains(text, "<a href=\"#e1\" aria-label=\"x on 19 nodes: passed, works; show the evidence\">");
    assert_int_equal(count_of(text, "id=\"e0\""), 1);
    assert_int_equal(count_of(text, "id=\"e1\""), 1);
    assert_int_equal(count_of(text, "printed"), 2);
    report_model_free(model);
}

static void html_shows_any_text_as_it_is(void **state)
{
    (void)state;
    struct report_model *model = hostile_model();
    cleanup_free char *text = report_text(model, REPORT_HTML);
    assert_contains(
        text,
        "a|b `c` &#60;d&#62; &#38; &#34;e&#34; *f* _g_ [h](i) $j$ #k \\l#x1B[31m\nm %n&#13;\n::error::o,p");
    assert_lacks(text, "<d>");
    assert_lacks(text, "<e>");
    report_model_free(model);
}

static void html_of_nothing_is_a_page(void **state)
{
    (void)state;
    struct report_model *model = report_model_new();
    cleanup_free char *text = report_text(model, REPORT_HTML);
    assert_contains(text, "nothing was run");
    assert_contains(text, "No pod has shown its signs.");
    assert_true(text_ends_with(text, "</html>\n"));
    report_model_free(model);
}

/* As many failures as there may be: the page stays one that a browser opens. */
static void html_stays_small_whatever_fails(void **state)
{
    (void)state;
    cleanup_free char *message = repeated("<word> ", 20000);
    struct report_model *model = failing_model(2000, message);
    cleanup_free char *text = report_text(model, REPORT_HTML);
    assert_true(strlen(text) < 32 * 1024 * 1024);
    assert_contains(text, "1700 more are left out here.");
    report_model_free(model);
}

/* --- diff --- */

static struct report_model *gate_model(const char *node, enum verdict_kind kind, int64_t gvisor_us,
                                       int64_t spread_us)
{
    struct report_model *model = report_model_new();
    struct sample sample = sample_begin(report_model_sink, model);
    sample_plan(&sample, "x", "test_x", NULL, EXPECT_WORKS);
    sample_node(&sample, node);
    sample_verdict(&sample, "x", node, kind, kind == VERDICT_PASSED ? "works" : "finding", "m");
    for (int i = -1; i <= 1; i++) {
        sample_measure(&sample, "x", RUNTIME_CONTROL, 100000 + i * 100);
        sample_measure(&sample, "x", RUNTIME_GVISOR, gvisor_us + i * spread_us);
    }
    return model;
}

static void only_what_became_worse_is_a_regression(void **state)
{
    (void)state;
    static const struct {
        const char *node;
        enum verdict_kind before, after;
        int64_t gvisor_us, spread_us;
        size_t regressions;
        const char *says;
    } rows[] = {
        {"node-a", VERDICT_PASSED, VERDICT_PASSED, 200000, 1000, 0, "0 regressions"},
        {"node-a", VERDICT_PASSED, VERDICT_FAILED, 200000, 1000, 1, "#### Regressions"},
        {"node-b", VERDICT_PASSED, VERDICT_FAILED, 200000, 1000, 1, "#### Regressions"},
        {"node-a", VERDICT_FAILED, VERDICT_PASSED, 200000, 1000, 0, "#### Fixes"},
        {"node-a", VERDICT_FAILED, VERDICT_FAILED, 200000, 1000, 0, "0 regressions"},
        {"node-a", VERDICT_PASSED, VERDICT_PASSED, 300000, 1000, 1, "**slower**"},
        {"node-a", VERDICT_PASSED, VERDICT_PASSED, 300000, 150000, 0, "+50 %"},
        {"node-a", VERDICT_PASSED, VERDICT_PASSED, 230000, 1000, 0, "+15 %"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct report_model *base = gate_model("node-a", rows[i].before, 200000, 1000);
        struct report_model *next =
            gate_model(rows[i].node, rows[i].after, rows[i].gvisor_us, rows[i].spread_us);
        char *text = NULL;
        size_t length = 0;
        FILE *out = open_memstream(&text, &length);
        assert_int_equal(report_compare(base, next, 25, out, NULL), rows[i].regressions);
        fclose(out);
        assert_contains(text, rows[i].says);
        free(text);
        report_model_free(base);
        report_model_free(next);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(json_holds_all_of_the_run),
        cmocka_unit_test(json_says_what_was_not_run),
        cmocka_unit_test(markdown_begins_with_findings),
        cmocka_unit_test(markdown_shows_nodes_as_columns),
        cmocka_unit_test(markdown_shows_any_text_as_it_is),
        cmocka_unit_test(markdown_stays_below_its_limit),
        cmocka_unit_test(the_step_summary_is_appended_as_far_as_there_is_room),
        cmocka_unit_test(a_step_summary_that_cannot_be_written),
        cmocka_unit_test(annotations_are_escaped_by_githubs_rules),
        cmocka_unit_test(at_most_ten_annotations),
        cmocka_unit_test(html_is_one_page_with_findings_first),
        cmocka_unit_test(html_cells_lead_to_their_evidence),
        cmocka_unit_test(html_shows_any_text_as_it_is),
        cmocka_unit_test(html_of_nothing_is_a_page),
        cmocka_unit_test(html_stays_small_whatever_fails),
        cmocka_unit_test(only_what_became_worse_is_a_regression),
        cmocka_unit_test(tap_has_a_point_for_each_row),
        cmocka_unit_test(tap_keeps_directives_its_own),
        cmocka_unit_test(tap_without_cases_is_a_skip),
        cmocka_unit_test(metrics_say_what_held),
        cmocka_unit_test(metrics_say_which_nodes_are_attested),
        cmocka_unit_test(metrics_escape_labels),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
