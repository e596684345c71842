/* SPDX-License-Identifier: Apache-2.0
 *
 * The doctor's fold: from the events of a run of probes to its lines, its JSON and its exit code.
 */
#include "unit.h"

#include <json-c/json.h>
#include <stdio.h>

#include "gvisor-smoke/report.h"
#include "sample_run.h"

#define POD "pod gvisor-smoke-1-gvisor-1-1 on node node-a does not start: the image cannot be pulled"
#define CLAIM_POD "pod gvisor-smoke-1-gvisor-1-2 does not start: the claim's StorageClass does not exist"

/* A doctor that writes into memory. */
struct patient {
    struct doctor *doctor;
    struct sample sample;
    FILE *out;
    char *text;
    size_t length;
};

static void patient_begin_with(struct patient *patient, struct doctor_options options,
                               const char *const *probes)
{
    patient->out = open_memstream(&patient->text, &patient->length);
    assert_non_null(patient->out);
    options.out = patient->out;
    patient->doctor = doctor_new(&options);
    patient->sample = sample_begin(doctor_sink, patient->doctor);
    for (; *probes; probes++)
        sample_plan(&patient->sample, *probes, "test_x", *probes, EXPECT_WORKS);
}

static void patient_begin(struct patient *patient, struct doctor_options options)
{
    static const char *const all[] = {"dns", "egress", "start", "storage", NULL};
    patient_begin_with(patient, options, all);
}

/* What was printed so far. */
static const char *patient_text(struct patient *patient)
{
    fflush(patient->out);
    return patient->text ? patient->text : "";
}

static void patient_end(struct patient *patient)
{
    doctor_free(patient->doctor);
    fclose(patient->out);
    free(patient->text);
}

static void steps_are_well(struct patient *patient)
{
    static const char *const steps[] = {"access", "rights", "runtime-class", "nodes", "handler"};
    for (size_t i = 0; i < COUNT(steps); i++)
        sample_step(&patient->sample, steps[i], "ok", steps[i], NULL);
}

static void pod_is_well(struct patient *patient)
{
    sample_pod(&patient->sample, "pod-1", "node-a", "gvisor", "running", NULL);
    sample_attestation(&patient->sample, "pod-1", "node-a", true);
}

static void probe_works(struct patient *patient, const char *name, const char *output)
{
    sample_evidence(&patient->sample, name, "node-a", RUNTIME_GVISOR, 0, output, "");
    sample_passed(&patient->sample, name, "node-a");
}

static void probe_is_not_run(struct patient *patient, const char *name, const char *reason, const char *cause)
{
    cleanup_free char *message =
        xasprintf("%s%s", strcmp(reason, "not-run") == 0 ? "not run: " : "NOT GVISOR: ", cause);
    sample_verdict(&patient->sample, name, "node-a", VERDICT_ERROR, reason, message);
}

static void no_probe_is_run(struct patient *patient, const char *reason, const char *cause)
{
    probe_is_not_run(patient, "storage", reason, cause);
    probe_is_not_run(patient, "dns", reason, cause);
    probe_is_not_run(patient, "egress", reason, cause);
    probe_is_not_run(patient, "start", reason, cause);
}

static void run_ends(struct patient *patient, int signal, int left_behind)
{
    struct event event = {.kind = EVENT_END, .end = {.signal = signal, .left_behind = left_behind}};
    sample_emit(&patient->sample, &event);
}

/* The line of a check begins with the state's word and holds the text. */
static void expect_line(struct patient *patient, const char *word, const char *check, const char *text)
{
    cleanup_free char *head = xasprintf("%-4s  %-13s  ", word, check);
    const char *line = strstr(patient_text(patient), head);
    if (!line)
        fail_msg("no line \"%s\" in\n%s", head, patient->text);
    cleanup_free char *whole = xasprintf("%.*s", (int)strcspn(line, "\n"), line);
    assert_contains(whole, text);
}

static void expect_skipped(struct patient *patient, const char *const *checks, const char *because)
{
    for (; *checks; checks++)
        expect_line(patient, "skip", *checks, because);
}

