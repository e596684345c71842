/* SPDX-License-Identifier: Apache-2.0
 *
 * The processes of a trace, and the end of its state.
 */
#include "trace_state.h"

#include <stdlib.h>
#include <string.h>

#include "gvisor-smoke/cleanup.h"
#include "gvisor-smoke/text.h"

static struct trace_process *add_process(struct trace *trace, const char *name, const char *track)
{
    trace->processes = xrealloc(trace->processes, trace->process_count + 1, sizeof *trace->processes);
    struct trace_process *process = &trace->processes[trace->process_count++];
    *process = (struct trace_process){.number = (unsigned)trace->process_count};
    process->track = (struct trace_track){.process = process->number, .name = xstrdup(track)};
    trace_write_process(&trace->out, process->number, name);
    return process;
}

struct trace_process *trace_process(struct trace *trace, const char *node)
{
    size_t at;
    if (trace->process_count == 0)
        add_process(trace, "gvisor-smoke", "harness");
    if (!node)
        return &trace->processes[0];
    if (index_get(&trace->process_index, node, &at))
        return &trace->processes[at];
    cleanup_free char *name = xasprintf("node %s", *node ? node : "(not known)");
    index_set(&trace->process_index, node, trace->process_count);
    return add_process(trace, name, "node");
}

int64_t trace_before(const struct trace *trace, int64_t duration_us)
{
    if (duration_us < 0)
        return trace->now_us;
    return duration_us < trace->now_us ? trace->now_us - duration_us : 0;
}

int64_t trace_duration(const struct trace *trace, int64_t duration_ms)
{
    if (duration_ms < 0)
        return 0;
    return duration_ms < trace->now_us / 1000 ? duration_ms * 1000 : trace->now_us;
}

void trace_argument(struct json_object *arguments, const char *key, const char *value)
{
    if (!value)
        return;
    cleanup_free char *valid = text_from_bytes(value, strlen(value));
    json_object_object_add(arguments, key, json_object_new_string(valid));
}

const char *trace_runtime(enum runtime_role runtime)
{
    return runtime == RUNTIME_GVISOR ? "gvisor" : "control";
}

void trace_state_release(struct trace *trace)
{
    for (size_t i = 0; i < trace->process_count; i++)
        trace_track_release(&trace->processes[i].track);
    for (size_t i = 0; i < trace->planned_count; i++)
        free(trace->after[i]);
    free(trace->processes);
    free(trace->pods);
    free(trace->cases);
    free(trace->after);
    index_release(&trace->process_index);
    index_release(&trace->planned);
    index_release(&trace->unjudged);
}
