/* SPDX-License-Identifier: Apache-2.0
 *
 * The terminal's lines: how each event is told.
 */
#include <string.h>

#include "gvisor-smoke/cleanup.h"
#include "gvisor-smoke/clock.h"
#include "terminal.h"

#define NAME_WIDTH_MAX 40
#define DATE_LENGTH 10  /* of a stamp: "2026-11-24" */
#define REASON_WIDTH 16 /* "nothing-to-check" */

void terminal_verdict_word(const struct terminal *terminal, enum verdict_kind kind)
{
    static const struct {
        const char *word;
        enum colour colour;
    } words[] = {
        [VERDICT_PASSED] = {"ok", COLOUR_GOOD},
        [VERDICT_FAILED] = {"FAIL", COLOUR_BAD},
        [VERDICT_ERROR] = {"ERROR", COLOUR_ERROR},
        [VERDICT_SKIPPED] = {"skip", COLOUR_DIM},
    };
    fprintf(terminal->lines, "%s%-5s%s", terminal_colour(terminal, words[kind].colour), words[kind].word,
            terminal_colour(terminal, COLOUR_NONE));
}

void terminal_text(const struct terminal *terminal, const char *text)
{
    cleanup_free char *line = text_one_line(text ? text : "");
    fputs(line, terminal->lines);
}

/* A line "title    text" when there is a text. */
static void print_titled(const struct terminal *terminal, const char *title, const char *text)
{
    if (!text || !*text)
        return;
    fprintf(terminal->lines, "%-10s", title);
    terminal_text(terminal, text);
    fputs("\n", terminal->lines);
}

static const char *or_unknown(const char *text)
{
    return text && *text ? text : "(unknown)";
}

static void show_run(const struct terminal *terminal, const struct event *event)
{
    char stamp[CLOCK_STAMP_SIZE];
    clock_stamp(event->wall_ms, stamp);
    cleanup_free char *date =
        terminal->options.stamps ? xasprintf(", %.*s", DATE_LENGTH, stamp) : xstrdup("");
    cleanup_free char *run =
        xasprintf("%s, gvisor-smoke %s%s", event->run.id, or_unknown(event->run.version), date);
    cleanup_free char *server =
        xasprintf("%s (context %s)", or_unknown(event->run.server), or_unknown(event->run.context));
    cleanup_free char *where =
        xasprintf("%s (handler %s), namespace %s", or_unknown(event->run.runtime_class),
                  or_unknown(event->run.handler), or_unknown(event->run.name_space));
    print_titled(terminal, "run", run);
    print_titled(terminal, "server", server);
    print_titled(terminal, "runtime", where);
}

static void show_node(struct terminal *terminal, const struct event *event)
{
    terminal->several_nodes =
        terminal->several_nodes || (terminal->node && strcmp(terminal->node, event->node.name) != 0);
    if (!terminal->node)
        terminal->node = xstrdup(event->node.name);
    if (terminal->options.quiet)
        return;
    cleanup_free char *node = xasprintf("%s: kernel %s, %s", event->node.name, or_unknown(event->node.kernel),
                                        or_unknown(event->node.container_runtime));
    print_titled(terminal, "node", node);
}

/* States that say nothing which a person waits for. */
static bool pod_is_shown(const struct terminal *terminal, const struct event *event)
{
    const char *state = event->pod.state;
    if (terminal->options.quiet)
        return strcmp(state, "failed") == 0;
    bool in_view = terminal->options.live && strcmp(state, "created") == 0;
    return event->pod.message || (strcmp(state, "running") != 0 && strcmp(state, "deleted") != 0 && !in_view);
}

bool terminal_is_control(const struct terminal *terminal, const char *pod)
{
    size_t at;
    return pod && index_get(&terminal->control_pods, pod, &at);
}

static void show_pod(struct terminal *terminal, const struct event *event)
{
    if (!pod_is_shown(terminal, event))
        return;
    bool failed = strcmp(event->pod.state, "failed") == 0;
    bool placed = event->pod.node && *event->pod.node;
    cleanup_free char *duration = text_duration(event->pod.since_creation_ms);
    cleanup_free char *after =
        event->pod.since_creation_ms > 0 ? xasprintf(" after %s", duration) : xstrdup("");
    cleanup_free char *message =
        event->pod.message && !failed ? xasprintf(": %s", event->pod.message) : xstrdup("");
    cleanup_free char *pod =
        xasprintf("%s (%s)%s%s: %s%s%s", event->pod.name, event->pod.role, placed ? " on " : "",
                  placed ? event->pod.node : "", event->pod.state, after, message);
    print_titled(terminal, "pod", pod);
    if (failed)
        terminal->pod_failure = xstrdup(event->pod.message);
}

