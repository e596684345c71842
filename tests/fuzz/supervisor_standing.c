/* SPDX-License-Identifier: Apache-2.0
 *
 * Standing streams of the supervisor, or of what is in its place in a pod (frames.h says how they are
 * written).
 */
#include "frames.h"

struct seen {
    size_t bytes;
    unsigned ends;
};

static void on_reply(void *context, uint32_t number, const char *bytes, size_t length)
{
    struct seen *seen = context;
    (void)number;
    assert(length <= SUPERVISOR_PAYLOAD_MAX - SUPERVISOR_NUMBER_BYTES);
    free(fuzz_text((const uint8_t *)bytes, length)); /* each may be read */
    seen->bytes += length;
}

static void on_close(void *context, uint32_t number, int exit_code)
{
    struct seen *seen = context;
    (void)number;
    assert(exit_code >= 0 && exit_code <= 255);
    seen->ends++;
}

static void take_apart(const struct buf *wire, size_t piece, struct seen *ret_seen)
{
    struct supervisor_standing standing;
    *ret_seen = (struct seen){0};
    supervisor_standing_init(&standing);
    standing.on_reply = on_reply;
    standing.on_close = on_close;
    standing.context = ret_seen;
    for (size_t at = 0; at < wire->length; at += piece) {
        size_t taken = wire->length - at < piece ? wire->length - at : piece;
        cleanup_free char *bytes = fuzz_text((const uint8_t *)wire->bytes + at, taken);
        supervisor_standing_feed(&standing, bytes, taken);
        assert(standing.frame.length <= SUPERVISOR_HEADER_BYTES + SUPERVISOR_PAYLOAD_MAX);
    }
    assert(standing.hello || ret_seen->bytes + ret_seen->ends == 0);
    assert(ret_seen->bytes <= wire->length);
    supervisor_standing_release(&standing);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    cleanup_buf struct buf wire = frames_make(bytes, length);
    struct seen whole, pieces;
    take_apart(&wire, FRAMES_MAX, &whole);
    take_apart(&wire, 7, &pieces);
    assert(whole.bytes == pieces.bytes && whole.ends == pieces.ends);
    return 0;
}
