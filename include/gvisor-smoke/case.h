/* SPDX-License-Identifier: Apache-2.0
 *
 * A case: one line of the compatibility table. Either a shell script with a header that declares it
 * (cases/README.md documents every key), or a check of an API object that needs no pod.
 *
 * A case is parsed once and never changes. A set owns its cases.
 */
#ifndef GVISOR_SMOKE_CASE_H
#define GVISOR_SMOKE_CASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gvisor-smoke/error.h"
#include "gvisor-smoke/text.h"

enum expectation {
    EXPECT_WORKS,    /* the script exits 0 (and `evidence`, when given, is seen) */
    EXPECT_BLOCKED,  /* the script fails, and `evidence` shows the real refusal */
    EXPECT_REPORTED, /* what is seen is reported; `evidence`, when given, is the limit that must hold */
};

/* "works", "blocked", "reported". */
const char *expectation_name(enum expectation expectation);
/* Returns false when the word is none of the three. */
bool expectation_parse(const char *word, enum expectation *ret_expectation);

enum case_kind {
    CASE_SCRIPT,        /* a script that runs in a pod */
    CASE_RUNTIME_CLASS, /* the RuntimeClass exists and names the right handler */
    CASE_APP_PODS,      /* the application's pods declare the RuntimeClass */
};

struct test_case {
    enum case_kind kind;
    char *name;         /* the file's name without .sh: [a-z0-9-]+ */
    char *summary;      /* one line */
    char *report_class; /* "TestGvisorCompatibilityMatrix" */
    char *report_name;  /* "test_git_clone_works_under_gvisor" */
    char *report_param; /* "push", or NULL: the case is the bare name itself */
    enum expectation expect;
    char *evidence;        /* POSIX extended regular expression, case-insensitive, or NULL */
    struct strings needs;  /* commands that must be in the image */
    struct strings uses;   /* what the case depends on beside its pod: "fixture" */
    struct strings grants; /* sorted: capability names, "root", "privileged", "volume", "device:/dev/kvm",
                              "tmpfs:/path" */
    char *image;           /* "toolbox" (the run's image) or an image reference */
    int64_t timeout_ms;
    char *after;                     /* a case that must have ended ok before, or NULL */
    bool second_pod;                 /* runs in a second pod with the same grants and claim */
    bool overhead_only;              /* takes part only when overhead is measured, or when it is named */
    bool expect_changed;             /* case_set_expect() has changed it */
    enum expectation expect_written; /* what the file says, where it was changed */
    char *script;                    /* the whole file, header included: it also runs by hand */
    size_t script_length;
    char *origin; /* the file's path, or "embedded" */
};

/* The name that JUnit shows: "test_git_clone_works_under_gvisor[push]". The caller frees it. */
char *test_case_report_id(const struct test_case *test_case);

/* The image of its pod, where the run's own is this one. Borrowed from the one or the other. */
const char *test_case_image(const struct test_case *test_case, const char *run_image);

/* Parses one case file. path is used for the name (its base name without ".sh"), the origin and messages; a
 * mistake in the header gives "path:line: what is wrong" with the keys or words that exist, as ERROR_USAGE.
 */
struct test_case *case_parse(const char *path, const char *text, size_t length, struct error **err);
void test_case_free(struct test_case *test_case);

/* A case file for a new case of this name, which can be run at once and explains the keys of the header.
 * ERROR_USAGE when no new case can have the name. The caller frees it. */
char *case_scaffold(const char *name, struct error **err);

/* All cases of a run, sorted by name; the checks of API objects come first. */
struct case_set {
    struct test_case **cases;
    size_t count;
};

/* The cases that were embedded at build time, and the two checks. Fails only when an embedded file is wrong,
 * which the unit tests rule out. */
int case_set_load_embedded(struct case_set *set, struct error **err);

/* The probes of the doctor, which are cases and no part of the matrix. */
int case_set_load_probes(struct case_set *set, struct error **err);

/* Adds every *.sh of a folder; a case of the same name is replaced. */
int case_set_add_directory(struct case_set *set, const char *directory, struct error **err);

/* NULL when there is no case of that name. */
const struct test_case *case_set_find(const struct case_set *set, const char *name);

/* Keeps what any of the patterns selects (fnmatch on the name, or a report id or report name given in full),
 * drops the rest; a pattern that begins with '!' takes away. A pattern that matches nothing is ERROR_USAGE
 * and lists the nearest names. The cases that a selected one runs `after` stay selected too. No pattern keeps
 * all. */
int case_set_select(struct case_set *set, const struct strings *patterns, struct error **err);

/* Changes an expectation, visibly in every report: "CASE=works", "CASE=blocked" or "CASE=any" (whatever
 * happens is reported). ERROR_USAGE for another form, an unknown case, and `blocked` for a case that has no
 * evidence to show. */
int case_set_expect(struct case_set *set, const char *rule, struct error **err);

/* Drops the cases that take part only when overhead is measured. */
void case_set_drop_overhead(struct case_set *set);

/* `after` names an existing case, without a circle; report ids are unique. */
int case_set_check(const struct case_set *set, struct error **err);

void case_set_release(struct case_set *set);

#endif
