/* SPDX-License-Identifier: Apache-2.0
 *
 * The doctor: the events of a run whose cases are probes, folded into one line for each thing that a run
 * needs.
 */
#include "doctor.h"

#include <string.h>

#include "gvisor-smoke/cleanup.h"

#define SAID_WRONG "FAILED: " /* how a probe begins the line that says what is wrong, */
#define SAID_HINT "hint: "    /* and the one that says what to do */

static const char *const check_names[] = {"access",  "rights",  "runtime-class", "nodes",
                                          "handler", "start",   "attestation",   "dns",
                                          "egress",  "storage", "cleanup"};

const char *check_name(enum check check)
{
    return check_names[check];
}

const char *check_state_name(enum check_state state)
{
    static const char *const names[] = {"open", "ok", "warning", "failed", "not-checked"};
    return names[state];
}

/* The check of that name, or CHECK_COUNT. */
static size_t find_check(const char *name)
{
    size_t check = 0;
    while (check < CHECK_COUNT && strcmp(check_names[check], name) != 0)
        check++;
    return check;
}

struct doctor *doctor_new(const struct doctor_options *options)
{
    struct doctor *doctor = xcalloc(1, sizeof *doctor);
    doctor->options = *options;
    doctor->model = report_model_new();
    return doctor;
}

void doctor_free(struct doctor *doctor)
{
    if (!doctor)
        return;
    for (size_t i = 0; i < CHECK_COUNT; i++) {
        free(doctor->lines[i].message);
        free(doctor->lines[i].hint);
        free(doctor->probes[i].reason);
        free(doctor->probes[i].message);
        free(doctor->probes[i].said);
        free(doctor->probes[i].hint);
    }
    report_model_free(doctor->model);
    free(doctor);
}

/* The first that is said of a check counts. */
static void decide(struct doctor *doctor, enum check check, enum check_state state, const char *message,
                   const char *hint)
{
    struct check_line *line = &doctor->lines[check];
    if (line->state != STATE_OPEN)
        return;
    line->state = state;
    line->message = message ? text_from_bytes(message, strlen(message)) : xstrdup("");
    line->hint = hint ? text_from_bytes(hint, strlen(hint)) : NULL;
}

/* --- what comes before the pods --- */

static void fold_step(struct doctor *doctor, const struct event *event)
{
    size_t check = find_check(event->step.name);
    if (check == CHECK_COUNT)
        return;
    bool ok = strcmp(event->step.state, "ok") == 0, warning = strcmp(event->step.state, "warning") == 0;
    decide(doctor, (enum check)check,
           ok        ? STATE_OK
           : warning ? STATE_WARNING
                     : STATE_FAILED,
           event->step.message, event->step.hint);
}

/* --- the pod --- */

static void fold_pod(struct doctor *doctor, const struct event *event)
{
    if (strcmp(event->pod.role, "gvisor") != 0)
        return;
    doctor->pods_made = true;
    if (strcmp(event->pod.state, "running") != 0)
        return;
    cleanup_free char *duration = text_duration(event->pod.since_creation_ms);
    const char *node = event->pod.node ? event->pod.node : "a node";
    cleanup_free char *message = event->pod.since_creation_ms > 0
                                     ? xasprintf("a pod runs on %s %s after its creation", node, duration)
                                     : xasprintf("the pod runs on %s", node); /* it was there before */
    decide(doctor, CHECK_START, STATE_OK, message, NULL);
}

static void fold_attestation(struct doctor *doctor, const struct event *event)
{
    const struct attestation *seen = event->attestation.attestation;
    if (!seen->attested)
        return; /* the verdicts say so */
    cleanup_free char *message =
        xasprintf("%zu of %zu signs say gVisor, %zu are needed%s%s", seen->gvisor_count, seen->count,
                  seen->quorum, seen->release ? "; release " : "", seen->release ? seen->release : "");
    decide(doctor, CHECK_ATTESTATION, STATE_OK, message, NULL);
}

/* --- the probes --- */

/* The last line of a text that begins with the prefix, without it; or NULL. */
static char *line_with(const char *text, const char *prefix)
{
    char *found = NULL;
    for (const char *line = text; line && *line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL) {
        if (!text_starts_with(line, prefix))
            continue;
        free(found);
        const char *rest = line + strlen(prefix);
        found = xasprintf("%.*s", (int)strcspn(rest, "\n"), rest);
    }
    return found;
}

static struct probe *find_probe(struct doctor *doctor, const char *name)
{
    size_t check = find_check(name);
    return check < CHECK_COUNT ? &doctor->probes[check] : NULL;
}