void terminal_flush(struct terminal *terminal)
{
    if (!terminal->pod_failure)
        return;
    fputs("          ", terminal->lines);
    terminal_text(terminal, terminal->pod_failure);
    fputs("\n", terminal->lines);
    free(terminal->pod_failure);
    terminal->pod_failure = NULL;
}

static void show_sign(const struct terminal *terminal, const struct sign *sign)
{
    static const struct {
        const char *mark;
        enum colour colour;
    } marks[] = {[SIGN_GVISOR] = {"yes", COLOUR_GOOD},
                 [SIGN_NOT_GVISOR] = {"NO", COLOUR_BAD},
                 [SIGN_UNKNOWN] = {"?", COLOUR_DIM}};
    fprintf(terminal->lines, "    %s%-3s%s  ", terminal_colour(terminal, marks[sign->says].colour),
            marks[sign->says].mark, terminal_colour(terminal, COLOUR_NONE));
    cleanup_free char *name = text_one_line(sign->name ? sign->name : "");
    fprintf(terminal->lines, "%-21s  ", name);
    terminal_text(terminal, sign->value);
    fputs("\n", terminal->lines);
}

/* The control is right when it is not gVisor: one line. */
static void show_control(const struct terminal *terminal, const struct event *event)
{
    const struct attestation *seen = event->attestation.attestation;
    cleanup_free char *text = xasprintf(
        "%s on %s %s (%zu/%zu signs of gVisor)", or_unknown(event->attestation.pod),
        or_unknown(event->attestation.node),
        seen->attested ? "runs under gVisor as well, so it is no control" : "runs under the default runtime",
        seen->gvisor_count, seen->count);
    print_titled(terminal, "control", text);
}

/* The pods of a node are alike: of an attested pod behind the first only the signs that fail to say gVisor
 * are shown. Where an event is one line that holds for the first too. */
static bool is_first_on_node(struct terminal *terminal, const char *node_or_null)
{
    const char *node = node_or_null ? node_or_null : "";
    size_t at;
    if (index_get(&terminal->attested_nodes, node, &at))
        return false;
    index_set(&terminal->attested_nodes, node, 0);
    return true;
}

static void show_attestation(struct terminal *terminal, const struct event *event)
{
    const struct attestation *seen = event->attestation.attestation;
    bool control = terminal_is_control(terminal, event->attestation.pod);
    if (terminal->options.quiet && seen->attested != control)
        return;
    if (control) {
        show_control(terminal, event);
        return;
    }
    FILE *out = terminal->lines;
    cleanup_free char *where = xasprintf(
        " on %s (pod %s)%s%s", or_unknown(event->attestation.node), or_unknown(event->attestation.pod),
        seen->release ? ", release " : "", seen->release ? seen->release : "");
    fprintf(out, "gvisor: %s%zu/%zu signs%s",
            terminal_colour(terminal, seen->attested ? COLOUR_GOOD : COLOUR_BAD), seen->gvisor_count,
            seen->count, terminal_colour(terminal, COLOUR_NONE));
    terminal_text(terminal, where);
    if (!seen->attested)
        fprintf(out, ": %sNOT GVISOR%s", terminal_colour(terminal, COLOUR_BAD),
                terminal_colour(terminal, COLOUR_NONE));
    fputs("\n", out);
    bool all =
        !seen->attested || (!terminal->options.stamps && is_first_on_node(terminal, event->attestation.node));
    for (size_t i = 0; i < seen->count; i++)
        if (all || seen->signs[i].says != SIGN_GVISOR)
            show_sign(terminal, &seen->signs[i]);
}

/* The message before is the same, or is the problem that this one names as its cause. */
static bool already_said(const struct terminal *terminal, const char *message)
{
    return terminal->last_message && *terminal->last_message && message &&
           strstr(message, terminal->last_message);
}

static void keep_message(struct terminal *terminal, const char *message)
{
    free(terminal->last_message);
    terminal->last_message = xstrdup(message);
}

