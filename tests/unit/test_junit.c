/* SPDX-License-Identifier: Apache-2.0
 *
 * Tests of the JUnit report: written, read back with an XML parser, and looked at as a consumer would.
 */
#include "unit.h"

#include <libxml/parser.h>
#include <libxml/tree.h>

#include "report_text.h"
#include "sample_run.h"
#include "xpath.h"

/* A report that was written and parsed. */
struct document {
    char *text;
    xmlDocPtr xml;
};

static struct document document_of(struct report_model *model)
{
    struct document document = {.text = report_text(model, REPORT_JUNIT)};
    document.xml =
        xmlReadMemory(document.text, (int)strlen(document.text), "junit.xml", NULL, XML_PARSE_NONET);
    if (!document.xml)
        fail_msg("not well-formed: %s", document.text);
    report_model_free(model);
    return document;
}

static void document_release(struct document *document)
{
    xmlFreeDoc(document->xml);
    free(document->text);
}
#define cleanup_document __attribute__((cleanup(document_release)))

static void check(const struct document *document, const char *expression, const char *expected)
{
    cleanup_free char *value = xpath_string(document->xml, expression);
    if (strcmp(value, expected) != 0)
        fail_msg("%s is \"%s\", expected \"%s\" in\n%s", expression, value, expected, document->text);
}

#define CASE(name) "//testcase[@name='" name "']"

static struct sample begin(struct report_model **ret_model)
{
    *ret_model = report_model_new();
    return sample_begin(report_model_sink, *ret_model);
}

