/* SPDX-License-Identifier: Apache-2.0
 *
 * The options of subcommands that make a run: `run` itself, and those that are a run with other cases
 * (run.c).
 */
#ifndef RUN_ARGUMENTS_H
#define RUN_ARGUMENTS_H

#include "command.h"
#include "gvisor-smoke/run.h"

struct run_arguments {
    struct run_options run;
    struct access_arguments access;
    struct strings case_folders, patterns, expectations; /* patterns: the words that are no option */
    struct place_arguments place;
    struct report_arguments reports;
    struct redact_arguments redact;
    struct {
        char *git_url, *git_push_url, *npm_registry, *pip_index_url, *goproxy, *https_url, *egress_url;
    } urls;
    const char *report_dir, *fixture, *exec, *control, *ca_file, *resume_path /* or NULL */;
    char *journal_path, *junit_path, *ca_pem;
    bool quiet, debug;
    unsigned verbose;
};

/* How a subcommand differs from `run`. */
struct run_command {
    const char *usage;
    const char *const *without;    /* names of options that it does not take, ends with NULL; or NULL */
    bool no_reports;               /* nor those of reports */
    const struct option_row *more; /* its own; or NULL */
};

/* Reads options and words, with their defaults. The arguments are released also after an error. */
int run_arguments_read(int argc, char **argv, const struct run_command *command,
                       struct run_arguments *arguments, struct error **err);
void run_arguments_release(struct run_arguments *arguments);

/* The cases that the words ask for, with what --expect changes. The caller releases them. */
int run_arguments_load_cases(const struct run_arguments *arguments, struct case_set *cases,
                             struct error **err);

/* Makes the run of the cases on the loop; what goes wrong is in its events. Returns the signal that ended it,
 * or 0. */
int run_arguments_execute(const struct run_arguments *arguments, const struct kube_access *access,
                          const struct case_set *cases, struct events *events, struct loop *loop);

/* run_resume.c: with --resume; without it they do nothing. The journal is opened, and what is not said is as
 * it was then: nodes and cases. */
int run_resume_open(struct run_arguments *arguments, struct error **err);
/* Whether the run is of the kind that the journal is of. */
int run_resume_check(const struct run_arguments *arguments, const struct kube_access *access,
                     const struct case_set *cases, struct error **err);
/* Moves the journal away from where this run writes its own, and says so. */
int run_resume_make_room(const struct run_arguments *arguments, struct error **err);
bool run_resume_is_complete(const struct run_arguments *arguments);
/* Writes the reports of a journal that is complete; returns the exit code, which is that of its run. */
int run_resume_report(struct run_arguments *arguments, const struct kube_access *access);

/* run_configmap.c: with --report-configmap, puts the reports there and says so. Prints what goes wrong;
 * returns 0 or the exit code. */
int run_configmap_write(const struct run_arguments *arguments, const struct kube_access *access,
                        const struct report_model *model, const char *journal_path, FILE *out);

#endif
