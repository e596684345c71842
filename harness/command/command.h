/* SPDX-License-Identifier: Apache-2.0
 *
 * The subcommands: each is one function, named in one table (main.c). argv[0] is the subcommand's name.
 */
#ifndef COMMAND_H
#define COMMAND_H

#include "gvisor-smoke/case.h"
#include "gvisor-smoke/error.h"
#include "gvisor-smoke/kubeconfig.h"
#include "gvisor-smoke/pod_patch.h"
#include "gvisor-smoke/redact.h"
#include "gvisor-smoke/report.h"
#include "gvisor-smoke/run.h"

#define EXIT_USAGE 2
#define EXIT_ENVIRONMENT 3

struct command {
    const char *name, *summary;
    int (*run)(int argc, char **argv); /* returns the exit code */
};

int command_run(int argc, char **argv);
int command_list(int argc, char **argv);
int command_show(int argc, char **argv);
int command_images(int argc, char **argv);
int command_new_case(int argc, char **argv);
int command_report(int argc, char **argv);
int command_merge(int argc, char **argv);
int command_diff(int argc, char **argv);
int command_rbac(int argc, char **argv);
int command_manifest(int argc, char **argv);
int command_lint(int argc, char **argv);
int command_sweep(int argc, char **argv);
int command_doctor(int argc, char **argv);

/* --- options.c --- */

enum option_kind {
    OPTION_FLAG,
    OPTION_COUNT,
    OPTION_TEXT,
    OPTION_SECRET,
    OPTION_URL,
    OPTION_LIST,
    OPTION_NUMBER,
    OPTION_DURATION,
    OPTION_TABLE
};

/* One option of a subcommand, with where its value goes: bool, const char *, char * (a secret, or a URL,
 * which may hold one: a copy, and what could be a secret is wiped from the command line), struct strings,
 * unsigned (also for a count: how often a flag is given), int64_t (ms); or with OPTION_TABLE more rows, which
 * end in the same way. */
struct option_row {
    const char *name; /* without the dashes */
    char letter;      /* or 0 */
    enum option_kind kind;
    void *value;
    const char *argument; /* its name in the help, NULL for a flag */
    const char *help;
};

/* Reads the options (a row with a NULL name ends the table) and leaves the other words in ret_words. --help
 * prints usage and the table, and ends the program with 0. */
int options_parse(int argc, char **argv, const struct option_row *rows, const char *usage,
                  struct strings *ret_words, struct error **err);
void option_secret_release(char **value); /* wipes it */

/* --- place_options.c: where a run runs --- */

#define PLACE_OPTION_COUNT 8
struct place_arguments {
    const char *name_space, *image, *pod_patch_file; /* as given, or NULL */
    struct pod_patch *pod_patch;
    struct option_row rows[PLACE_OPTION_COUNT + 1];
};
/* Sets the defaults in run, and fills the rows, for an OPTION_TABLE; both must stay where they are. */
void place_arguments_init(struct place_arguments *arguments, struct run_options *run);
/* After all options: completes run with what was given, or says what does not go together. */
int place_arguments_finish(struct place_arguments *arguments, struct run_options *run, struct error **err);
void place_arguments_release(struct place_arguments *arguments, struct run_options *run);

/* "pod" or "none", as the value of --fixture. */
int command_parse_fixture(const char *word, bool *ret_fixture, struct error **err);

/* --- access_options.c: which cluster, and as whom; the same for all subcommands that talk to one --- */

#define ACCESS_OPTION_COUNT 19
struct access_arguments {
    struct kubeconfig_options options;
    char *token, *password, *proxy_url; /* become those of the options when access is loaded */
    struct option_row rows[ACCESS_OPTION_COUNT + 1];
};
/* Fills the rows, for an OPTION_TABLE. */
void access_arguments_init(struct access_arguments *arguments);
void access_arguments_release(struct access_arguments *arguments);
/* kube_access_load(); prints its warnings on stderr. */
struct kube_access *access_arguments_load(const struct access_arguments *arguments, struct error **err);

