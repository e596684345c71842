/* SPDX-License-Identifier: Apache-2.0
 *
 * Tests of the terminal: what a person sees while a run goes on, and at its end.
 */
#include "unit.h"

#include "gvisor-smoke/report.h"
#include "sample_run.h"

static const struct report_options no_reports;

/* A terminal whose output is kept, and a model beside it. */
struct screen {
    FILE *out;
    char *text;
    size_t length;
    struct terminal *terminal;
    struct report_model *model;
};

static void screen_sink(void *context, const struct event *event)
{
    struct screen *screen = context;
    terminal_sink(screen->terminal, event);
    report_model_sink(screen->model, event);
}

static struct sample screen_begin(struct screen *screen, bool colour, bool quiet)
{
    *screen = (struct screen){0};
    screen->out = open_memstream(&screen->text, &screen->length);
    assert_non_null(screen->out);
    const struct terminal_options options = {.out = screen->out, .colour = colour, .quiet = quiet};
    screen->terminal = terminal_new(&options);
    screen->model = report_model_new();
    return (struct sample){.sink = screen_sink, .context = screen, .now_ms = SAMPLE_START_MS};
}

/* The output of a log. */
static struct sample log_begin(struct screen *screen, bool quiet)
{
    *screen = (struct screen){0};
    screen->out = open_memstream(&screen->text, &screen->length);
    assert_non_null(screen->out);
    const struct terminal_options options = {.out = screen->out, .stamps = true, .quiet = quiet};
    screen->terminal = terminal_new(&options);
    screen->model = report_model_new();
    return (struct sample){.sink = screen_sink, .context = screen, .now_ms = SAMPLE_START_MS};
}

static const char *screen_text(struct screen *screen)
{
    fflush(screen->out);
    return screen->text;
}

static void screen_end(struct screen *screen)
{
    terminal_free(screen->terminal);
    report_model_free(screen->model);
    fclose(screen->out);
    free(screen->text);
}

static size_t count_of(const char *text, const char *part)
{
    size_t count = 0;
    for (const char *at = text; (at = strstr(at, part)); at += strlen(part))
        count++;
    return count;
}

static void a_run_line_by_line(void **state)
{
    (void)state;
    struct screen screen;
    screen_begin(&screen, false, false);
    sample_run(screen_sink, &screen);
    assert_string_equal(
        screen_text(&screen),
        "run       ab12cd, gvisor-smoke 0.1.0\n"
        "server    https://198.18.0.2:6443 (context bed)\n"
        "runtime   gvisor (handler runsc), namespace gvisor-smoke\n"
        "cluster   Kubernetes v1.37.2, linux/amd64\n"
        "nodes     some nodes can take pods\n"
        "node      node-a: kernel 6.1.0-13-amd64, containerd://2.4.2\n"
        "pod       pod-1 (gvisor): created after 651 ms\n"
        "pod       pod-1 (gvisor) on node-a: ready after 651 ms\n"
        "pod       pod-2 (fixture) on node-a: failed after 651 ms\n"
        "          back-off \"pulling\" image\n"
        "gvisor: 2/3 signs on node-a (pod pod-1), release 4.19.0-gvisor\n"
        "    yes  kernel version         4.19.0-gvisor\n"
        "    yes  boot id                5678\n"
        "    ?    /proc/gvisor           absent\n"
        "ok    git-clone           works               812 ms\n"
        "FAIL  git-push            finding             812 ms\n"
        "      exit code 1: \"rejected\"\n"
        "ok    tcpdump             blocked             812 ms\n"
        "problem: the claim is not bound\n"
        "hint: make a StorageClass\n"
        "problem: no hint here\n"
        "note      the namespace stays: it is in use\n"
        "ended by signal 15 (Terminated)\n"
        "2 objects of the run could not be deleted; gvisor-smoke sweep removes what is left\n");
    screen_end(&screen);
}

