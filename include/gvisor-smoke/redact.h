/* SPDX-License-Identifier: Apache-2.0
 *
 * What keeps secrets out of everything that is written: the output of cases, and words of others in messages.
 *
 * Three things are found in a text: this program's own credentials (every struct secret that is alive, plain
 * and in base64), the known shapes of secrets (tokens, keys, headers, passwords in URLs and assignments), and
 * patterns of the caller's. What is found is replaced by "[redacted KIND]". A text that was redacted is not
 * changed by doing it again.
 *
 * A whole text is looked at, never a piece of a stream: a secret that came in two pieces is found.
 *
 * Lifecycle: redaction_new(), then patterns, then it is only read. A NULL redaction is one without patterns.
 */
#ifndef GVISOR_SMOKE_REDACT_H
#define GVISOR_SMOKE_REDACT_H

#include <stdbool.h>
#include <stddef.h>

#include "gvisor-smoke/error.h"

struct redaction;

struct redaction *redaction_new(void);
void redaction_free(struct redaction *redaction); /* NULL does nothing */
/* Finds patterns and this program's own credentials only. */
void redaction_drop_shapes(struct redaction *redaction);
/* A POSIX extended regular expression, without regard to case, that is looked for in each line, as evidence
 * of a case is. ERROR_USAGE for one that expression_compile() refuses. */
int redaction_add_pattern(struct redaction *redaction, const char *expression, struct error **err);

/* A secret: the bytes from start to before end. */
struct redaction_span {
    size_t start, end;
    const char *kind; /* "token", "private key", "pattern", ...; static */
};

/* All of a text, in order, none touching the bytes of another. */
struct redaction_spans {
    struct redaction_span *items;
    size_t count;
};
struct redaction_spans redaction_find(const struct redaction *redaction, const char *text, size_t length);
void redaction_spans_add(struct redaction_spans *spans, struct redaction_span span); /* behind the last */
void redaction_spans_release(struct redaction_spans *spans);

/* The part of the text from start to before end, with what the spans of the whole text cover of it replaced.
 * The caller frees it. */
char *redaction_apply(const char *text, size_t start, size_t end, const struct redaction_spans *spans);

/* Both in one: the text without its secrets, or NULL when it has none. The caller frees it. */
char *redaction_text(const struct redaction *redaction, const char *text);

/* The same for this program's own credentials alone: errors are made without them, since they may be told
 * when the credential is known no more. */
char *redaction_credentials(const char *text);

/* Whether the name of a variable says that its value is a secret: "AWS_SECRET_ACCESS_KEY". */
bool redaction_is_secret_name(const char *name);

#endif
