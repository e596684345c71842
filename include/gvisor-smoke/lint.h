/* SPDX-License-Identifier: Apache-2.0
 *
 * Looks at rendered manifests, without a cluster: does every pod spec name the RuntimeClass, and keep the
 * hardening that gVisor is stacked on (not root, no capabilities, read-only root, seccomp RuntimeDefault)?
 *
 * A pod spec is any mapping with a list of `containers`, wherever it stands in an object of whatever kind; so
 * workloads of kinds that nobody here knows are looked at too.
 *
 * Lifecycle: lint_options_init(), a zeroed report, lint_text() for each file, then print or write the report,
 * lint_report_release(), lint_options_release(). The options must stay until then. Not thread-safe.
 */
#ifndef GVISOR_SMOKE_LINT_H
#define GVISOR_SMOKE_LINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "gvisor-smoke/error.h"

#define LINT_FILE_MAX (64u << 20) /* bytes of one file */
#define LINT_FINDING_MAX 10000    /* more are not looked for, and the report says so */
#define LINT_POD_SPEC_MAX 20000
#define LINT_DOCUMENT_MAX 50000

enum lint_rule {
    LINT_MANIFEST, /* about documents, not pod specs: they can be read, and in one way only */
    LINT_RUNTIME_CLASS,
    LINT_NON_ROOT,
    LINT_CAPABILITIES,
    LINT_READ_ONLY_ROOT,
    LINT_SECCOMP,
    LINT_PRIVILEGED,
    LINT_PRIVILEGE_ESCALATION,
};
#define LINT_RULE_COUNT (LINT_PRIVILEGE_ESCALATION + 1)

const char *lint_rule_name(enum lint_rule rule);

/* What is accepted, by a word RULE or RULE@KIND/NAME. */
struct lint_skip {
    char *word; /* as it was given */
    enum lint_rule rule;
    const char *object; /* the pattern behind the "@", in word; NULL: any */
    size_t used;        /* findings that it has accepted */
};

struct lint_options {
    const char *runtime_class; /* borrowed */
    bool rules[LINT_RULE_COUNT];
    struct lint_skip *skips;
    size_t skip_count;
};

/* The rules that are on by themselves: all but those that the hardening does not ask for. */
void lint_options_init(struct lint_options *options);
/* Turns a rule on. */
int lint_options_rule(struct lint_options *options, const char *name, struct error **err);
/* Leaves these rules on alone, and LINT_MANIFEST; an empty list (which ends with NULL) does nothing. */
int lint_options_only(struct lint_options *options, char *const *names, struct error **err);
/* Accepts what a rule finds: in all objects, or in those whose KIND/NAME or KIND/NAMESPACE/NAME fits a
 * pattern of the shell. */
int lint_options_skip(struct lint_options *options, const char *word, struct error **err);
void lint_options_release(struct lint_options *options);

/* All texts of a report are on one line and fit for a terminal, and owned by it. */
struct lint_finding {
    enum lint_rule rule;
    size_t line;
    char *message;
    char *fix;                        /* the line to write, and where; or NULL */
    const struct lint_skip *accepted; /* by what; of the options; or NULL */
};

/* A pod spec, or a document in which something is found that is about no pod spec. */
struct lint_subject {
    size_t file; /* its number in the report */
    size_t line;
    char *object;    /* "Deployment shop/api" */
    char *id;        /* "Deployment/shop/api" */
    char *pod_spec;  /* where it stands: "spec.template.spec"; NULL: not a pod spec */
    char *source;    /* the template that Helm made it from, or NULL */
    bool unfinished; /* a limit was reached: not all rules were applied */
    struct lint_finding *findings;
    size_t finding_count, accepted_count;
};

struct lint_file {
    char *path;
    char *problem; /* why it could not be read, or NULL */
};

struct lint_report {
    struct lint_file *files;
    size_t file_count;
    struct lint_subject *subjects; /* in the order of files and lines */
    size_t subject_count;
    size_t documents; /* that are not empty */
    size_t manifests; /* objects with a kind */
    size_t pod_specs, pod_specs_wanting;
    size_t found, accepted; /* findings; found counts those that are not accepted */
    const char *cut;        /* why the rest was not looked at; static, or NULL */
};

/* Looks at one file. The name is for messages. */
void lint_text(struct lint_report *report, struct lint_options *options, const char *path, const char *bytes,
               size_t length);
/* Notes that a file could not be read, and why. */
void lint_unreadable(struct lint_report *report, const char *path, const char *problem);
void lint_report_release(struct lint_report *report);

/* Why nothing, or not all, could be looked at, so that a report without findings is no good news; NULL when
 * all was. The caller frees it. */
char *lint_report_problem(const struct lint_report *report);
/* 0: all was looked at and nothing found; 1: something was found; 2: see lint_report_problem(). */
int lint_report_exit_code(const struct lint_report *report);

/* For people. quiet leaves out what is in order or accepted. */
void lint_report_print(const struct lint_report *report, const struct lint_options *options, bool quiet,
                       FILE *out);
/* JUnit in the form of the run's own report: a test case for each pod spec and rule, one for each file and
 * LINT_MANIFEST, and one that says whether there was anything to look at. "-" is standard output. */
int lint_report_junit(const struct lint_report *report, const struct lint_options *options,
                      int64_t duration_ms, const char *path, struct error **err);

#endif
