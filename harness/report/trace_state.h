/* SPDX-License-Identifier: Apache-2.0
 *
 * What a trace knows of the run while it is told: nodes, pods that are there, cases that are under way.
 */
#ifndef HARNESS_REPORT_TRACE_STATE_H
#define HARNESS_REPORT_TRACE_STATE_H

#include "gvisor-smoke/event.h"
#include "gvisor-smoke/index.h"
#include "trace_write.h"

/* A node, or the harness itself, which is the first. */
struct trace_process {
    unsigned number;
    struct trace_track track; /* what belongs to none of its pods */
};

/* A slice of a pod that is not known to be on a node. */
struct trace_pending {
    char *name;
    int64_t begin_us, end_us;
};

struct trace_pod {
    char *name, *role;
    bool placed, moved;       /* its node is known; it has come further than to exist */
    int64_t since_us;         /* when its last phase ended */
    struct trace_track track; /* once it is placed */
    struct trace_pending *pending;
    size_t pending_count;
};

struct trace_case {
    char *key; /* name, node, runtime */
    char *name, *node, *pod;
    enum runtime_role runtime;
    int64_t begin_us;
};

struct trace {
    struct trace_out out;
    bool begun;
    int64_t first_ms;           /* wall clock */
    int64_t now_us, last_us;    /* the event's time, and the latest */
    struct index process_index; /* nodes by name */
    struct trace_process *processes;
    size_t process_count;
    struct trace_pod *pods;
    size_t pod_count;
    struct trace_case *cases; /* under way */
    size_t case_count;
    struct index planned; /* numbers in after */
    char **after;         /* the case that it comes after, or NULL */
    size_t planned_count;
    struct index unjudged; /* cases that have evidence and no verdict, by name and node */
};

/* The process of the node; NULL is the harness. Borrowed until the next call. */
struct trace_process *trace_process(struct trace *trace, const char *node);
/* So long before now, or the beginning. */
int64_t trace_before(const struct trace *trace, int64_t duration_us);
/* In microseconds; what a journal says is no longer than the run has lasted. */
int64_t trace_duration(const struct trace *trace, int64_t duration_ms);
/* Nothing for NULL. */
void trace_argument(struct json_object *arguments, const char *key, const char *value);
const char *trace_runtime(enum runtime_role runtime);
void trace_state_release(struct trace *trace);

/* trace_pods.c */
void trace_fold_pod(struct trace *trace, const struct event *event);
/* Something of the pod on its track, which is made when it is not known. */
void trace_pod_slice(struct trace *trace, const char *name, const char *node,
                     const struct trace_slice *slice);
void trace_end_pods(struct trace *trace);

/* trace_cases.c */
void trace_plan_case(struct trace *trace, const struct event *event);
void trace_start_case(struct trace *trace, const struct event *event);
void trace_end_case(struct trace *trace, const struct event *event);
void trace_judge_case(struct trace *trace, const struct event *event);
void trace_end_cases(struct trace *trace);

#endif