static void the_sample_run_is_written_as_pytest_writes(void **state)
{
    (void)state;
    struct report_model *model = report_model_new();
    sample_run(report_model_sink, model);
    cleanup_document struct document document = document_of(model);
    assert_true(text_starts_with(document.text, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites "));
    check(&document, "count(/testsuites/testsuite)", "1");
    check(&document, "/testsuites/@tests", "3");
    check(&document, "/testsuites/@failures", "2");
    check(&document, "/testsuites/@errors", "0");
    check(&document, "/testsuites/@time", "32.100");
    check(&document, "//testsuite/@name", "pytest");
    check(&document, "//testsuite/@tests", "3");
    check(&document, "//testsuite/@failures", "2");
    check(&document, "//testsuite/@skipped", "0");
    check(&document, "//testsuite/@timestamp", "2026-11-24T19:56:25.123+00:00");
    check(&document, "//testsuite/@hostname", "ci-7");
    check(&document, "count(//testcase[starts-with(@classname, 'tests.helm.test_live_gvisor.TestGvisor')])",
          "3");
    check(&document, CASE("test_git_clone_works_under_gvisor[push]") "/@time", "0.812");
    check(&document, CASE("test_git_clone_works_under_gvisor[push]") "/failure/@type", "finding");
    check(&document, CASE("test_git_clone_works_under_gvisor[push]") "/failure/@message",
          "exit code 1: \"rejected\"");
    check(&document, "count(" CASE("test_tcpdump_is_blocked_under_gvisor") "/*)", "1");
    cleanup_free char *blocked =
        xpath_string(document.xml, CASE("test_tcpdump_is_blocked_under_gvisor") "/system-out");
    assert_true(text_starts_with(blocked, "expected failure: \"not permitted\"\n"));
    cleanup_free char *problems = xpath_string(document.xml, "//testsuite/system-err");
    assert_string_equal(problems, "the claim is not bound\nhint: make a StorageClass\nno hint here\n");
}

static void properties_say_where_it_ran(void **state)
{
    (void)state;
    struct report_model *model = report_model_new();
    sample_run(report_model_sink, model);
    cleanup_document struct document document = document_of(model);
    static const char *const rows[][2] = {{"run", "ab12cd"},
                                          {"version", "0.1.0"},
                                          {"server", "https://198.18.0.2:6443"},
                                          {"context", "bed"},
                                          {"namespace", "gvisor-smoke"},
                                          {"runtime_class", "gvisor"},
                                          {"handler", "runsc"},
                                          {"kubernetes", "v1.37.2"},
                                          {"node.node-a.kernel", "6.1.0-13-amd64"},
                                          {"node.node-a.gvisor", "4.19.0-gvisor"},
                                          {"node.node-a.attestation.pod-1", "gvisor: 2/3"}};
    for (size_t i = 0; i < COUNT(rows); i++) {
        cleanup_free char *expression =
            xasprintf("/testsuites/testsuite/properties/property[@name='%s']/@value", rows[i][0]);
        check(&document, expression, rows[i][1]);
    }
    check(&document, "count(//testcase//properties)", "0");
}

static void a_bare_name_is_the_worst_of_its_parts(void **state)
{
    (void)state;
    struct report_model *model;
    struct sample sample = begin(&model);
    sample_plan(&sample, "pip", "test_bash", "pip", EXPECT_WORKS);
    sample_plan(&sample, "other", "test_other", NULL, EXPECT_WORKS);
    sample_plan(&sample, "npm", "test_bash", "npm", EXPECT_WORKS);
    sample_plan(&sample, "go", "test_bash", "go", EXPECT_WORKS);
    sample_plan(&sample, "jest", "test_bash", "jest", EXPECT_WORKS);
    sample_passed(&sample, "pip", "a");
    sample_passed(&sample, "other", "a");
    sample_verdict(&sample, "npm", "a", VERDICT_ERROR, "lost", "gone");
    sample_verdict(&sample, "go", "a", VERDICT_FAILED, "finding", "exit code 2");
    sample_verdict(&sample, "jest", "a", VERDICT_ERROR, "lost", "gone");
    cleanup_document struct document document = document_of(model);
    check(&document, "count(//testcase)", "6");
    check(&document, "count(" CASE("test_bash") ")", "1");
    check(&document, CASE("test_bash") "/@time", "3.248");
    check(&document, CASE("test_bash") "/failure/@type", "finding");
    check(&document, CASE("test_bash") "/failure/@message",
          "1 of 4 parts passed; npm, jest: error (lost): gone; go: failed (finding): exit code 2");
    cleanup_free char *body = xpath_string(document.xml, CASE("test_bash") "/failure");
    assert_contains(body, "npm, jest: error (lost): gone\ngo: failed (finding): exit code 2");
    check(&document, "count(" CASE("test_bash[pip]") "/failure)", "0");
    check(&document, "count(" CASE("test_bash[npm]") "/error)", "1");
    check(&document, "//testsuite/@failures", "2");
    check(&document, "//testsuite/@errors", "2");
}

static void a_case_with_the_bare_name_is_one_of_the_parts(void **state)
{
    (void)state;
    struct report_model *model;
    struct sample sample = begin(&model);
    sample_plan(&sample, "clone", "test_git", NULL, EXPECT_WORKS);
    sample_plan(&sample, "push", "test_git", "push", EXPECT_WORKS);
    sample_evidence(&sample, "clone", "a", RUNTIME_GVISOR, 0, "cloned\n", NULL);
    sample_passed(&sample, "clone", "a");
    sample_passed(&sample, "push", "a");
    cleanup_document struct document document = document_of(model);
    check(&document, "count(//testcase)", "2");
    check(&document, "count(" CASE("test_git") "/*[not(self::system-out)])", "0");
    check(&document, CASE("test_git") "/@time", "1.624");
    check(&document, CASE("test_git") "/system-out", "all 2 parts passed\ncloned\n");
}

static void nodes_stand_in_the_names(void **state)
{
    (void)state;
    struct report_model *model;
    struct sample sample = begin(&model);
    sample_plan(&sample, "tcpdump", "test_tcpdump", NULL, EXPECT_BLOCKED);
    sample_plan(&sample, "push", "test_git", "push", EXPECT_WORKS);
    static const char *const nodes[] = {"node-a", "node-b"};
    for (size_t i = 0; i < COUNT(nodes); i++) {
        sample_verdict(&sample, "tcpdump", nodes[i], VERDICT_PASSED, "blocked", "expected failure: \"no\"");
        sample_passed(&sample, "push", nodes[i]);
    }
    cleanup_document struct document document = document_of(model);
    static const char *const names[] = {"test_tcpdump", "test_tcpdump[node-a]",  "test_tcpdump[node-b]",
                                        "test_git",     "test_git[push-node-a]", "test_git[push-node-b]"};
    for (size_t i = 0; i < COUNT(names); i++) {
        cleanup_free char *expression = xasprintf("count(//testcase[@name='%s'])", names[i]);
        check(&document, expression, "1");
    }
    check(&document, "count(//testcase)", "6");
    cleanup_free char *bare = xpath_string(document.xml, CASE("test_tcpdump") "/system-out");
    assert_true(text_starts_with(bare, "expected failure: all 2 parts passed"));
}

/* What the original's consumers key on: planned means present, whatever happened. */
static void the_seven_names_are_always_there(void **state)
{
    (void)state;
    static const char *const names[] = {
        "test_runtime_class_exists_in_cluster",    "test_pods_have_gvisor_runtimeclass",
        "test_git_clone_works_under_gvisor",       "test_curl_https_works_under_gvisor",
        "test_outbound_https_works_under_gvisor",  "test_workspace_pvc_mount_works_under_gvisor",
        "test_bash_allowlist_compatibility_matrix"};
    struct report_model *model;
    struct sample sample = begin(&model);
    for (size_t i = 0; i < COUNT(names); i++) {
        cleanup_free char *case_name = xasprintf("case-%zu", i);
        sample_plan(&sample, case_name, names[i], i > 1 ? "part" : NULL, EXPECT_WORKS);
    }
    sample_problem(&sample, ERROR_ENVIRONMENT, "no node is ready", "look at the nodes");
    cleanup_document struct document document = document_of(model);
    for (size_t i = 0; i < COUNT(names); i++) {
        cleanup_free char *count = xasprintf("count(//testcase[@name='%s'])", names[i]);
        cleanup_free char *message = xasprintf("//testcase[@name='%s']/error/@message", names[i]);
        check(&document, count, "1");
        cleanup_free char *text = xpath_string(document.xml, message);
        assert_contains(text, "not run: no node is ready");
    }
    check(&document, "count(//testcase)", "12");
    check(&document, "//testsuite/@errors", "12");
    cleanup_free char *body =
        xpath_string(document.xml, CASE("test_curl_https_works_under_gvisor[part]") "/error");
    assert_contains(body, "hint: look at the nodes");
}

static void a_skip_says_why(void **state)
{
    (void)state;
    struct report_model *model;
    struct sample sample = begin(&model);
    sample_plan(&sample, "app-pods", "test_pods", NULL, EXPECT_WORKS);
    sample_verdict(&sample, "app-pods", "", VERDICT_SKIPPED, "nothing-to-check", "there is no pod");
    cleanup_document struct document document = document_of(model);
    check(&document, CASE("test_pods") "/skipped/@type", "pytest.skip");
    check(&document, CASE("test_pods") "/skipped/@message", "there is no pod");
    cleanup_free char *body = xpath_string(document.xml, CASE("test_pods") "/skipped");
    assert_true(text_starts_with(body, "there is no pod\n"));
    check(&document, "//testsuite/@skipped", "1");
    check(&document, "count(/testsuites/@skipped)", "0");
}

/* Whatever a pod prints, the report is XML, and what is printed is in it. */
static void any_output_is_carried(void **state)
{
    (void)state;
    struct report_model *model;
    struct sample sample = begin(&model);
    sample_plan(&sample, "x", "test_x", NULL, EXPECT_WORKS);
    sample_evidence(&sample, "x", "a", RUNTIME_GVISOR, 1, "a ]]> b <![CDATA[ & \"'\x01\x1B[31m\xFF\xC3\r\n",
                    "\xEF\xBF\xBE<!--\x7F");
    sample_evidence(&sample, "x", "a", RUNTIME_CONTROL, 0, "control </system-out>\n", "");
    sample_verdict(&sample, "x", "a", VERDICT_FAILED, "finding", "<b>\"]]>\"\x08\xFE & more");
    cleanup_document struct document document = document_of(model);
    check(&document, "//failure/@message", "<b>\"]]>\"#x08\xEF\xBF\xBD & more");
    cleanup_free char *body = xpath_string(document.xml, "//failure");
    assert_contains(body, "<b>\"]]>\"#x08\xEF\xBF\xBD & more\n\ncase: x: a summary\npod: pod-1 on node a\n");
    assert_contains(body, "under the default runtime: exited, exit code 0, 812 ms");
    check(&document, "//testcase/system-out",
          "a ]]> b <![CDATA[ & \"'#x01#x1B[31m\xEF\xBF\xBD\xEF\xBF\xBD\r\n--- under the default "
          "runtime:\ncontrol </system-out>\n");
    check(&document, "//testcase/system-err", "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD<!--#x7F");
}

static void long_texts_are_cut(void **state)
{
    (void)state;
    struct report_model *model;
    struct sample sample = begin(&model);
    sample_plan(&sample, "x", "test_x", NULL, EXPECT_WORKS);
    sample_plan(&sample, "y", "test_y", NULL, EXPECT_WORKS);
    cleanup_free char *output = repeated("\xE2\x82\xAC and\n", 300000),
                      *message = repeated("\xC3\xA4", 200000);
    sample_evidence(&sample, "x", "a", RUNTIME_GVISOR, 1, output, output);
    sample_verdict(&sample, "x", "a", VERDICT_FAILED, "finding", message);
    sample_evidence(&sample, "y", "a", RUNTIME_GVISOR, 0, output, output);
    sample_verdict(&sample, "y", "a", VERDICT_PASSED, "works", message);
    cleanup_document struct document document = document_of(model);
    static const char *const texts[] = {"//failure/@message",         "//failure",
                                        CASE("test_x") "/system-out", CASE("test_x") "/system-err",
                                        CASE("test_y") "/system-out", CASE("test_y") "/system-err"};
    for (size_t i = 0; i < COUNT(texts); i++) {
        cleanup_free char *text = xpath_string(document.xml, texts[i]);
        assert_true(strlen(text) < 64000);
        assert_contains(text, "left out]");
    }
}

static void a_report_that_cannot_be_written(void **state)
{
    (void)state;
    struct report_model *model = report_model_new();
    cleanup_error struct error *err = NULL;
    const struct report_options options = {.paths = {[REPORT_JUNIT] = "/nowhere/junit.xml"}};
    assert_int_equal(report_write(model, REPORT_JUNIT, &options, &err), -1);
    assert_int_equal(err->kind, ERROR_ENVIRONMENT);
    assert_contains(err->message, "/nowhere/junit.xml");
    report_model_free(model);
}

/* Before the first event there is a report, too: empty, and well-formed. */
static void nothing_gives_an_empty_report(void **state)
{
    (void)state;
    cleanup_document struct document document = document_of(report_model_new());
    check(&document, "/testsuites/@tests", "0");
    check(&document, "//testsuite/@hostname", "localhost");
    check(&document, "count(//testcase)", "0");
}

static void expected_failures_can_be_skips_as_pytest_writes_them(void **state)
{
    (void)state;
    struct report_model *model = report_model_new();
    sample_run(report_model_sink, model);
    const struct report_options options = {.xfail_as_skipped = true};
    struct document made = {.text = report_text_with(model, REPORT_JUNIT, options)};
    made.xml = xmlReadMemory(made.text, (int)strlen(made.text), "junit.xml", NULL, XML_PARSE_NONET);
    cleanup_document struct document document = made;
    check(&document, CASE("test_tcpdump_is_blocked_under_gvisor") "/skipped/@type", "pytest.xfail");
    check(&document, CASE("test_tcpdump_is_blocked_under_gvisor") "/skipped/@message",
          "expected failure: \"not permitted\"");
    check(&document, "//testsuite/@skipped", "1");
    check(&document, "//testsuite/@failures", "2");
    report_model_free(model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_sample_run_is_written_as_pytest_writes),
        cmocka_unit_test(properties_say_where_it_ran),
        cmocka_unit_test(a_bare_name_is_the_worst_of_its_parts),
        cmocka_unit_test(a_case_with_the_bare_name_is_one_of_the_parts),
        cmocka_unit_test(nodes_stand_in_the_names),
        cmocka_unit_test(the_seven_names_are_always_there),
        cmocka_unit_test(a_skip_says_why),
        cmocka_unit_test(any_output_is_carried),
        cmocka_unit_test(long_texts_are_cut),
        cmocka_unit_test(a_report_that_cannot_be_written),
        cmocka_unit_test(nothing_gives_an_empty_report),
        cmocka_unit_test(expected_failures_can_be_skips_as_pytest_writes_them),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    xmlCleanupParser();
    return failed;
}
