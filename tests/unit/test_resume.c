/* SPDX-License-Identifier: Apache-2.0
 *
 * Tests of a journal that is taken up: what counts, and what is told again.
 */
#include "killed_run.h"

#include "report/model.h"

/* --- what counts --- */

static void final_verdicts_of_attested_pods_count(void **state)
{
    (void)state;
    struct place place = place_with_killed();
    struct resume *resume = open_or_fail(place.path);
    static const bool counts[] = {true, true, true, false, false, false, false};
    for (size_t i = 0; i < COUNT(names); i++) {
        assert_int_equal(resume_has(resume, names[i], "node-a"), counts[i]);
        assert_int_equal(resume_has(resume, names[i], NULL), counts[i]);
        assert_false(resume_has(resume, names[i], "node-b"));
    }
    assert_false(resume_has(resume, "unknown", NULL));
    assert_string_equal(resume_nodes(resume), "node-a");
    assert_string_equal(resume_namespace(resume), "smoke");
    assert_false(resume_left_nothing(resume));
    assert_false(resume_is_complete(resume));
    resume_free(resume);
    place_remove(&place);
}

static void a_pod_counts_by_what_it_showed_last(void **state)
{
    (void)state;
    struct place place = place_make();
    struct writing writing = writing_begin(place.path, run_event);
    writing_plan(&writing, "passed");
    sample_attestation(&writing.sample, "pod-1", "node-a", true);
    ran(&writing, "passed", "node-a", "pod-1", VERDICT_PASSED, "works");
    sample_attestation(&writing.sample, "pod-1", "node-a", false);
    writing_end(&writing);
    struct resume *resume = open_or_fail(place.path);
    assert_false(resume_has(resume, "passed", "node-a"));
    resume_free(resume);
    place_remove(&place);
}

static void only_what_is_taken_is_taken(void **state)
{
    (void)state;
    struct place place = place_with_killed();
    struct resume *resume = open_or_fail(place.path);
    assert_false(resume_is_taken(NULL, "passed", NULL));
    assert_false(resume_is_taken(resume, "passed", NULL));
    resume_take(resume, "passed", "node-a");
    resume_take(resume, "passed", NULL);
    assert_int_equal(resume_count(resume), 1);
    assert_true(resume_is_taken(resume, "passed", "node-a"));
    assert_true(resume_is_taken(resume, "passed", ""));
    assert_false(resume_is_taken(resume, "passed", "node-b"));
    assert_false(resume_is_taken(resume, "failed", "node-a"));
    resume_free(resume);
    place_remove(&place);
}

static bool stops(enum expectation expect, enum verdict_kind kind, int exit_code)
{
    struct place place = place_make();
    struct writing writing = writing_begin(place.path, run_event);
    struct event planned = case_event("case");
    planned.planned.expect = expect;
    sample_emit(&writing.sample, &planned);
    sample_attestation(&writing.sample, "pod-1", "node-a", true);
    sample_evidence(&writing.sample, "case", "node-a", RUNTIME_GVISOR, exit_code, NULL, NULL);
    sample_verdict(&writing.sample, "case", "node-a", kind, "reason", "message");
    writing_end(&writing);
    struct resume *resume = open_or_fail(place.path);
    bool result = resume_stops(resume, "case", "node-a");
    assert_false(resume_stops(resume, "unknown", "node-a"));
    if (kind != VERDICT_ERROR) {
        resume_take(resume, "case", "node-a");
        assert_int_equal(resume_verdict(resume, "case", "node-a"), kind);
    }
    resume_free(resume);
    place_remove(&place);
    return result;
}

/* As in a run: what comes after a case needs that it ended well, whatever its verdict. */
static void what_did_not_end_well_stops_what_comes_after_it(void **state)
{
    (void)state;
    assert_false(stops(EXPECT_WORKS, VERDICT_PASSED, 0));
    assert_true(stops(EXPECT_WORKS, VERDICT_FAILED, 1));
    assert_true(stops(EXPECT_WORKS, VERDICT_FAILED, 0)); /* without what it had to show */
    assert_true(stops(EXPECT_BLOCKED, VERDICT_PASSED, 1));
    assert_false(stops(EXPECT_BLOCKED, VERDICT_FAILED, 0));
    assert_false(stops(EXPECT_REPORTED, VERDICT_FAILED, 0));
    assert_true(stops(EXPECT_REPORTED, VERDICT_PASSED, 1));
    assert_false(stops(EXPECT_WORKS, VERDICT_ERROR, 1)); /* it is run again */
}

