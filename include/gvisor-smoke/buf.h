/* SPDX-License-Identifier: Apache-2.0
 *
 * A growing run of bytes with a hard maximum: nothing that comes from outside can make it grow without end.
 *
 * Lifecycle: buf_init() with a maximum, buf_append..., buf_release(). The bytes are always followed by a NUL
 * that is not counted, so text can be read in place. Not thread-safe.
 */
#ifndef GVISOR_SMOKE_BUF_H
#define GVISOR_SMOKE_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf {
    char *bytes;   /* never NULL after buf_init(), NUL after the last byte */
    size_t length; /* bytes held */
    size_t max;    /* never holds more */
    size_t allocated;
    uint64_t dropped; /* bytes that did not fit, counted */
};

void buf_init(struct buf *buf, size_t max);
void buf_release(struct buf *buf);
void buf_clear(struct buf *buf);

/* Appends bytes. What does not fit under the maximum is dropped and counted; returns false then. */
bool buf_append(struct buf *buf, const void *bytes, size_t length);
bool buf_append_text(struct buf *buf, const char *text);
bool buf_printf(struct buf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Removes bytes from the front, and from the end. */
void buf_consume(struct buf *buf, size_t length);
void buf_shorten(struct buf *buf, size_t length);

/* Hands over the bytes (NUL-terminated, the caller frees them) and leaves the buffer empty. */
char *buf_steal(struct buf *buf);

#define cleanup_buf __attribute__((cleanup(buf_release)))

#endif
