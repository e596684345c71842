/* SPDX-License-Identifier: Apache-2.0
 *
 * Texts made fit for a report or a message: bounded, or on one line.
 */
#include <string.h>

#include "gvisor-smoke/buf.h"
#include "gvisor-smoke/cleanup.h"
#include "gvisor-smoke/text.h"

#define PRINTABLE_MAX_BYTES 80

static bool is_continuation(char byte)
{
    return ((unsigned char)byte & 0xC0) == 0x80;
}

char *text_end(const char *text, size_t max)
{
    size_t length = strlen(text);
    if (length <= max)
        return xstrdup(text);
    size_t left_out = length - max;
    while (is_continuation(text[left_out]))
        left_out++;
    return xasprintf("[%zu bytes before this are left out]\n%s", left_out, text + left_out);
}

char *text_beginning(const char *text, size_t max)
{
    size_t length = strlen(text);
    if (length <= max)
        return xstrdup(text);
    size_t kept = max;
    while (kept && is_continuation(text[kept]))
        kept--;
    return xasprintf("%.*s\n[%zu bytes after this are left out]", (int)kept, text, length - kept);
}

/* A terminal obeys U+0080 to U+009F as well, and lets U+202A to U+202E and U+2066 to U+2069 turn the text
 * around. */
static size_t unwelcome_length(const char *text)
{
    const unsigned char *at = (const unsigned char *)text;
    if (at[0] < 0x20 || at[0] == 0x7F)
        return 1;
    if (at[0] == 0xC2 && at[1] >= 0x80 && at[1] <= 0x9F)
        return 2;
    if (at[0] == 0xE2 && at[1] == 0x80 && at[2] >= 0xAA && at[2] <= 0xAE)
        return 3;
    if (at[0] == 0xE2 && at[1] == 0x81 && at[2] >= 0xA6 && at[2] <= 0xA9)
        return 3;
    return 0;
}

char *text_one_line(const char *text)
{
    cleanup_free char *valid = text_from_bytes(text, strlen(text));
    cleanup_buf struct buf line;
    buf_init(&line, SIZE_MAX / 2);
    for (const char *at = valid; *at;) {
        size_t unwelcome = unwelcome_length(at);
        if (unwelcome == 0)
            buf_append(&line, at, 1);
        else
            buf_append_text(&line, strchr("\t\n\r", *at) ? " " : "?");
        at += unwelcome ? unwelcome : 1;
    }
    while (line.length && line.bytes[line.length - 1] == ' ')
        line.bytes[--line.length] = '\0';
    return buf_steal(&line);
}

char *text_printable(const char *name)
{
    size_t length = strnlen(name, PRINTABLE_MAX_BYTES + 1);
    bool whole = length <= PRINTABLE_MAX_BYTES;
    if (!whole)
        length = PRINTABLE_MAX_BYTES;
    while (!whole && length > 0 && is_continuation(name[length]))
        length--; /* so that no UTF-8 sequence is cut in two */
    cleanup_free char *beginning = xstrndup(name, length);
    cleanup_buf struct buf printable;
    buf_init(&printable, SIZE_MAX / 2);
    for (const char *at = beginning; *at;) {
        size_t unwelcome = unwelcome_length(at);
        buf_append(&printable, unwelcome ? "?" : at, 1);
        at += unwelcome ? unwelcome : 1;
    }
    buf_append_text(&printable, whole ? "" : "...");
    return buf_steal(&printable);
}