static void fold_evidence(struct doctor *doctor, const struct event *event)
{
    struct probe *probe = find_probe(doctor, event->evidence.name);
    const struct evidence *evidence = event->evidence.evidence;
    if (!probe || event->evidence.runtime != RUNTIME_GVISOR || evidence->ending != ENDING_EXITED)
        return;
    free(probe->said);
    free(probe->hint);
    probe->run = true;
    probe->said =
        evidence->exit_code ? line_with(evidence->errors, SAID_WRONG) : line_with(evidence->output, "");
    probe->hint = line_with(evidence->errors, SAID_HINT);
}

static void fold_verdict(struct doctor *doctor, const struct event *event)
{
    struct probe *probe = find_probe(doctor, event->verdict.name);
    const char *message = event->verdict.verdict->message ? event->verdict.verdict->message : "";
    if (!probe || strstr(message, RUN_INTERRUPTED))
        return;
    free(probe->reason);
    free(probe->message);
    probe->judged = true;
    probe->passed = event->verdict.verdict->kind == VERDICT_PASSED;
    probe->skipped = event->verdict.verdict->kind == VERDICT_SKIPPED;
    probe->reason = xstrdup(event->verdict.verdict->reason);
    probe->message = xstrdup(message);
}

/* What only gVisor fails at has causes of its own. */
static const char *finding_hint(enum check check)
{
    if (check == CHECK_STORAGE)
        return "look at runsc's log on the node, and whether the volume's file system is one that gVisor "
               "mounts";
    return "the network treats sandboxes otherwise than other pods: with Cilium, set "
           "socketLB.hostNamespaceOnly=true; look "
           "also at NetworkPolicies, and at --network in runsc's flags";
}

/* Fails a check by what kept its probe from being run: the problem that the verdict names as its cause. */
static void decide_by_cause(struct doctor *doctor, enum check check, const struct probe *probe)
{
    const struct model_problem *problem = NULL;
    for (size_t i = 0; i < doctor->model->problem_count && !problem; i++)
        if (strstr(probe->message, doctor->model->problems[i].message))
            problem = &doctor->model->problems[i];
    bool not_gvisor = strcmp(probe->reason, "not-gvisor") == 0;
    cleanup_free char *message = problem
                                     ? xasprintf("%s%s", not_gvisor ? "NOT GVISOR: " : "", problem->message)
                                     : xstrdup(probe->message);
    decide(doctor, check, STATE_FAILED, message, problem ? problem->hint : NULL);
}

static void decide_by_script(struct doctor *doctor, enum check check, const struct probe *probe)
{
    bool finding = strcmp(probe->reason, "finding") == 0;
    const char *blame = finding
                            ? "; it works under the default runtime on the same node, so gVisor is the cause"
                        : strcmp(probe->reason, "environment") == 0
                            ? "; nor under the default runtime, so gVisor is not the cause"
                            : "";
    cleanup_free char *message = xasprintf("%s%s", probe->said, blame);
    decide(doctor, check, STATE_FAILED, message, finding ? finding_hint(check) : probe->hint);
}

static bool is(const struct doctor *doctor, enum check check, enum check_state state)
{
    return doctor->lines[check].state == state;
}

/* A probe that was not run says why its pod is not well, as long as that is not known. */
static void settle_pod(struct doctor *doctor, const struct probe *probe)
{
    if (!probe->judged || probe->run || probe->passed || probe->skipped || !doctor->pods_made)
        return;
    if (is(doctor, CHECK_START, STATE_OPEN))
        decide_by_cause(doctor, CHECK_START, probe);
    else if (is(doctor, CHECK_START, STATE_OK) && is(doctor, CHECK_ATTESTATION, STATE_OPEN))
        decide_by_cause(doctor, CHECK_ATTESTATION, probe);
}

/* A probe that was not run, though pods start and are attested, says what is wrong with its own pod. */
static void settle_probe(struct doctor *doctor, enum check check)
{
    const struct probe *probe = &doctor->probes[check];
    bool pods_are_well = is(doctor, CHECK_START, STATE_OK) && is(doctor, CHECK_ATTESTATION, STATE_OK);
    if (!probe->judged)
        return;
    if (probe->passed)
        decide(doctor, check, STATE_OK, probe->said ? probe->said : probe->message, NULL);
    else if (probe->skipped)
        decide(doctor, check, STATE_NOT_CHECKED, probe->message, NULL);
    else if (probe->said)
        decide_by_script(doctor, check, probe);
    else if (probe->run || pods_are_well)
        decide_by_cause(doctor, check, probe);
}

