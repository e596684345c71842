/* SPDX-License-Identifier: Apache-2.0
 *
 * Events: all that a run has to say. The run emits them in order; the journal writes them down; every report,
 * the terminal's too, is a fold over them. A reader never asks the run anything.
 *
 * An event borrows its strings from the emitter for the time of the call; a sink that keeps something copies
 * it.
 */
#ifndef GVISOR_SMOKE_EVENT_H
#define GVISOR_SMOKE_EVENT_H

#include <stdint.h>

#include "gvisor-smoke/attest.h"
#include "gvisor-smoke/case.h"
#include "gvisor-smoke/redact.h"
#include "gvisor-smoke/verdict.h"

enum event_kind {
    EVENT_RUN,         /* the first: what is run, where */
    EVENT_SOURCE,      /* of a merged journal: a run that it is made from */
    EVENT_CASE,        /* one for each planned case, before anything runs */
    EVENT_CLUSTER,     /* what the API server says of itself */
    EVENT_NODES,       /* of a run over nodes: which there are, before the first of them */
    EVENT_NODE,        /* a node that the run uses, or should use and cannot */
    EVENT_STEP,        /* something that must be so before pods are made was looked at */
    EVENT_POD,         /* a pod of the run changed its state */
    EVENT_ATTESTATION, /* the signs of one pod */
    EVENT_START,       /* a case begins in a pod */
    EVENT_EVIDENCE,    /* a case ended in a pod: what came back */
    EVENT_VERDICT,     /* the judgement of a case on a node */
    EVENT_MEASURE,     /* one timed repetition, for the overhead table */
    EVENT_PROBLEM,     /* the run could not be made or completed, or something needs attention */
    EVENT_NOTE,        /* something worth knowing that is no problem */
    EVENT_SPAN,        /* something that took its time is over: for who wants to know where time goes */
    EVENT_END,         /* the last */
};

/* The cause in verdicts on cases that a signal kept from being run. */
#define RUN_INTERRUPTED "the run was interrupted"

/* Which runtime a pod or an execution belongs to. */
enum runtime_role { RUNTIME_GVISOR, RUNTIME_CONTROL };

struct event {
    enum event_kind kind;
    int64_t wall_ms; /* when; 0 lets event_emit() fill it in */
    union {
        struct {
            const char *id, *version, *server, *context, *name_space, *runtime_class, *handler, *image,
                *hostname;
            const char *nodes;    /* that were asked for, as in run_options; or NULL */
            const char *settings; /* "name=value; name=value": what else a verdict rests on */
            const char *resumes; /* the runs that it takes up, "ab12cd ef34gh", the last one first; or NULL */
        } run;
        struct {
            const char *id, *version;
            int64_t started_ms, ended_ms; /* wall clock of its first and its last event */
            int64_t duration_ms;
            int exit_code, signal;
            bool complete; /* it came to its end, and no signal ended it */
        } source;
        struct {
            const char *name, *report_class, *report_name, *report_param /* or NULL */, *summary;
            enum expectation expect;
            int64_t timeout_ms;
            const char *digest; /* of the script, SHA-256 in hexadecimal; NULL for a check of the API */
            const char *after;  /* the case that must have worked before it; or NULL */
        } planned;
        struct {
            const char *version, *platform;
        } cluster;
        struct {
            int64_t usable, obstructed, elsewhere; /* can take pods; should and cannot; are not for the
                                                      RuntimeClass: the run has the first two */
            const char *message;                   /* names them, the others of many counted */
        } nodes;
        struct {
            const char *name, *kernel, *os_image, *container_runtime, *architecture;
            const char *obstacle; /* why it cannot take pods, "node b is cordoned"; or NULL */
        } node;
        struct {
            const char *name;  /* "access", "rights", "runtime-class", "nodes", "handler" */
            const char *state; /* "ok", "warning": the run goes on and knows less, "failed" */
            const char *message, *hint /* or NULL */;
        } step;
        struct {
            const char *name, *node /* or NULL */, *role; /* role: "gvisor", "control", "fixture" */
            const char *state;   /* "created", "running", "ready", "failed", "deleted", ... */
            const char *message; /* or NULL */
            int64_t since_creation_ms;
        } pod;
        struct {
            const char *pod, *node;
            const struct attestation *attestation;
        } attestation;
        struct {
            const char *name, *node, *pod;
            enum runtime_role runtime;
            /* What it has waited for until now, one after the other: its pod, the case that it comes after,
             * the fixture, a free place among the cases at once. */
            int64_t waited_pod_ms, waited_after_ms, waited_fixture_ms, waited_place_ms;
        } start;
        struct {
            const char *name, *node, *pod; /* pod is NULL when there was none */
            enum runtime_role runtime;
            const struct evidence *evidence;
        } evidence;
        struct {
            const char *name, *node;
            const struct verdict *verdict;
            int64_t duration_ms;
            const char *taken_from; /* the run that spoke it, when this one has taken it over; or NULL */
        } verdict;
        struct {
            const char *name, *node; /* a case, or "pod start" */
            enum runtime_role runtime;
            int64_t duration_us;
        } measure;
        struct {
            enum error_kind kind;
            const char *message, *hint; /* hint may be NULL */
        } problem;
        struct {
            const char *message;
        } note;
        struct {
            const char *name;       /* "rights", "supervisor", "claim", ... */
            const char *node, *pod; /* what it was for; or NULL */
            int64_t duration_us;    /* until the time of the event */
        } span;
        struct {
            int exit_code, signal; /* signal: 0, or the one that ended the run */
            int64_t duration_ms;
            int left_behind; /* objects of the run that could not be deleted */
        } end;
    };
};

/* Where events go. Several sinks are called in the order in which they were added. */
struct events;
typedef void (*event_sink)(void *context, const struct event *event);

struct events *events_new(void);
void events_add_sink(struct events *events, event_sink sink, void *context);
void events_free(struct events *events);
/* What is taken out of all texts of events, but for the names that events refer to each other by (redact.h).
 * Borrowed; NULL, as in the beginning: the known shapes. */
void events_set_redaction(struct events *events, const struct redaction *redaction);
/* Stamps the event when it has no time yet, and hands it to every sink, without secrets. */
void event_emit(struct events *events, struct event *event);
/* The same as a sink, for events that come from elsewhere. */
void events_sink(void *events, const struct event *event);

#endif
