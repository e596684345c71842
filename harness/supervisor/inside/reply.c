/* SPDX-License-Identifier: Apache-2.0
 *
 * Frames to standard output. Writing never waits while a case runs: a reader that has stopped must not keep
 * the timeout from being enforced.
 */
#include "inside.h"

#define STDOUT 1
#define STALL_MS 30000 /* how long a reader that takes nothing is waited for at the end */

static char waiting[8 * (SUPERVISOR_HEADER_BYTES + SUPERVISOR_PAYLOAD_MAX)];
static size_t start, end; /* of what waits to be written */
static uint32_t sequence;
static bool broken;
static int flags_before = -1;

void reply_break(void)
{
    broken = true;
    start = end = 0;
}

bool reply_broken(void)
{
    return broken;
}

bool reply_pending(void)
{
    return start < end;
}

void reply_push(void)
{
    while (start < end) {
        long written = sys_write(STDOUT, waiting + start, end - start);
        if (written == -EAGAIN || written == -EINTR)
            return;
        if (written < 0) {
            reply_break();
            return;
        }
        start += (size_t)written;
    }
    start = end = 0;
}

bool reply_wait(void)
{
    while (reply_push(), start < end) {
        struct pollfd fd = {.fd = STDOUT, .events = POLLOUT};
        int ready = sys_poll(&fd, 1, STALL_MS);
        if (ready == 0 || (ready < 0 && ready != -EINTR))
            reply_break();
    }
    return !broken;
}

char *reply_room(void)
{
    size_t needed = SUPERVISOR_HEADER_BYTES + SUPERVISOR_PAYLOAD_MAX;
    return sizeof waiting - end >= needed ? waiting + end + SUPERVISOR_HEADER_BYTES : NULL;
}

void reply_commit(enum supervisor_frame type, size_t length)
{
    if (broken)
        return;
    char *header = waiting + end;
    frame_write_header(&crc, header, (char)type, sequence++, header + SUPERVISOR_HEADER_BYTES,
                       (uint32_t)length);
    end += SUPERVISOR_HEADER_BYTES + length;
}

void reply_frame(enum supervisor_frame type, const char *payload, size_t length)
{
    if (!reply_room())
        reply_wait();
    if (length > SUPERVISOR_PAYLOAD_MAX)
        length = SUPERVISOR_PAYLOAD_MAX;
    struct text text = {.bytes = reply_room(), .max = length + 1};
    text_add_bytes(&text, payload, length);
    reply_commit(type, length);
}

void reply_begin(void)
{
    flags_before = sys_get_flags(STDOUT);
    if (flags_before >= 0)
        sys_set_flags(STDOUT, flags_before | O_NONBLOCK);
    reply_frame(SUPERVISOR_FRAME_HELLO, SUPERVISOR_HELLO, sizeof SUPERVISOR_HELLO - 1);
}

bool reply_end(void)
{
    reply_wait();
    if (flags_before >= 0)
        sys_set_flags(STDOUT, flags_before);
    return !broken;
}
