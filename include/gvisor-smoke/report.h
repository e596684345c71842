/* SPDX-License-Identifier: Apache-2.0
 *
 * Readers of events: the journal, the model that all reports are made from, JUnit, and the terminal.
 */
#ifndef GVISOR_SMOKE_REPORT_H
#define GVISOR_SMOKE_REPORT_H

#include <stdbool.h>
#include <stdio.h>

#include "gvisor-smoke/error.h"
#include "gvisor-smoke/event.h"
#include "gvisor-smoke/log.h"

/* --- journal: JSON lines, one event each, written out as they happen --- */

struct journal;

/* Creates (truncates) the file, unless another run is writing it. The error names the path and what to do. */
struct journal *journal_create(const char *path, struct error **err);
/* A sink: writes the event as one line with one write(2). A failure is kept, see journal_error(); the event
 * waits in memory until there is room. */
void journal_sink(void *journal, const struct event *event);
/* The first failure of a write, or NULL; borrowed. */
const struct error *journal_error(const struct journal *journal);
/* Flushes to the disk and closes. The first failure is returned, however it ended: what is not whole in its
 * own place is written once more, there or below $TMPDIR, and *ret_place (may be NULL) is where, which the
 * caller frees; the hint says so too. NULL journal does nothing. */
int journal_close(struct journal *journal, char **ret_place, struct error **err);

/* Reads a journal and hands each event to the sink. A last line that was cut is left out and *ret_cut set; a
 * line that is not an event is an error with file and line. */
int journal_read(const char *path, event_sink sink, void *context, bool *ret_cut, struct error **err);

/* --- the model: what the events so far add up to --- */

/* A case has a result on each node that its verdicts name. As soon as one case has verdicts on several nodes,
 * the run is one over nodes: then names show the node, and every case with a verdict on some node is expected
 * on all of them (where there is none, that is an error); a case that is not to run on a node gets a verdict
 * there that says so. */

struct report_model;

struct report_model *report_model_new(void);
void report_model_free(struct report_model *model);
/* A sink: folds the event in. */
void report_model_sink(void *model, const struct event *event);

/* After all events of a journal: when the last of them is missing, adds a problem that says so, which makes
 * the exit code 3. Returns whether it was. */
bool report_model_tell_unended(struct report_model *model, const char *path);

struct report_counts {
    unsigned passed, failed, errors, skipped;
};
/* Counts the cases by their verdict, on each node (not the bare names); a planned case without verdict is an
 * error. */
struct report_counts report_model_counts(const struct report_model *model);
/* The exit code of the run: 128 and the signal that ended it; or what the verdicts and problems ask for: 4,
 * 3, 1 or 0 in this order; 2 when wrong usage kept everything from being run. */
int report_model_exit_code(const struct report_model *model);

/* --- reports that are files: each is a fold over the model --- */

enum report_form {
    REPORT_JUNIT, /* each part of a name has a row, `name[param]`, and the bare name has one that is the worst
                     of its parts; planned cases without a verdict are errors that say "not run" and why */
    REPORT_JSON,  /* docs/report.schema.json */
    REPORT_MARKDOWN, /* for GITHUB_STEP_SUMMARY and whatever shows Markdown; below 1 MiB */
    REPORT_TAP,      /* Test Anything Protocol 13 */
    REPORT_HTML,     /* one page without scripts, which needs nothing beside it */
    REPORT_METRICS,  /* Prometheus' text format, for the textfile collector of node_exporter */
    REPORT_TRACE,    /* where the time went, as Perfetto and chrome://tracing show it: Chrome's trace event
                        format.    Not made from the model, but while the events are told once more */
};
#define REPORT_FORM_COUNT (REPORT_TRACE + 1)

/* The events of the run that is reported, from the first to the last, as often as they are asked for. */
struct report_events {
    int (*tell)(void *context, event_sink sink, void *sink_context, struct error **err);
    void *context;
};

/* Those of the journal at path, which is borrowed. */
struct report_events journal_events(const char *path);

struct report_options {
    const char *paths[REPORT_FORM_COUNT]; /* NULL: not wanted; "-": standard output */
    bool xfail_as_skipped;       /* JUnit: an expected failure that held is a skip, as pytest writes xfail */
    struct report_events events; /* for REPORT_TRACE */
};

/* The name of the option that asks for the form ("junit"), and its help. */
const char *report_form_option(enum report_form form);
const char *report_form_help(enum report_form form);
/* Writes one report to its path; by rename, so that a reader never sees a part of it. */
int report_write(const struct report_model *model, enum report_form form,
                 const struct report_options *options, struct error **err);
/* The same to a new file of TMPDIR (or /tmp), for a report whose own place failed. Returns its path, which
 * the caller frees; NULL on error. */
