/* SPDX-License-Identifier: Apache-2.0
 *
 * A journal for the tests of run --resume: of a run that was killed.
 */
#ifndef TESTS_UNIT_KILLED_RUN_H
#define TESTS_UNIT_KILLED_RUN_H

#include "unit.h"

#include "gvisor-smoke/report.h"
#include "gvisor-smoke/resume.h"
#include "sample_run.h"

#define SETTINGS "control=needed; fixture=pod"

struct writing {
    struct journal *journal;
    struct sample sample;
};

static const struct event run_event = {.kind = EVENT_RUN,
                                       .run = {.id = "ab12cd",
                                               .version = "0.1.0",
                                               .server = "https://198.18.0.2:6443",
                                               .name_space = "smoke",
                                               .runtime_class = "gvisor",
                                               .handler = "runsc",
                                               .image = "toolbox:1",
                                               .settings = SETTINGS}};

static inline struct event case_event(const char *name)
{
    return (struct event){.kind = EVENT_CASE,
                          .planned = {.name = name,
                                      .report_class = "TestClass",
                                      .report_name = name,
                                      .summary = "a summary",
                                      .expect = EXPECT_WORKS,
                                      .digest = name}};
}

static inline struct writing writing_begin(const char *path, struct event run)
{
    cleanup_error struct error *err = NULL;
    struct writing writing = {.journal = journal_create(path, &err)};
    assert_non_null(writing.journal);
    writing.sample =
        (struct sample){.sink = journal_sink, .context = writing.journal, .now_ms = SAMPLE_START_MS};
    sample_emit(&writing.sample, &run);
    return writing;
}

static inline void writing_plan(struct writing *writing, const char *name)
{
    struct event event = case_event(name);
    sample_emit(&writing->sample, &event);
}

static inline void writing_end(struct writing *writing)
{
    cleanup_error struct error *err = NULL;
    assert_int_equal(journal_close(writing->journal, NULL, &err), 0);
}

static inline void ran(struct writing *writing, const char *name, const char *node, const char *pod,
                       enum verdict_kind kind, const char *reason)
{
    const struct evidence evidence = {.ending = ENDING_EXITED, .output = (char *)name};
    const struct verdict verdict = {.kind = kind, .reason = reason, .message = (char *)"as it was"};
    struct event events[] = {
        {.kind = EVENT_START, .start = {.name = name, .node = node, .pod = pod}},
        {.kind = EVENT_EVIDENCE, .evidence = {.name = name, .node = node, .pod = pod, .evidence = &evidence}},
        {.kind = EVENT_EVIDENCE,
         .evidence = {.name = name,
                      .node = node,
                      .pod = "control-1",
                      .runtime = RUNTIME_CONTROL,
                      .evidence = &evidence}},
        {.kind = EVENT_VERDICT, .verdict = {.name = name, .node = node, .verdict = &verdict}}};
    for (size_t i = 0; i < COUNT(events); i++)
        sample_emit(&writing->sample, &events[i]);
}

static const char *const names[] = {"failed",    "skipped", "passed", "error",
                                    "elsewhere", "started", "waiting"};

/* One node; a pod that is gVisor and one that is not. */
static inline struct writing write_killed(const char *path)
{
    struct writing writing = writing_begin(path, run_event);
    for (size_t i = 0; i < COUNT(names); i++)
        writing_plan(&writing, names[i]);
    sample_node(&writing.sample, "node-a");
    sample_pod(&writing.sample, "pod-1", "node-a", "gvisor", "ready", NULL);
    sample_attestation(&writing.sample, "pod-1", "node-a", true);
    sample_attestation(&writing.sample, "pod-2", "node-a", false);
    ran(&writing, "passed", "node-a", "pod-1", VERDICT_PASSED, "works");
    ran(&writing, "failed", "node-a", "pod-1", VERDICT_FAILED, "finding");
    ran(&writing, "skipped", "node-a", "pod-1", VERDICT_SKIPPED, "unmet");
    ran(&writing, "error", "node-a", "pod-1", VERDICT_ERROR, "lost");
    ran(&writing, "elsewhere", "node-a", "pod-2", VERDICT_PASSED, "works");
    sample_start_case(&writing.sample, "started", "node-a");
    return writing;
}

struct place {
    char *folder, *path;
};

static inline struct place place_make(void)
{
    struct place place = {.folder = folder_make()};
    place.path = xasprintf("%s/run.jsonl", place.folder);
    return place;
}

static inline void place_remove(struct place *place)
{
    folder_remove(place->folder);
    free(place->path);
}

static inline struct place place_with_killed(void)
{
    struct place place = place_make();
    struct writing writing = write_killed(place.path);
    writing_end(&writing);
    return place;
}

static inline struct resume *open_or_fail(const char *path)
{
    cleanup_error struct error *err = NULL;
    struct resume *resume = resume_open(path, &err);
    if (!resume)
        fail_msg("%s", err->message);
    return resume;
}

/* What is told again of what was taken over. */
struct told {
    size_t others, attestations, evidences, controls, verdicts;
    int64_t verdict_ms;
    struct strings names, sources;
};

static inline void told_sink(void *context, const struct event *event)
{
    struct told *told = context;
    told->others +=
        event->kind != EVENT_ATTESTATION && event->kind != EVENT_EVIDENCE && event->kind != EVENT_VERDICT;
    told->attestations += event->kind == EVENT_ATTESTATION;
    if (event->kind == EVENT_EVIDENCE) {
        told->evidences += event->evidence.runtime == RUNTIME_GVISOR;
        told->controls += event->evidence.runtime == RUNTIME_CONTROL;
        assert_string_equal(event->evidence.evidence->output, event->evidence.name);
    } else if (event->kind == EVENT_VERDICT) {
        told->verdicts++;
        told->verdict_ms = event->wall_ms;
        strings_add(&told->names, event->verdict.name);
        strings_add(&told->sources, event->verdict.taken_from);
        assert_string_equal(event->verdict.verdict->message, "as it was");
    }
}

static inline struct told tell(const struct resume *resume)
{
    struct told told = {0};
    cleanup_error struct error *err = NULL;
    struct events *events = events_new();
    events_add_sink(events, told_sink, &told);
    assert_int_equal(resume_tell(resume, events, &err), 0);
    events_free(events);
    return told;
}

static inline void told_release(struct told *told)
{
    strings_release(&told->names);
    strings_release(&told->sources);
}

#endif
