/* SPDX-License-Identifier: Apache-2.0
 *
 * The error type and allocation that ends the program when memory is out.
 */
#include <assert.h>
#include <stdarg.h>
#include <string.h>

#include "gvisor-smoke/cleanup.h"
#include "gvisor-smoke/error.h"
#include "gvisor-smoke/redact.h"
#include "gvisor-smoke/secret.h"
#include "gvisor-smoke/text.h"

static void out_of_memory(void)
{
    fputs("gvisor-smoke: out of memory\n", stderr);
    abort();
}

void *xcalloc(size_t count, size_t size)
{
    void *memory = calloc(count ? count : 1, size ? size : 1);
    if (!memory)
        out_of_memory();
    return memory;
}

void *xrealloc(void *pointer, size_t count, size_t size)
{
    void *memory = reallocarray(pointer, count ? count : 1, size ? size : 1);
    if (!memory)
        out_of_memory();
    return memory;
}

void *xgrow(void *items, size_t count, size_t size)
{
    if ((count & (count - 1)) != 0)
        return items;
    return xrealloc(items, count ? count * 2 : 1, size);
}

char *xstrndup(const char *text, size_t max)
{
    char *copy = strndup(text, max);
    if (!copy)
        out_of_memory();
    return copy;
}

char *xstrdup(const char *text)
{
    return text ? xstrndup(text, strlen(text)) : NULL;
}

static __attribute__((format(printf, 1, 0))) char *format_text(const char *format, va_list arguments)
{
    char *text = NULL;
    if (vasprintf(&text, format, arguments) < 0)
        out_of_memory();
    return text;
}

char *xasprintf(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char *text = format_text(format, arguments);
    va_end(arguments);
    return text;
}

/* What others said may be part of it. They may tell what they were sent, and it goes to terminals and logs:
 * it stays one line, obeys nobody, and has none of this run's own credentials. */
static __attribute__((format(printf, 1, 0))) char *format_line(const char *format, va_list arguments)
{
    char *text = format_text(format, arguments);
    cleanup_free char *clean = redaction_credentials(text);
    char *line = text_one_line(clean ? clean : text);
    if (clean)
        secret_wipe(text, strlen(text));
    free(text);
    return line;
}

void error_set(struct error **err, enum error_kind kind, const char *format, ...)
{
    assert(err && !*err);
    struct error *made = xcalloc(1, sizeof *made);
    made->kind = kind;
    va_list arguments;
    va_start(arguments, format);
    made->message = format_line(format, arguments);
    va_end(arguments);
    *err = made;
}

void error_hint(struct error **err, const char *format, ...)
{
    assert(err && *err);
    va_list arguments;
    va_start(arguments, format);
    char *hint = format_line(format, arguments);
    va_end(arguments);
    free((*err)->hint);
    (*err)->hint = hint;
}

void error_wrap(struct error **err, const char *format, ...)
{
    assert(err && *err);
    va_list arguments;
    va_start(arguments, format);
    cleanup_free char *context = format_line(format, arguments);
    va_end(arguments);
    char *message = xasprintf("%s: %s", context, (*err)->message);
    free((*err)->message);
    (*err)->message = message;
}

struct error *error_copy(const struct error *err)
{
    if (!err)
        return NULL;
    struct error *copy = xcalloc(1, sizeof *copy);
    copy->kind = err->kind;
    copy->http_status = err->http_status;
    copy->message = xstrdup(err->message);
    copy->hint = xstrdup(err->hint);
    return copy;
}

void error_free(struct error *err)
{
    if (!err)
        return;
    free(err->message);
    free(err->hint);
    free(err);
}

int error_exit_code(const struct error *err)
{
    switch (err->kind) {
    case ERROR_USAGE:
        return 2;
    case ERROR_ENVIRONMENT:
        return 3;
    case ERROR_NOT_GVISOR:
        return 4;
    }
    return 3;
}