static void show_verdict(struct terminal *terminal, const struct event *event)
{
    const struct verdict *verdict = event->verdict.verdict;
    if (terminal->options.quiet && verdict->kind == VERDICT_PASSED)
        return;
    FILE *out = terminal->lines;
    cleanup_free char *name = text_one_line(event->verdict.name);
    cleanup_free char *reason = text_one_line(verdict->reason);
    cleanup_free char *duration = text_duration(event->verdict.duration_ms);
    terminal_verdict_word(terminal, verdict->kind);
    fprintf(out, " %-*s  %-*s  %8s", terminal->name_width, name, REASON_WIDTH, reason, duration);
    if (terminal->several_nodes && event->verdict.node) {
        fputs("  ", out);
        terminal_text(terminal, event->verdict.node);
    }
    if (event->verdict.taken_from) {
        fputs("  of run ", out);
        terminal_text(terminal, event->verdict.taken_from);
    }
    if (verdict->kind != VERDICT_PASSED && !already_said(terminal, verdict->message)) {
        keep_message(terminal, verdict->message);
        fputs(terminal->options.stamps ? "  " : "\n      ", out); /* with a time an event is one line */
        terminal_text(terminal, verdict->message);
    }
    fputs("\n", out);
}

/* A line "title: text" when there is a text. */
static void print_labelled(const struct terminal *terminal, const char *title, enum colour colour,
                           const char *text)
{
    if (!text || !*text)
        return;
    fprintf(terminal->lines, "%s%s:%s ", terminal_colour(terminal, colour), title,
            terminal_colour(terminal, COLOUR_NONE));
    terminal_text(terminal, text);
    fputs("\n", terminal->lines);
}

void terminal_problem(const struct terminal *terminal, const char *message, const char *hint)
{
    print_labelled(terminal, "problem", COLOUR_ERROR, message);
    print_labelled(terminal, "hint", COLOUR_HINT, hint);
}

static void show_end(const struct terminal *terminal, const struct event *event)
{
    if (event->end.signal)
        fprintf(terminal->lines, "ended by signal %d (%s)\n", event->end.signal,
                strsignal(event->end.signal));
    if (event->end.left_behind <= 0)
        return;
    cleanup_free char *objects = text_count((size_t)event->end.left_behind, "object", "objects");
    fprintf(terminal->lines, "%s of the run could not be deleted; gvisor-smoke sweep removes what is left\n",
            objects);
}

/* A failed pod's message stands in the problem that follows it; only what is new is said. */
static void show_problem(struct terminal *terminal, const struct event *event)
{
    free(terminal->pod_failure);
    terminal->pod_failure = NULL;
    terminal_problem(terminal, event->problem.message, event->problem.hint);
    keep_message(terminal, event->problem.message);
}

static void plan(struct terminal *terminal, const char *name)
{
    int width = (int)strnlen(name, NAME_WIDTH_MAX);
    if (width > terminal->name_width)
        terminal->name_width = width;
    terminal->planned++;
}

static void show_cluster(const struct terminal *terminal, const struct event *event)
{
    cleanup_free char *cluster = xasprintf("Kubernetes %s%s%s", or_unknown(event->cluster.version),
                                           event->cluster.platform ? ", " : "",
                                           event->cluster.platform ? event->cluster.platform : "");
    print_titled(terminal, "cluster", cluster);
}

static void show_nodes(struct terminal *terminal, const struct event *event)
{
    terminal->wide.nodes = (size_t)(event->nodes.usable + event->nodes.obstructed);
    if (!terminal->options.quiet)
        print_titled(terminal, "nodes", event->nodes.message);
}

void terminal_show(struct terminal *terminal, const struct event *event)
{
    bool quiet = terminal->options.quiet;
    if (event->kind == EVENT_RUN && !quiet)
        show_run(terminal, event);
    else if (event->kind == EVENT_CASE)
        plan(terminal, event->planned.name);
    else if (event->kind == EVENT_CLUSTER && !quiet)
        show_cluster(terminal, event);
    else if (event->kind == EVENT_NODES)
        show_nodes(terminal, event);
    else if (event->kind == EVENT_NODE)
        show_node(terminal, event);
    else if (event->kind == EVENT_POD)
        show_pod(terminal, event);
    else if (event->kind == EVENT_ATTESTATION)
        show_attestation(terminal, event);
    else if (event->kind == EVENT_VERDICT)
        show_verdict(terminal, event);
    else if (event->kind == EVENT_PROBLEM)
        show_problem(terminal, event);
    else if (event->kind == EVENT_NOTE && !quiet)
        print_titled(terminal, "note", event->note.message);
    else if (event->kind == EVENT_END)
        show_end(terminal, event);
}
