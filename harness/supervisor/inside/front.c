/* SPDX-License-Identifier: Apache-2.0
 *
 * A front: copies a kept reply to its standard output, from any byte on, while the worker still writes it and
 * to its end. It may go, and another one come, at any time: the case is the worker's.
 */
#include "inside.h"

#define STDIN 0
#define STDOUT 1
#define STALL_MS 30000 /* how long a reader that takes nothing is waited for */
#define LOOK_MS 50     /* between looks at a reply that another front's worker writes */
#define YOUNG_LOOKS 40 /* at a file that is empty: who has made it may not have locked it yet */

struct front {
    int reader, bell; /* bell: rings when the reply has grown, ends with the worker; -1: there is none */
    int64_t offset;
    int young_looks;
    bool watch; /* the end of standard input ends the front */
};

/* False when whoever asked is gone. */
static bool hear_input(void)
{
    char rest[256];
    return sys_read(STDIN, rest, sizeof rest) > 0;
}

/* Waits until more can be written; false when there is nobody to write for. */
static bool wait_for_room(const struct front *front)
{
    struct pollfd fds[] = {
        {.fd = STDOUT, .events = POLLOUT},
        {.fd = front->watch ? STDIN : -1, .events = POLLIN},
    };
    int ready = sys_poll(fds, 2, STALL_MS);
    if (ready == 0 || (ready < 0 && ready != -EINTR))
        return false;
    return !fds[1].revents || hear_input();
}

static bool put(const struct front *front, const char *bytes, size_t length)
{
    while (length) {
        long written = sys_write(STDOUT, bytes, length);
        if (written < 0 && written != -EAGAIN && written != -EINTR)
            return false;
        if (written <= 0 && !wait_for_room(front))
            return false;
        if (written > 0) {
            bytes += written;
            length -= (size_t)written;
        }
    }
    return true;
}

enum news { NEWS_MORE, NEWS_LAST, NEWS_NOBODY };

/* Waits until the reply may have grown. NEWS_LAST: what stands there now is all that will come. */
static enum news wait_for_more(struct front *front)
{
    char rings[256];
    bool young = front->offset == 0 && front->young_looks++ < YOUNG_LOOKS;
    if (front->bell < 0 && !kept_is_written(front->reader) && !young)
        return NEWS_LAST;
    struct pollfd fds[] = {
        {.fd = front->bell, .events = POLLIN},
        {.fd = front->watch ? STDIN : -1, .events = POLLIN},
    };
    sys_poll(fds, 2, front->bell < 0 ? LOOK_MS : -1);
    if (fds[1].revents && !hear_input())
        return NEWS_NOBODY;
    return fds[0].revents && sys_read(front->bell, rings, sizeof rings) == 0 ? NEWS_LAST : NEWS_MORE;
}

static int copy(struct front *front)
{
    static char bytes[SUPERVISOR_PAYLOAD_MAX];
    for (enum news news = NEWS_MORE;;) {
        long got = sys_read_at(front->reader, bytes, sizeof bytes, front->offset);
        if (got < 0)
            return SUPERVISOR_EXIT_LEFT;
        if (got == 0 && news == NEWS_LAST)
            return kept_is_whole(front->reader) ? 0 : SUPERVISOR_EXIT_DEAD;
        if (got > 0 && !put(front, bytes, (size_t)got))
            return SUPERVISOR_EXIT_LEFT;
        front->offset += got;
        if (got == 0 && (news = wait_for_more(front)) == NEWS_NOBODY)
            return SUPERVISOR_EXIT_LEFT;
    }
}

static int serve(struct front *front)
{
    int flags = sys_get_flags(STDOUT);
    if (flags >= 0)
        sys_set_flags(STDOUT, flags | O_NONBLOCK);
    int code = copy(front);
    if (flags >= 0)
        sys_set_flags(STDOUT, flags);
    return code;
}

int front_attach(const char *path, int64_t offset, bool watch)
{
    struct front front = {.reader = kept_open(path), .bell = -1, .offset = offset, .watch = watch};
    if (front.reader < 0)
        return SUPERVISOR_EXIT_UNKNOWN;
    kept_attend(front.reader);
    return serve(&front);
}

int front_run(const struct request *request, const char *path, int fd, const char *const *environment)
{
    int status;
    struct front front = {.watch = request->watch_input};
    int worker = worker_start(request, path, fd, environment, &front.reader, &front.bell);
    if (worker < 0)
        return worker;
    int code = serve(&front);
    if (code == 0 || code == SUPERVISOR_EXIT_DEAD)
        sys_wait(worker, &status, 0);
    return code;
}