/* In a log each line begins with its time, and a verdict with its message is one line. */
static void a_log_has_times(void **state)
{
    (void)state;
    struct screen screen;
    log_begin(&screen, false);
    sample_run(screen_sink, &screen);
    assert_string_equal(
        screen_text(&screen),
        "19:56:25Z run       ab12cd, gvisor-smoke 0.1.0, 2026-11-24\n"
        "19:56:25Z server    https://198.18.0.2:6443 (context bed)\n"
        "19:56:25Z runtime   gvisor (handler runsc), namespace gvisor-smoke\n"
        "19:56:29Z cluster   Kubernetes v1.37.2, linux/amd64\n"
        "19:56:32Z nodes     some nodes can take pods\n"
        "19:56:33Z node      node-a: kernel 6.1.0-13-amd64, containerd://2.4.2\n"
        "19:56:34Z pod       pod-1 (gvisor): created after 651 ms\n"
        "19:56:35Z pod       pod-1 (gvisor) on node-a: ready after 651 ms\n"
        "19:56:36Z pod       pod-2 (fixture) on node-a: failed after 651 ms\n"
        "19:56:37Z           back-off \"pulling\" image\n"
        "19:56:37Z gvisor: 2/3 signs on node-a (pod pod-1), release 4.19.0-gvisor\n"
        "19:56:37Z     ?    /proc/gvisor           absent\n"
        "19:56:40Z ok    git-clone           works               812 ms\n"
        "19:56:42Z FAIL  git-push            finding             812 ms  exit code 1: \"rejected\"\n"
        "19:56:43Z ok    tcpdump             blocked             812 ms\n"
        "19:56:46Z problem: the claim is not bound\n"
        "19:56:46Z hint: make a StorageClass\n"
        "19:56:47Z problem: no hint here\n"
        "19:56:48Z note      the namespace stays: it is in use\n"
        "19:56:49Z ended by signal 15 (Terminated)\n"
        "19:56:49Z 2 objects of the run could not be deleted; gvisor-smoke sweep removes what is left\n");
    size_t before = strlen(screen_text(&screen));
    terminal_summary(screen.terminal, screen.model, NULL, &no_reports);
    assert_true(text_starts_with(screen_text(&screen) + before, "\nFAIL  git-push  ")); /* no event */
    screen_end(&screen);
}

static void the_summary_begins_with_findings(void **state)
{
    (void)state;
    struct screen screen;
    struct sample sample = screen_begin(&screen, false, true);
    static const char *const names[] = {"environment", "finding", "missing-1", "missing-2", "passed"};
    for (size_t i = 0; i < COUNT(names); i++) {
        cleanup_free char *report = xasprintf("test_%zu", i);
        sample_plan(&sample, names[i], report, i == 1 ? "x" : NULL, EXPECT_WORKS);
    }
    sample_attestation(&sample, "pod-1", "node-a", true);
    sample_verdict(&sample, "environment", "node-a", VERDICT_ERROR, "environment", "fails in both");
    sample_verdict(&sample, "finding", "node-a", VERDICT_FAILED, "finding", "fails under gVisor");
    sample_passed(&sample, "passed", "node-a");
    sample_problem(&sample, ERROR_ENVIRONMENT, "the pod died", "look at it"); /* is told as a cause */
    sample_problem(&sample, ERROR_ENVIRONMENT, "the pod died", "look at it");
    sample_problem(&sample, ERROR_ENVIRONMENT, "a claim is left", NULL);
    size_t before = strlen(screen_text(&screen));
    const struct report_options reports = {.paths = {[REPORT_JUNIT] = "reports/junit.xml"}};
    terminal_summary(screen.terminal, screen.model, "reports/run.jsonl", &reports);
    assert_string_equal(screen_text(&screen) + before,
                        "\n"
                        "FAIL  finding  test_1[x]\n"
                        "      fails under gVisor\n"
                        "ERROR environment  test_0\n"
                        "      fails in both\n"
                        "ERROR 2 cases: missing-1, missing-2\n"
                        "      not run: the pod died\n"
                        "hint: look at it\n"
                        "problem: a claim is left\n"
                        "1 passed, 1 failed, 3 errors in 11.0 s\n"
                        "gvisor: 2/3 on node-a (pod pod-1), release 4.19.0-gvisor\n"
                        "report: reports/junit.xml\n"
                        "journal: reports/run.jsonl\n");
    screen_end(&screen);
}

