/* SPDX-License-Identifier: Apache-2.0
 *
 * Events for the tests of reports: short ways to emit one, and a run that has every kind.
 */
#ifndef TESTS_UNIT_SAMPLE_RUN_H
#define TESTS_UNIT_SAMPLE_RUN_H

#include "gvisor-smoke/event.h"

#define SAMPLE_START_MS 1795550185123 /* 2026-11-24T19:56:25.123Z */

struct sample {
    event_sink sink;
    void *context;
    int64_t now_ms; /* each event is a second later */
};

static inline void sample_emit(struct sample *sample, struct event *event)
{
    event->wall_ms = sample->now_ms;
    sample->now_ms += 1000;
    sample->sink(sample->context, event);
}

static inline struct sample sample_begin(event_sink sink, void *context)
{
    struct sample sample = {.sink = sink, .context = context, .now_ms = SAMPLE_START_MS};
    struct event event = {.kind = EVENT_RUN,
                          .run = {.id = "ab12cd",
                                  .version = "0.1.0",
                                  .server = "https://198.18.0.2:6443",
                                  .context = "bed",
                                  .name_space = "gvisor-smoke",
                                  .runtime_class = "gvisor",
                                  .handler = "runsc",
                                  .image = "toolbox:1",
                                  .hostname = "ci-7"}};
    sample_emit(&sample, &event);
    return sample;
}

static inline void sample_source(struct sample *sample, const char *id)
{
    struct event event = {.kind = EVENT_SOURCE,
                          .source = {.id = id,
                                     .version = "0.1.0",
                                     .started_ms = SAMPLE_START_MS,
                                     .ended_ms = SAMPLE_START_MS + 32100,
                                     .duration_ms = 32100,
                                     .exit_code = 143,
                                     .signal = 15,
                                     .complete = false}};
    sample_emit(sample, &event);
}

static inline void sample_plan(struct sample *sample, const char *name, const char *report_name,
                               const char *param, enum expectation expect)
{
    struct event event = {.kind = EVENT_CASE,
                          .planned = {.name = name,
                                      .report_class = "TestGvisorCompatibilityMatrix",
                                      .report_name = report_name,
                                      .report_param = param,
                                      .summary = "a summary",
                                      .expect = expect,
                                      .timeout_ms = 60000}};
    sample_emit(sample, &event);
}

static inline void sample_nodes(struct sample *sample, int64_t usable, int64_t obstructed, int64_t elsewhere)
{
    struct event event = {.kind = EVENT_NODES,
                          .nodes = {.usable = usable,
                                    .obstructed = obstructed,
                                    .elsewhere = elsewhere,
                                    .message = "some nodes can take pods"}};
    sample_emit(sample, &event);
}

static inline void sample_node(struct sample *sample, const char *name)
{
    struct event event = {.kind = EVENT_NODE,
                          .node = {.name = name,
                                   .kernel = "6.1.0-13-amd64",
                                   .os_image = "Debian",
                                   .container_runtime = "containerd://2.4.2",
                                   .architecture = "amd64"}};
    sample_emit(sample, &event);
}

static inline void sample_step(struct sample *sample, const char *name, const char *state,
                               const char *message, const char *hint)
{
    struct event event = {.kind = EVENT_STEP,
                          .step = {.name = name, .state = state, .message = message, .hint = hint}};
    sample_emit(sample, &event);
}

static inline void sample_pod(struct sample *sample, const char *name, const char *node, const char *role,
                              const char *state, const char *message)
{
    struct event event = {.kind = EVENT_POD,
                          .pod = {.name = name,
                                  .node = node,
                                  .role = role,
                                  .state = state,
                                  .message = message,
                                  .since_creation_ms = 651}};
    sample_emit(sample, &event);
}

static inline void sample_attestation(struct sample *sample, const char *pod, const char *node, bool attested)
{
    struct sign signs[] = {
        {.name = (char *)"kernel version", .value = (char *)"4.19.0-gvisor", .says = SIGN_GVISOR},
        {.name = (char *)"boot id",
         .value = (char *)"1234, as on the node",
         .says = SIGN_NOT_GVISOR,
         .decisive = true},
        {.name = (char *)"/proc/gvisor", .value = (char *)"absent", .says = SIGN_UNKNOWN}};
    if (attested)
        signs[1] = (struct sign){
            .name = (char *)"boot id", .value = (char *)"5678", .says = SIGN_GVISOR, .decisive = true};
    const struct attestation attestation = {
        .signs = signs,
        .count = 3,
        .gvisor_count = attested ? 2 : 1,
        .attested = attested,
        .release = attested ? (char *)"4.19.0-gvisor" : NULL,
        .summary = attested ? (char *)"gvisor: 2/3" : (char *)"gvisor: 1/3; not gVisor by: boot id"};
    struct event event = {.kind = EVENT_ATTESTATION,
                          .attestation = {.pod = pod, .node = node, .attestation = &attestation}};
    sample_emit(sample, &event);
}

static inline void sample_start_case(struct sample *sample, const char *name, const char *node)
{
    struct event event = {.kind = EVENT_START,
                          .start = {.name = name, .node = node, .pod = "pod-1", .runtime = RUNTIME_GVISOR}};
    sample_emit(sample, &event);
}

