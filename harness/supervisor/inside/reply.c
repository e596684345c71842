/* SPDX-License-Identifier: Apache-2.0
 *
 * Frames to a file that keeps them, or to standard output. Writing never waits while a case runs: a place
 * that takes nothing must not keep the timeout from being enforced.
 */
#include "inside.h"

#define STALL_NS ((int64_t)30000000000) /* how long a place that takes nothing is waited for */
#define PAUSE_MS 100                    /* between tries to write to a disk that is full */

static char waiting[8 * (SUPERVISOR_HEADER_BYTES + SUPERVISOR_PAYLOAD_MAX)];
static size_t start, end; /* of what waits to be written */
static uint32_t sequence;
static bool broken, full;
static int target, bell = -1, flags_before = -1;

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

bool reply_full(void)
{
    return full;
}

static void ring(void)
{
    if (bell >= 0)
        sys_write(bell, "", 1); /* one that is full rings already */
}

void reply_push(void)
{
    while (start < end) {
        long written = sys_write(target, waiting + start, end - start);
        full = written == -ENOSPC || written == -EDQUOT;
        if (written == -EAGAIN || written == -EINTR || full)
            return;
        if (written < 0) {
            reply_break();
            return;
        }
        start += (size_t)written;
        ring();
    }
    start = end = 0;
}

bool reply_wait(void)
{
    size_t before = start;
    int64_t since_ns = sys_now_ns();
    while (reply_push(), start < end) {
        struct pollfd fd = {.fd = full ? -1 : target, .events = POLLOUT};
        sys_poll(&fd, 1, PAUSE_MS);
        int64_t now_ns = sys_now_ns();
        if (start != before) {
            before = start;
            since_ns = now_ns;
        } else if (now_ns - since_ns > STALL_NS)
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

static void begin(void)
{
    reply_frame(SUPERVISOR_FRAME_HELLO, SUPERVISOR_HELLO, sizeof SUPERVISOR_HELLO - 1);
}

void reply_begin(void)
{
    target = 1;
    flags_before = sys_get_flags(target);
    if (flags_before >= 0)
        sys_set_flags(target, flags_before | O_NONBLOCK);
    begin();
}

void reply_begin_kept(int fd, int rung)
{
    target = fd;
    bell = rung;
    sys_set_flags(bell, O_WRONLY | O_NONBLOCK);
    begin();
    reply_push();
}

bool reply_end(void)
{
    reply_wait();
    if (flags_before >= 0)
        sys_set_flags(target, flags_before);
    return !broken;
}
