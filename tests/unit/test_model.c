/* SPDX-License-Identifier: Apache-2.0
 *
 * Tests of the model: what events add up to, what is missing, and the exit code.
 */
#include "unit.h"

#include "gvisor-smoke/report.h"
#include "report/model.h"
#include "sample_run.h"

/* A run with two planned cases and nothing else. */
static struct sample begin_two(struct report_model *model)
{
    struct sample sample = sample_begin(report_model_sink, model);
    sample_plan(&sample, "one", "test_one", NULL, EXPECT_WORKS);
    sample_plan(&sample, "two", "test_two", "x", EXPECT_WORKS);
    return sample;
}

static void check_counts(const struct report_model *model, unsigned passed, unsigned failed, unsigned errors,
                         unsigned skipped)
{
    struct report_counts counts = report_model_counts(model);
    assert_int_equal(counts.passed, passed);
    assert_int_equal(counts.failed, failed);
    assert_int_equal(counts.errors, errors);
    assert_int_equal(counts.skipped, skipped);
}

/* The ids and verdicts of all parts: "test_one passed, test_two[x] error". */
static char *parts_text(const struct report_model *model)
{
    struct report_parts parts = report_parts_make(model);
    struct strings texts = {0};
    for (size_t i = 0; i < parts.count; i++) {
        cleanup_free char *id = report_part_id(&parts.items[i]);
        cleanup_free char *text = xasprintf("%s %s", id, verdict_kind_name(parts.items[i].kind));
        strings_add(&texts, text);
    }
    char *joined = strings_join(&texts, ", ");
    strings_release(&texts);
    report_parts_release(&parts);
    return joined;
}

static char *part_message(const struct report_model *model, size_t index)
{
    struct report_parts parts = report_parts_make(model);
    assert_true(index < parts.count);
    char *message = xstrdup(parts.items[index].message);
    report_parts_release(&parts);
    return message;
}

static void a_sample_run_adds_up(void **state)
{
    (void)state;
    struct report_model *model = report_model_new();
    sample_run(report_model_sink, model);
    assert_string_equal(model->run.id, "ab12cd");
    assert_string_equal(model->cluster.version, "v1.37.2");
    assert_int_equal(model->case_count, 3);
    assert_int_equal(model->node_count, 1);
    assert_int_equal(model->attestation_count, 1);
    assert_int_equal(model->problem_count, 2);
    assert_int_equal(model->first_ms, SAMPLE_START_MS);
    assert_int_equal(model->duration_ms, 32100);
    assert_int_equal(model->signal, 15);
    assert_int_equal(model->left_behind, 2);
    const struct model_result *clone = &model->cases[0].results[0];
    assert_string_equal(clone->node, "node-a");
    assert_string_equal(clone->pod, "pod-1");
    cleanup_model_streams struct model_streams streams = model_streams(model, clone->gvisor);
    assert_string_equal(streams.output, "Cloning\tinto \xC3\xA4 \"x\"\\\n");
    assert_null(clone->control);
    assert_non_null(model->cases[1].results[0].control);
    check_counts(model, 2, 1, 0, 0);
    report_model_free(model);
    report_model_free(NULL);
}

static void cases_without_a_verdict_are_errors(void **state)
{
    (void)state;
    struct report_model *model = report_model_new();
    struct sample sample = begin_two(model);
    check_counts(model, 0, 0, 2, 0);
    cleanup_free char *early = part_message(model, 0);
    assert_string_equal(early, "not run: the run ended before it");
    sample_start_case(&sample, "one", "node-a");
    sample_problem(&sample, ERROR_ENVIRONMENT, "no node is ready", NULL);
    sample_problem(&sample, ERROR_ENVIRONMENT, "another", NULL);
    cleanup_free char *started = part_message(model, 0), *waiting = part_message(model, 1);
    assert_string_equal(started, "not run to its end: no node is ready");
    assert_string_equal(waiting, "not run: no node is ready");
    sample_passed(&sample, "one", "node-a");
    check_counts(model, 1, 0, 1, 0);
    report_model_free(model);
}

