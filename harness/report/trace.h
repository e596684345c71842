/* SPDX-License-Identifier: Apache-2.0
 *
 * A trace of a run in the Chrome trace event format, as Perfetto and chrome://tracing load it: one process
 * for each node, with a track for each pod, and one for the harness itself. It is written while the events
 * come.
 *
 * What overlaps on a track is on a further track of the same name; what waits is an asynchronous slice, since
 * many things wait for the same. In memory are the nodes' names, the cases' names, and what is under way.
 */
#ifndef HARNESS_REPORT_TRACE_H
#define HARNESS_REPORT_TRACE_H

#include <stdio.h>

#include "gvisor-smoke/event.h"

struct trace;

/* The stream is borrowed; whether it took what is written is the caller's to find out. */
struct trace *trace_new(FILE *out);
/* A sink. */
void trace_sink(void *trace, const struct event *event);
/* Ends what has not ended, and the JSON object; frees the trace. */
void trace_finish(struct trace *trace);

#endif