static inline void sample_evidence(struct sample *sample, const char *name, const char *node,
                                   enum runtime_role runtime, int exit_code, const char *output,
                                   const char *errors)
{
    const struct evidence evidence = {.ending = ENDING_EXITED,
                                      .exit_code = exit_code,
                                      .duration_ms = 812,
                                      .output = (char *)output,
                                      .errors = (char *)errors,
                                      .output_bytes = output ? strlen(output) : 0,
                                      .errors_bytes = errors ? strlen(errors) : 0};
    struct event event = {
        .kind = EVENT_EVIDENCE,
        .evidence = {.name = name, .node = node, .pod = "pod-1", .runtime = runtime, .evidence = &evidence}};
    sample_emit(sample, &event);
}

static inline void sample_verdict(struct sample *sample, const char *name, const char *node,
                                  enum verdict_kind kind, const char *reason, const char *message)
{
    const struct verdict verdict = {.kind = kind, .reason = reason, .message = (char *)message};
    struct event event = {.kind = EVENT_VERDICT,
                          .verdict = {.name = name, .node = node, .verdict = &verdict, .duration_ms = 812}};
    sample_emit(sample, &event);
}

static inline void sample_passed(struct sample *sample, const char *name, const char *node)
{
    sample_verdict(sample, name, node, VERDICT_PASSED, "works", "works in 812 ms");
}

static inline void sample_measure(struct sample *sample, const char *name, enum runtime_role runtime,
                                  int64_t us)
{
    struct event event = {.kind = EVENT_MEASURE,
                          .measure = {.name = name, .node = "node-a", .runtime = runtime, .duration_us = us}};
    sample_emit(sample, &event);
}

static inline void sample_problem(struct sample *sample, enum error_kind kind, const char *message,
                                  const char *hint)
{
    struct event event = {.kind = EVENT_PROBLEM, .problem = {.kind = kind, .message = message, .hint = hint}};
    sample_emit(sample, &event);
}

static inline void sample_note(struct sample *sample, const char *message)
{
    struct event event = {.kind = EVENT_NOTE, .note = {.message = message}};
    sample_emit(sample, &event);
}

static inline void sample_span(struct sample *sample, const char *name, const char *node, const char *pod,
                               int64_t us)
{
    struct event event = {.kind = EVENT_SPAN,
                          .span = {.name = name, .node = node, .pod = pod, .duration_us = us}};
    sample_emit(sample, &event);
}

static inline void sample_end(struct sample *sample, int exit_code, int signal)
{
    struct event event = {
        .kind = EVENT_END,
        .end = {.exit_code = exit_code, .signal = signal, .duration_ms = 32100, .left_behind = 2}};
    sample_emit(sample, &event);
}

/* A run with every kind of event, and texts that are hard to carry. */
static inline void sample_run(event_sink sink, void *context)
{
    struct sample sample = sample_begin(sink, context);
    sample_plan(&sample, "git-clone", "test_git_clone_works_under_gvisor", NULL, EXPECT_WORKS);
    sample_plan(&sample, "git-push", "test_git_clone_works_under_gvisor", "push", EXPECT_WORKS);
    sample_plan(&sample, "tcpdump", "test_tcpdump_is_blocked_under_gvisor", NULL, EXPECT_BLOCKED);
    struct event cluster = {.kind = EVENT_CLUSTER,
                            .cluster = {.version = "v1.37.2", .platform = "linux/amd64"}};
    sample_emit(&sample, &cluster);
    sample_step(&sample, "access", "ok", "https://198.18.0.2:6443 answers", NULL);
    sample_step(&sample, "nodes", "warning", "nodes cannot be read", "grant it");
    sample_nodes(&sample, 1, 0, 2);
    sample_node(&sample, "node-a");
    sample_pod(&sample, "pod-1", NULL, "gvisor", "created", NULL);
    sample_pod(&sample, "pod-1", "node-a", "gvisor", "ready", NULL);
    sample_pod(&sample, "pod-2", "node-a", "fixture", "failed", "back-off \"pulling\" image");
    sample_attestation(&sample, "pod-1", "node-a", true);
    sample_start_case(&sample, "git-clone", "node-a");
    sample_evidence(&sample, "git-clone", "node-a", RUNTIME_GVISOR, 0, "Cloning\tinto \xC3\xA4 \"x\"\\\n",
                    NULL);
    sample_passed(&sample, "git-clone", "node-a");
    sample_evidence(&sample, "git-push", "node-a", RUNTIME_CONTROL, 0, "", "");
    sample_verdict(&sample, "git-push", "node-a", VERDICT_FAILED, "finding", "exit code 1: \"rejected\"");
    sample_verdict(&sample, "tcpdump", "node-a", VERDICT_PASSED, "blocked",
                   "expected failure: \"not permitted\"");
    sample_measure(&sample, "pod start", RUNTIME_CONTROL, 500000);
    sample_measure(&sample, "pod start", RUNTIME_GVISOR, 650000);
    sample_problem(&sample, ERROR_ENVIRONMENT, "the claim is not bound", "make a StorageClass");
    sample_problem(&sample, ERROR_NOT_GVISOR, "no hint here", NULL);
    sample_note(&sample, "the namespace stays:\nit is in use");
    sample_span(&sample, "delete", "node-a", "pod-1", 400000);
    sample.now_ms -= 1000;
    sample_end(&sample, 4, 15);
}

#endif