/* --- redact_options.c: what is taken out of all that is written --- */

struct redact_arguments {
    struct strings patterns;
    bool no_defaults;
    struct redaction *redaction;
    struct option_row rows[3];
};
/* Fills the rows, for an OPTION_TABLE. */
void redact_arguments_init(struct redact_arguments *arguments);
/* Makes the redaction, which the log has from then on until the release. */
int redact_arguments_finish(struct redact_arguments *arguments, struct error **err);
void redact_arguments_release(struct redact_arguments *arguments);

/* --- report_options.c: what all subcommands that write reports share --- */

/* Where the events of what is reported are, for reports that are made while they are told. */
struct report_source {
    const char *journal;                         /* or */
    const struct merge *merge;                   /* all borrowed */
    const struct redaction *redaction;           /* once more, for what a journal still has; or NULL */
    struct event written[REPORT_FORM_COUNT + 2]; /* that come behind: how long reports took to be written */
    size_t written_count;
};

struct report_arguments {
    struct report_options options;
    const char *xfail;
    char *places[REPORT_FORM_COUNT]; /* of reports that were written elsewhere, or NULL */
    struct report_source source;
    struct option_row rows[REPORT_FORM_COUNT + 2];
};
/* Fills the rows, for an OPTION_TABLE. */
void report_arguments_init(struct report_arguments *arguments);
/* Reads the words of options, and finds a report that could not be written before there is something to
 * report. */
int report_arguments_check(struct report_arguments *arguments, struct error **err);
/* Writes every report that is asked for, and what GitHub Actions takes where it is the caller. Prints what
 * goes wrong; returns 0 or the exit code. */
int report_arguments_write(const struct report_arguments *arguments, const struct report_model *model);
/* The same for reports that nobody could write again: one whose place failed is written elsewhere, and that
 * becomes its path. */
int report_arguments_write_somewhere(struct report_arguments *arguments, const struct report_model *model);
void report_arguments_release(struct report_arguments *arguments);
/* As report_arguments_write(), from a model that is whole, with the summary, which names the journal (or
 * NULL). Prints what goes wrong; returns the exit code. */
int report_arguments_tell(const struct report_arguments *arguments, const struct report_model *model,
                          const char *journal_path);
/* report_events.c: where the reports' events are; the arguments stay where they are from then on. */
void report_arguments_source(struct report_arguments *arguments, const struct report_source *source);
/* Something of that name was written, which began then (monotonic): reports that are written later tell it.
 */
void report_source_written(struct report_source *source, const char *name, int64_t began_ms);
/* Where the summary goes: not among a report that goes to standard output. */
FILE *report_arguments_terminal(const struct report_arguments *arguments);

/* --- record.c: where the events of a run go for reports --- */

struct recorder {
    struct journal *journal; /* or NULL */
    struct report_model *model;
    bool told; /* that the journal cannot be written */
};
/* A sink: the journal's last event says the exit code, which only the model knows. */
void recorder_sink(void *recorder, const struct event *event);

/* --- look.c: how what a person reads is written there --- */

/* Whether it is coloured: at a terminal; the environment may say otherwise. */
bool command_wants_colour(int fd);
/* With a live view at a terminal, with times where it is a log. */
struct terminal_options command_look(FILE *out, bool quiet);

/* Prints "gvisor-smoke: message" and "hint: ..." on stderr, frees the error, and returns its exit code. */
int command_fail(struct error *err);

/* Makes the folder, and those that it is in, where they are missing; the error calls it what it is for. */
int command_make_folder(const char *what, const char *path, struct error **err);

/* Whether an object of the cluster can have the name that the option gives. */
int command_check_name(const char *option, const char *name, struct error **err);

/* Whether a pattern asks for cases, and does not only take some away. */
bool command_names_cases(const struct strings *patterns);

/* The cases that the options select: embedded, --cases folders, --case patterns; checked. */
int command_load_cases(struct case_set *ret_set, const struct strings *folders,
                       const struct strings *patterns, struct error **err);

#endif
