/* SPDX-License-Identifier: Apache-2.0
 *
 * What the doctor's fold and its two forms share: the lines.
 */
#ifndef HARNESS_REPORT_DOCTOR_H
#define HARNESS_REPORT_DOCTOR_H

#include "model.h"

/* In the order in which they depend on each other, and are shown. */
enum check {
    CHECK_ACCESS,
    CHECK_RIGHTS,
    CHECK_RUNTIME_CLASS,
    CHECK_NODES,
    CHECK_HANDLER,
    CHECK_START,
    CHECK_ATTESTATION,
    CHECK_DNS,
    CHECK_EGRESS,
    CHECK_STORAGE,
    CHECK_CLEANUP,
};
#define CHECK_COUNT (CHECK_CLEANUP + 1)

enum check_state {
    STATE_OPEN, /* nothing is known yet */
    STATE_OK,
    STATE_WARNING,     /* less is known or possible; nothing that keeps a run from being made */
    STATE_FAILED,      /* a run would fail by it */
    STATE_NOT_CHECKED, /* what it needs failed, or the caller left it out */
};

struct check_line {
    enum check_state state;
    char *message, *hint; /* hint may be NULL */
};

/* What came back of a probe. */
struct probe {
    bool planned, judged, run; /* run: its script came to an end */
    char *reason, *message;    /* of the verdict */
    char *said, *hint;         /* by the script: what it found, or what is wrong; may be NULL */
    bool passed, skipped;
};

struct doctor {
    struct doctor_options options;
    struct report_model *model; /* of the run: who, where, problems */
    struct check_line lines[CHECK_COUNT];
    size_t shown;                     /* lines */
    struct probe probes[CHECK_COUNT]; /* of the checks that have one */
    bool pods_made;                   /* or tried to be */
};

const char *check_name(enum check check);             /* "access", "runtime-class", ... */
const char *check_state_name(enum check_state state); /* "ok", "warning", "failed", "not-checked" */

/* doctor_text.c: prints the lines that are decided and have no open one before them. */
void doctor_show(struct doctor *doctor);

#endif
