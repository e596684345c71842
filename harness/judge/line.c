/* SPDX-License-Identifier: Apache-2.0
 *
 * Single lines, bounded, out of any text.
 */
#include <string.h>

#include "gvisor-smoke/cleanup.h"
#include "gvisor-smoke/text.h"
#include "judge.h"

static bool is_blank(char letter)
{
    return letter == ' ' || letter == '\t' || letter == '\n' || letter == '\r';
}

/* Cuts valid UTF-8 behind at most max_bytes, between two characters. */
static void cut(char **text, size_t max_bytes)
{
    if (strlen(*text) <= max_bytes)
        return;
    size_t length = max_bytes;
    while (length && ((unsigned char)(*text)[length] & 0xC0) == 0x80)
        length--;
    (*text)[length] = '\0';
    char *marked = xasprintf("%s...", *text);
    free(*text);
    *text = marked;
}

char *line_from_text(const char *text, size_t length, size_t max_bytes)
{
    while (length && is_blank(text[length - 1]))
        length--;
    while (length && is_blank(*text)) {
        text++;
        length--;
    }
    size_t read = length < max_bytes + 8 ? length : max_bytes + 8; /* the rest is cut away in any case */
    char *line = text_from_bytes(text, read);
    for (char *at = line; *at; at++)
        if (is_blank(*at))
            *at = ' ';
    cut(&line, max_bytes);
    return line;
}

char *line_last(const char *text)
{
    size_t end = text ? strlen(text) : 0;
    while (end && is_blank(text[end - 1]))
        end--;
    if (!end)
        return NULL;
    const char *newline = memrchr(text, '\n', end);
    const char *start = newline ? newline + 1 : text;
    return line_from_text(start, (size_t)(text + end - start), LINE_MAX_BYTES);
}
