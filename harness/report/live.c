/* SPDX-License-Identifier: Apache-2.0
 *
 * The live view: what of a run is under way.
 */
#include <string.h>

#include "gvisor-smoke/cleanup.h"
#include "live.h"
#include "model.h"

static const char *or_empty(const char *text)
{
    return text ? text : "";
}

static void item_release(struct live_item *item)
{
    free(item->name);
    free(item->node);
    free(item->what);
}

static void add(struct live *live, bool pod, const char *name, const char *node, const char *what,
                int64_t since_ms)
{
    size_t at = live->count;
    live->items = xrealloc(live->items, live->count + 1, sizeof *live->items);
    while (at > 0 && live->items[at - 1].since_ms > since_ms)
        at--;
    memmove(live->items + at + 1, live->items + at, (live->count++ - at) * sizeof *live->items);
    live->items[at] = (struct live_item){.name = xstrdup(or_empty(name)),
                                         .node = xstrdup(or_empty(node)),
                                         .what = xstrdup(what),
                                         .since_ms = since_ms,
                                         .pod = pod};
}

static void drop(struct live *live, size_t at)
{
    item_release(&live->items[at]);
    live->count--;
    memmove(live->items + at, live->items + at + 1, (live->count - at) * sizeof *live->items);
}

/* A pod's name is its own in the whole run. */
static void drop_pod(struct live *live, const char *name)
{
    for (size_t i = live->count; i-- > 0;)
        if (live->items[i].pod && strcmp(live->items[i].name, or_empty(name)) == 0)
            drop(live, i);
}

/* what: NULL for either runtime. */
static void drop_case(struct live *live, const char *name, const char *node, const char *what)
{
    for (size_t i = live->count; i-- > 0;) {
        const struct live_item *item = &live->items[i];
        if (!item->pod && strcmp(item->name, or_empty(name)) == 0 &&
            strcmp(item->node, or_empty(node)) == 0 && (!what || strcmp(item->what, what) == 0))
            drop(live, i);
    }
}

static const char *runtime_text(enum runtime_role runtime)
{
    return runtime == RUNTIME_CONTROL ? "default runtime" : "";
}

/* Waited for from its creation until it is ready, or will not be. */
static void on_pod(struct live *live, const struct event *event)
{
    const char *state = or_empty(event->pod.state);
    int64_t created_ms = event->wall_ms - event->pod.since_creation_ms;
    bool waits = strcmp(state, "created") == 0 || strcmp(state, "running") == 0;
    drop_pod(live, event->pod.name);
    live->begun = true;
    if (waits)
        add(live, true, event->pod.name, event->pod.node,
            strcmp(state, "created") == 0 ? "starting" : "attesting", created_ms);
}

static void on_verdict(struct live *live, const struct event *event)
{
    const char *node = or_empty(event->verdict.node);
    size_t judged = 0;
    report_counts_add(&live->counts, event->verdict.verdict->kind);
    drop_case(live, event->verdict.name, node, NULL);
    if (!*node) {
        live->checks++;
        return;
    }
    index_get(&live->judged, node, &judged);
    index_set(&live->judged, node, judged + 1);
    if (judged + 1 + live->checks == live->planned)
        live->nodes_done++;
}

void live_event(struct live *live, const struct event *event)
{
    if (event->kind == EVENT_RUN && !live->began_ms) {
        live->began_ms = event->wall_ms;
    } else if (event->kind == EVENT_CASE) {
        live->planned++;
    } else if (event->kind == EVENT_NODES) {
        live->over_nodes = true;
        live->nodes = (size_t)(event->nodes.usable + event->nodes.obstructed);
    } else if (event->kind == EVENT_POD) {
        on_pod(live, event);
    } else if (event->kind == EVENT_START) {
        live->begun = true;
        add(live, false, event->start.name, event->start.node, runtime_text(event->start.runtime),
            event->wall_ms);
    } else if (event->kind == EVENT_EVIDENCE) {
        drop_case(live, event->evidence.name, event->evidence.node, runtime_text(event->evidence.runtime));
    } else if (event->kind == EVENT_VERDICT) {
        on_verdict(live, event);
    } else if (event->kind == EVENT_MEASURE) {
        live->measures++;
    } else if (event->kind == EVENT_END) {
        live->ended = true;
    }
}

void live_release(struct live *live)
{
    for (size_t i = 0; i < live->count; i++)
        item_release(&live->items[i]);
    free(live->items);
    index_release(&live->judged);
}
