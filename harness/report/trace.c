/* SPDX-License-Identifier: Apache-2.0
 *
 * Events to tracks and slices: whose time it is, and what it was spent on.
 */
#include <assert.h>
#include <string.h>

#include "forms.h"
#include "gvisor-smoke/cleanup.h"
#include "gvisor-smoke/clock.h"
#include "trace.h"
#include "trace_state.h"

struct trace *trace_new(FILE *out)
{
    struct trace *trace = xcalloc(1, sizeof *trace);
    trace->out.out = out;
    return trace;
}

/* The first event says what the trace is of. */
static void begin(struct trace *trace, const struct event *event)
{
    char stamp[CLOCK_STAMP_SIZE];
    bool is_run = event->kind == EVENT_RUN;
    trace->first_ms = event->wall_ms;
    trace->begun = true;
    trace_write_begin(&trace->out, is_run ? event->run.id : "",
                      is_run && event->run.version ? event->run.version : "",
                      clock_stamp(event->wall_ms, stamp));
    trace_process(trace, NULL);
}

static void on_harness(struct trace *trace, const char *name, const char *message)
{
    struct json_object *arguments = json_object_new_object();
    trace_argument(arguments, "message", message);
    const struct trace_slice slice = {
        .name = name, .category = "problem", .end_us = trace->now_us, .arguments = arguments};
    trace_write_instant(&trace->out, &trace_process(trace, NULL)->track, &slice);
}

static void fold_step(struct trace *trace, const struct event *event)
{
    if (strcmp(event->step.state, "ok") != 0)
        on_harness(trace, event->step.name, event->step.message);
}

static void fold_span(struct trace *trace, const struct event *event)
{
    const struct trace_slice slice = {.name = event->span.name,
                                      .category = event->span.pod ? "pod" : "harness",
                                      .begin_us = trace_before(trace, event->span.duration_us),
                                      .end_us = trace->now_us};
    if (event->span.pod)
        trace_pod_slice(trace, event->span.pod, event->span.node, &slice);
    else
        trace_write_slice(&trace->out, &trace_process(trace, event->span.node)->track, &slice);
}

static void fold_measure(struct trace *trace, const struct event *event)
{
    struct json_object *arguments = json_object_new_object();
    trace_argument(arguments, "runtime", trace_runtime(event->measure.runtime));
    const struct trace_slice slice = {.name = event->measure.name,
                                      .category = "measure",
                                      .begin_us = trace_before(trace, event->measure.duration_us),
                                      .end_us = trace->now_us,
                                      .arguments = arguments};
    trace_write_slice(&trace->out, &trace_process(trace, event->measure.node)->track, &slice);
}

static void fold(struct trace *trace, const struct event *event)
{
    switch (event->kind) {
    case EVENT_CASE:
        trace_plan_case(trace, event);
        break;
    case EVENT_STEP:
        fold_step(trace, event);
        break;
    case EVENT_POD:
        trace_fold_pod(trace, event);
        break;
    case EVENT_START:
        trace_start_case(trace, event);
        break;
    case EVENT_EVIDENCE:
        trace_end_case(trace, event);
        break;
    case EVENT_VERDICT:
        trace_judge_case(trace, event);
        break;
    case EVENT_MEASURE:
        fold_measure(trace, event);
        break;
    case EVENT_PROBLEM:
        on_harness(trace, "problem", event->problem.message);
        break;
    case EVENT_SPAN:
        fold_span(trace, event);
        break;
    case EVENT_RUN:
    case EVENT_SOURCE:
    case EVENT_CLUSTER:
    case EVENT_NODES:
    case EVENT_NODE:
    case EVENT_ATTESTATION:
    case EVENT_NOTE:
    case EVENT_END:
        break;
    }
}

void trace_sink(void *context, const struct event *event)
{
    struct trace *trace = context;
    if (!trace->begun)
        begin(trace, event);
    trace->now_us = event->wall_ms > trace->first_ms ? (event->wall_ms - trace->first_ms) * 1000 : 0;
    if (trace->now_us > trace->last_us)
        trace->last_us = trace->now_us;
    fold(trace, event);
}

static void write_run(struct trace *trace)
{
    struct trace_track track = {.process = trace_process(trace, NULL)->number, .name = xstrdup("run")};
    const struct trace_slice slice = {.name = "run", .category = "run", .end_us = trace->last_us};
    trace_write_slice(&trace->out, &track, &slice);
    trace_track_release(&track);
}

void trace_finish(struct trace *trace)
{
    if (!trace->begun)
        trace_write_begin(&trace->out, "", "", "");
    trace->now_us = trace->last_us;
    trace_end_cases(trace);
    trace_end_pods(trace);
    write_run(trace);
    trace_write_end(&trace->out);
    trace_state_release(trace);
    free(trace);
}

int trace_write(const struct report_events *events, FILE *out, struct error **err)
{
    assert(events->tell);
    struct trace *trace = trace_new(out);
    int failed = events->tell(events->context, trace_sink, trace, err);
    trace_finish(trace);
    return failed;
}