/* --- told again --- */

static void what_is_taken_is_told_as_it_was(void **state)
{
    (void)state;
    struct place place = place_with_killed();
    struct resume *resume = open_or_fail(place.path);
    resume_take(resume, "passed", "node-a");
    struct told told = tell(resume);
    assert_int_equal(told.others, 0);
    assert_int_equal(told.attestations, 1);
    assert_int_equal(told.evidences, 1);
    assert_int_equal(told.controls, 1);
    assert_int_equal(told.verdicts, 1);
    assert_string_equal(told.names.items[0], "passed");
    assert_string_equal(told.sources.items[0], "ab12cd");
    assert_true(told.verdict_ms > SAMPLE_START_MS && told.verdict_ms < SAMPLE_START_MS + 60000);
    told_release(&told);
    resume_free(resume);
    place_remove(&place);
}

/* A result may come to know its node after the first that is told of it. */
static void what_came_before_its_node_is_told_with_it(void **state)
{
    (void)state;
    struct place place = place_make();
    struct writing writing = writing_begin(place.path, run_event);
    writing_plan(&writing, "passed");
    sample_attestation(&writing.sample, "pod-1", "node-a", true);
    const struct evidence evidence = {.ending = ENDING_EXITED, .output = (char *)"passed"};
    struct event early = {.kind = EVENT_EVIDENCE,
                          .evidence = {.name = "passed", .pod = "pod-1", .evidence = &evidence}};
    sample_emit(&writing.sample, &early);
    sample_passed(&writing.sample, "passed", "node-a");
    writing_end(&writing);
    struct resume *resume = open_or_fail(place.path);
    resume_take(resume, "passed", "node-a");
    struct report_model *model = report_model_new();
    struct events *events = events_new();
    cleanup_error struct error *err = NULL;
    events_add_sink(events, report_model_sink, model);
    assert_int_equal(resume_tell(resume, events, &err), 0);
    assert_int_equal(model->cases[0].count, 1);
    assert_string_equal(model->cases[0].results[0].node, "node-a");
    cleanup_model_streams struct model_streams streams =
        model_streams(model, model->cases[0].results[0].gvisor);
    assert_string_equal(streams.output, "passed");
    assert_string_equal(model->cases[0].results[0].taken_from, "ab12cd");
    events_free(events);
    report_model_free(model);
    resume_free(resume);
    place_remove(&place);
}

/* What a run had taken over itself keeps the run that it is of. */
static void a_resumed_run_is_taken_up_in_turn(void **state)
{
    (void)state;
    struct place place = place_make();
    struct event second = run_event;
    second.run.id = "second";
    second.run.resumes = "first before";
    struct writing writing = writing_begin(place.path, second);
    writing_plan(&writing, "passed");
    sample_attestation(&writing.sample, "pod-1", "node-a", true);
    const struct verdict verdict = {
        .kind = VERDICT_PASSED, .reason = "works", .message = (char *)"as it was"};
    ran(&writing, "passed", "node-a", "pod-1", VERDICT_PASSED, "works");
    struct event event = {
        .kind = EVENT_VERDICT,
        .verdict = {.name = "passed", .node = "node-a", .verdict = &verdict, .taken_from = "first"}};
    sample_emit(&writing.sample, &event);
    writing_end(&writing);
    struct resume *resume = open_or_fail(place.path);
    struct strings runs = resume_runs(resume);
    cleanup_free char *joined = strings_join(&runs, " ");
    assert_string_equal(joined, "second first before");
    strings_release(&runs);
    resume_take(resume, "passed", "node-a");
    struct told told = tell(resume);
    assert_string_equal(told.sources.items[told.sources.count - 1], "first");
    told_release(&told);
    resume_free(resume);
    place_remove(&place);
}