static void a_signal_is_the_cause(void **state)
{
    (void)state;
    struct report_model *model = report_model_new();
    struct sample sample = begin_two(model);
    sample_end(&sample, 143, 15);
    cleanup_free char *message = part_message(model, 0);
    assert_string_equal(message, "not run: the run was ended by signal 15 (Terminated)");
    report_model_free(model);
}

static void one_node_does_not_show(void **state)
{
    (void)state;
    struct report_model *model = report_model_new();
    struct sample sample = begin_two(model);
    sample_passed(&sample, "one", NULL);
    sample_passed(&sample, "two", "node-a");
    cleanup_free char *text = parts_text(model);
    assert_string_equal(text, "test_one passed, test_two[x] passed");
    report_model_free(model);
}

static void several_nodes_show_and_none_drops_out(void **state)
{
    (void)state;
    struct report_model *model = report_model_new();
    struct sample sample = begin_two(model);
    sample_plan(&sample, "check", "test_check", NULL, EXPECT_WORKS);
    sample_plan(&sample, "never", "test_never", NULL, EXPECT_WORKS);
    sample_passed(&sample, "check", "");
    sample_passed(&sample, "one", "node-a");
    sample_passed(&sample, "two", "node-a");
    sample_passed(&sample, "one", "node-b");
    cleanup_free char *text = parts_text(model);
    assert_string_equal(text, "test_one[node-a] passed, test_one[node-b] passed, test_two[x-node-a] passed, "
                              "test_two[x-node-b] error, test_check passed, test_never error");
    report_model_free(model);
}

/* Cases whose pods were placed on different nodes, each once: names stay as they are. */
static void cases_spread_over_nodes_keep_their_names(void **state)
{
    (void)state;
    struct report_model *model = report_model_new();
    struct sample sample = begin_two(model);
    sample_passed(&sample, "one", "node-a");
    sample_passed(&sample, "two", "node-b");
    cleanup_free char *text = parts_text(model);
    assert_string_equal(text, "test_one passed, test_two[x] passed");
    report_model_free(model);
}

static void a_verdict_finds_what_was_started_without_a_node(void **state)
{
    (void)state;
    static const char *const nodes[][2] = {{NULL, "node-a"}, {"node-a", NULL}, {"node-a", ""}};
    for (size_t i = 0; i < COUNT(nodes); i++) {
        struct report_model *model = report_model_new();
        struct sample sample = begin_two(model);
        sample_start_case(&sample, "one", nodes[i][0]);
        sample_passed(&sample, "one", nodes[i][1]);
        assert_int_equal(model->cases[0].count, 1);
        assert_string_equal(model->cases[0].results[0].node, "node-a");
        report_model_free(model);
    }
}

static void a_later_verdict_replaces_an_earlier_one(void **state)
{
    (void)state;
    struct report_model *model = report_model_new();
    struct sample sample = begin_two(model);
    sample_verdict(&sample, "one", "node-a", VERDICT_ERROR, "lost", "lost");
    sample_passed(&sample, "one", "node-a");
    check_counts(model, 1, 0, 1, 0);
    report_model_free(model);
}

static void a_case_that_was_not_planned_is_not_lost(void **state)
{
    (void)state;
    struct report_model *model = report_model_new();
    struct sample sample = begin_two(model);
    sample_verdict(&sample, "three", NULL, VERDICT_FAILED, "finding", "x");
    cleanup_free char *text = parts_text(model);
    assert_contains(text, "three failed");
    report_model_free(model);
}

static void long_output_keeps_its_end(void **state)
{
    (void)state;
    struct report_model *model = report_model_new();
    struct sample sample = begin_two(model);
    const size_t size = 1024 * 1024;
    cleanup_free char *output = repeated("\xC3\xA4", size / 2);
    output[size - 1] = '!';
    sample_evidence(&sample, "one", "node-a", RUNTIME_GVISOR, 0, output, NULL);
    cleanup_model_streams struct model_streams streams =
        model_streams(model, model->cases[0].results[0].gvisor);
    const char *kept = streams.output;
    assert_true(strlen(kept) < MODEL_STREAM_MAX + 100);
    assert_true(text_starts_with(kept, "["));
    assert_contains(kept, "bytes before this are left out]\n");
    assert_true(text_ends_with(kept, "!"));
    report_model_free(model);
}

