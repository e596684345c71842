/* SPDX-License-Identifier: Apache-2.0
 *
 * Which keys an event's JSON object has, and where their values are in the struct: one table that is used for
 * writing and for reading, so that the two cannot differ.
 */
#ifndef HARNESS_REPORT_EVENT_FIELDS_H
#define HARNESS_REPORT_EVENT_FIELDS_H

#include <stddef.h>

#include "gvisor-smoke/event.h"

enum field_type {
    FIELD_TEXT,    /* const char *, or NULL: the key is left out */
    FIELD_NAME,    /* const char *, never NULL */
    FIELD_INT,     /* int */
    FIELD_INT64,   /* int64_t */
    FIELD_UINT64,  /* uint64_t */
    FIELD_STAMP,   /* int64_t, ms of the wall clock, as RFC 3339 */
    FIELD_BOOL,    /* bool */
    FIELD_EXPECT,  /* the enums, as words: */
    FIELD_RUNTIME, /* enum runtime_role */
    FIELD_ERROR,   /* enum error_kind */
    FIELD_ENDING,  /* enum ending */
    FIELD_VERDICT, /* enum verdict_kind */
    FIELD_SAYS,    /* enum sign_says */
};

struct field {
    const char *key; /* NULL in the row behind the last */
    enum field_type type;
    size_t offset;
};

/* The fields of each kind of event, relative to struct event, and the word of the kind. */
struct event_form {
    const char *word;
    const struct field *fields;
};
#define EVENT_KIND_COUNT (EVENT_END + 1)
extern const struct event_form event_forms[EVENT_KIND_COUNT];

/* What events point to. */
extern const struct field evidence_fields[];
extern const struct field verdict_fields[];
extern const struct field attestation_fields[]; /* but for the signs */
extern const struct field sign_fields[];

/* The words of an enum's field type: NULL behind the last value. */
const char *field_word(enum field_type type, int value);

#endif
