/* SPDX-License-Identifier: Apache-2.0
 *
 * The fields of a reply's last frame: how a case ended, what it took, what it wrote.
 */
#include <errno.h>
#include <string.h>

#include "gvisor-smoke/cleanup.h"
#include "supervisor_private.h"

/* The value of a key as text that the caller frees, or NULL. */
static char *field(const char *payload, size_t length, const char *key)
{
    size_t key_length = strlen(key);
    for (const char *end = payload + length; payload < end;) {
        const char *newline = memchr(payload, '\n', (size_t)(end - payload));
        size_t line = (size_t)((newline ? newline : end) - payload);
        if (line > key_length && memcmp(payload, key, key_length) == 0 && payload[key_length] == '=')
            return xstrndup(payload + key_length + 1, line - key_length - 1);
        payload += line + (newline ? 1 : 0);
    }
    return NULL;
}

static bool number(const char *payload, size_t length, const char *key, int base, int64_t *ret_number)
{
    cleanup_free char *text = field(payload, length, key);
    char *end = NULL;
    errno = 0;
    long long value = text ? strtoll(text, &end, base) : 0;
    *ret_number = value;
    return text && *text && !*end && !errno;
}

static bool read_stream(const char *payload, size_t length, const char *name,
                        struct supervisor_stream *stream)
{
    cleanup_free char *total = xasprintf("%s_total", name), *sent = xasprintf("%s_sent", name),
                      *checksum = xasprintf("%s_crc32c", name);
    int64_t values[3];
    bool whole = number(payload, length, total, 10, &values[0]) &&
                 number(payload, length, sent, 10, &values[1]) &&
                 number(payload, length, checksum, 16, &values[2]) && values[0] >= 0 && values[1] >= 0;
    if (whole) {
        stream->total_bytes = (uint64_t)values[0];
        stream->sent_bytes = (uint64_t)values[1];
        stream->checksum = (uint32_t)values[2];
    }
    return whole;
}

/* Nothing of an end that is not believed may be shown. */
static void forget_numbers(struct supervisor_result *result)
{
    result->wall_us = result->user_us = result->system_us = result->peak_kib = 0;
    result->strays = result->strays_left = 0;
    result->exit_code = -1;
    result->signal = 0;
    result->folder_left = false;
}

static bool read_numbers(const char *payload, size_t length, struct supervisor_result *result)
{
    int64_t code = 0, signal = 0, folder_left = 0;
    const struct {
        const char *key;
        int64_t *place;
    } fields[] = {
        {"code", &code},
        {"signal", &signal},
        {"wall_us", &result->wall_us},
        {"user_us", &result->user_us},
        {"system_us", &result->system_us},
        {"peak_kib", &result->peak_kib},
        {"strays", &result->strays},
        {"strays_left", &result->strays_left},
        {"folder_left", &folder_left},
    };
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        if (!number(payload, length, fields[i].key, 10, fields[i].place))
            return false;
    for (size_t i = 1; i < sizeof fields / sizeof *fields; i++) /* all but the code count something */
        if (*fields[i].place < 0)
            return false;
    if (code < -1 || code > 255 || signal > 127)
        return false;
    result->exit_code = (int)code;
    result->signal = (int)signal;
    result->folder_left = folder_left != 0;
    return true;
}

char *supervisor_read_end(const char *payload, size_t length, struct supervisor_result *result,
                          enum supervisor_ending *ret_ending)
{
    static const enum supervisor_ending endings[] = {SUPERVISOR_EXITED, SUPERVISOR_SIGNALED,
                                                     SUPERVISOR_TIMED_OUT, SUPERVISOR_MISSING};
    cleanup_free char *word = field(payload, length, "ending");
    bool known = false;
    for (size_t i = 0; i < sizeof endings / sizeof *endings && !known && word; i++)
        if (strcmp(word, supervisor_ending_name(endings[i])) == 0) {
            *ret_ending = endings[i];
            known = true;
        }
    if (!known)
        return xasprintf("the reply ends without saying how the case ended");
    if (*ret_ending == SUPERVISOR_MISSING)
        return NULL;
    char *problem = NULL;
    if (!read_numbers(payload, length, result) || !read_stream(payload, length, "stdout", &result->output) ||
        !read_stream(payload, length, "stderr", &result->errors))
        problem = xasprintf("the last frame of the reply lacks a field, or one is no number");
    else if ((*ret_ending == SUPERVISOR_EXITED && (result->exit_code < 0 || result->signal)) ||
             (*ret_ending == SUPERVISOR_SIGNALED && !result->signal))
        problem = xasprintf("the last frame of the reply contradicts itself: exit code %d and signal %d",
                            result->exit_code, result->signal);
    else
        result->stray_name = field(payload, length, "stray_name");
    if (problem)
        forget_numbers(result);
    return problem;
}