/* Where a pod is not gVisor nothing else counts, whatever came before. */
static void what_is_not_gvisor_is_said_first(void **state)
{
    (void)state;
    struct screen screen;
    struct sample sample = screen_begin(&screen, true, true);
    sample_plan(&sample, "one", "test_1", NULL, EXPECT_WORKS);
    sample_plan(&sample, "two", "test_2", NULL, EXPECT_WORKS);
    sample_attestation(&sample, "pod-1", "node-a", true);
    sample_attestation(&sample, "pod-2", "node-b", false);
    sample_verdict(&sample, "one", "node-a", VERDICT_FAILED, "finding", "fails under gVisor");
    sample_verdict(&sample, "two", "node-b", VERDICT_ERROR, "not-gvisor", "NOT GVISOR");
    size_t before = strlen(screen_text(&screen));
    terminal_summary(screen.terminal, screen.model, NULL, &no_reports);
    const char *text = screen_text(&screen) + before;
    assert_true(text_starts_with(text, "\n\033[1;35mERROR\033[0m two"));
    assert_contains(text, "\033[1;31mFAIL \033[0m one");
    assert_contains(text, "\033[1;31mgvisor: 1/3; not gVisor by: boot id on node-b (pod pod-2)\033[0m\n"
                          "\033[32mgvisor: 2/3 on node-a");
    screen_end(&screen);
}

/* A merged journal may have measures of several nodes. */
static void overhead_names_its_node_where_there_are_several(void **state)
{
    (void)state;
    struct screen screen;
    struct sample sample = screen_begin(&screen, false, true);
    sample_node(&sample, "node-a");
    sample_measure(&sample, "pod start", RUNTIME_CONTROL, 500000);
    sample_measure(&sample, "pod start", RUNTIME_GVISOR, 650000);
    terminal_summary(screen.terminal, screen.model, NULL, &no_reports);
    assert_contains(screen_text(&screen), "\n  pod start  500 ms");
    sample_node(&sample, "node-b");
    terminal_summary(screen.terminal, screen.model, NULL, &no_reports);
    assert_contains(screen_text(&screen), "\n  pod start on node-a  500 ms");
    screen_end(&screen);
}

static void a_pod_that_is_no_gvisor_stands_out(void **state)
{
    (void)state;
    struct screen screen;
    struct sample sample = screen_begin(&screen, false, true);
    sample_attestation(&sample, "pod-1", "node-a", false);
    const char *text = screen_text(&screen);
    assert_contains(text, "gvisor: 1/3 signs on node-a (pod pod-1): NOT GVISOR\n");
    assert_contains(text, "    NO   boot id                1234, as on the node\n");
    screen_end(&screen);
}

/* The second pod of a node says again only what does not say gVisor. */
static void signs_are_listed_once_for_each_node(void **state)
{
    (void)state;
    struct screen screen;
    struct sample sample = screen_begin(&screen, false, false);
    sample_attestation(&sample, "pod-1", "node-a", true);
    sample_attestation(&sample, "pod-2", "node-a", true);
    sample_attestation(&sample, "pod-3", "node-b", true);
    sample_attestation(&sample, "pod-4", "node-b", false);
    const char *text = screen_text(&screen);
    assert_int_equal(count_of(text, "gvisor: "), 4);
    assert_int_equal(count_of(text, "yes  kernel version"), 3);
    assert_int_equal(count_of(text, "?    /proc/gvisor"), 4);
    screen_end(&screen);
}

static void a_control_is_right_when_it_is_no_gvisor(void **state)
{
    (void)state;
    struct screen screen;
    struct sample sample = screen_begin(&screen, false, false);
    sample_pod(&sample, "pod-c", "node-a", "control", "created", NULL);
    sample_attestation(&sample, "pod-c", "node-a", false);
    sample_attestation(&sample, "pod-c", "node-a", true);
    const char *text = screen_text(&screen);
    assert_contains(text, "control   pod-c on node-a runs under the default runtime (1/3 signs of gVisor)\n");
    assert_contains(text, "runs under gVisor as well, so it is no control");
    assert_lacks(text, "NOT GVISOR");
    terminal_summary(screen.terminal, screen.model, NULL, &no_reports);
    assert_lacks(screen_text(&screen), "gvisor: 1/3");
    assert_lacks(screen_text(&screen), "report:");
    screen_end(&screen);
}