char *report_write_elsewhere(const struct report_model *model, enum report_form form,
                             const struct report_options *options, struct error **err);

/* The same in memory: *ret_length bytes and a NUL, which the caller frees; NULL on error. paths are not read.
 */
char *report_in_memory(const struct report_model *model, enum report_form form,
                       const struct report_options *options, size_t *ret_length, struct error **err);

/* --- GitHub Actions --- */

/* Appends the Markdown report to the file of GITHUB_STEP_SUMMARY, as far as there is room below GitHub's
 * limit. */
int github_write_summary(const struct report_model *model, const char *path, struct error **err);
/* Writes workflow commands that annotate the run: the first ten of what is not passed, findings first. */
void github_write_annotations(const struct report_model *model, FILE *out);

/* --- several runs as one: shards of a run, clusters of nodes, days --- */

/* Journals of runs against one server, with one RuntimeClass and one handler, become the journal of one run.
 * Of the verdicts on a case and a node one is kept, with what it rests on. A case that a journal planned and
 * has no verdict on (the run was killed) is an error there. All else that runs say of the cluster, of pods,
 * measures and problems is kept, each once; a journal whose run another one tells as far is not counted
 * twice. A single journal stays as it is.
 *
 * Lifecycle: merge_new() reads all journals, merge_write() reads them again, so they are files; merge_free().
 */
struct merge;
struct strings;

/* Which verdict is kept: the worst (not gVisor, failed, error, skipped, passed), or the latest by the clock.
 * Of runs of which none of it is left, latest keeps problems as notes. */
enum merge_choice { MERGE_WORST, MERGE_LATEST };

/* The paths are borrowed. Journals that do not go together are an error that names both. */
struct merge *merge_new(const struct strings *paths, enum merge_choice choice, struct error **err);
/* The path of a journal whose last line was cut, by number from 0 on; NULL behind the last. */
const char *merge_cut(const struct merge *merge, size_t number);
/* The path of the first journal that counts and ends before its run; NULL when each has its end. */
const char *merge_unended(const struct merge *merge);
/* Hands the merged events to the sink. The exit code of the last is left to who folds them. */
int merge_write(const struct merge *merge, event_sink sink, void *context, struct error **err);
void merge_free(struct merge *merge);

/* --- two runs compared --- */

/* Writes what has changed from base to next as Markdown, and as JSON where that is not NULL. Returns how many
 * regressions there are: what held and does not now, and what gVisor costs when it has grown by more than the
 * threshold beyond the noise of the measurements. */
size_t report_compare(const struct report_model *base, const struct report_model *next,
                      unsigned threshold_percent, FILE *markdown, FILE *json);

/* --- terminal --- */

struct terminal;
struct loop; /* loop.h */
struct terminal_options {
    FILE *out;
    bool colour;
    bool quiet;
    bool stamps; /* for a log: each line begins with its time, and an event is one line */
    bool live;   /* for a terminal that obeys: a view of what is under way stands below the lines */
};
struct terminal *terminal_new(const struct terminal_options *options);
/* A sink: one line for what a person waits for. */
void terminal_sink(void *terminal, const struct event *event);
/* From here to terminal_stop() the live view follows the clock, the size of the terminal and a stop by Ctrl-Z
 * by itself; without it, events alone. The loop is borrowed until then. */
void terminal_start(struct terminal *terminal, struct loop *loop);
/* Takes the live view away for good; the summary begins with that too. */
void terminal_stop(struct terminal *terminal);
/* As log_set_room() takes it, with the terminal for its context: the view gives way to lines of the log. */
void terminal_make_room(void *terminal, enum log_room room);
/* The summary: findings first, then the counts and where the reports are. */
void terminal_summary(struct terminal *terminal, const struct report_model *model,
                      const char *journal_path /* or NULL */, const struct report_options *reports);
void terminal_free(struct terminal *terminal);

/* --- the doctor --- */

/* Folds the events of a run whose cases are the doctor's probes into one line for each thing that a run
 * needs. */
struct doctor;
struct doctor_options {
    FILE *out;
    bool json; /* nothing is printed before doctor_write_json() */
    bool colour;
    bool quiet; /* only what is not well */
    bool kept;  /* the run leaves its pods */
};
struct doctor *doctor_new(const struct doctor_options *options);
/* A sink: prints each line once it and those before it are known. */
void doctor_sink(void *doctor, const struct event *event);
/* After EVENT_END: docs/doctor.schema.json describes it. */
void doctor_write_json(const struct doctor *doctor);
/* After EVENT_END: 0 when nothing failed, 2 for wrong usage, 4 when a pod is not under gVisor, 128+N after a
 * signal, else 3. */
int doctor_exit_code(const struct doctor *doctor);
void doctor_free(struct doctor *doctor);

#endif
