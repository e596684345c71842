/* SPDX-License-Identifier: Apache-2.0
 *
 * The part of the program inside a pod that reads requests, on a host: it has no C library, so its source is
 * part of this file, over a read(2) that hands out the fuzzer's input in pieces.
 */
#include <assert.h>
#include <string.h>

#define sys_read kernel_read
#define sys_poll kernel_poll
#include "supervisor/inside/sys.h"
#undef sys_read
#undef sys_poll

#include "supervisor_inside.h"

static const char *input;
static size_t input_left, input_piece;

/* Short reads, and an end. */
static long sys_read(int fd, void *bytes, size_t length)
{
    assert(fd == 0);
    size_t taken = length < input_piece ? length : input_piece;
    if (taken > input_left)
        taken = input_left;
    if (taken)
        memcpy(bytes, input, taken);
    input += taken;
    input_left -= taken;
    return (long)taken;
}

static int sys_poll(struct pollfd *fds, unsigned count, int64_t timeout_ms)
{
    assert(count == 1 && timeout_ms >= 0);
    fds->revents = POLLIN;
    return 1;
}

#include "supervisor/inside/request.c" // NOLINT(bugprone-suspicious-include): they are built against what stands above
#include "supervisor/inside/text.c" // NOLINT(bugprone-suspicious-include): in place of system calls

struct crc32c crc;

static void check(const struct request *request)
{
    size_t kept = 0;
    assert(request->timeout_ms >= 0 && request->max_bytes >= 0);
    assert(request->environment_count <= SUPERVISOR_WORDS_MAX && request->need_count <= SUPERVISOR_WORDS_MAX);
    assert(request->script_length <= SUPERVISOR_REQUEST_MAX);
    for (size_t i = 0; i < request->environment_count; i++)
        kept += strlen(request->environment[i]) + 1;
    for (size_t i = 0; i < request->need_count; i++)
        kept += strlen(request->needs[i]) + 1;
    assert(request->forgotten_count <= SUPERVISOR_WORDS_MAX && request->grace_ms >= 0);
    for (size_t i = 0; i < request->forgotten_count; i++)
        kept += strlen(request->forgotten[i]) + 1;
    kept += request->id ? strlen(request->id) + 1 : 0;
    kept += request->base ? strlen(request->base) + 1 : 0;
    assert(kept <= words_length && words_length <= sizeof words);
}

void supervisor_inside_read(const char *bytes, size_t length, size_t piece)
{
    static struct request request; /* as in the program: static, zeroed */
    const char *problem = NULL;
    request = (struct request){0};
    words_length = 0;
    crc32c_init(&crc);
    input = bytes;
    input_left = length;
    input_piece = piece;
    bool whole = request_read(0, &request, &problem);
    assert(whole == !problem);
    if (whole)
        check(&request);
}

void supervisor_inside_read_standing(const char *bytes, size_t length, size_t piece)
{
    static struct request request;
    uint32_t sequence = 0;
    enum request_news news;
    crc32c_init(&crc);
    input = bytes;
    input_left = length;
    input_piece = piece;
    while ((news = request_read_next(0, &sequence, &request)) != REQUEST_LAST) {
        assert(words_length <= sizeof words && request.script_length <= sizeof script);
        if (news == REQUEST_WRONG)
            continue;
        assert(request.id && request.standing);
        check(&request);
    }
    assert(sequence <= length / SUPERVISOR_HEADER_BYTES + 1);
}