static void settle_probes(struct doctor *doctor, bool at_the_end)
{
    /* A pod with a volume has more that can be wrong: it speaks for all pods when there is no other. */
    for (size_t check = CHECK_START; check < (at_the_end ? CHECK_CLEANUP : CHECK_STORAGE); check++)
        settle_pod(doctor, &doctor->probes[check]);
    for (size_t check = CHECK_DNS; check < CHECK_CLEANUP; check++)
        settle_probe(doctor, (enum check)check);
}

/* --- the end --- */

static const char *first_failed(const struct doctor *doctor)
{
    for (size_t i = 0; i < CHECK_COUNT; i++)
        if (doctor->lines[i].state == STATE_FAILED)
            return check_names[i];
    return NULL;
}

static bool is_told(const struct doctor *doctor, const struct model_problem *problem)
{
    for (size_t i = 0; i < CHECK_COUNT; i++)
        if (doctor->lines[i].message && strstr(doctor->lines[i].message, problem->message))
            return true;
    return false;
}

/* What belongs to no line of its own (a quota, the run's time) belongs to the first that is still open. */
static void settle_problems(struct doctor *doctor)
{
    const struct report_model *model = doctor->model;
    size_t check = 0;
    for (size_t i = 0; i < model->problem_count && !model->signal && !first_failed(doctor); i++) {
        if (is_told(doctor, &model->problems[i]))
            continue;
        bool of_claim = strstr(model->problems[i].message, "persistentvolumeclaims") != NULL;
        for (check = of_claim ? CHECK_STORAGE : 0; check < CHECK_CLEANUP; check++)
            if (is(doctor, (enum check)check, STATE_OPEN))
                break;
        if (check < CHECK_CLEANUP)
            decide(doctor, (enum check)check, STATE_FAILED, model->problems[i].message,
                   model->problems[i].hint);
    }
}

static bool is_left_out(const struct doctor *doctor, enum check check)
{
    bool probe = check == CHECK_DNS || check == CHECK_EGRESS || check == CHECK_STORAGE;
    return probe && !doctor->probes[check].planned;
}

static void settle_open(struct doctor *doctor)
{
    const char *failed = first_failed(doctor);
    cleanup_free char *cause = doctor->model->signal ? xstrdup("not looked at: interrupted")
                               : failed              ? xasprintf("not looked at: %s failed", failed)
                                                     : xstrdup("not looked at");
    for (size_t i = 0; i < CHECK_CLEANUP; i++)
        decide(doctor, (enum check)i, STATE_NOT_CHECKED,
               is_left_out(doctor, (enum check)i) ? "left out by the caller" : cause, NULL);
}

static void settle_cleanup(struct doctor *doctor)
{
    const struct report_model *model = doctor->model;
    if (model->left_behind) {
        const struct model_problem *problem =
            model->problem_count ? &model->problems[model->problem_count - 1] : NULL;
        cleanup_free char *count = text_count((size_t)model->left_behind, "object", "objects");
        cleanup_free char *message = xasprintf("%s of the run could not be removed%s%s", count,
                                               problem ? ": " : "", problem ? problem->message : "");
        decide(doctor, CHECK_CLEANUP, STATE_FAILED, message, "gvisor-smoke sweep removes what is left");
    } else if (doctor->options.kept) {
        decide(doctor, CHECK_CLEANUP, STATE_WARNING, "the pods stay, as --keep asks",
               "gvisor-smoke sweep removes them");
    } else {
        decide(doctor, CHECK_CLEANUP, STATE_OK, "nothing is left in the cluster", NULL);
    }
}

void doctor_sink(void *context, const struct event *event)
{
    struct doctor *doctor = context;
    report_model_sink(doctor->model, event);
    if (event->kind == EVENT_CASE && find_probe(doctor, event->planned.name))
        find_probe(doctor, event->planned.name)->planned = true;
    else if (event->kind == EVENT_STEP)
        fold_step(doctor, event);
    else if (event->kind == EVENT_POD)
        fold_pod(doctor, event);
    else if (event->kind == EVENT_ATTESTATION)
        fold_attestation(doctor, event);
    else if (event->kind == EVENT_EVIDENCE)
        fold_evidence(doctor, event);
    else if (event->kind == EVENT_VERDICT)
        fold_verdict(doctor, event);
    settle_probes(doctor, event->kind == EVENT_END);
    if (event->kind == EVENT_END) {
        settle_cleanup(doctor);
        settle_problems(doctor);
        settle_open(doctor);
    }
    doctor_show(doctor);
}

int doctor_exit_code(const struct doctor *doctor)
{
    int of_run = report_model_exit_code(doctor->model);
    if (of_run == 4 || of_run == 2 || of_run > 128)
        return of_run;
    return first_failed(doctor) ? 3 : 0;
}