static void all_is_well(void **state)
{
    (void)state;
    struct patient patient = {0};
    patient_begin(&patient, (struct doctor_options){0});
    sample_step(&patient.sample, "access", "ok", "answers", NULL);
    assert_string_equal(patient_text(&patient),
                        "ok    access         answers\n"); /* as soon as it is known */
    steps_are_well(&patient);
    pod_is_well(&patient);
    probe_works(&patient, "storage", "1 MiB\n");
    assert_lacks(patient_text(&patient), "storage"); /* lines keep their order */
    probe_works(&patient, "dns", "first\nkubernetes is 10.0.0.1\n");
    probe_works(&patient, "egress", "answers 200\n");
    probe_works(&patient, "start", "");
    run_ends(&patient, 0, 0);
    expect_line(&patient, "ok", "start", "a pod runs on node-a 651 ms after its creation");
    expect_line(&patient, "ok", "attestation", "2 of 3 signs say gVisor");
    expect_line(&patient, "ok", "dns", "kubernetes is 10.0.0.1");
    expect_line(&patient, "ok", "storage", "1 MiB");
    expect_line(&patient, "ok", "cleanup", "nothing is left");
    assert_lacks(patient_text(&patient), "hint");
    assert_int_equal(doctor_exit_code(patient.doctor), 0);
    patient_end(&patient);
}

static void what_comes_after_a_failed_step_is_said_not_to_be_looked_at(void **state)
{
    (void)state;
    struct patient patient = {0};
    patient_begin(&patient, (struct doctor_options){0});
    sample_step(&patient.sample, "access", "ok", "answers", NULL);
    sample_step(&patient.sample, "rights", "warning", "knows less", "grant it");
    sample_step(&patient.sample, "runtime-class", "failed", "there is none", "make one");
    sample_problem(&patient.sample, ERROR_ENVIRONMENT, "there is none", "make one");
    no_probe_is_run(&patient, "not-run", "there is none");
    run_ends(&patient, 0, 0);
    expect_line(&patient, "warn", "rights", "knows less");
    expect_line(&patient, "FAIL", "runtime-class", "there is none");
    assert_contains(patient_text(&patient), "there is none\n      hint: make one\n");
    static const char *const after[] = {"nodes", "handler", "start",   "attestation",
                                        "dns",   "egress",  "storage", NULL};
    expect_skipped(&patient, after, "not looked at: runtime-class failed");
    assert_int_equal(doctor_exit_code(patient.doctor), 3);
    patient_end(&patient);
}

static void a_pod_that_does_not_start_is_told_once(void **state)
{
    (void)state;
    struct patient patient = {0};
    patient_begin(&patient, (struct doctor_options){0});
    steps_are_well(&patient);
    sample_pod(&patient.sample, "pod-1", "node-a", "gvisor", "failed", POD);
    sample_problem(&patient.sample, ERROR_ENVIRONMENT, POD, "push it");
    no_probe_is_run(&patient, "not-run", POD);
    run_ends(&patient, 0, 0);
    expect_line(&patient, "FAIL", "start", POD);
    assert_contains(patient_text(&patient), "hint: push it");
    static const char *const after[] = {"attestation", "dns", "egress", "storage", NULL};
    expect_skipped(&patient, after, "not looked at: start failed");
    assert_int_equal(doctor_exit_code(patient.doctor), 3);
    patient_end(&patient);
}

/* The pod with the claim may fail before the other one is up. */
static void a_claim_that_fails_is_the_storages_fault(void **state)
{
    (void)state;
    struct patient patient = {0};
    patient_begin(&patient, (struct doctor_options){0});
    steps_are_well(&patient);
    sample_pod(&patient.sample, "pod-2", NULL, "gvisor", "failed", CLAIM_POD);
    sample_problem(&patient.sample, ERROR_ENVIRONMENT, CLAIM_POD, "--storage-class names another");
    probe_is_not_run(&patient, "storage", "not-run", CLAIM_POD);
    pod_is_well(&patient);
    probe_works(&patient, "start", "");
    probe_works(&patient, "dns", "resolved");
    probe_works(&patient, "egress", "answers");
    run_ends(&patient, 0, 0);
    expect_line(&patient, "ok", "start", "node-a");
    expect_line(&patient, "FAIL", "storage", CLAIM_POD);
    assert_contains(patient_text(&patient), "hint: --storage-class names another");
    assert_int_equal(doctor_exit_code(patient.doctor), 3);
    patient_end(&patient);
}

