/* SPDX-License-Identifier: Apache-2.0
 *
 * Tests of the trace: what a viewer needs to show it, and that it says of each thing when it was.
 */
#include "unit.h"

#include <json-c/json.h>
#include <unistd.h>

#include "report_text.h"
#include "sample_run.h"

/* What tells the events of a test. */
typedef void (*story)(struct sample *sample);

static int tell(void *context, event_sink sink, void *sink_context, struct error **err)
{
    (void)err;
    story tells;
    memcpy(&tells, context, sizeof tells);
    struct sample sample = sample_begin(sink, sink_context);
    tells(&sample);
    return 0;
}

static struct json_object *trace_of(story tells)
{
    struct report_options options = {.events = {.tell = tell, .context = &tells}};
    struct report_model *model = report_model_new();
    cleanup_free char *text = report_text_with(model, REPORT_TRACE, options);
    report_model_free(model);
    struct json_object *json = json_tokener_parse(text);
    if (!json)
        fail_msg("not JSON: %s", text);
    return json;
}

static const char *text_at(struct json_object *json, const char *path)
{
    struct json_object *found = NULL;
    return json_pointer_get(json, path, &found) < 0 ? "" : json_object_get_string(found);
}

static int64_t number_at(struct json_object *json, const char *path)
{
    struct json_object *found = NULL;
    return json_pointer_get(json, path, &found) < 0 ? -1 : json_object_get_int64(found);
}

/* The number-th of the phase and the name; NULL when there is none. */
static struct json_object *find(struct json_object *trace, const char *phase, const char *name, size_t number)
{
    struct json_object *events = json_object_object_get(trace, "traceEvents");
    for (size_t i = 0; i < json_object_array_length(events); i++) {
        struct json_object *event = json_object_array_get_idx(events, i);
        if (strcmp(text_at(event, "/ph"), phase) == 0 && strcmp(text_at(event, "/name"), name) == 0 &&
            number-- == 0)
            return event;
    }
    return NULL;
}

static struct json_object *get(struct json_object *trace, const char *phase, const char *name, size_t number)
{
    struct json_object *event = find(trace, phase, name, number);
    if (!event)
        fail_msg("no %s \"%s\" in %s", phase, name, json_object_to_json_string(trace));
    return event;
}

/* Milliseconds. */
static void check_slice(struct json_object *trace, const char *name, size_t number, int64_t begin_ms,
                        int64_t duration_ms)
{
    struct json_object *slice = get(trace, "X", name, number);
    assert_int_equal(number_at(slice, "/ts"), begin_ms * 1000);
    assert_int_equal(number_at(slice, "/dur"), duration_ms * 1000);
}

/* The name of the track that the event is on. */
static const char *track_of(struct json_object *trace, struct json_object *event)
{
    for (size_t i = 0;; i++) {
        struct json_object *name = get(trace, "M", "thread_name", i);
        if (number_at(name, "/tid") == number_at(event, "/tid") &&
            number_at(name, "/pid") == number_at(event, "/pid"))
            return text_at(name, "/args/name");
    }
}

static const char *process_of(struct json_object *trace, struct json_object *event)
{
    for (size_t i = 0;; i++) {
        struct json_object *name = get(trace, "M", "process_name", i);
        if (number_at(name, "/pid") == number_at(event, "/pid"))
            return text_at(name, "/args/name");
    }
}

static void check_place(struct json_object *trace, const char *name, size_t number, const char *process,
                        const char *track)
{
    struct json_object *slice = get(trace, "X", name, number);
    assert_string_equal(process_of(trace, slice), process);
    assert_string_equal(track_of(trace, slice), track);
}

static void start(struct sample *sample, const char *name, enum runtime_role runtime, int64_t pod_ms,
                  int64_t place_ms)
{
    struct event event = {.kind = EVENT_START,
                          .start = {.name = name,
                                    .node = "node-a",
                                    .pod = "pod-1",
                                    .runtime = runtime,
                                    .waited_pod_ms = pod_ms,
                                    .waited_place_ms = place_ms}};
    sample_emit(sample, &event);
}

