/* SPDX-License-Identifier: Apache-2.0
 *
 * A reply of the supervisor, taken apart. Pure and bounded: any bytes in, a result or a named defect out.
 */
#include <string.h>

#include "frame.h"
#include "gvisor-smoke/cleanup.h"
#include "supervisor_private.h"

#define SIGNS_MAX_BYTES ((size_t)64 * 1024)
#define MISSING_MAX_BYTES ((size_t)64 * 1024)

static const char *const ending_names[] = {
    [SUPERVISOR_SURVEYED] = "surveyed", [SUPERVISOR_EXITED] = "exited",   [SUPERVISOR_SIGNALED] = "signaled",
    [SUPERVISOR_TIMED_OUT] = "timeout", [SUPERVISOR_MISSING] = "missing", [SUPERVISOR_FAILED] = "failed",
    [SUPERVISOR_BROKEN] = "broken",
};

const char *supervisor_ending_name(enum supervisor_ending ending)
{
    return ending_names[ending];
}

void supervisor_decoder_init(struct supervisor_decoder *decoder, size_t max_bytes)
{
    *decoder = (struct supervisor_decoder){.result = {.ending = SUPERVISOR_BROKEN, .exit_code = -1}};
    decoder->crc = supervisor_checksums();
    buf_init(&decoder->frame, SUPERVISOR_HEADER_BYTES + SUPERVISOR_PAYLOAD_MAX);
    buf_init(&decoder->result.output.bytes, max_bytes);
    buf_init(&decoder->result.errors.bytes, max_bytes);
    buf_init(&decoder->result.signs, SIGNS_MAX_BYTES);
    buf_init(&decoder->result.missing, MISSING_MAX_BYTES);
}

void supervisor_decoder_release(struct supervisor_decoder *decoder)
{
    buf_release(&decoder->frame);
    buf_release(&decoder->result.output.bytes);
    buf_release(&decoder->result.errors.bytes);
    buf_release(&decoder->result.signs);
    buf_release(&decoder->result.missing);
    free(decoder->result.problem);
    free(decoder->result.stray_name);
    *decoder = (struct supervisor_decoder){0};
}

static void end_with(struct supervisor_decoder *decoder, enum supervisor_ending ending, char *problem)
{
    decoder->over = true;
    decoder->result.ending = ending;
    free(decoder->result.problem);
    decoder->result.problem = problem;
}

/* Takes the problem. The first defect stays. */
static void broken(struct supervisor_decoder *decoder, char *problem)
{
    if (decoder->result.ending == SUPERVISOR_BROKEN && decoder->result.problem)
        free(problem);
    else
        end_with(decoder, SUPERVISOR_BROKEN, problem);
}

static void broken_header(struct supervisor_decoder *decoder)
{
    cleanup_free char *shown = frame_show(decoder->frame.bytes, decoder->frame.length);
    if (decoder->hello)
        broken(decoder, xasprintf("broken after %u frames: \"%s\" is not a frame", decoder->sequence, shown));
    else
        broken(decoder, xasprintf("\"%s\" is not the supervisor's reply", shown));
}

static void take_output(struct supervisor_decoder *decoder, int index, const char *payload, size_t length)
{
    struct supervisor_stream *stream = index ? &decoder->result.errors : &decoder->result.output;
    decoder->arrived_bytes[index] += length;
    decoder->arrived_checksum[index] =
        crc32c_add(decoder->crc, decoder->arrived_checksum[index], payload, length);
    buf_append(&stream->bytes, payload, length);
}

static void take_hello(struct supervisor_decoder *decoder, const char *payload, size_t length)
{
    const size_t expected = sizeof SUPERVISOR_HELLO - 1;
    if (length == expected && memcmp(payload, SUPERVISOR_HELLO, length) == 0) {
        decoder->hello = true;
        return;
    }
    cleanup_free char *shown = frame_show(payload, length);
    broken(decoder, xasprintf("the program in the pod is another version: \"%s\"", shown));
}