static void a_pod_that_is_not_gvisor_ends_with_4(void **state)
{
    (void)state;
    struct patient patient = {0};
    patient_begin(&patient, (struct doctor_options){0});
    steps_are_well(&patient);
    sample_pod(&patient.sample, "pod-1", "node-a", "gvisor", "running", NULL);
    sample_attestation(&patient.sample, "pod-1", "node-a", false);
    sample_problem(&patient.sample, ERROR_NOT_GVISOR, "pod-1 does not run under gVisor",
                   "look at the handler");
    no_probe_is_run(&patient, "not-gvisor", "pod-1 does not run under gVisor");
    run_ends(&patient, 0, 0);
    expect_line(&patient, "ok", "start", "node-a");
    expect_line(&patient, "FAIL", "attestation", "NOT GVISOR: pod-1 does not run under gVisor");
    static const char *const after[] = {"dns", "egress", "storage", NULL};
    expect_skipped(&patient, after, "not looked at: attestation failed");
    assert_int_equal(doctor_exit_code(patient.doctor), 4);
    patient_end(&patient);
}

struct blame_row {
    enum verdict_kind kind;
    const char *reason, *text, *hint;
};

static const struct blame_row blames[] = {
    {VERDICT_ERROR, "environment", "no answer; nor under the default runtime, so gVisor is not the cause",
     "hint: look at the firewall"},
    {VERDICT_FAILED, "finding", "no answer; it works under the default runtime on the same node", "socketLB"},
    {VERDICT_FAILED, "unattributed", "no answer", "hint: look at the firewall"},
};

static void a_probe_that_fails_says_whose_fault_it_is(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(blames); i++) {
        struct patient patient = {0};
        patient_begin(&patient, (struct doctor_options){0});
        steps_are_well(&patient);
        pod_is_well(&patient);
        sample_evidence(&patient.sample, "egress", "node-a", RUNTIME_GVISOR, 1, "",
                        "noise\nhint: look at the firewall\nFAILED: no answer\n");
        sample_verdict(&patient.sample, "egress", "node-a", blames[i].kind, blames[i].reason, "exit code 1");
        probe_works(&patient, "dns", "resolved");
        run_ends(&patient, 0, 0);
        expect_line(&patient, "FAIL", "egress", blames[i].text);
        assert_contains(patient_text(&patient), blames[i].hint);
        assert_int_equal(doctor_exit_code(patient.doctor), 3);
        patient_end(&patient);
    }
}

/* A pod that was there before the run may lack the volume. */
static void a_probe_that_is_skipped_was_not_looked_at(void **state)
{
    (void)state;
    struct patient patient = {0};
    patient_begin(&patient, (struct doctor_options){0});
    steps_are_well(&patient);
    sample_verdict(&patient.sample, "storage", "node-a", VERDICT_SKIPPED, "not-granted",
                   "needs the grant volume");
    pod_is_well(&patient);
    probe_works(&patient, "dns", "resolved");
    probe_works(&patient, "egress", "answers");
    run_ends(&patient, 0, 0);
    expect_line(&patient, "ok", "start", "node-a");
    expect_line(&patient, "skip", "storage", "needs the grant volume");
    assert_int_equal(doctor_exit_code(patient.doctor), 0);
    patient_end(&patient);
}

static void a_probe_without_words_is_told_by_its_verdict(void **state)
{
    (void)state;
    struct patient patient = {0};
    patient_begin(&patient, (struct doctor_options){0});
    steps_are_well(&patient);
    pod_is_well(&patient);
    sample_verdict(&patient.sample, "dns", "node-a", VERDICT_ERROR, "timeout",
                   "ended by its timeout of 60 s");
    run_ends(&patient, 0, 0);
    expect_line(&patient, "FAIL", "dns", "ended by its timeout of 60 s");
    patient_end(&patient);
}

static void a_problem_of_its_own_stands_where_the_run_stopped(void **state)
{
    (void)state;
    static const struct {
        const char *problem, *check;
    } rows[] = {{"cannot create the namespace \"x\": forbidden", "start"},
                {"cannot create persistentvolumeclaims: exceeded quota", "storage"}};
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct patient patient = {0};
        patient_begin(&patient, (struct doctor_options){0});
        steps_are_well(&patient);
        sample_problem(&patient.sample, ERROR_ENVIRONMENT, rows[i].problem, NULL);
        no_probe_is_run(&patient, "not-run", rows[i].problem);
        run_ends(&patient, 0, 0);
        expect_line(&patient, "FAIL", rows[i].check, rows[i].problem);
        expect_line(&patient, "skip", "dns", "not looked at: ");
        assert_int_equal(doctor_exit_code(patient.doctor), 3);
        patient_end(&patient);
    }
}

