/* SPDX-License-Identifier: Apache-2.0
 *
 * The request, read from frames into static memory.
 */
#include "inside.h"

#define PATIENCE_MS 30000 /* for the next byte of a request */
#define TIMEOUT_MAX_MS ((int64_t)10 * 24 * 3600 * 1000)
#define MAX_BYTES_DEFAULT ((int64_t)1024 * 1024)

/* All payloads that are kept, each followed by a NUL; the script grows at the end of its own part. */
static char words[SUPERVISOR_REQUEST_MAX], script[SUPERVISOR_REQUEST_MAX];
static size_t words_length;

static const char *read_whole(int fd, char *bytes, size_t length)
{
    while (length) {
        struct pollfd ready = {.fd = fd, .events = POLLIN};
        if (sys_poll(&ready, 1, PATIENCE_MS) == 0)
            return "the request did not come to its end in time";
        long got = sys_read(fd, bytes, length);
        if (got == -EINTR || got == -EAGAIN)
            continue;
        if (got < 0)
            return "the request cannot be read";
        if (got == 0)
            return "the request is truncated: standard input ended before it";
        bytes += got;
        length -= (size_t)got;
    }
    return NULL;
}

/* Reads one frame. Returns what is wrong, or NULL. */
static const char *read_frame(int fd, uint32_t sequence, struct frame_header *header, char *payload)
{
    char bytes[SUPERVISOR_HEADER_BYTES];
    const char *problem = read_whole(fd, bytes, sizeof bytes);
    if (problem)
        return problem;
    if (!frame_read_header(bytes, header))
        return "the request is broken: not a frame";
    if (header->sequence != sequence)
        return "the request is broken: a frame is lost";
    problem = read_whole(fd, payload, header->length);
    if (problem)
        return problem;
    if (frame_checksum(&crc, bytes, payload, header->length) != header->checksum)
        return "the request is broken: wrong checksum";
    return NULL;
}

/* A copy with a NUL behind it, or NULL: the request is too large. */
static const char *keep(const char *payload, size_t length)
{
    if (sizeof words - words_length < length + 1)
        return NULL;
    struct text text = {.bytes = words + words_length, .max = length + 1};
    text_add_bytes(&text, payload, length);
    words_length += length + 1;
    return text.bytes;
}

static const char *add_word(const char **list, size_t *count, const char *payload, size_t length)
{
    const char *word = *count < SUPERVISOR_WORDS_MAX ? keep(payload, length) : NULL;
    if (!word)
        return "the request is too large";
    list[(*count)++] = word;
    return NULL;
}

static const char *add_script(struct request *request, const char *payload, size_t length)
{
    if (sizeof script - request->script_length < length)
        return "the script is too large";
    for (size_t i = 0; i < length; i++)
        script[request->script_length++] = payload[i];
    return NULL;
}

/* NUMBER ID, the number in eight digits. */
static const char *take_case(struct request *request, const char *payload, size_t length)
{
    if (length <= SUPERVISOR_NUMBER_BYTES || !frame_get_hex(payload, &request->number))
        return "a case of the standing stream has no number";
    request->id = keep(payload + SUPERVISOR_NUMBER_BYTES, length - SUPERVISOR_NUMBER_BYTES);
    return request->id ? NULL : "the request is too large";
}

static const char *take(struct request *request, const struct frame_header *header, const char *payload)
{
    switch (header->type) {
    case SUPERVISOR_FRAME_TIMEOUT:
        request->timeout_ms = text_number(payload, header->length);
        return request->timeout_ms > 0 && request->timeout_ms <= TIMEOUT_MAX_MS ? NULL
                                                                                : "the timeout is no timeout";
    case SUPERVISOR_FRAME_MAX:
        request->max_bytes = text_number(payload, header->length);
        return request->max_bytes >= 0 ? NULL : "the maximum of output is no number";
    case SUPERVISOR_FRAME_BASE:
        request->base = keep(payload, header->length);
        return request->base ? NULL : "the request is too large";
    case SUPERVISOR_FRAME_WATCH:
        request->watch_input = true;
        return NULL;
    case SUPERVISOR_FRAME_GRACE:
        request->grace_ms = text_number(payload, header->length);
        return request->grace_ms >= 0 && request->grace_ms <= TIMEOUT_MAX_MS ? NULL : "the grace is no time";
    case SUPERVISOR_FRAME_FORGET:
        return add_word(request->forgotten, &request->forgotten_count, payload, header->length);
    case SUPERVISOR_FRAME_ENVIRONMENT:
        return add_word(request->environment, &request->environment_count, payload, header->length);
    case SUPERVISOR_FRAME_NEED:
        return add_word(request->needs, &request->need_count, payload, header->length);
    case SUPERVISOR_FRAME_SCRIPT:
        return add_script(request, payload, header->length);
    case SUPERVISOR_FRAME_CASE:
        if (request->standing)
            return take_case(request, payload, header->length);
        __attribute__((fallthrough));
    default:
        return "the request holds a frame that this supervisor does not know";
    }
}

static void begin(struct request *request, bool standing)
{
    words_length = 0;
    request->script = script;
    request->script_length = request->need_count = 0;
    request->environment_count = request->forgotten_count = 0;
    request->timeout_ms = request->number = 0;
    request->max_bytes = MAX_BYTES_DEFAULT;
    request->grace_ms = SUPERVISOR_GRACE_DEFAULT_MS;
    request->base = request->id = NULL;
    request->watch_input = false;
    request->standing = standing;
}

static char payload[SUPERVISOR_PAYLOAD_MAX];

bool request_read(int fd, struct request *ret_request, const char **ret_problem)
{
    begin(ret_request, false);
    for (uint32_t sequence = 0;; sequence++) {
        struct frame_header header;
        *ret_problem = read_frame(fd, sequence, &header, payload);
        if (!*ret_problem && header.type == SUPERVISOR_FRAME_GO)
            return true;
        if (!*ret_problem)
            *ret_problem = take(ret_request, &header, payload);
        if (*ret_problem)
            return false;
    }
}

enum request_news request_read_next(int fd, uint32_t *sequence, struct request *ret_request)
{
    bool wrong = false;
    begin(ret_request, true);
    for (;;) {
        struct frame_header header;
        if (read_frame(fd, (*sequence)++, &header, payload))
            return REQUEST_LAST;
        if (header.type == SUPERVISOR_FRAME_GO)
            break;
        if (take(ret_request, &header, payload)) /* the next request begins behind this one's GO */
            wrong = true;
    }
    return wrong || !ret_request->id ? REQUEST_WRONG : REQUEST_WHOLE;
}
