/* SPDX-License-Identifier: Apache-2.0
 *
 * Frames of requests, written.
 */
#include <string.h>

#include "frame.h"
#include "gvisor-smoke/cleanup.h"
#include "supervisor_private.h"

struct writer *writer_new(void)
{
    struct writer *writer = xcalloc(1, sizeof *writer);
    writer->crc = supervisor_checksums();
    buf_init(&writer->bytes, SIZE_MAX / 2);
    return writer;
}

void writer_free(struct writer *writer)
{
    if (!writer)
        return;
    buf_release(&writer->bytes);
    free(writer);
}

void writer_add(struct writer *writer, enum supervisor_frame type, const char *payload, size_t length)
{
    do {
        size_t part = length < SUPERVISOR_PAYLOAD_MAX ? length : SUPERVISOR_PAYLOAD_MAX;
        char header[SUPERVISOR_HEADER_BYTES];
        frame_write_header(writer->crc, header, (char)type, writer->sequence++, payload, (uint32_t)part);
        buf_append(&writer->bytes, header, sizeof header);
        buf_append(&writer->bytes, payload, part);
        payload += part;
        length -= part;
    } while (length);
}

void writer_add_text(struct writer *writer, enum supervisor_frame type, const char *text)
{
    writer_add(writer, type, text, strlen(text));
}

void writer_add_number(struct writer *writer, enum supervisor_frame type, uint64_t number)
{
    cleanup_free char *text = xasprintf("%llu", (unsigned long long)number);
    writer_add_text(writer, type, text);
}

void writer_add_list(struct writer *writer, enum supervisor_frame type, const char *const *items)
{
    for (; items && *items; items++)
        writer_add_text(writer, type, *items);
}