/* What is added to a run of two cases that passed, and the exit code that it asks for. */
struct exit_row {
    const char *name;
    bool skip_first, skip_second; /* leave out the good verdicts */
    enum verdict_kind kind;       /* of a third case, when reason is there */
    const char *reason;
    int problem; /* enum error_kind, or -1 */
    int code;
};

static const struct exit_row exit_rows[] = {
    {"all passed", false, false, VERDICT_PASSED, "works", -1, 0},
    {"skipped", false, false, VERDICT_SKIPPED, "nothing-to-check", -1, 0},
    {"failed", false, false, VERDICT_FAILED, "finding", -1, 1},
    {"error", false, false, VERDICT_ERROR, "environment", -1, 3},
    {"missing", false, true, VERDICT_PASSED, NULL, -1, 3},
    {"failed and missing", false, true, VERDICT_FAILED, "finding", -1, 3},
    {"problem", false, false, VERDICT_PASSED, NULL, ERROR_ENVIRONMENT, 3},
    {"failed and problem", false, false, VERDICT_FAILED, "finding", ERROR_ENVIRONMENT, 3},
    {"not gVisor by a verdict", false, false, VERDICT_ERROR, "not-gvisor", -1, 4},
    {"not gVisor by a verdict, and a problem", true, false, VERDICT_ERROR, "not-gvisor", ERROR_ENVIRONMENT,
     4},
    {"not gVisor by a problem", true, true, VERDICT_PASSED, NULL, ERROR_NOT_GVISOR, 4},
    {"usage before anything", true, true, VERDICT_PASSED, NULL, ERROR_USAGE, 2},
    {"usage before anything, told of a case", true, true, VERDICT_ERROR, "not-run", ERROR_USAGE, 2},
    {"usage after something", false, true, VERDICT_PASSED, NULL, ERROR_USAGE, 3},
    {"usage though all passed", false, false, VERDICT_PASSED, NULL, ERROR_USAGE, 3},
};

static void the_exit_code(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(exit_rows); i++) {
        const struct exit_row *row = &exit_rows[i];
        struct report_model *model = report_model_new();
        struct sample sample = begin_two(model);
        if (!row->skip_first)
            sample_passed(&sample, "one", "node-a");
        if (!row->skip_second)
            sample_passed(&sample, "two", "node-a");
        if (row->reason)
            sample_verdict(&sample, "three", "node-a", row->kind, row->reason, "x");
        if (row->problem >= 0)
            sample_problem(&sample, (enum error_kind)row->problem, "x", NULL);
        if (report_model_exit_code(model) != row->code)
            fail_msg("%s: %d, expected %d", row->name, report_model_exit_code(model), row->code);
        report_model_free(model);
    }
}

static void texts_are_cut_between_characters(void **state)
{
    (void)state;
    for (size_t max = 1; max < 8; max++) {
        cleanup_free char *end = text_end("\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80", max);
        cleanup_free char *beginning = text_beginning("\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80", max);
        cleanup_free char *valid_end = text_from_bytes(end, strlen(end));
        cleanup_free char *valid_beginning = text_from_bytes(beginning, strlen(beginning));
        assert_string_equal(end, valid_end);
        assert_string_equal(beginning, valid_beginning);
    }
    cleanup_free char *whole = text_end("abc", 3), *begin = text_beginning("abcdef", 3),
                      *tail = text_end("abcdef", 2);
    assert_string_equal(whole, "abc");
    assert_string_equal(begin, "abc\n[3 bytes after this are left out]");
    assert_string_equal(tail, "[4 bytes before this are left out]\nef");
}

