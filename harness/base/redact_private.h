/* SPDX-License-Identifier: Apache-2.0
 *
 * What the files of the redaction share: a text that is being looked through, and the rules that look.
 */
#ifndef HARNESS_BASE_REDACT_PRIVATE_H
#define HARNESS_BASE_REDACT_PRIVATE_H

#include <limits.h>

#include "gvisor-smoke/redact.h"

/* What stands in place of a secret begins with it. */
#define REDACTED "[redacted "

/* Characters that a part of a secret consists of. */
enum redact_class {
    CLASS_ALNUM,
    CLASS_UPPER,  /* A-Z 0-9 */
    CLASS_WORD,   /* letters, digits, _ */
    CLASS_TOKEN,  /* base64url: letters, digits, _ - */
    CLASS_DOTTED, /* these and . */
    CLASS_BASE64, /* letters, digits, + / */
    CLASS_BEARER, /* what RFC 6750 allows: letters, digits, - . _ ~ + / = */
    CLASS_COUNT,
};

/* What ends a value, or says something of it. */
enum redact_mark { MARK_NEWLINE, MARK_EQUALS, MARK_BLANK, MARK_COUNT };

struct redact_scan {
    const char *text;
    size_t length;
    struct {
        size_t start, end;
    } runs[CLASS_COUNT]; /* the last run of each class: no byte is counted twice */
    struct {
        size_t from, at;
    } marks[MARK_COUNT]; /* the last that was looked for of each kind, likewise: at is the first after from */
    bool prefixes_indexed;
    unsigned char prefixes_with[UCHAR_MAX + 1]; /* by their first letter: the first one, counted from 1 */
    unsigned endless_keys; /* private keys without an end that were met: looking for the end is not free */
};

/* Where the run of characters of a class that holds at ends; at, when the character there is none of it. */
size_t redact_run_end(struct redact_scan *scan, enum redact_class class, size_t at);

/* Whether the text has the word at this place; _ci: without regard to case (word in small letters). */
bool redact_has(const struct redact_scan *scan, size_t at, const char *word);
bool redact_has_ci(const struct redact_scan *scan, size_t at, const char *word);

/* Each looks whether a secret is at, or is announced by what stands at, this place. */
bool redact_shape_at(struct redact_scan *scan, size_t at, struct redaction_span *ret_span);
bool redact_context_at(struct redact_scan *scan, size_t at, struct redaction_span *ret_span);

#endif
