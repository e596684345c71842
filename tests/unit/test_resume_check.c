/* SPDX-License-Identifier: Apache-2.0
 *
 * Tests of a journal that is taken up: with what it does not go together, and where it is.
 */
#include "killed_run.h"

static void assert_refused(const char *path, const char *part)
{
    cleanup_error struct error *err = NULL;
    assert_null(resume_open(path, &err));
    assert_int_equal(err->kind, ERROR_USAGE);
    assert_contains(err->message, part);
}

/* --- refused --- */

static void journals_that_cannot_be_taken_up_are_refused(void **state)
{
    (void)state;
    struct place place = place_make();
    assert_refused(place.path, "cannot read the journal");
    assert_refused(place.folder, "is not a file");
    folder_write(place.folder, "run.jsonl", "", 0);
    assert_refused(place.path, "does not say which run");
    folder_write(place.folder, "run.jsonl", "what\n", 5);
    assert_refused(place.path, "not an event of a journal");
    struct event bad = run_event;
    bad.run.id = "../x";
    struct writing writing = writing_begin(place.path, bad);
    sample_node(&writing.sample, "node-a");
    writing_end(&writing);
    assert_refused(place.path, "does not say which run");
    bad = run_event;
    bad.run.resumes = "ab12cd ../x";
    writing = writing_begin(place.path, bad);
    sample_node(&writing.sample, "node-a");
    writing_end(&writing);
    assert_refused(place.path, "does not say which run");
    writing = writing_begin(place.path, run_event);
    sample_source(&writing.sample, "ef34gh");
    writing_end(&writing);
    assert_refused(place.path, "is merged from several runs");
    place_remove(&place);
}

static void a_run_that_goes_on_is_not_taken_up(void **state)
{
    (void)state;
    struct place place = place_make();
    struct writing writing = write_killed(place.path);
    assert_refused(place.path, "is still going on");
    writing_end(&writing);
    struct resume *resume = open_or_fail(place.path);
    assert_refused(place.path, "is still going on");
    cleanup_error struct error *err = NULL;
    assert_null(journal_create(place.path, &err)); /* it is not emptied either */
    resume_free(resume);
    place_remove(&place);
}

/* Taken, or refused as wrong use with words like these and a next step. */
static void assert_answer(int result, const struct error *err, const char *part_or_null)
{
    assert_int_equal(result, part_or_null ? -1 : 0);
    if (!part_or_null)
        return;
    assert_int_equal(err->kind, ERROR_USAGE);
    assert_contains(err->message, part_or_null);
    assert_non_null(err->hint);
}

static void check_run(const struct resume *resume, const struct event *event, const char *part_or_null)
{
    cleanup_error struct error *err = NULL;
    int result = resume_check_run(resume, event, &err);
    assert_answer(result, err, part_or_null);
}

static void a_run_of_another_kind_is_refused(void **state)
{
    (void)state;
    struct place place = place_with_killed();
    struct resume *resume = open_or_fail(place.path);
    struct event event = run_event;
    event.run.id = "ef34gh";
    event.run.name_space = "another"; /* which is no difference */
    check_run(resume, &event, NULL);
    event.run.server = "https://other";
    check_run(resume, &event,
              "the server is \"https://other\", and was \"https://198.18.0.2:6443\" in the run ab12cd");
    event = run_event;
    event.run.runtime_class = "other";
    check_run(resume, &event, "--runtime-class is \"other\"");
    event = run_event;
    event.run.handler = "other";
    check_run(resume, &event, "--handler is \"other\"");
    event = run_event;
    event.run.image = NULL;
    check_run(resume, &event, "--image is \"\", and was \"toolbox:1\"");
    event = run_event;
    event.run.settings = "fixture=pod; control=needed";
    check_run(resume, &event, NULL);
    event.run.settings = "control=none; fixture=pod";
    check_run(resume, &event, "--control is \"none\", and was \"needed\"");
    event.run.settings = SETTINGS "; existing-pod=x";
    check_run(resume, &event, "--existing-pod is \"x\", and was \"\"");
    event.run.settings = "control=needed";
    check_run(resume, &event, "--fixture is \"\", and was \"pod\"");
    resume_free(resume);
    place_remove(&place);
}

static void check_plan(const struct resume *resume, const struct event *cases, size_t count,
                       const char *part_or_null)
{
    cleanup_error struct error *err = NULL;
    int result = resume_check_plan(resume, cases, count, &err);
    assert_answer(result, err, part_or_null);
}