static void overhead_is_medians_and_their_difference(void **state)
{
    (void)state;
    struct report_model *model = report_model_new();
    struct sample sample = sample_begin(report_model_sink, model);
    static const int64_t control[] = {300000, 100000, 200000}, gvisor[] = {900000, 200000, 300000, 400000};
    for (size_t i = 0; i < 3; i++)
        sample_measure(&sample, "curl", RUNTIME_CONTROL, control[i]);
    for (size_t i = 0; i < 4; i++)
        sample_measure(&sample, "curl", RUNTIME_GVISOR, gvisor[i]);
    sample_measure(&sample, "wget", RUNTIME_GVISOR, 5);
    struct overhead_table table = overhead_table_make(model, false);
    assert_int_equal(table.count, 2);
    assert_string_equal(table.rows[0].name, "curl");
    assert_int_equal(table.rows[0].control.median_us, 200000);
    assert_int_equal(table.rows[0].gvisor.median_us, 350000);
    assert_int_equal(table.rows[0].gvisor.min_us, 200000);
    assert_int_equal(table.rows[0].gvisor.max_us, 900000);
    assert_true(table.rows[0].delta_percent > 74.9 && table.rows[0].delta_percent < 75.1);
    assert_int_equal(table.rows[1].control.count, 0);
    cleanup_free char *missing = overhead_time_text(&table.rows[1].control);
    assert_string_equal(missing, "not measured");
    overhead_table_release(&table);
    report_model_free(model);
}

static void stories_are_told_once_and_the_worst_first(void **state)
{
    (void)state;
    struct report_model *model = report_model_new();
    struct sample sample = sample_begin(report_model_sink, model);
    static const struct {
        const char *name;
        enum verdict_kind kind;
        const char *reason, *message;
    } rows[] = {{"skip", VERDICT_SKIPPED, "nothing-to-check", "none"},
                {"lost", VERDICT_ERROR, "lost", "gone"},
                {"good", VERDICT_PASSED, "works", "works"},
                {"unattributed", VERDICT_FAILED, "unattributed", "exit code 1"},
                {"lost-too", VERDICT_ERROR, "lost", "gone"},
                {"posture", VERDICT_FAILED, "not-blocked", "works"},
                {"finding", VERDICT_FAILED, "finding", "exit code 1"}};
    for (size_t i = 0; i < COUNT(rows); i++)
        sample_plan(&sample, rows[i].name, rows[i].name, NULL, EXPECT_WORKS);
    for (size_t i = 0; i < COUNT(rows); i++)
        sample_verdict(&sample, rows[i].name, "a", rows[i].kind, rows[i].reason, rows[i].message);
    struct report_parts parts = report_parts_make(model);
    struct report_stories stories = report_stories_of(&parts);
    static const char *const wanted[] = {"posture", "finding", "unattributed", "lost", "skip"};
    assert_int_equal(stories.count, COUNT(wanted));
    for (size_t i = 0; i < COUNT(wanted); i++)
        assert_string_equal(stories.items[i].parts[0]->test_case->name, wanted[i]);
    assert_int_equal(stories.items[3].count, 2);
    assert_string_equal(stories.items[3].parts[1]->test_case->name, "lost-too");
    report_stories_release(&stories);
    report_parts_release(&parts);
    report_model_free(model);
}

/* What nodes have in common is one story, though each says its own name. */
static void nodes_that_say_the_same_are_one_story(void **state)
{
    (void)state;
    struct report_model *model = report_model_new();
    struct sample sample = sample_begin(report_model_sink, model);
    static const struct {
        const char *node, *message;
    } rows[] = {{"a-1", "pod gvisor-smoke-x1-gvisor-1-2 on node a-1 does not start: no room"},
                {"a-2", "pod gvisor-smoke-x1-gvisor-2-2 on node a-2 does not start: no room"},
                {"b", "pod gvisor-smoke-x1-gvisor-3-2 on node b does not start: no disk"}};
    sample_plan(&sample, "one", "test_one", NULL, EXPECT_WORKS);
    for (size_t i = 0; i < COUNT(rows); i++) {
        sample_problem(&sample, ERROR_ENVIRONMENT, rows[i].message, "wait");
        sample_verdict(&sample, "one", rows[i].node, VERDICT_ERROR, "not-run", rows[i].message);
    }
    sample_problem(&sample, ERROR_ENVIRONMENT, "something else", "wait");
    struct report_parts parts = report_parts_make(model);
    struct report_stories stories = report_stories_of(&parts);
    assert_int_equal(stories.count, 2);
    assert_int_equal(stories.items[0].count, 2);
    assert_string_equal(stories.items[0].message,
                        "for example: pod gvisor-smoke-x1-gvisor-1-2 on node a-1 does not start: no room");
    assert_string_equal(stories.items[1].message, rows[2].message);
    cleanup_free struct report_problem_left *left = report_problems_left(model, &stories);
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_null(left[i].message);
    assert_string_equal(left[0].hint, "wait");
    assert_null(left[1].hint);
    assert_string_equal(left[3].message, "something else");
    report_stories_release(&stories);
    report_parts_release(&parts);
    report_model_free(model);
}

