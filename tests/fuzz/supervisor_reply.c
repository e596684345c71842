/* SPDX-License-Identifier: Apache-2.0
 *
 * Replies of the supervisor, or of what is in its place in a pod (frames.h says how they are written).
 */
#include "frames.h"

#define KEPT_MAX 256

static void check(const struct supervisor_decoder *decoder, size_t sent)
{
    const struct supervisor_result *result = &decoder->result;
    assert(decoder->taken_bytes <= sent);
    assert(result->output.bytes.length <= KEPT_MAX && result->errors.bytes.length <= KEPT_MAX);
    assert(result->missing.length <= sent && result->signs.length <= sent);
    assert(*supervisor_ending_name(result->ending));
    bool has_problem = result->ending == SUPERVISOR_BROKEN || result->ending == SUPERVISOR_FAILED;
    assert(has_problem == (result->problem != NULL));
    if (result->ending == SUPERVISOR_EXITED)
        assert(result->exit_code >= 0 && result->exit_code <= 255 && result->signal == 0);
    if (result->ending == SUPERVISOR_SIGNALED)
        assert(result->signal > 0);
    assert(result->wall_us >= 0 && result->user_us >= 0 && result->system_us >= 0 && result->strays >= 0);
}

static void decode(const struct buf *wire, size_t piece)
{
    struct supervisor_decoder decoder;
    supervisor_decoder_init(&decoder, KEPT_MAX);
    for (size_t at = 0; at < wire->length; at += piece) {
        size_t taken = wire->length - at < piece ? wire->length - at : piece;
        cleanup_free char *bytes = fuzz_text((const uint8_t *)wire->bytes + at, taken);
        supervisor_decoder_feed(&decoder, bytes, taken);
    }
    supervisor_decoder_finish(&decoder);
    check(&decoder, wire->length);
    supervisor_decoder_release(&decoder);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    cleanup_buf struct buf wire = frames_make(bytes, length);
    decode(&wire, FRAMES_MAX);
    decode(&wire, 7);
    return 0;
}
