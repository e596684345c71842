/* SPDX-License-Identifier: Apache-2.0
 *
 * The cases of a trace: what each has waited for, and when it ran.
 */
#include <stdlib.h>
#include <string.h>

#include "gvisor-smoke/cleanup.h"
#include "trace_state.h"

static char *key_of(const char *name, const char *node)
{
    return xasprintf("%s\n%s", name, node ? node : "");
}

void trace_plan_case(struct trace *trace, const struct event *event)
{
    trace->after = xrealloc(trace->after, trace->planned_count + 1, sizeof *trace->after);
    trace->after[trace->planned_count] = event->planned.after ? xstrdup(event->planned.after) : NULL;
    index_set(&trace->planned, event->planned.name, trace->planned_count++);
}

static const char *after_of(const struct trace *trace, const char *name)
{
    size_t at;
    return index_get(&trace->planned, name, &at) ? trace->after[at] : NULL;
}

static struct json_object *arguments_of(const struct trace *trace, const char *name, const char *node,
                                        const char *pod, enum runtime_role runtime)
{
    struct json_object *arguments = json_object_new_object();
    trace_argument(arguments, "case", name);
    trace_argument(arguments, "node", node ? node : "");
    trace_argument(arguments, "pod", pod);
    trace_argument(arguments, "runtime", trace_runtime(runtime));
    trace_argument(arguments, "after", after_of(trace, name));
    return arguments;
}

static char *title_of(const char *name, enum runtime_role runtime)
{
    return xasprintf("%s%s", name, runtime == RUNTIME_CONTROL ? " (control)" : "");
}

/* --- what it has waited for --- */

static void write_wait(struct trace *trace, const struct event *event, const char *name, const char *what,
                       int64_t begin_us, int64_t end_us)
{
    struct json_object *arguments = json_object_new_object();
    trace_argument(arguments, "case", event->start.name);
    trace_argument(arguments, "runtime", trace_runtime(event->start.runtime));
    trace_argument(arguments, "for", what);
    const struct trace_slice slice = {
        .name = name, .category = "wait", .begin_us = begin_us, .end_us = end_us, .arguments = arguments};
    const char *node = event->start.node ? event->start.node : "";
    trace_write_wait(&trace->out, trace_process(trace, node)->number, &slice);
}

static void write_waits(struct trace *trace, const struct event *event)
{
    const struct {
        const char *name, *what;
        int64_t us;
    } waits[] = {
        {"wait: pod", event->start.pod, trace_duration(trace, event->start.waited_pod_ms)},
        {"wait: after", after_of(trace, event->start.name),
         trace_duration(trace, event->start.waited_after_ms)},
        {"wait: fixture", "fixture", trace_duration(trace, event->start.waited_fixture_ms)},
        {"wait: place", "place", trace_duration(trace, event->start.waited_place_ms)},
    };
    const size_t count = sizeof waits / sizeof *waits;
    int64_t all_us = 0;
    for (size_t i = 0; i < count; i++)
        all_us += waits[i].us;
    int64_t at_us = trace_before(trace, all_us);
    for (size_t i = 0; i < count; i++) {
        int64_t end_us = at_us + waits[i].us < trace->now_us ? at_us + waits[i].us : trace->now_us;
        if (waits[i].us > 0)
            write_wait(trace, event, waits[i].name, waits[i].what, at_us, end_us);
        at_us = end_us;
    }
}

/* --- its run --- */

static char *run_key(const char *name, const char *node, enum runtime_role runtime)
{
    return xasprintf("%s\n%s\n%d", name, node ? node : "", (int)runtime);
}

void trace_start_case(struct trace *trace, const struct event *event)
{
    write_waits(trace, event);
    trace->cases = xrealloc(trace->cases, trace->case_count + 1, sizeof *trace->cases);
    trace->cases[trace->case_count++] =
        (struct trace_case){.key = run_key(event->start.name, event->start.node, event->start.runtime),
                            .name = xstrdup(event->start.name),
                            .node = xstrdup(event->start.node ? event->start.node : ""),
                            .pod = event->start.pod ? xstrdup(event->start.pod) : NULL,
                            .runtime = event->start.runtime,
                            .begin_us = trace->now_us};
}

