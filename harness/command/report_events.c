/* SPDX-License-Identifier: Apache-2.0
 *
 * The events of a run once more, for reports that are made while they are told.
 */
#include <stdio.h>

#include "command.h"
#include "gvisor-smoke/cleanup.h"
#include "gvisor-smoke/clock.h"

/* A last line that was cut is told of where the journal is read first. */
static int tell_journal(const struct report_source *source, event_sink sink, void *context,
                        struct error **err)
{
    bool cut;
    if (source->merge)
        return merge_write(source->merge, sink, context, err);
    return journal_read(source->journal, sink, context, &cut, err);
}

static int tell(void *context, event_sink sink, void *sink_context, struct error **err)
{
    struct report_source *source = context;
    struct events *events = events_new();
    events_set_redaction(events, source->redaction);
    events_add_sink(events, sink, sink_context);
    int failed = source->redaction ? tell_journal(source, events_sink, events, err)
                                   : tell_journal(source, sink, sink_context, err);
    events_free(events);
    for (size_t i = 0; !failed && i < source->written_count; i++)
        sink(sink_context, &source->written[i]);
    return failed;
}

void report_arguments_source(struct report_arguments *arguments, const struct report_source *source)
{
    arguments->source = *source;
    arguments->options.events = (struct report_events){.tell = tell, .context = &arguments->source};
}

void report_source_written(struct report_source *source, const char *name, int64_t began_ms)
{
    if (source->written_count == sizeof source->written / sizeof *source->written)
        return;
    source->written[source->written_count++] =
        (struct event){.kind = EVENT_SPAN,
                       .wall_ms = clock_wall_ms(),
                       .span = {.name = name, .duration_us = (clock_monotonic_ms() - began_ms) * 1000}};
}
