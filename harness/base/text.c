/* SPDX-License-Identifier: Apache-2.0
 *
 * Text helpers: any bytes to valid UTF-8, quoting, durations.
 */
#include <stdint.h>
#include <string.h>

#include "gvisor-smoke/buf.h"
#include "gvisor-smoke/cleanup.h"
#include "gvisor-smoke/text.h"

#define REPLACEMENT "\xEF\xBF\xBD"

/* The length of the UTF-8 sequence at bytes that XML 1.0 allows, or 0 when there is none. */
static size_t sequence_length(const unsigned char *bytes, size_t left)
{
    unsigned char lead = bytes[0];
    size_t length = lead < 0x80 ? 1 : lead >= 0xC2 && lead < 0xE0 ? 2 : (lead & 0xF0) == 0xE0 ? 3 : 4;
    if (length == 1)
        return 1;
    if (lead < 0xC2 || lead > 0xF4 || left < length)
        return 0;
    uint32_t code = lead & (0xFFu >> (length + 1));
    for (size_t i = 1; i < length; i++) {
        if ((bytes[i] & 0xC0) != 0x80)
            return 0;
        code = code << 6 | (bytes[i] & 0x3F);
    }
    if (length == 3 && (code < 0x800 || (code >= 0xD800 && code <= 0xDFFF) || code >= 0xFFFE))
        return 0;
    if (length == 4 && (code < 0x10000 || code > 0x10FFFF))
        return 0;
    return length;
}

/* How many bytes from here need no look: printable ASCII. */
static size_t plain_length(const unsigned char *bytes, size_t left)
{
    size_t length = 0;
    while (length < left && bytes[length] >= 0x20 && bytes[length] < 0x7F)
        length++;
    return length;
}

char *text_from_bytes(const char *bytes, size_t length)
{
    struct buf text;
    buf_init(&text, SIZE_MAX / 2);
    for (size_t at = 0; at < length;) {
        const unsigned char *here = (const unsigned char *)bytes + at;
        size_t plain = plain_length(here, length - at);
        buf_append(&text, here, plain);
        at += plain;
        here += plain;
        if (at == length)
            break;
        size_t taken = sequence_length(here, length - at);
        if (taken == 0) {
            buf_append_text(&text, REPLACEMENT);
            taken = 1;
        } else if (taken == 1 && (*here < 0x20 || *here == 0x7F) && !strchr("\t\n\r", *here)) {
            buf_printf(&text, "#x%02X", *here);
        } else if (*here == '\0') {
            buf_append_text(&text, "#x00"); /* strchr() finds the NUL at the end of its string */
        } else {
            buf_append(&text, here, taken);
        }
        at += taken;
    }
    char *owned = buf_steal(&text);
    buf_release(&text);
    return owned;
}

char *text_shell_quote(const char *text)
{
    struct buf quoted;
    buf_init(&quoted, SIZE_MAX / 2);
    buf_append_text(&quoted, "'");
    for (; *text; text++)
        if (*text == '\'')
            buf_append_text(&quoted, "'\\''");
        else
            buf_append(&quoted, text, 1);
    buf_append_text(&quoted, "'");
    char *owned = buf_steal(&quoted);
    buf_release(&quoted);
    return owned;
}

bool text_starts_with(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

bool text_ends_with(const char *text, const char *suffix)
{
    size_t length = strlen(text), tail = strlen(suffix);
    return length >= tail && strcmp(text + length - tail, suffix) == 0;
}

char *text_count(size_t count, const char *singular, const char *plural)
{
    return xasprintf("%zu %s", count, count == 1 ? singular : plural);
}

char *text_duration(long long duration_ms)
{
    if (duration_ms < 1000)
        return xasprintf("%lld ms", duration_ms);
    if (duration_ms < 60000)
        return xasprintf("%lld.%lld s", duration_ms / 1000, duration_ms % 1000 / 100);
    return xasprintf("%lld min %lld s", duration_ms / 60000, duration_ms % 60000 / 1000);
}

long long text_parse_duration_ms(const char *text)
{
    static const struct {
        const char *unit;
        long long ms;
    } units[] = {{"", 1000}, {"s", 1000}, {"ms", 1}, {"m", 60000}, {"h", 3600000}};
    const long long ten_days_ms = 864000000;
    char *rest;
    if (*text < '0' || *text > '9')
        return -1;
    long long number = strtoll(text, &rest, 10);
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (strcmp(rest, units[i].unit) == 0)
            return number <= ten_days_ms / units[i].ms ? number * units[i].ms : -1;
    return -1;
}