static void a_node_that_is_not_the_only_one_is_named(void **state)
{
    (void)state;
    struct place place = place_make();
    struct event run = run_event;
    run.run.nodes = "all";
    struct writing writing = writing_begin(place.path, run);
    writing_plan(&writing, "passed");
    sample_attestation(&writing.sample, "pod-1", "node-a", true);
    ran(&writing, "passed", "node-a", "pod-1", VERDICT_PASSED, "works");
    sample_attestation(&writing.sample, "pod-2", "node-b", true);
    ran(&writing, "passed", "node-b", "pod-2", VERDICT_ERROR, "lost");
    writing_end(&writing);
    struct resume *resume = open_or_fail(place.path);
    assert_string_equal(resume_nodes(resume), "all");
    assert_true(resume_has(resume, "passed", "node-a"));
    assert_false(resume_has(resume, "passed", "node-b"));
    assert_false(resume_has(resume, "passed", ""));
    struct strings nodes = resume_judged_nodes(resume);
    cleanup_free char *joined = strings_join(&nodes, " ");
    assert_string_equal(joined, "node-a node-b");
    strings_release(&nodes);
    resume_free(resume);
    place_remove(&place);
}

/* --- cut at any byte --- */

/* Whether a verdict's line on the case is there as a whole. */
static bool has_verdict(const char *text, size_t length, const char *name)
{
    cleanup_free char *part = xasprintf("\"name\":\"%s\"", name);
    const char *line = text, *newline;
    while ((newline = memchr(line, '\n', length - (size_t)(line - text)))) {
        const char *found = strstr(line, part);
        if (text_starts_with(line, "{\"event\":\"verdict\"") && found && found < newline)
            return true;
        line = newline + 1;
    }
    return false;
}

static void check_cut(const char *path, const char *text, size_t length, size_t planned_end)
{
    cleanup_error struct error *err = NULL;
    struct resume *resume = resume_open(path, &err);
    size_t wanted = 0;
    assert_int_equal(resume != NULL, length >= planned_end);
    if (!resume) {
        assert_int_equal(err->kind, ERROR_USAGE);
        return;
    }
    for (size_t i = 0; i < 3; i++) {
        bool has = has_verdict(text, length, names[i]);
        assert_int_equal(resume_has(resume, names[i], "node-a"), has);
        if (has)
            resume_take(resume, names[i], "node-a");
        wanted += has;
    }
    for (size_t i = 3; i < COUNT(names); i++)
        assert_false(resume_has(resume, names[i], "node-a"));
    struct told told = tell(resume);
    assert_int_equal(told.verdicts, wanted);
    assert_int_equal(told.evidences, wanted);
    assert_int_equal(told.controls, wanted);
    assert_int_equal(told.attestations, wanted > 0);
    told_release(&told);
    resume_free(resume);
}

static void a_journal_that_was_cut_gives_what_is_whole(void **state)
{
    (void)state;
    struct place place = place_with_killed();
    cleanup_free char *text = folder_read(place.folder, "run.jsonl");
    const size_t total = strlen(text);
    const char *node = strstr(text, "{\"event\":\"node\"");
    size_t planned_end = (size_t)(strchr(node, '\n') + 1 - text);
    for (size_t length = 0; length <= total; length++) {
        folder_write(place.folder, "run.jsonl", text, length);
        check_cut(place.path, text, length, planned_end);
        cleanup_free char *after = folder_read(place.folder, "run.jsonl");
        assert_int_equal(strlen(after), length);
        assert_memory_equal(after, text, length);
    }
    place_remove(&place);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(final_verdicts_of_attested_pods_count),
        cmocka_unit_test(a_pod_counts_by_what_it_showed_last),
        cmocka_unit_test(only_what_is_taken_is_taken),
        cmocka_unit_test(what_did_not_end_well_stops_what_comes_after_it),
        cmocka_unit_test(what_is_taken_is_told_as_it_was),
        cmocka_unit_test(what_came_before_its_node_is_told_with_it),
        cmocka_unit_test(a_resumed_run_is_taken_up_in_turn),
        cmocka_unit_test(a_node_that_is_not_the_only_one_is_named),
        cmocka_unit_test(a_journal_that_was_cut_gives_what_is_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