static void count_problem(void *context, size_t problem)
{
    ((size_t *)context)[problem]++;
}

/* Wherever the message stands, and no other. */
static void problems_are_found_in_texts(void **state)
{
    (void)state;
    struct report_model *model = report_model_new();
    struct sample sample = sample_begin(report_model_sink, model);
    static const char *const messages[] = {"abcabd", "bca", "abcabd", "a longer problem, in words"};
    for (size_t i = 0; i < COUNT(messages); i++)
        sample_problem(&sample, ERROR_ENVIRONMENT, messages[i], NULL);
    static const struct {
        const char *text;
        size_t counts[COUNT(messages)];
    } rows[] = {{"", {0}},
                {"abcabd", {1, 1}},
                {"abcabcabd", {1, 2}},
                {"bc", {0}},
                {"not run: a longer problem, in words (lost)", {[3] = 1}},
                {"a longer problem, in word", {0}}};
    struct problem_finder *finder = problem_finder_new(model);
    for (size_t i = 0; i < COUNT(rows); i++) {
        size_t counts[COUNT(messages)] = {0};
        problem_finder_search(finder, rows[i].text, count_problem, counts);
        assert_memory_equal(counts, rows[i].counts, sizeof counts);
    }
    problem_finder_free(finder);
    report_model_free(model);
}

/* The last word on a pod and on its signs counts. */
static void pods_and_signs_are_kept(void **state)
{
    (void)state;
    struct report_model *model = report_model_new();
    struct sample sample = sample_begin(report_model_sink, model);
    sample_pod(&sample, "pod-1", NULL, "gvisor", "created", NULL);
    sample_pod(&sample, "pod-1", "node-a", "gvisor", "failed", "the image is missing");
    sample_pod(&sample, "pod-1", NULL, "gvisor", "deleted", NULL);
    sample_attestation(&sample, "pod-1", "node-a", false);
    sample_attestation(&sample, "pod-1", "node-a", true);
    assert_int_equal(model->pod_count, 1);
    assert_string_equal(model->pods[0].node, "node-a");
    assert_string_equal(model->pods[0].state, "deleted");
    assert_string_equal(model->pods[0].message, "the image is missing");
    assert_int_equal(model->attestation_count, 1);
    assert_int_equal(model->attestations[0].count, 3);
    assert_string_equal(model->attestations[0].signs[1].value, "5678");
    assert_true(model->attestations[0].signs[1].decisive);
    report_model_free(model);
}

static void assert_same_text(const char *left, const char *right)
{
    assert_int_equal(left == NULL, right == NULL);
    if (left && right)
        assert_string_equal(left, right);
}

static void assert_same_facts(const struct evidence *left, const struct evidence *right)
{
    assert_int_equal(left->ending, right->ending);
    assert_int_equal(left->exit_code, right->exit_code);
    assert_true(left->duration_ms == right->duration_ms && left->peak_kib == right->peak_kib);
    assert_true(left->output_bytes == right->output_bytes && left->errors_bytes == right->errors_bytes);
    assert_true(left->wall_us == right->wall_us && left->user_us == right->user_us &&
                left->system_us == right->system_us);
    assert_true(left->strays == right->strays && left->reconnects == right->reconnects);
    assert_same_text(left->match, right->match);
    assert_same_text(left->cause, right->cause);
    assert_same_text(left->note, right->note);
    assert_true(!left->output && !left->errors);
}