static void quiet_shows_only_what_is_wrong(void **state)
{
    (void)state;
    struct screen screen;
    screen_begin(&screen, false, true);
    sample_run(screen_sink, &screen);
    assert_string_equal(
        screen_text(&screen),
        "pod       pod-2 (fixture) on node-a: failed after 651 ms\n"
        "          back-off \"pulling\" image\n"
        "FAIL  git-push            finding             812 ms\n"
        "      exit code 1: \"rejected\"\n"
        "problem: the claim is not bound\n"
        "hint: make a StorageClass\n"
        "problem: no hint here\n"
        "ended by signal 15 (Terminated)\n"
        "2 objects of the run could not be deleted; gvisor-smoke sweep removes what is left\n");
    screen_end(&screen);
}

/* A pod that fails, the problem that it is, and all its cases: one message is read once. */
static void a_shared_cause_is_said_once(void **state)
{
    (void)state;
    struct screen screen;
    struct sample sample = screen_begin(&screen, false, false);
    const char *cause = "the image cannot be pulled";
    sample_pod(&sample, "pod-1", "node-a", "gvisor", "failed", cause);
    sample_problem(&sample, ERROR_ENVIRONMENT, cause, "mirror it");
    static const char *const names[] = {"one", "two", "three"};
    for (size_t i = 0; i < COUNT(names); i++)
        sample_verdict(&sample, names[i], "node-a", VERDICT_ERROR, "not-run", "not run: it has no pod");
    sample_problem(&sample, ERROR_ENVIRONMENT, "the claim is gone", NULL);
    sample_verdict(&sample, "four", "node-a", VERDICT_ERROR, "not-run", "not run: the claim is gone");
    const char *text = screen_text(&screen);
    assert_int_equal(count_of(text, "the claim is gone"), 1);
    assert_int_equal(count_of(text, cause), 1);
    assert_int_equal(count_of(text, "it has no pod"), 1);
    assert_int_equal(count_of(text, "ERROR"), 4);
    screen_end(&screen);
}

static void verdicts_show_their_node_when_there_are_several(void **state)
{
    (void)state;
    struct screen screen;
    struct sample sample = screen_begin(&screen, false, false);
    sample_node(&sample, "node-a");
    sample_passed(&sample, "one", "node-a");
    sample_node(&sample, "node-b");
    sample_passed(&sample, "two", "node-b");
    assert_contains(screen_text(&screen), "ok    one                 works               812 ms\n");
    assert_contains(screen_text(&screen), "ok    two                 works               812 ms  node-b\n");
    screen_end(&screen);
}

/* Of many nodes only trouble is shown, the first times, and how far the run is. */
static void many_nodes_are_counted(void **state)
{
    (void)state;
    struct screen screen;
    struct sample sample = screen_begin(&screen, false, false);
    sample_plan(&sample, "runtime-class", "test_r", NULL, EXPECT_WORKS);
    sample_plan(&sample, "one", "test_c", "one", EXPECT_WORKS);
    sample_plan(&sample, "two", "test_c", "two", EXPECT_BLOCKED);
    sample_passed(&sample, "runtime-class", "");
    sample_nodes(&sample, 990, 10, 0);
    for (size_t i = 0; i < 1000; i++) {
        cleanup_free char *node = xasprintf("node-%03zu", i);
        cleanup_free char *pod = xasprintf("gvisor-smoke-abc-gvisor-%zu-1", i);
        cleanup_free char *control = xasprintf("gvisor-smoke-abc-control-%zu-1", i);
        cleanup_free char *message = xasprintf("not run: node %s has no handler", node);
        sample_node(&sample, node);
        if (i < 10) {
            sample_problem(&sample, ERROR_ENVIRONMENT, message + strlen("not run: "), "repair it");
            sample_verdict(&sample, "one", node, VERDICT_ERROR, "not-run", message);
            sample_verdict(&sample, "two", node, VERDICT_ERROR, "not-run", message);
            continue;
        }
        sample_pod(&sample, pod, node, "gvisor", "ready", NULL);
        sample_pod(&sample, control, node, "control", "ready", NULL);
        sample_attestation(&sample, pod, node, true);
        sample_attestation(&sample, control, node, false);
        sample_passed(&sample, "one", node);
        sample_passed(&sample, "two", node);
    }
    const char *text = screen_text(&screen);
    assert_int_equal(count_of(text, "ERROR one"), 3);
    assert_int_equal(count_of(text, "ERROR two"), 3);
    assert_int_equal(count_of(text, "problem: "), 3);
    assert_int_equal(count_of(text, "gvisor: "), 0);
    assert_int_equal(count_of(text, "pod "), 0);
    assert_int_equal(count_of(text, "nodes     "), 21);
    assert_contains(text, "nodes     51 of 1000 done: 83 passed, 0 failed, 20 errors\n");
    size_t before = strlen(text);
    terminal_summary(screen.terminal, screen.model, NULL, &no_reports);
    assert_string_equal(
        screen_text(&screen) + before,
        "\n"
        "ERROR 2 cases: one, two on 10 nodes: node-000, node-001, node-002, node-003, node-004, "
        "node-005, node-006, node-007, node-008, node-009\n"
        "      for example: not run: node node-000 has no handler\n"
        "hint: repair it\n"
        "1981 passed, 0 failed, 20 errors in 116 min 14 s\n"
        "gvisor: 2/3 on 990 nodes (990 pods), release 4.19.0-gvisor\n");
    screen_end(&screen);
}

