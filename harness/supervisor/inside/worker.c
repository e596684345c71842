/* SPDX-License-Identifier: Apache-2.0
 *
 * The start of a worker: the process that runs one case and writes its reply to the file that keeps it.
 * Whoever starts it reads that file, and hears by a bell when there is more of it.
 */
#include "inside.h"

/* Leaves the exec in which it was started: whatever becomes of that, the case goes on. */
static void leave_exec(int fd)
{
    int nowhere = sys_open(AT_FDCWD, "/dev/null", O_RDWR, 0);
    sys_new_session();
    for (int i = 0; i < 3; i++)
        sys_duplicate(nowhere < 0 ? fd : nowhere, i);
}

_Noreturn static void work(const struct request *request, const char *path, int fd, int bell,
                           const char *const *environment)
{
    leave_exec(fd);
    reply_begin_kept(fd, bell);
    int code = run_request(request, path, fd, environment);
    if (!reply_end())
        sys_exit(1);
    kept_end(fd);
    sys_exit(code);
}

int worker_start(const struct request *request, const char *path, int fd, const char *const *environment,
                 int *ret_reader, int *ret_bell)
{
    int bell[2], reader = kept_open(path);
    int error = reader < 0 ? reader : sys_pipe(bell);
    int worker = error < 0 ? error : sys_fork();
    if (worker == 0) {
        sys_close(bell[0]);
        sys_close(reader);
        work(request, path, fd, bell[1], environment);
    }
    if (error >= 0)
        sys_close(bell[1]);
    if (worker < 0) {
        if (error >= 0)
            sys_close(bell[0]);
        if (reader >= 0)
            sys_close(reader);
        return worker;
    }
    sys_close(fd); /* before the next, for that takes all record locks of this process with it */
    kept_attend(reader);
    *ret_reader = reader;
    *ret_bell = bell[0];
    return worker;
}