/* What goes in comes out, in whichever form it is kept. */
static void the_facts_of_an_execution_stay_what_they_are(void **state)
{
    (void)state;
    static const struct {
        struct evidence seen;
        bool whole;
    } rows[] = {
        {{.ending = ENDING_EXITED, .exit_code = 0}, false},
        {{.ending = ENDING_EXITED,
          .exit_code = -1,
          .duration_ms = 1,
          .output_bytes = 2,
          .errors_bytes = 3,
          .wall_us = 4,
          .user_us = 5,
          .system_us = 6,
          .peak_kib = 7},
         false},
        {{.ending = ENDING_EXITED, .exit_code = 3, .wall_us = UINT32_MAX, .output_bytes = UINT32_MAX}, false},
        {{.ending = ENDING_EXITED, .output_bytes = (uint64_t)UINT32_MAX + 1}, true},
        {{.ending = ENDING_EXITED, .errors_bytes = UINT64_MAX}, true},
        {{.ending = ENDING_EXITED, .duration_ms = -1}, true},
        {{.ending = ENDING_EXITED, .wall_us = (int64_t)UINT32_MAX + 1}, true},
        {{.ending = ENDING_EXITED, .user_us = INT64_MAX}, true},
        {{.ending = ENDING_EXITED, .system_us = INT64_MIN}, true},
        {{.ending = ENDING_EXITED, .peak_kib = (int64_t)UINT32_MAX + 1}, true},
        {{.ending = ENDING_EXITED, .strays = 1}, false},
        {{.ending = ENDING_EXITED, .reconnects = INT64_MAX}, false},
        {{.ending = ENDING_EXITED, .match = (char *)"x"}, false},
        {{.ending = ENDING_EXITED, .note = (char *)"y"}, false},
        {{.ending = ENDING_TIMEOUT, .cause = (char *)"z", .duration_ms = 9}, false},
        {{.ending = ENDING_LOST,
          .duration_ms = (int64_t)1 << 40,
          .match = (char *)"x",
          .cause = (char *)"y",
          .note = (char *)"z",
          .strays = 1,
          .reconnects = 2},
         true},
    };
    struct report_model *model = report_model_new();
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct model_evidence kept = {0};
        struct evidence room = {.note = (char *)"rest"};
        model_keep_facts(model, &kept, &rows[i].seen);
        assert_int_equal(kept.is_whole, rows[i].whole);
        assert_same_facts(model_facts(&kept, &room), &rows[i].seen);
    }
    assert_null(model_facts(NULL, &(struct evidence){0}));
    report_model_free(model);
}

/* One that was small and is told once more, with more to say. */
static void the_last_word_on_an_execution_counts(void **state)
{
    (void)state;
    struct report_model *model = report_model_new();
    struct model_evidence kept = {0};
    struct evidence room;
    const struct evidence told[] = {
        {.ending = ENDING_EXITED, .exit_code = 5},
        {.ending = ENDING_LOST, .reconnects = 2, .cause = (char *)"the pod was deleted"},
        {.ending = ENDING_EXITED, .exit_code = 6},
        {.ending = ENDING_EXITED, .exit_code = 7, .output_bytes = UINT64_MAX, .note = (char *)"cut"},
        {.ending = ENDING_EXITED, .exit_code = 8},
    };
    for (size_t i = 0; i < COUNT(told); i++) {
        model_keep_facts(model, &kept, &told[i]);
        assert_same_facts(model_facts(&kept, &room), &told[i]);
    }
    report_model_free(model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(overhead_is_medians_and_their_difference),
        cmocka_unit_test(stories_are_told_once_and_the_worst_first),
        cmocka_unit_test(nodes_that_say_the_same_are_one_story),
        cmocka_unit_test(problems_are_found_in_texts),
        cmocka_unit_test(pods_and_signs_are_kept),
        cmocka_unit_test(a_sample_run_adds_up),
        cmocka_unit_test(cases_without_a_verdict_are_errors),
        cmocka_unit_test(a_signal_is_the_cause),
        cmocka_unit_test(one_node_does_not_show),
        cmocka_unit_test(several_nodes_show_and_none_drops_out),
        cmocka_unit_test(cases_spread_over_nodes_keep_their_names),
        cmocka_unit_test(a_verdict_finds_what_was_started_without_a_node),
        cmocka_unit_test(a_later_verdict_replaces_an_earlier_one),
        cmocka_unit_test(a_case_that_was_not_planned_is_not_lost),
        cmocka_unit_test(long_output_keeps_its_end),
        cmocka_unit_test(the_exit_code),
        cmocka_unit_test(texts_are_cut_between_characters),
        cmocka_unit_test(the_facts_of_an_execution_stay_what_they_are),
        cmocka_unit_test(the_last_word_on_an_execution_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