/* --- the whole run --- */

static void tell_sample(struct sample *sample)
{
    sample_run(sample->sink, sample->context); /* it begins anew, which changes nothing */
}

/* A viewer nests the slices of a track by their times. */
static void check_nesting(struct json_object *a, struct json_object *b)
{
    int64_t a_begin = number_at(a, "/ts"), a_end = a_begin + number_at(a, "/dur");
    int64_t b_begin = number_at(b, "/ts"), b_end = b_begin + number_at(b, "/dur");
    bool apart = a_end <= b_begin || b_end <= a_begin;
    if (number_at(a, "/tid") == number_at(b, "/tid") && !apart)
        fail_msg("%s and %s overlap", json_object_to_json_string(a), json_object_to_json_string(b));
}

static void check_all_slices(struct json_object *trace)
{
    struct json_object *events = json_object_object_get(trace, "traceEvents");
    int64_t whole = number_at(get(trace, "X", "run", 0), "/dur");
    for (size_t i = 0; i < json_object_array_length(events); i++) {
        struct json_object *event = json_object_array_get_idx(events, i);
        if (strcmp(text_at(event, "/ph"), "X") != 0)
            continue;
        int64_t begin = number_at(event, "/ts"), end = begin + number_at(event, "/dur");
        if (begin < 0 || end < begin || end > whole)
            fail_msg("it is not within the run: %s", json_object_to_json_string(event));
        track_of(trace, event); /* has a name */
        for (size_t k = 0; k < i; k++)
            if (strcmp(text_at(json_object_array_get_idx(events, k), "/ph"), "X") == 0)
                check_nesting(json_object_array_get_idx(events, k), event);
    }
}

static void every_case_of_a_run_is_in_the_trace(void **state)
{
    (void)state;
    struct json_object *trace = trace_of(tell_sample);
    assert_string_equal(text_at(trace, "/otherData/run"), "ab12cd");
    assert_string_equal(text_at(trace, "/otherData/started"), "2026-11-24T19:56:25.123Z");
    assert_string_equal(text_at(get(trace, "X", "git-clone", 0), "/cat"), "case");
    assert_string_equal(text_at(get(trace, "X", "git-clone", 0), "/args/ending"), "exited");
    get(trace, "X", "git-push (control)", 0);
    get(trace, "X", "tcpdump", 0);
    assert_string_equal(text_at(get(trace, "i", "verdict", 0), "/args/reason"), "works");
    assert_string_equal(text_at(get(trace, "i", "failed", 0), "/args/message"), "back-off \"pulling\" image");
    assert_string_equal(text_at(get(trace, "i", "nodes", 0), "/args/message"), "nodes cannot be read");
    assert_string_equal(text_at(get(trace, "i", "problem", 0), "/args/message"), "the claim is not bound");
    check_all_slices(trace);
    json_object_put(trace);
}

/* --- pods --- */

static void tell_pod(struct sample *sample)
{
    sample_span(sample, "rights", NULL, NULL, 400 * 1000);            /* at 1000 */
    sample_span(sample, "claim", "node-a", NULL, 300 * 1000);         /* at 2000 */
    sample_pod(sample, "pod-1", NULL, "gvisor", "created", NULL);     /* at 3000, began 651 ms ago */
    sample_span(sample, "schedule", "node-a", "pod-1", 1500 * 1000);  /* at 4000 */
    sample_pod(sample, "pod-1", "node-a", "gvisor", "running", NULL); /* at 5000 */
    sample_span(sample, "supervisor", "node-a", "pod-1", 800 * 1000); /* at 6000 */
    sample_pod(sample, "pod-1", "node-a", "gvisor", "ready", NULL);   /* at 7000 */
    sample_span(sample, "delete", "node-a", "pod-1", 900 * 1000);     /* at 8000 */
    sample_pod(sample, "pod-1", "node-a", "gvisor", "deleted", NULL); /* at 9000 */
    sample_span(sample, "junit", NULL, NULL, 100 * 1000);             /* at 10000 */
}

