/* SPDX-License-Identifier: Apache-2.0
 *
 * The harness's end of a standing stream.
 */
#include <stdlib.h>
#include <string.h>

#include "frame.h"
#include "gvisor-smoke/cleanup.h"
#include "supervisor_private.h"

#define CODE_DIGITS_MAX 3

void supervisor_standing_init(struct supervisor_standing *standing)
{
    *standing = (struct supervisor_standing){.writer = writer_new()};
    buf_init(&standing->frame, SUPERVISOR_HEADER_BYTES + SUPERVISOR_PAYLOAD_MAX);
}

void supervisor_standing_release(struct supervisor_standing *standing)
{
    writer_free(standing->writer);
    buf_release(&standing->frame);
    free(standing->problem);
    *standing = (struct supervisor_standing){0};
}

const char *supervisor_standing_request(struct supervisor_standing *standing, uint32_t number,
                                        const struct supervisor_run *run, size_t *ret_length)
{
    struct writer *writer = standing->writer;
    cleanup_free char *named = xasprintf("%08x%s", number, run->id);
    struct supervisor_run plain = *run;
    plain.watch_input = false;
    buf_clear(&writer->bytes);
    writer_add_text(writer, SUPERVISOR_FRAME_CASE, named);
    supervisor_write_run(writer, &plain);
    writer_add_text(writer, SUPERVISOR_FRAME_GO, "");
    *ret_length = writer->bytes.length;
    return writer->bytes.bytes;
}

/* Takes the problem. */
static void fail(struct supervisor_standing *standing, char *problem)
{
    standing->problem = problem;
}

static void take_hello(struct supervisor_standing *standing, const char *payload, size_t length)
{
    if (!standing->hello && length == sizeof SUPERVISOR_HELLO_STANDING - 1 &&
        memcmp(payload, SUPERVISOR_HELLO_STANDING, length) == 0) {
        standing->hello = true;
        return;
    }
    cleanup_free char *shown = frame_show(payload, length);
    fail(standing, xasprintf("the supervisor greets with \"%s\"", shown));
}

/* -1 when they are no exit code. */
static int read_code(const char *digits, size_t length)
{
    int code = 0;
    if (length == 0 || length > CODE_DIGITS_MAX)
        return -1;
    for (size_t i = 0; i < length; i++) {
        if (digits[i] < '0' || digits[i] > '9')
            return -1;
        code = code * 10 + digits[i] - '0';
    }
    return code <= 255 ? code : -1;
}

static void take_close(struct supervisor_standing *standing, uint32_t number, const char *digits,
                       size_t length)
{
    int code = read_code(digits, length);
    if (code < 0)
        fail(standing, xasprintf("the end of case %u is no exit code", number));
    else
        standing->on_close(standing->context, number, code);
}

static void take_payload(struct supervisor_standing *standing, char type, const char *payload, size_t length)
{
    uint32_t number;
    if (type == SUPERVISOR_FRAME_HELLO || !standing->hello) {
        take_hello(standing, payload, length);
        return;
    }
    if (type != SUPERVISOR_FRAME_OUTPUT && type != SUPERVISOR_FRAME_CLOSE) {
        fail(standing, xasprintf("frame %u is of an unknown type", standing->sequence - 1));
        return;
    }
    if (length < SUPERVISOR_NUMBER_BYTES || !frame_get_hex(payload, &number)) {
        fail(standing, xasprintf("frame %u is of no case", standing->sequence - 1));
        return;
    }
    payload += SUPERVISOR_NUMBER_BYTES;
    length -= SUPERVISOR_NUMBER_BYTES;
    if (type == SUPERVISOR_FRAME_CLOSE)
        take_close(standing, number, payload, length);
    else
        standing->on_reply(standing->context, number, payload, length);
}

static void take_frame(struct supervisor_standing *standing, enum frame_step step,
                       const struct frame_header *header, char *problem)
{
    if (step == FRAME_NONE) {
        cleanup_free char *shown = frame_show(standing->frame.bytes, standing->frame.length);
        fail(standing, xasprintf("\"%s\" is not a frame", shown));
    } else if (step == FRAME_WRONG) {
        fail(standing, problem);
    } else {
        take_payload(standing, header->type, standing->frame.bytes + SUPERVISOR_HEADER_BYTES, header->length);
    }
    buf_clear(&standing->frame);
}

void supervisor_standing_feed(struct supervisor_standing *standing, const char *bytes, size_t length)
{
    while (length && !standing->problem) {
        struct frame_header header = {0};
        char *problem = NULL;
        enum frame_step step = frame_take(standing->writer->crc, &standing->frame, &standing->sequence,
                                          &bytes, &length, &header, &problem);
        if (step != FRAME_PARTIAL)
            take_frame(standing, step, &header, problem);
    }
}
