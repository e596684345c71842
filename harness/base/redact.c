/* SPDX-License-Identifier: Apache-2.0
 *
 * Finds the secrets of a text by all rules, and puts words in their place.
 */
#include <regex.h>
#include <stdint.h>
#include <string.h>

#include "gvisor-smoke/buf.h"
#include "gvisor-smoke/cleanup.h"
#include "gvisor-smoke/expression.h"
#include "gvisor-smoke/secret.h"
#include "redact_private.h"

#define WINDOW ((size_t)65536) /* bytes of a line that an expression looks at in one go */
#define OVERLAP ((size_t)8192) /* of two of these: what is shorter is found whole */

struct redaction {
    bool without_shapes;
    regex_t *patterns;
    size_t count;
};

struct redaction *redaction_new(void)
{
    return xcalloc(1, sizeof(struct redaction));
}

void redaction_free(struct redaction *redaction)
{
    if (!redaction)
        return;
    for (size_t i = 0; i < redaction->count; i++)
        regfree(&redaction->patterns[i]);
    free(redaction->patterns);
    free(redaction);
}

void redaction_drop_shapes(struct redaction *redaction)
{
    redaction->without_shapes = true;
}

int redaction_add_pattern(struct redaction *redaction, const char *expression, struct error **err)
{
    regex_t compiled;
    if (expression_compile(expression, REG_NEWLINE, &compiled, err) < 0)
        return -1;
    redaction->patterns = xrealloc(redaction->patterns, redaction->count + 1, sizeof(regex_t));
    redaction->patterns[redaction->count++] = compiled;
    return 0;
}

/* --- spans --- */

void redaction_spans_add(struct redaction_spans *spans, struct redaction_span span)
{
    spans->items = xgrow(spans->items, spans->count, sizeof *spans->items);
    spans->items[spans->count++] = span;
}

void redaction_spans_release(struct redaction_spans *spans)
{
    free(spans->items);
    *spans = (struct redaction_spans){0};
}

static int compare_spans(const void *left, const void *right)
{
    const struct redaction_span *a = left, *b = right;
    return a->start != b->start ? (a->start < b->start ? -1 : 1) : (a->end > b->end ? -1 : a->end < b->end);
}

/* In order, and what overlaps made one. */
static void join_spans(struct redaction_spans *spans)
{
    size_t kept = 0;
    if (spans->count > 1)
        qsort(spans->items, spans->count, sizeof *spans->items, compare_spans);
    for (size_t i = 0; i < spans->count; i++) {
        struct redaction_span *last = kept ? &spans->items[kept - 1] : NULL;
        if (!last || spans->items[i].start >= last->end)
            spans->items[kept++] = spans->items[i];
        else if (spans->items[i].end > last->end)
            last->end = spans->items[i].end;
    }
    spans->count = kept;
}

/* --- finding --- */

static void find_shapes(const char *text, size_t length, struct redaction_spans *spans)
{
    struct redact_scan scan = {.text = text, .length = length};
    struct redaction_span found;
    for (size_t at = 0; at < length; at++)
        if (redact_shape_at(&scan, at, &found) || redact_context_at(&scan, at, &found)) {
            redaction_spans_add(spans, found);
            at = found.end - 1;
        }
}

static void find_own(const char *text, size_t length, struct redaction_spans *spans)
{
    size_t start = 0, end = 0;
    while (secret_find(text, length, end, &start, &end))
        redaction_spans_add(spans, (struct redaction_span){start, end, "credential of this run"});
}

/* Only what the marks of an earlier redaction do not hold. */
static bool is_in_mark(const char *text, size_t start)
{
    size_t back = start;
    while (back > 0 && start - back < 64 && text[back - 1] != ']' && text[back - 1] != '\n')
        if (strncmp(text + --back, REDACTED, strlen(REDACTED)) == 0)
            return true;
    return false;
}

/* A line, or a window of it. Returns false when the expression could not be evaluated. */
static bool search_window(const regex_t *pattern, const char *text, size_t start, size_t end, int flags,
                          struct redaction_spans *spans)
{
    while (start < end) {
        regmatch_t range = {.rm_so = 0, .rm_eo = (regoff_t)(end - start)};
        int code = regexec(pattern, text + start, 1, &range, REG_STARTEND | flags);
        if (code == REG_NOMATCH)
            return true;
        if (code != 0)
            return false;
        size_t from = start + (size_t)range.rm_so, to = start + (size_t)range.rm_eo;
        if (to > from && !is_in_mark(text, from))
            redaction_spans_add(spans, (struct redaction_span){from, to, "pattern"});
        start = to > from ? to : to + 1;
        flags |= REG_NOTBOL;
    }
    return true;
}

static void search_line(const regex_t *pattern, const char *text, size_t start, size_t end,
                        struct redaction_spans *spans)
{
    size_t at = start;
    for (;;) {
        bool last = end - at <= WINDOW;
        int flags = (at > start ? REG_NOTBOL : 0) | (last ? 0 : REG_NOTEOL);
        if (!search_window(pattern, text, at, last ? end : at + WINDOW, flags, spans)) {
            redaction_spans_add(spans, (struct redaction_span){start, end, "line"}); /* better none of it */
            return;
        }
        if (last)
            return;
        at += WINDOW - OVERLAP;
    }
}

static void find_pattern(const regex_t *pattern, const char *text, size_t length,
                         struct redaction_spans *spans)
{
    for (size_t at = 0; at < length;) {
        const char *newline = memchr(text + at, '\n', length - at);
        size_t end = newline ? (size_t)(newline - text) : length;
        if (end > at)
            search_line(pattern, text, at, end, spans);
        at = end + 1;
    }
}

struct redaction_spans redaction_find(const struct redaction *redaction, const char *text, size_t length)
{
    struct redaction_spans spans = {0};
    find_own(text, length, &spans);
    if (!redaction || !redaction->without_shapes)
        find_shapes(text, length, &spans);
    for (size_t i = 0; redaction && i < redaction->count; i++)
        find_pattern(&redaction->patterns[i], text, length, &spans);
    join_spans(&spans);
    return spans;
}

/* --- replacing --- */

char *redaction_apply(const char *text, size_t start, size_t end, const struct redaction_spans *spans)
{
    cleanup_buf struct buf clean;
    buf_init(&clean, SIZE_MAX / 2);
    for (size_t i = 0; i < spans->count && start < end; i++) {
        const struct redaction_span *span = &spans->items[i];
        if (span->end <= start || span->start >= end)
            continue;
        if (span->start > start)
            buf_append(&clean, text + start, span->start - start);
        buf_printf(&clean, REDACTED "%s]", span->kind);
        start = span->end;
    }
    if (start < end)
        buf_append(&clean, text + start, end - start);
    return buf_steal(&clean);
}

char *redaction_credentials(const char *text)
{
    static const struct redaction bare = {.without_shapes = true};
    return redaction_text(&bare, text);
}

char *redaction_text(const struct redaction *redaction, const char *text)
{
    size_t length = strlen(text);
    struct redaction_spans spans = redaction_find(redaction, text, length);
    char *clean = spans.count ? redaction_apply(text, 0, length, &spans) : NULL;
    redaction_spans_release(&spans);
    return clean;
}