static void an_interrupted_run_blames_nobody(void **state)
{
    (void)state;
    struct patient patient = {0};
    patient_begin(&patient, (struct doctor_options){0});
    steps_are_well(&patient);
    pod_is_well(&patient);
    sample_problem(&patient.sample, ERROR_ENVIRONMENT, "interrupted by signal 2 (INT)", NULL);
    no_probe_is_run(&patient, "not-run", RUN_INTERRUPTED);
    run_ends(&patient, 2, 0);
    static const char *const open[] = {"dns", "egress", "storage", NULL};
    expect_skipped(&patient, open, "not looked at: interrupted");
    assert_lacks(patient_text(&patient), "FAIL");
    assert_int_equal(doctor_exit_code(patient.doctor), 130);
    patient_end(&patient);
}

static void what_is_left_behind_fails(void **state)
{
    (void)state;
    struct patient patient = {0};
    patient_begin(&patient, (struct doctor_options){.quiet = true});
    steps_are_well(&patient);
    pod_is_well(&patient);
    sample_problem(&patient.sample, ERROR_ENVIRONMENT, "still there after 30 s: pods x", NULL);
    run_ends(&patient, 0, 1);
    expect_line(&patient, "FAIL", "cleanup",
                "1 object of the run could not be removed: still there after 30 s: pods x");
    assert_lacks(patient_text(&patient), "ok "); /* quiet */
    assert_int_equal(doctor_exit_code(patient.doctor), 3);
    patient_end(&patient);
}

static void what_the_caller_leaves_out_is_said(void **state)
{
    (void)state;
    static const char *const asked[] = {"dns", NULL};
    struct patient patient = {0};
    patient_begin_with(&patient, (struct doctor_options){.kept = true}, asked);
    steps_are_well(&patient);
    pod_is_well(&patient);
    probe_works(&patient, "dns", "resolved");
    run_ends(&patient, 0, 0);
    expect_line(&patient, "skip", "egress", "left out by the caller");
    expect_line(&patient, "skip", "storage", "left out by the caller");
    expect_line(&patient, "warn", "cleanup", "--keep");
    assert_int_equal(doctor_exit_code(patient.doctor), 0);
    patient_end(&patient);
}

static void as_json_it_is_one_object(void **state)
{
    (void)state;
    struct patient patient = {0};
    patient_begin(&patient, (struct doctor_options){.json = true});
    steps_are_well(&patient);
    sample_pod(&patient.sample, "pod-1", "node-a", "gvisor", "failed", POD);
    sample_problem(&patient.sample, ERROR_ENVIRONMENT, POD, "push \xff it");
    no_probe_is_run(&patient, "not-run", POD);
    run_ends(&patient, 0, 0);
    assert_string_equal(patient_text(&patient), "");
    doctor_write_json(patient.doctor);
    struct json_object *json = json_tokener_parse(patient_text(&patient));
    assert_non_null(json);
    assert_string_equal(json_object_get_string(json_object_object_get(json, "schema")),
                        "gvisor-smoke.doctor/1");
    assert_string_equal(json_object_get_string(json_object_object_get(json, "server")),
                        "https://198.18.0.2:6443");
    assert_int_equal(json_object_get_int(json_object_object_get(json, "exit_code")), 3);
    struct json_object *checks = json_object_object_get(json, "checks");
    assert_int_equal(json_object_array_length(checks), 11);
    struct json_object *start = json_object_array_get_idx(checks, 5);
    assert_string_equal(json_object_get_string(json_object_object_get(start, "name")), "start");
    assert_string_equal(json_object_get_string(json_object_object_get(start, "state")), "failed");
    assert_string_equal(json_object_get_string(json_object_object_get(start, "hint")),
                        "push \xEF\xBF\xBD it");
    struct json_object *access = json_object_array_get_idx(checks, 0);
    assert_null(json_object_object_get(access, "hint"));
    json_object_put(json);
    patient_end(&patient);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_is_well),
        cmocka_unit_test(what_comes_after_a_failed_step_is_said_not_to_be_looked_at),
        cmocka_unit_test(a_pod_that_does_not_start_is_told_once),
        cmocka_unit_test(a_claim_that_fails_is_the_storages_fault),
        cmocka_unit_test(a_pod_that_is_not_gvisor_ends_with_4),
        cmocka_unit_test(a_probe_that_fails_says_whose_fault_it_is),
        cmocka_unit_test(a_probe_that_is_skipped_was_not_looked_at),
        cmocka_unit_test(a_probe_without_words_is_told_by_its_verdict),
        cmocka_unit_test(a_problem_of_its_own_stands_where_the_run_stopped),
        cmocka_unit_test(an_interrupted_run_blames_nobody),
        cmocka_unit_test(what_is_left_behind_fails),
        cmocka_unit_test(what_the_caller_leaves_out_is_said),
        cmocka_unit_test(as_json_it_is_one_object),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
