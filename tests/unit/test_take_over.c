/* SPDX-License-Identifier: Apache-2.0
 *
 * Tests of what a run takes over from an earlier one, and of whether it may.
 */
#include "killed_run.h"

#include "run/planned.h"
#include "run/take_over.h"

/* --- cases --- */

static void add_case(struct case_set *set, const char *name, const char *header, const char *script)
{
    cleanup_error struct error *err = NULL;
    cleanup_free char *text =
        xasprintf("#!/bin/sh\n# summary: a case\n# reports: TestClass test_%s\n# expect: works\n%s%s\n", name,
                  header, script);
    cleanup_free char *path = xasprintf("%s.sh", name);
    struct test_case *test_case = case_parse(path, text, strlen(text), &err);
    if (!test_case)
        fail_msg("%s", err->message);
    set->cases = xrealloc(set->cases, set->count + 1, sizeof(struct test_case *));
    set->cases[set->count++] = test_case;
}

/* One by itself, and a chain of three. */
static struct case_set make_cases(void)
{
    struct case_set set = {0};
    add_case(&set, "alone", "", "true");
    add_case(&set, "first", "", "true");
    add_case(&set, "second", "# after: first\n", "true");
    add_case(&set, "third", "# after: second\n", "true");
    return set;
}

/* A name with a "!" before it is of a case that failed. */
static struct place place_with_verdicts(const char *const *judged, size_t count)
{
    struct place place = place_make();
    struct writing writing = writing_begin(place.path, run_event);
    sample_attestation(&writing.sample, "pod-1", "node-a", true);
    sample_node(&writing.sample, "node-a");
    for (size_t i = 0; i < count; i++)
        ran(&writing, judged[i] + (*judged[i] == '!'), "node-a", "pod-1",
            *judged[i] == '!' ? VERDICT_FAILED : VERDICT_PASSED, "works");
    writing_end(&writing);
    return place;
}

/* What is taken over of these verdicts: names with a blank behind each. */
static void check_taken(const char *const *judged, size_t count, const char *expected, bool expected_left)
{
    struct place place = place_with_verdicts(judged, count);
    struct case_set set = make_cases();
    struct resume *resume = open_or_fail(place.path);
    cleanup_buf struct buf taken;
    buf_init(&taken, 1000);
    assert_int_equal(take_over_on_node(resume, &set, "node-a"), expected_left);
    for (size_t i = 0; i < set.count; i++)
        if (resume_is_taken(resume, set.cases[i]->name, "node-a"))
            buf_printf(&taken, "%s ", set.cases[i]->name);
    assert_string_equal(taken.bytes, expected);
    resume_free(resume);
    case_set_release(&set);
    place_remove(&place);
}

static void a_chain_is_taken_over_whole_or_not_at_all(void **state)
{
    (void)state;
    static const char *const all[] = {"alone", "first", "second", "third"};
    static const char *const without_third[] = {"alone", "first", "second"};
    static const char *const without_first[] = {"second", "third", "alone"};
    static const char *const chain[] = {"third", "second", "first"};
    check_taken(all, COUNT(all), "alone first second third ", false);
    check_taken(without_third, COUNT(without_third), "alone ", true);
    check_taken(without_first, COUNT(without_first), "alone ", true);
    check_taken(chain, COUNT(chain), "first second third ", true);
    check_taken(all, 0, "", true);
}

/* What runs after it is not missing, and would not be run. */
static void a_failure_is_not_run_until_it_passes(void **state)
{
    (void)state;
    static const char *const first[] = {"!first"};
    static const char *const second[] = {"first", "!second"};
    static const char *const third[] = {"first", "second", "!third"};
    static const char *const gap[] = {"!second"};
    check_taken(first, COUNT(first), "first ", true);
    check_taken(second, COUNT(second), "first second ", true);
    check_taken(third, COUNT(third), "first second third ", true);
    check_taken(gap, COUNT(gap), "", true);
}

/* --- a run that never comes to its nodes --- */

struct verdicts {
    struct buf text;
};

static void verdicts_sink(void *context, const struct event *event)
{
    struct verdicts *verdicts = context;
    if (event->kind == EVENT_VERDICT)
        buf_printf(&verdicts->text, "%s@%s %s%s%s; ", event->verdict.name, event->verdict.node,
                   event->verdict.verdict->reason, event->verdict.taken_from ? " of " : "",
                   event->verdict.taken_from ? event->verdict.taken_from : "");
}

static void check_end(const char *path, bool checks_too, const char *expected)
{
    struct case_set set = make_cases();
    set.cases[3]->kind = CASE_APP_PODS;
    struct resume *resume = open_or_fail(path);
    struct verdicts verdicts;
    cleanup_error struct error *err = NULL;
    struct events *events = events_new();
    events_add_sink(events, verdicts_sink, &verdicts);
    buf_init(&verdicts.text, 10000);
    assert_int_equal(take_over_and_end(resume, &set, events, checks_too, "no server", &err), 0);
    assert_string_equal(verdicts.text.bytes, expected);
    buf_release(&verdicts.text);
    events_free(events);
    resume_free(resume);
    case_set_release(&set);
}

