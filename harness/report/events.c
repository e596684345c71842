/* SPDX-License-Identifier: Apache-2.0
 *
 * The way of an event to its sinks.
 */
#include "event_redact.h"
#include "gvisor-smoke/cleanup.h"
#include "gvisor-smoke/clock.h"
#include "gvisor-smoke/event.h"

struct sink {
    event_sink call;
    void *context;
};

struct events {
    struct sink *sinks;
    size_t count;
    const struct redaction *redaction;
};

struct events *events_new(void)
{
    return xcalloc(1, sizeof(struct events));
}

void events_add_sink(struct events *events, event_sink sink, void *context)
{
    events->sinks = xrealloc(events->sinks, events->count + 1, sizeof *events->sinks);
    events->sinks[events->count++] = (struct sink){.call = sink, .context = context};
}

void events_free(struct events *events)
{
    if (!events)
        return;
    free(events->sinks);
    free(events);
}

void events_set_redaction(struct events *events, const struct redaction *redaction)
{
    events->redaction = redaction;
}

void event_emit(struct events *events, struct event *event)
{
    if (event->wall_ms == 0)
        event->wall_ms = clock_wall_ms();
    struct event_clean clean;
    const struct event *told = event_redact(event, events->redaction, &clean);
    for (size_t i = 0; i < events->count; i++)
        events->sinks[i].call(events->sinks[i].context, told);
    event_clean_release(&clean);
}

void events_sink(void *context, const struct event *event)
{
    struct event copy = *event;
    event_emit(context, &copy);
}