static void a_pod_has_a_track_of_its_node(void **state)
{
    (void)state;
    struct json_object *trace = trace_of(tell_pod);
    check_slice(trace, "create", 0, 2349, 651);
    check_slice(trace, "schedule", 0, 3000, 1000);
    check_slice(trace, "start", 0, 4000, 1000);
    check_slice(trace, "supervisor", 0, 5200, 800);
    check_slice(trace, "attest", 0, 6000, 1000);
    check_slice(trace, "delete", 0, 7100, 900);
    static const char *const names[] = {"create", "schedule", "start", "supervisor", "attest", "delete"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        check_place(trace, names[i], 0, "node node-a", "pod pod-1");
    assert_int_equal(number_at(get(trace, "i", "ready", 0), "/ts"), 7000000);
    check_all_slices(trace);
    json_object_put(trace);
}

static void the_harness_and_the_node_have_tracks(void **state)
{
    (void)state;
    struct json_object *trace = trace_of(tell_pod);
    check_slice(trace, "rights", 0, 600, 400);
    check_place(trace, "rights", 0, "gvisor-smoke", "harness");
    check_place(trace, "claim", 0, "node node-a", "node");
    check_slice(trace, "junit", 0, 9900, 100);
    check_slice(trace, "run", 0, 0, 10000);
    json_object_put(trace);
}

/* --- cases --- */

static void tell_cases(struct sample *sample)
{
    sample_plan(sample, "one", "test_one", NULL, EXPECT_WORKS); /* at 1000 */
    struct event after = {.kind = EVENT_CASE,
                          .planned = {.name = "two",
                                      .report_class = "TestX",
                                      .report_name = "test_two",
                                      .summary = "",
                                      .after = "one"}};
    sample_emit(sample, &after);                                             /* at 2000 */
    start(sample, "one", RUNTIME_GVISOR, 1500, 200);                         /* at 3000 */
    start(sample, "two", RUNTIME_CONTROL, 0, 0);                             /* at 4000 */
    sample_evidence(sample, "one", "node-a", RUNTIME_GVISOR, 0, "", "");     /* at 5000 */
    sample_evidence(sample, "two", "node-a", RUNTIME_CONTROL, 0, "", "");    /* at 6000 */
    start(sample, "two", RUNTIME_GVISOR, 0, 0);                              /* at 7000 */
    sample_evidence(sample, "two", "node-a", RUNTIME_GVISOR, 0, "", "");     /* at 8000 */
    sample_verdict(sample, "two", "node-a", VERDICT_PASSED, "works", "");    /* at 9000 */
    sample_verdict(sample, "check", "", VERDICT_PASSED, "works", "");        /* at 10000, took 812 ms */
    sample_verdict(sample, "never", "node-a", VERDICT_ERROR, "not-run", ""); /* at 11000 */
}

static void cases_at_once_are_on_tracks_beside_each_other(void **state)
{
    (void)state;
    struct json_object *trace = trace_of(tell_cases);
    check_slice(trace, "one", 0, 3000, 2000);
    check_slice(trace, "two (control)", 0, 4000, 2000);
    check_slice(trace, "two", 0, 7000, 1000);
    check_place(trace, "one", 0, "node node-a", "pod pod-1");
    check_place(trace, "two (control)", 0, "node node-a", "pod pod-1 (2)");
    check_place(trace, "two", 0, "node node-a", "pod pod-1");
    assert_string_equal(text_at(get(trace, "X", "two", 0), "/args/after"), "one");
    assert_string_equal(text_at(get(trace, "X", "two (control)", 0), "/args/runtime"), "control");
    check_all_slices(trace);
    json_object_put(trace);
}

static void what_a_case_waited_for_comes_before_it(void **state)
{
    (void)state;
    struct json_object *trace = trace_of(tell_cases);
    struct json_object *pod = get(trace, "b", "wait: pod", 0), *place = get(trace, "b", "wait: place", 0);
    assert_int_equal(number_at(pod, "/ts"), 1300000);
    assert_int_equal(number_at(get(trace, "e", "wait: pod", 0), "/ts"), 2800000);
    assert_string_equal(text_at(pod, "/args/for"), "pod-1");
    assert_string_equal(text_at(pod, "/id"), text_at(get(trace, "e", "wait: pod", 0), "/id"));
    assert_string_not_equal(text_at(pod, "/id"), text_at(place, "/id"));
    assert_int_equal(number_at(get(trace, "e", "wait: place", 0), "/ts"), 3000000);
    assert_null(find(trace, "b", "wait: pod", 1));
    assert_null(find(trace, "b", "wait: fixture", 0));
    json_object_put(trace);
}

static void what_ran_in_no_pod_is_there_too(void **state)
{
    (void)state;
    struct json_object *trace = trace_of(tell_cases);
    check_slice(trace, "check", 0, 9188, 812);
    check_place(trace, "check", 0, "gvisor-smoke", "harness");
    assert_string_equal(text_at(get(trace, "X", "never", 0), "/args/reason"), "not-run");
    check_place(trace, "never", 0, "node node-a", "node");
    json_object_put(trace);
}

/* --- runs that were cut --- */

static void tell_cut(struct sample *sample)
{
    start(sample, "one", RUNTIME_GVISOR, 0, 0);                   /* at 1000 */
    sample_pod(sample, "pod-2", NULL, "gvisor", "created", NULL); /* at 2000, never placed */
    sample_note(sample, "the last");                              /* at 3000 */
}

static void what_has_not_ended_lasts_to_the_last_event(void **state)
{
    (void)state;
    struct json_object *trace = trace_of(tell_cut);
    check_slice(trace, "one", 0, 1000, 2000);
    assert_string_equal(text_at(get(trace, "X", "one", 0), "/args/ending"), "unended");
    check_place(trace, "create", 0, "gvisor-smoke", "pod pod-2");
    json_object_put(trace);
}

/* --- what cannot be told --- */

static int tell_half(void *context, event_sink sink, void *sink_context, struct error **err)
{
    (void)context;
    sample_begin(sink, sink_context);
    error_set(err, ERROR_USAGE, "cannot read the journal \"x\": it is gone");
    return -1;
}

static void no_part_of_a_trace_is_left(void **state)
{
    (void)state;
    struct report_model *model = report_model_new();
    cleanup_error struct error *err = NULL;
    char *folder = folder_make();
    cleanup_free char *path = xasprintf("%s/trace", folder);
    const struct report_options options = {.paths = {[REPORT_TRACE] = path}, .events = {.tell = tell_half}};
    assert_int_equal(report_write(model, REPORT_TRACE, &options, &err), -1);
    cleanup_free char *message =
        xasprintf("cannot write \"%s\": cannot read the journal \"x\": it is gone", path);
    assert_string_equal(err->message, message);
    assert_int_equal(rmdir(folder), 0); /* nothing is in it */
    free(folder);
    report_model_free(model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_case_of_a_run_is_in_the_trace),
        cmocka_unit_test(a_pod_has_a_track_of_its_node),
        cmocka_unit_test(the_harness_and_the_node_have_tracks),
        cmocka_unit_test(cases_at_once_are_on_tracks_beside_each_other),
        cmocka_unit_test(what_a_case_waited_for_comes_before_it),
        cmocka_unit_test(what_ran_in_no_pod_is_there_too),
        cmocka_unit_test(what_has_not_ended_lasts_to_the_last_event),
        cmocka_unit_test(no_part_of_a_trace_is_left),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