static void another_plan_is_refused(void **state)
{
    (void)state;
    struct place place = place_with_killed();
    struct resume *resume = open_or_fail(place.path);
    struct event cases[COUNT(names) + 1];
    for (size_t i = 0; i < COUNT(names); i++)
        cases[i] = case_event(names[i]);
    cases[COUNT(names)] = case_event("new");
    check_plan(resume, cases, COUNT(names), NULL);
    check_plan(resume, cases, COUNT(names) + 1, "were not in the run ab12cd: new");
    check_plan(resume, cases, COUNT(names) - 2,
               "are not asked for, and were in the run ab12cd: started, waiting");
    cases[1].planned.digest = "another";
    check_plan(resume, cases, COUNT(names), "had another script in the run ab12cd: skipped");
    cases[1].planned.digest = NULL;
    check_plan(resume, cases, COUNT(names), "had another script in the run ab12cd: skipped");
    cases[1] = case_event(names[1]);
    cases[0].planned.expect = cases[2].planned.expect = EXPECT_BLOCKED;
    check_plan(resume, cases, COUNT(names), "had another expectation in the run ab12cd: failed, passed");
    resume_free(resume);
    place_remove(&place);
}

/* A check of the API has no script. */
static void a_journal_without_digests_is_refused(void **state)
{
    (void)state;
    struct place place = place_make();
    struct writing writing = writing_begin(place.path, run_event);
    struct event old = case_event("passed");
    old.planned.digest = NULL;
    sample_emit(&writing.sample, &old);
    sample_node(&writing.sample, "node-a");
    writing_end(&writing);
    struct resume *resume = open_or_fail(place.path);
    struct event planned = case_event("passed");
    check_plan(resume, &planned, 1, "gvisor-smoke 0.1.0, which wrote it, did not yet");
    planned.planned.digest = NULL;
    check_plan(resume, &planned, 1, NULL);
    resume_free(resume);
    place_remove(&place);
}

/* --- complete, and where it is --- */

static bool is_complete(enum verdict_kind kind, bool ends, int signal)
{
    struct place place = place_make();
    struct writing writing = writing_begin(place.path, run_event);
    writing_plan(&writing, "passed");
    sample_attestation(&writing.sample, "pod-1", "node-a", true);
    ran(&writing, "passed", "node-a", "pod-1", kind, "works");
    if (ends)
        sample_end(&writing.sample, 0, signal);
    writing_end(&writing);
    struct resume *resume = open_or_fail(place.path);
    bool complete = resume_is_complete(resume);
    resume_free(resume);
    place_remove(&place);
    return complete;
}

static void a_run_with_all_its_verdicts_is_complete(void **state)
{
    (void)state;
    assert_true(is_complete(VERDICT_PASSED, true, 0));
    assert_true(is_complete(VERDICT_FAILED, true, 0));
    assert_true(is_complete(VERDICT_SKIPPED, true, 0));
    assert_false(is_complete(VERDICT_ERROR, true, 0));
    assert_false(is_complete(VERDICT_PASSED, false, 0));
    assert_false(is_complete(VERDICT_PASSED, true, 15));
}

static void the_journal_makes_room_for_another(void **state)
{
    (void)state;
    struct place place = place_with_killed();
    cleanup_free char *text = folder_read(place.folder, "run.jsonl");
    cleanup_free char *other = xasprintf("%s/other.jsonl", place.folder);
    cleanup_error struct error *err = NULL;
    folder_write(place.folder, "other.jsonl", "x", 1);
    struct resume *resume = open_or_fail(place.path);
    const char *moved = "";
    assert_int_equal(resume_make_room(resume, other, &moved, &err), 0);
    assert_null(moved);
    assert_int_equal(resume_make_room(resume, "/tmp/gvisor-smoke-unit-none/run.jsonl", &moved, &err), 0);
    assert_null(moved);
    folder_write(place.folder, "run.ab12cd.jsonl", "x", 1);
    assert_int_equal(resume_make_room(resume, place.path, &moved, &err), -1);
    assert_contains(err->message, "there is one already");
    cleanup_free char *kept = xasprintf("%s/run.ab12cd.jsonl", place.folder);
    assert_int_equal(unlink(kept), 0);
    cleanup_error struct error *none = NULL;
    assert_int_equal(resume_make_room(resume, place.path, &moved, &none), 0);
    assert_string_equal(moved, kept);
    assert_string_equal(resume_path(resume), kept);
    assert_int_equal(access(place.path, F_OK), -1);
    cleanup_free char *after = folder_read(place.folder, "run.ab12cd.jsonl");
    assert_string_equal(after, text);
    resume_take(resume, "passed", "node-a");
    struct told told = tell(resume);
    assert_int_equal(told.verdicts, 1);
    told_release(&told);
    resume_free(resume);
    place_remove(&place);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(journals_that_cannot_be_taken_up_are_refused),
        cmocka_unit_test(a_run_that_goes_on_is_not_taken_up),
        cmocka_unit_test(a_run_of_another_kind_is_refused),
        cmocka_unit_test(another_plan_is_refused),
        cmocka_unit_test(a_journal_without_digests_is_refused),
        cmocka_unit_test(a_run_with_all_its_verdicts_is_complete),
        cmocka_unit_test(the_journal_makes_room_for_another),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
