/* SPDX-License-Identifier: Apache-2.0
 *
 * The judge: expectation, evidence and control give a verdict. Pure: no I/O, no state.
 */
#ifndef GVISOR_SMOKE_VERDICT_H
#define GVISOR_SMOKE_VERDICT_H

#include <stdbool.h>
#include <stdint.h>

#include "gvisor-smoke/case.h"
#include "gvisor-smoke/redact.h"

/* How the execution of a case came to its end. */
enum ending {
    ENDING_EXITED,      /* with an exit code */
    ENDING_TIMEOUT,     /* ended by its timeout */
    ENDING_NOT_STARTED, /* the exec could not start; cause says why */
    ENDING_LOST,        /* the connection ended without a status; cause says why */
    ENDING_NOT_RUN,     /* never tried: a prerequisite failed; cause says which */
    ENDING_NOT_GVISOR,  /* the pod is not attested */
    ENDING_UNMET,       /* never tried: what the case needs is not to be had here; cause says what */
};

const char *ending_name(enum ending ending); /* "exited", "timeout", "not-started", ... */
bool ending_parse(const char *word, enum ending *ret_ending);

/* What came back. All strings are valid UTF-8 (text_from_bytes()), owned by the struct, and may be NULL. */
struct evidence {
    enum ending ending;
    int exit_code;                       /* valid for ENDING_EXITED */
    int64_t duration_ms;                 /* from the start of the exec to its end */
    char *output;                        /* stdout, its end cut away with a note when it was too long */
    char *errors;                        /* stderr, likewise */
    uint64_t output_bytes, errors_bytes; /* how many bytes came, cut or not */
    bool output_cut, errors_cut;         /* fewer are kept: the last word may be a part of one */
    int64_t wall_us, user_us, system_us; /* as seen inside the sandbox by the supervisor; 0 without it */
    int64_t peak_kib;                    /* largest resident set of one of its processes, likewise */
    bool keeps_net_raw;                  /* CAP_NET_RAW was in effect in its pod */
    int64_t strays;                      /* processes that it left running, and that were ended */
    int64_t reconnects;                  /* how often the connection to it was lost and made again */
    char *match;                         /* the line in which the header's evidence matched, or NULL */
    bool searched;                       /* that is known: the texts need not be what they were any more */
    char *cause;                         /* for the endings that have one */
    char *note; /* something else worth saying ("the output was cut after 1 MiB"), or NULL */
};
void evidence_release(struct evidence *evidence);

/* Fills evidence->match: the first line of output or errors that matches the extended regular expression,
 * without regard to case. An invalid expression is ruled out by case_parse(). */
void evidence_search(struct evidence *evidence, const char *expression);

/* Takes the secrets out of all texts, and says in the note how many there were. The expression (NULL: none)
 * is searched in what was really said, so that a redaction never changes a verdict; the line that matched is
 * kept without its secrets. Of a stream that was cut the last word goes too: it may be half a secret. */
void evidence_redact(struct evidence *evidence, const char *expression, const struct redaction *redaction);

enum verdict_kind { VERDICT_PASSED, VERDICT_FAILED, VERDICT_ERROR, VERDICT_SKIPPED };
const char *verdict_kind_name(enum verdict_kind kind); /* "passed", "failed", "error", "skipped" */
bool verdict_kind_parse(const char *word, enum verdict_kind *ret_kind);
/* The worse of two, for the bare name of a case with several parts. From worst to best: failed, error,
 * skipped, passed: a failure is something known, an error hides what is true. */
enum verdict_kind verdict_worse(enum verdict_kind left, enum verdict_kind right);

struct verdict {
    enum verdict_kind kind;
    const char *reason; /* the word of the design's table: "works", "finding", "environment", "unattributed",
                           "blocked", "blocked-anyway", "wrong-failure", "not-blocked", "reported", "lost",
                           "timeout", "not-run", "not-gvisor", "unmet"; of a check of API objects: "declared",
                           "not-declared", "nothing-to-check". Static, but in an event that was read from a
                           journal borrowed like its other strings */
    char *message;      /* one line that a person reads at 2 a.m.; owned */
};
void verdict_release(struct verdict *verdict);

/* The table. control is NULL when the case was not run under the default runtime. */
struct verdict verdict_decide(const struct test_case *test_case, const struct evidence *gvisor,
                              const struct evidence *control);

#endif
