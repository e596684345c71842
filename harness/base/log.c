/* SPDX-License-Identifier: Apache-2.0
 *
 * The trace on stderr.
 */
#include <stdarg.h>
#include <stdio.h>

#include "gvisor-smoke/cleanup.h"
#include "gvisor-smoke/clock.h"
#include "gvisor-smoke/log.h"
#include "gvisor-smoke/text.h"

static enum log_level current_level = LOG_QUIET;

void log_set_level(enum log_level level)
{
    current_level = level;
}

enum log_level log_level(void)
{
    return current_level;
}

static __attribute__((format(printf, 1, 0))) void log_line(const char *format, va_list arguments)
{
    char stamp[CLOCK_STAMP_SIZE];
    char line[2048];
    vsnprintf(line, sizeof line, format, arguments);
    cleanup_free char *shown = text_one_line(line); /* it may quote a server or a pod */
    fprintf(stderr, "%s %s\n", clock_stamp(clock_wall_ms(), stamp), shown);
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