static void a_run_without_a_server_tells_what_is_known(void **state)
{
    (void)state;
    static const char *const judged[] = {"alone"};
    struct place place = place_with_verdicts(judged, 1);
    check_end(place.path, false,
              "alone@node-a works of ab12cd; first@node-a not-run; second@node-a not-run; ");
    check_end(place.path, true,
              "alone@node-a works of ab12cd; first@node-a not-run; second@node-a not-run; third@ not-run; ");
    place_remove(&place);
    place = place_with_verdicts(judged, 0);
    check_end(place.path, false, "alone@ not-run; first@ not-run; second@ not-run; ");
    place_remove(&place);
}

/* --- what a run says of itself --- */

static void a_case_is_told_with_the_digest_of_its_script(void **state)
{
    (void)state;
    struct case_set set = make_cases();
    struct planned_case one, other, again;
    planned_case_make(&one, set.cases[0]);
    planned_case_make(&again, set.cases[0]);
    planned_case_make(&other, set.cases[1]);
    assert_int_equal(strlen(one.event.planned.digest), 64);
    assert_string_equal(one.event.planned.digest, again.event.planned.digest);
    assert_string_not_equal(one.event.planned.digest, other.event.planned.digest);
    memcpy(set.cases[0]->script, "abc", 3);
    set.cases[0]->script_length = 3;
    planned_case_make(&one, set.cases[0]); /* FIPS 180-2, appendix B.1 */
    assert_string_equal(one.event.planned.digest,
                        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    set.cases[0]->kind = CASE_RUNTIME_CLASS;
    planned_case_make(&one, set.cases[0]);
    assert_null(one.event.planned.digest);
    case_set_release(&set);
}

static void settings_are_what_verdicts_rest_on(void **state)
{
    (void)state;
    struct run_options options = {.name_space = "smoke",
                                  .runtime_class = "gvisor",
                                  .handler = "runsc",
                                  .image = "toolbox:1",
                                  .fixture = true,
                                  .git_url = "https://user:secret@git.example"};
    struct planned_run planned;
    planned_run_make(&planned, "ab12cd", NULL, &options);
    assert_string_equal(planned.event.run.settings, "control=needed; fixture=pod");
    assert_null(planned.event.run.resumes);
    planned_run_release(&planned);
    options.control = CONTROL_NONE;
    options.fixture = false;
    options.repeat = 3;
    options.existing_pod = "pod";
    options.existing_claim = "claim";
    options.storage_class = "class";
    planned_run_make(&planned, "ab12cd", NULL, &options);
    assert_string_equal(planned.event.run.settings, "control=none; fixture=none; repeat=3; existing-pod=pod; "
                                                    "existing-claim=claim; storage-class=class");
    assert_null(planned.event.run.image);
    planned_run_release(&planned);
}

/* What one run writes, the same run may take up, and another may not. */
static void the_same_run_may_go_on(void **state)
{
    (void)state;
    struct place place = place_make();
    struct case_set set = make_cases();
    struct run_options options = {.name_space = "smoke",
                                  .runtime_class = "gvisor",
                                  .handler = "runsc",
                                  .image = "toolbox:1",
                                  .fixture = true};
    struct planned_run planned;
    planned_run_make(&planned, "ab12cd", NULL, &options);
    struct writing writing = writing_begin(place.path, planned.event);
    planned_run_release(&planned);
    for (size_t i = 0; i < set.count; i++) {
        struct planned_case planned_case;
        planned_case_make(&planned_case, set.cases[i]);
        sample_emit(&writing.sample, &planned_case.event);
    }
    sample_node(&writing.sample, "node-a");
    writing_end(&writing);
    options.resume = open_or_fail(place.path);
    cleanup_error struct error *err = NULL, *script = NULL;
    if (run_check_resume(NULL, &options, &set, &err) < 0)
        fail_msg("%s", err->message);
    options.control = CONTROL_ALL;
    assert_int_equal(run_check_resume(NULL, &options, &set, &err), -1);
    assert_contains(err->message, "--control is \"all\", and was \"needed\"");
    options.control = CONTROL_NEEDED;
    set.cases[2]->script[set.cases[2]->script_length - 2] ^= 1;
    assert_int_equal(run_check_resume(NULL, &options, &set, &script), -1);
    assert_contains(script->message, "had another script in the run ab12cd: second");
    planned_run_make(&planned, "ef34gh", NULL, &options);
    assert_string_equal(planned.event.run.resumes, "ab12cd");
    planned_run_release(&planned);
    resume_free(options.resume);
    case_set_release(&set);
    place_remove(&place);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_chain_is_taken_over_whole_or_not_at_all),
        cmocka_unit_test(a_failure_is_not_run_until_it_passes),
        cmocka_unit_test(a_run_without_a_server_tells_what_is_known),
        cmocka_unit_test(a_case_is_told_with_the_digest_of_its_script),
        cmocka_unit_test(settings_are_what_verdicts_rest_on),
        cmocka_unit_test(the_same_run_may_go_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
