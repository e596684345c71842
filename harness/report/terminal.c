/* SPDX-License-Identifier: Apache-2.0
 *
 * The terminal: one line for what a person waits for, as it happens, and a live view below these.
 */
#include <string.h>

#include "gvisor-smoke/cleanup.h"
#include "terminal.h"

#define NAME_WIDTH_MIN 18

struct terminal *terminal_new(const struct terminal_options *options)
{
    struct terminal *terminal = xcalloc(1, sizeof *terminal);
    terminal->options = *options;
    terminal->name_width = NAME_WIDTH_MIN;
    terminal->screen.out = options->out;
    return terminal;
}

void terminal_free(struct terminal *terminal)
{
    if (!terminal)
        return;
    terminal_stop(terminal);
    live_release(&terminal->live);
    free(terminal->screen.drawn.text);
    free(terminal->node);
    free(terminal->pod_failure);
    free(terminal->last_message);
    index_release(&terminal->control_pods);
    index_release(&terminal->attested_nodes);
    terminal_wide_release(&terminal->wide);
    free(terminal);
}

const char *colour_code(enum colour colour)
{
    static const char *const codes[] = {
        [COLOUR_NONE] = "\033[0m",     [COLOUR_GOOD] = "\033[32m", [COLOUR_BAD] = "\033[1;31m",
        [COLOUR_ERROR] = "\033[1;35m", [COLOUR_DIM] = "\033[2m",   [COLOUR_HINT] = "\033[36m",
    };
    return codes[colour];
}

const char *terminal_colour(const struct terminal *terminal, enum colour colour)
{
    return terminal->options.colour ? colour_code(colour) : "";
}

/* Whether the event is told. In a run over many nodes that is counted, so it is asked once for each event. */
static bool is_told(struct terminal *terminal, const struct event *event)
{
    return !terminal_is_wide(terminal) || terminal_wide_shows(terminal, event);
}

void terminal_sink(void *context, const struct event *event)
{
    struct terminal *terminal = context;
    bool repeated = event->kind == EVENT_PROBLEM && terminal->pod_failure &&
                    strcmp(terminal->pod_failure, event->problem.message) == 0;
    terminal_gather(terminal);
    if (event->kind == EVENT_POD && strcmp(event->pod.role, "control") == 0)
        index_set(&terminal->control_pods, event->pod.name, 0);
    if (is_told(terminal, event)) {
        if (!repeated)
            terminal_flush(terminal);
        terminal_show(terminal, event);
    }
    if (event->kind == EVENT_VERDICT)
        terminal_wide_count(terminal, event);
    live_event(&terminal->live, event);
    terminal_deliver(terminal, event->wall_ms);
}
