/* SPDX-License-Identifier: Apache-2.0
 *
 * The pods of a trace: each from its creation to its end, on a track of its node.
 */
#include <stdlib.h>
#include <string.h>

#include "gvisor-smoke/cleanup.h"
#include "trace_state.h"

static struct trace_pod *get_pod(struct trace *trace, const char *name)
{
    for (size_t i = 0; i < trace->pod_count; i++)
        if (strcmp(trace->pods[i].name, name) == 0)
            return &trace->pods[i];
    trace->pods = xrealloc(trace->pods, trace->pod_count + 1, sizeof *trace->pods);
    struct trace_pod *pod = &trace->pods[trace->pod_count++];
    *pod = (struct trace_pod){.name = xstrdup(name)};
    return pod;
}

static void write_pending(struct trace *trace, struct trace_pod *pod)
{
    for (size_t i = 0; i < pod->pending_count; i++) {
        const struct trace_slice slice = {.name = pod->pending[i].name,
                                          .category = "pod",
                                          .begin_us = pod->pending[i].begin_us,
                                          .end_us = pod->pending[i].end_us};
        trace_write_slice(&trace->out, &pod->track, &slice);
        free(pod->pending[i].name);
    }
    free(pod->pending);
    pod->pending = NULL;
    pod->pending_count = 0;
}

/* Of a pod that never comes to a node the harness has the track. */
static void place(struct trace *trace, struct trace_pod *pod, const char *node)
{
    if (pod->placed)
        return;
    pod->placed = true;
    pod->track = (struct trace_track){.process = trace_process(trace, node)->number,
                                      .name = xasprintf("pod %s", pod->name)};
    write_pending(trace, pod);
}

/* What began before the pod's last phase was over is told from there on. */
static void write_slice(struct trace *trace, struct trace_pod *pod, const struct trace_slice *slice)
{
    struct trace_slice own = *slice;
    if (own.begin_us < pod->since_us)
        own.begin_us = pod->since_us;
    if (pod->placed) {
        trace_write_slice(&trace->out, &pod->track, &own);
        return;
    }
    pod->pending = xrealloc(pod->pending, pod->pending_count + 1, sizeof *pod->pending);
    pod->pending[pod->pending_count++] =
        (struct trace_pending){.name = xstrdup(own.name), .begin_us = own.begin_us, .end_us = own.end_us};
    json_object_put(own.arguments);
}

void trace_pod_slice(struct trace *trace, const char *name, const char *node, const struct trace_slice *slice)
{
    struct trace_pod *pod = get_pod(trace, name);
    if (node && *node)
        place(trace, pod, node);
    write_slice(trace, pod, slice);
}

/* The phase that has ended with the pod's new state. */
static const char *phase_of(const struct trace_pod *pod, const char *state)
{
    if (strcmp(state, "created") == 0)
        return pod->moved ? NULL : "create";
    if (strcmp(state, "running") == 0)
        return "start";
    if (strcmp(state, "ready") == 0)
        return strcmp(pod->role, "fixture") == 0 ? "start" : "attest";
    return NULL;
}

static void end_phase(struct trace *trace, struct trace_pod *pod, const char *name)
{
    int64_t told_us = trace_track_end_us(&pod->track);
    for (size_t i = 0; i < pod->pending_count; i++)
        told_us = pod->pending[i].end_us > told_us ? pod->pending[i].end_us : told_us;
    const struct trace_slice slice = {.name = name,
                                      .category = "pod",
                                      .begin_us = told_us > pod->since_us ? told_us : pod->since_us,
                                      .end_us = trace->now_us};
    if (slice.begin_us < slice.end_us)
        write_slice(trace, pod, &slice);
}

static void tell_state(struct trace *trace, struct trace_pod *pod, const struct event *event)
{
    struct json_object *arguments = json_object_new_object();
    trace_argument(arguments, "role", event->pod.role);
    trace_argument(arguments, "pod", event->pod.name);
    trace_argument(arguments, "message", event->pod.message);
    const struct trace_slice slice = {
        .name = event->pod.state, .category = "pod", .end_us = trace->now_us, .arguments = arguments};
    trace_write_instant(&trace->out, &pod->track, &slice);
}

static void release_pod(struct trace *trace, struct trace_pod *pod)
{
    place(trace, pod, NULL);
    trace_track_release(&pod->track);
    free(pod->name);
    free(pod->role);
    *pod = trace->pods[--trace->pod_count];
}

void trace_fold_pod(struct trace *trace, const struct event *event)
{
    const char *state = event->pod.state;
    struct trace_pod *pod = get_pod(trace, event->pod.name);
    if (!pod->role) {
        pod->role = xstrdup(event->pod.role);
        pod->since_us = trace_before(trace, trace_duration(trace, event->pod.since_creation_ms));
    }
    if (event->pod.node && *event->pod.node)
        place(trace, pod, event->pod.node);
    const char *phase = phase_of(pod, state);
    if (phase)
        end_phase(trace, pod, phase);
    pod->moved = pod->moved || strcmp(state, "created") != 0;
    if (phase)
        pod->since_us = trace->now_us;
    bool is_over = strcmp(state, "deleted") == 0;
    if (!phase || strcmp(state, "ready") == 0) {
        if (!phase && strcmp(state, "created") != 0)
            place(trace, pod, NULL);
        if (pod->placed)
            tell_state(trace, pod, event);
    }
    if (is_over)
        release_pod(trace, pod);
}

void trace_end_pods(struct trace *trace)
{
    while (trace->pod_count)
        release_pod(trace, &trace->pods[trace->pod_count - 1]);
}