/* Whether what arrived of a stream is what was sent. Returns the defect, or NULL. */
static char *compare_stream(const struct supervisor_decoder *decoder, int index)
{
    const struct supervisor_stream *stream = index ? &decoder->result.errors : &decoder->result.output;
    const char *name = index ? "standard error" : "standard output";
    unsigned long long arrived = decoder->arrived_bytes[index], sent = stream->sent_bytes;
    if (arrived != sent)
        return xasprintf("%s is not whole: %llu of %llu bytes arrived", name, arrived, sent);
    if (stream->total_bytes < sent)
        return xasprintf("%s is not consistent: %llu bytes were sent of %llu", name, sent,
                         (unsigned long long)stream->total_bytes);
    if (stream->total_bytes == sent && stream->checksum != decoder->arrived_checksum[index])
        return xasprintf("%s is not as it was sent: checksum %08x, not %08x", name,
                         decoder->arrived_checksum[index], stream->checksum);
    return NULL;
}

static void take_end(struct supervisor_decoder *decoder, const char *payload, size_t length)
{
    enum supervisor_ending ending = SUPERVISOR_SURVEYED;
    char *problem = length ? supervisor_read_end(payload, length, &decoder->result, &ending) : NULL;
    for (int i = 0; i < 2 && !problem; i++)
        problem = compare_stream(decoder, i);
    if (problem)
        broken(decoder, problem);
    else
        end_with(decoder, ending, NULL);
}

static void take_payload(struct supervisor_decoder *decoder, char type, const char *payload, size_t length)
{
    if (!decoder->hello && type != SUPERVISOR_FRAME_HELLO) {
        broken(decoder, xasprintf("the reply does not begin with a greeting"));
        return;
    }
    switch (type) {
    case SUPERVISOR_FRAME_HELLO:
        take_hello(decoder, payload, length);
        break;
    case SUPERVISOR_FRAME_SIGNS:
        buf_append(&decoder->result.signs, payload, length);
        break;
    case SUPERVISOR_FRAME_MISSING:
        buf_append(&decoder->result.missing, payload, length);
        buf_append_text(&decoder->result.missing, "\n");
        break;
    case SUPERVISOR_FRAME_STDOUT:
    case SUPERVISOR_FRAME_STDERR:
        take_output(decoder, type == SUPERVISOR_FRAME_STDERR, payload, length);
        break;
    case SUPERVISOR_FRAME_END:
        take_end(decoder, payload, length);
        break;
    case SUPERVISOR_FRAME_FAILED:
        end_with(decoder, SUPERVISOR_FAILED, xstrndup(payload, length));
        break;
    default:
        broken(decoder, xasprintf("frame %u is of an unknown type", decoder->sequence - 1));
    }
}

static void take_frame(struct supervisor_decoder *decoder, enum frame_step step,
                       const struct frame_header *header, char *problem)
{
    const char *payload = decoder->frame.bytes + SUPERVISOR_HEADER_BYTES;
    if (step == FRAME_NONE)
        broken_header(decoder);
    else if (step == FRAME_WRONG)
        broken(decoder, problem);
    else
        take_payload(decoder, header->type, payload, header->length);
    if (step != FRAME_NONE)
        buf_clear(&decoder->frame);
}

void supervisor_decoder_feed(struct supervisor_decoder *decoder, const char *bytes, size_t length)
{
    while (length && !decoder->over) {
        struct frame_header header = {0};
        const char *before = bytes;
        char *problem = NULL;
        enum frame_step step =
            frame_take(decoder->crc, &decoder->frame, &decoder->sequence, &bytes, &length, &header, &problem);
        decoder->taken_bytes += (uint64_t)(bytes - before);
        if (step != FRAME_PARTIAL)
            take_frame(decoder, step, &header, problem);
    }
    if (length)
        broken(decoder, xasprintf("%zu bytes arrived after the end of the reply", length));
}

void supervisor_decoder_finish(struct supervisor_decoder *decoder)
{
    if (decoder->over)
        return;
    if (!decoder->hello && decoder->frame.length)
        broken_header(decoder);
    else if (!decoder->hello)
        broken(decoder, xasprintf("the supervisor did not reply"));
    else
        broken(decoder,
               xasprintf("the reply is truncated: it ends after %u frames and %llu bytes without a result",
                         decoder->sequence, (unsigned long long)decoder->taken_bytes));
}