static struct trace_case *find_case(const struct trace *trace, const char *key)
{
    for (size_t i = 0; i < trace->case_count; i++)
        if (strcmp(trace->cases[i].key, key) == 0)
            return &trace->cases[i];
    return NULL;
}

/* arguments is taken. */
static void write_case(struct trace *trace, struct trace_case *running, struct json_object *arguments)
{
    cleanup_free char *title = title_of(running->name, running->runtime);
    const struct trace_slice slice = {.name = title,
                                      .category = "case",
                                      .begin_us = running->begin_us,
                                      .end_us = trace->now_us,
                                      .arguments = arguments};
    if (running->pod)
        trace_pod_slice(trace, running->pod, running->node, &slice);
    else
        trace_write_slice(&trace->out, &trace_process(trace, running->node)->track, &slice);
    free(running->key);
    free(running->name);
    free(running->node);
    free(running->pod);
    *running = trace->cases[--trace->case_count];
}

/* What was never begun has no time. */
static void write_not_run(struct trace *trace, const char *name, const char *node, enum runtime_role runtime,
                          int64_t duration_ms, struct json_object *arguments)
{
    cleanup_free char *title = title_of(name, runtime);
    const struct trace_slice slice = {.name = title,
                                      .category = "case",
                                      .begin_us = trace_before(trace, trace_duration(trace, duration_ms)),
                                      .end_us = trace->now_us,
                                      .arguments = arguments};
    trace_write_slice(&trace->out, &trace_process(trace, node && *node ? node : NULL)->track, &slice);
}

void trace_end_case(struct trace *trace, const struct event *event)
{
    const char *name = event->evidence.name, *node = event->evidence.node;
    enum runtime_role runtime = event->evidence.runtime;
    cleanup_free char *key = run_key(name, node, runtime), *judged = key_of(name, node);
    struct trace_case *running = find_case(trace, key);
    struct json_object *arguments = arguments_of(trace, name, node, event->evidence.pod, runtime);
    trace_argument(arguments, "ending", ending_name(event->evidence.evidence->ending));
    trace_argument(arguments, "cause", event->evidence.evidence->cause);
    if (running)
        write_case(trace, running, arguments);
    else
        write_not_run(trace, name, node, runtime, 0, arguments);
    index_set(&trace->unjudged, judged, 0);
}

void trace_judge_case(struct trace *trace, const struct event *event)
{
    const char *name = event->verdict.name, *node = event->verdict.node;
    cleanup_free char *key = key_of(name, node);
    struct json_object *arguments = arguments_of(trace, name, node, NULL, RUNTIME_GVISOR);
    trace_argument(arguments, "verdict", verdict_kind_name(event->verdict.verdict->kind));
    trace_argument(arguments, "reason", event->verdict.verdict->reason);
    if (!index_remove(&trace->unjudged, key)) { /* a check of the API, or never planned in a pod */
        write_not_run(trace, name, node, RUNTIME_GVISOR, event->verdict.duration_ms, arguments);
        return;
    }
    const struct trace_slice slice = {
        .name = "verdict", .category = "verdict", .end_us = trace->now_us, .arguments = arguments};
    trace_write_instant(&trace->out, &trace_process(trace, node && *node ? node : NULL)->track, &slice);
}

void trace_end_cases(struct trace *trace)
{
    while (trace->case_count) {
        struct trace_case *running = &trace->cases[trace->case_count - 1];
        struct json_object *arguments =
            arguments_of(trace, running->name, running->node, running->pod, running->runtime);
        trace_argument(arguments, "ending", "unended");
        write_case(trace, running, arguments);
    }
}
