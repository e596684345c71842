/* SPDX-License-Identifier: Apache-2.0
 *
 * The trace on stderr.
 */
#include <stdarg.h>
#include <stdio.h>

#include "gvisor-smoke/cleanup.h"
#include "gvisor-smoke/clock.h"
#include "gvisor-smoke/log.h"
#include "gvisor-smoke/redact.h"
#include "gvisor-smoke/text.h"

#define LINE_MAX_BYTES 2048

static enum log_level current_level = LOG_QUIET;
static const struct redaction *current_redaction;
static void (*current_make_room)(void *context, enum log_room room);
static void *current_room_context;

void log_set_level(enum log_level level)
{
    current_level = level;
}

enum log_level log_level(void)
{
    return current_level;
}

void log_set_redaction(const struct redaction *redaction)
{
    current_redaction = redaction;
}

void log_set_room(void (*make_room)(void *context, enum log_room room), void *context)
{
    current_make_room = make_room;
    current_room_context = context;
}

static void make_room(enum log_room room)
{
    if (current_make_room)
        current_make_room(current_room_context, room);
}

void log_lend_terminal(void)
{
    make_room(LOG_ROOM_LENT);
}

void log_take_terminal_back(void)
{
    make_room(LOG_ROOM_BACK);
}

void log_tell(const char *text)
{
    cleanup_free char *clean = redaction_text(current_redaction, text);
    make_room(LOG_ROOM_LINE);
    fputs(clean ? clean : text, stderr);
}

/* Cut after the secrets are out: half a secret would not be found. */
static __attribute__((format(printf, 1, 0))) void log_line(const char *format, va_list arguments)
{
    char stamp[CLOCK_STAMP_SIZE];
    char *line = NULL;
    if (vasprintf(&line, format, arguments) < 0)
        abort(); /* out of memory */
    cleanup_free char *clean = redaction_text(current_redaction, line);
    cleanup_free char *shown = text_one_line(clean ? clean : line); /* it may quote a server or a pod */
    make_room(LOG_ROOM_LINE);
    fprintf(stderr, "%s %.*s\n", clock_stamp(clock_wall_ms(), stamp), LINE_MAX_BYTES, shown);
    free(line);
}

void log_info(const char *format, ...)
{
    if (current_level < LOG_INFO)
        return;
    va_list arguments;
    va_start(arguments, format);
    log_line(format, arguments);
    va_end(arguments);
}

void log_debug(const char *format, ...)
{
    if (current_level < LOG_DEBUG)
        return;
    va_list arguments;
    va_start(arguments, format);
    log_line(format, arguments);
    va_end(arguments);
}
