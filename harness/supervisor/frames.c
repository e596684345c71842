/* SPDX-License-Identifier: Apache-2.0
 *
 * Frames that arrive, for replies and for standing streams. Pure and bounded: any bytes in, a frame or a
 * named defect out.
 */
#include "frame.h"
#include "gvisor-smoke/cleanup.h"
#include "supervisor_private.h"

#define SHOWN_MAX_BYTES 80 /* of bytes that are not a frame */

char *frame_show(const char *bytes, size_t length)
{
    size_t shown = length < SHOWN_MAX_BYTES ? length : SHOWN_MAX_BYTES;
    char *text = xcalloc(shown + 1, 1);
    for (size_t i = 0; i < shown && bytes[i] != '\n'; i++)
        text[i] = bytes[i] >= ' ' && bytes[i] <= '~' ? bytes[i] : '?';
    return text;
}

/* How many bytes the frame under way has in all, as far as is known; 0 when it is none. */
static size_t bytes_of(const struct buf *frame, struct frame_header *ret_header)
{
    if (frame->length < SUPERVISOR_HEADER_BYTES)
        return SUPERVISOR_HEADER_BYTES;
    return frame_read_header(frame->bytes, ret_header) ? SUPERVISOR_HEADER_BYTES + ret_header->length : 0;
}

static enum frame_step check(const struct crc32c *crc, const struct buf *frame, uint32_t *sequence,
                             const struct frame_header *header, char **ret_problem)
{
    const char *payload = frame->bytes + SUPERVISOR_HEADER_BYTES;
    if (header->sequence != *sequence) {
        *ret_problem = xasprintf("frame %u arrived where frame %u should be", header->sequence, *sequence);
        return FRAME_WRONG;
    }
    if (frame_checksum(crc, frame->bytes, payload, header->length) != header->checksum) {
        *ret_problem = xasprintf("frame %u is damaged: its checksum is wrong", header->sequence);
        return FRAME_WRONG;
    }
    (*sequence)++;
    return FRAME_WHOLE;
}

enum frame_step frame_take(const struct crc32c *crc, struct buf *frame, uint32_t *sequence,
                           const char **bytes, size_t *length, struct frame_header *ret_header,
                           char **ret_problem)
{
    while (*length) {
        size_t wanted = bytes_of(frame, ret_header) - frame->length;
        size_t taken = *length < wanted ? *length : wanted;
        buf_append(frame, *bytes, taken);
        *bytes += taken;
        *length -= taken;
        wanted = bytes_of(frame, ret_header);
        if (!wanted)
            return FRAME_NONE;
        if (wanted == frame->length)
            return check(crc, frame, sequence, ret_header, ret_problem);
    }
    return FRAME_PARTIAL;
}
