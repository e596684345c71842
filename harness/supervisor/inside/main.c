/* SPDX-License-Identifier: Apache-2.0
 *
 * The supervisor's subcommands:
 *
 *     supervisor run                   a request from standard input
 *     supervisor survey                signs and missing commands; a request from standard input
 *     FILE install OFFSET PATH         the same; moves FILE, as which it was started, to PATH first. The
 * request stands in FILE itself from OFFSET on: a program of the image that copies standard input to a file
 * may read more of it than it writes
 *
 * Exits 0 when the reply ends with END, 1 when it ends with FAILED or could not be written.
 */
#include "inside.h"

struct crc32c crc;

static int fail(const char *problem)
{
    reply_frame(SUPERVISOR_FRAME_FAILED, problem, text_length(problem));
    return 1;
}

static int survey(const struct request *request, const char *const *environment)
{
    signs_reply();
    command_reply_missing(request, environment);
    reply_frame(SUPERVISOR_FRAME_END, "", 0);
    return 0;
}

/* Opens the file that holds program and request, at the request; an errno when it cannot be. */
static int open_appended(const char *file, const char *offset_digits)
{
    int64_t offset = text_number(offset_digits, text_length(offset_digits));
    int fd = offset < 0 ? -EINVAL : sys_open(AT_FDCWD, file, O_RDONLY, 0);
    if (fd >= 0 && sys_seek(fd, offset) != offset)
        return -EIO;
    return fd;
}

static int fail_install(const char *what, int error)
{
    static char place[PATH_MAX_BYTES];
    struct text problem = TEXT(place);
    text_add(&problem, what);
    text_add_errno(&problem, -error);
    return fail(place);
}

static int answer(int count, const char *const *arguments, const char *const *environment)
{
    static struct request request;
    const char *mode = count > 1 ? arguments[1] : "";
    const char *problem = NULL;
    bool install = count == 4 && text_equal(mode, "install");
    bool run = count == 2 && text_equal(mode, "run");
    if (!install && !run && !(count == 2 && text_equal(mode, "survey")))
        return fail("usage: supervisor run|survey");
    int input = install ? open_appended(arguments[0], arguments[2]) : 0;
    if (input < 0)
        return fail_install("cannot read the supervisor's own file: ", input);
    int error = install ? sys_rename(arguments[0], arguments[3]) : 0;
    if (error < 0)
        return fail_install("cannot move the supervisor to its place: ", error);
    if (!request_read(input, &request, &problem))
        return fail(problem);
    return run ? run_request(&request, environment) : survey(&request, environment);
}

int supervisor_main(int count, const char *const *arguments, const char *const *environment)
{
    crc32c_init(&crc);
    reply_begin();
    int code = answer(count, arguments, environment);
    return reply_end() ? code : 1;
}
