/* SPDX-License-Identifier: Apache-2.0
 *
 * The supervisor's subcommands:
 *
 *     supervisor run ID                a request from standard input
 *     supervisor attach ID OFFSET      the reply of that run once more, from a byte on
 *     supervisor serve                 any number of requests from standard input, their replies side by side
 *     supervisor survey                signs and missing commands; a request from standard input
 *     FILE install OFFSET PATH         the same; moves FILE, as which it was started, to PATH first. The
 * request stands in FILE itself from OFFSET on: a program of the image that copies standard input to a file
 * may read more of it than it writes
 *
 * A run that was started before is not started again: the same ID gives the same reply.
 *
 * `serve` exits with SUPERVISOR_EXIT_LEFT. `run` and `attach` exit with 0 when all of the reply was written,
 * and with SUPERVISOR_EXIT_... when not; what has a reply of its own with 0 when it ends with END, and 1 when
 * it ends with FAILED or could not be written.
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

static int fail_errno(const char *what, int error)
{
    static char place[PATH_MAX_BYTES];
    struct text problem = TEXT(place);
    text_add(&problem, what);
    text_add_errno(&problem, -error);
    return fail(place);
}

static int answer_survey(int count, const char *const *arguments, const char *const *environment)
{
    static struct request request;
    const char *mode = count > 1 ? arguments[1] : "";
    const char *problem = NULL;
    bool install = count == 4 && text_equal(mode, "install");
    if (!install && !(count == 2 && text_equal(mode, "survey")))
        return fail("usage: supervisor run ID | attach ID OFFSET | serve | survey");
    int input = install ? open_appended(arguments[0], arguments[2]) : 0;
    if (input < 0)
        return fail_errno("cannot read the supervisor's own file: ", input);
    int error = install ? sys_rename(arguments[0], arguments[3]) : 0;
    if (error < 0)
        return fail_errno("cannot move the supervisor to its place: ", error);
    if (!request_read(input, &request, &problem))
        return fail(problem);
    return survey(&request, environment);
}

/* There is no worker, so the reply is this process' own. */
static int refuse(const char *problem, int error, int code)
{
    reply_begin();
    if (error < 0)
        fail_errno(problem, error);
    else
        fail(problem);
    reply_end();
    return code;
}

static int run(const char *path, const char *program, const char *const *environment)
{
    static struct request request;
    const char *problem = NULL;
    if (!request_read(0, &request, &problem))
        return refuse(problem, 0, SUPERVISOR_EXIT_UNREAD);
    kept_forget(program, &request);
    int fd = kept_create(path);
    if (fd == -EEXIST)
        return front_attach(path, 0, request.watch_input);
    if (fd < 0)
        return refuse("cannot make the file of the reply: ", fd, 1);
    int code = front_run(&request, path, fd, environment);
    if (code >= 0)
        return code;
    sys_unlink(AT_FDCWD, path, 0);
    return refuse("cannot start another process: ", code, 1);
}

int supervisor_main(int count, const char *const *arguments, const char *const *environment)
{
    static char place[PATH_MAX_BYTES];
    struct text path = TEXT(place);
    const char *mode = count > 2 ? arguments[1] : "";
    bool named = count > 2 && kept_name(&path, arguments[0], arguments[2]);
    crc32c_init(&crc);
    sys_block_signals(SIGNAL_BIT(SIGNAL_PIPE)); /* who reads may go at any time */
    if (named && count == 3 && text_equal(mode, "run"))
        return run(place, arguments[0], environment);
    if (count == 2 && text_equal(arguments[1], "serve"))
        return serve_stream(arguments[0], environment);
    int64_t offset = count == 4 ? text_number(arguments[3], text_length(arguments[3])) : -1;
    if (named && offset >= 0 && text_equal(mode, "attach"))
        return front_attach(place, offset, true);
    reply_begin();
    int code = answer_survey(count, arguments, environment);
    return reply_end() ? code : 1;
}