static void colour_only_when_asked_for(void **state)
{
    (void)state;
    struct screen plain, coloured;
    screen_begin(&plain, false, false);
    screen_begin(&coloured, true, false);
    sample_run(screen_sink, &plain);
    sample_run(screen_sink, &coloured);
    terminal_summary(plain.terminal, plain.model, NULL, &no_reports);
    terminal_summary(coloured.terminal, coloured.model, NULL, &no_reports);
    assert_lacks(screen_text(&plain), "\033");
    assert_contains(screen_text(&coloured), "\033[1;31mFAIL \033[0m");
    assert_contains(screen_text(&coloured), "\033[32mok   \033[0m");
    screen_end(&plain);
    screen_end(&coloured);
}

/* A pod cannot make the terminal do anything. */
static void hostile_text_is_only_shown(void **state)
{
    (void)state;
    struct screen screen;
    struct sample sample = screen_begin(&screen, false, false);
    const char *hostile = "a\033]0;title\007\xC2\x9B"
                          "2J\xE2\x80\xAE\nb\r\x08\xFF";
    sample_pod(&sample, hostile, hostile, hostile, hostile, hostile);
    sample_verdict(&sample, hostile, hostile, VERDICT_FAILED, "finding", hostile);
    sample_problem(&sample, ERROR_ENVIRONMENT, hostile, hostile);
    sample_attestation(&sample, hostile, hostile, false);
    terminal_summary(screen.terminal, screen.model, NULL, &no_reports);
    const char *text = screen_text(&screen);
    static const char *const dangers[] = {"\033", "\007", "\r", "\x08", "\xC2\x9B", "\xE2\x80\xAE", "\nb"};
    for (size_t i = 0; i < COUNT(dangers); i++)
        assert_lacks(text, dangers[i]);
    cleanup_free char *valid = text_from_bytes(text, strlen(text));
    assert_string_equal(valid, text);
    screen_end(&screen);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_run_line_by_line),
        cmocka_unit_test(a_log_has_times),
        cmocka_unit_test(the_summary_begins_with_findings),
        cmocka_unit_test(what_is_not_gvisor_is_said_first),
        cmocka_unit_test(overhead_names_its_node_where_there_are_several),
        cmocka_unit_test(a_pod_that_is_no_gvisor_stands_out),
        cmocka_unit_test(signs_are_listed_once_for_each_node),
        cmocka_unit_test(a_control_is_right_when_it_is_no_gvisor),
        cmocka_unit_test(quiet_shows_only_what_is_wrong),
        cmocka_unit_test(a_shared_cause_is_said_once),
        cmocka_unit_test(verdicts_show_their_node_when_there_are_several),
        cmocka_unit_test(many_nodes_are_counted),
        cmocka_unit_test(colour_only_when_asked_for),
        cmocka_unit_test(hostile_text_is_only_shown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
