/* SPDX-License-Identifier: Apache-2.0
 *
 * A growing run of bytes with a hard maximum.
 */
#include <stdarg.h>
#include <string.h>

#include "gvisor-smoke/buf.h"
#include "gvisor-smoke/cleanup.h"

void buf_init(struct buf *buf, size_t max)
{
    *buf = (struct buf){.max = max, .allocated = 64};
    buf->bytes = xcalloc(1, buf->allocated);
}

void buf_release(struct buf *buf)
{
    free(buf->bytes);
    *buf = (struct buf){0};
}

void buf_clear(struct buf *buf)
{
    buf->length = 0;
    buf->bytes[0] = '\0';
    buf->dropped = 0;
}

static void buf_reserve(struct buf *buf, size_t length)
{
    size_t needed = length + 1;
    if (needed <= buf->allocated)
        return;
    size_t doubled = buf->allocated * 2;
    buf->allocated = doubled > needed ? doubled : needed;
    if (buf->allocated > buf->max + 1)
        buf->allocated = buf->max + 1;
    buf->bytes = xrealloc(buf->bytes, buf->allocated, 1);
}

bool buf_append(struct buf *buf, const void *bytes, size_t length)
{
    size_t room = buf->max - buf->length;
    size_t taken = length < room ? length : room;
    if (taken) {
        buf_reserve(buf, buf->length + taken);
        memcpy(buf->bytes + buf->length, bytes, taken);
        buf->length += taken;
        buf->bytes[buf->length] = '\0';
    }
    buf->dropped += length - taken;
    return taken == length;
}

bool buf_append_text(struct buf *buf, const char *text)
{
    return buf_append(buf, text, strlen(text));
}

bool buf_printf(struct buf *buf, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char *text = NULL;
    int length = vasprintf(&text, format, arguments);
    va_end(arguments);
    if (length < 0)
        abort();
    bool whole = buf_append(buf, text, (size_t)length);
    free(text);
    return whole;
}

void buf_consume(struct buf *buf, size_t length)
{
    if (length > buf->length)
        length = buf->length;
    buf->length -= length;
    memmove(buf->bytes, buf->bytes + length, buf->length + 1);
}

void buf_shorten(struct buf *buf, size_t length)
{
    buf->length -= length < buf->length ? length : buf->length;
    buf->bytes[buf->length] = '\0';
}

char *buf_steal(struct buf *buf)
{
    char *bytes = buf->bytes;
    buf_init(buf, buf->max);
    return bytes;
}
