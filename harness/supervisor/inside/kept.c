/* SPDX-License-Identifier: Apache-2.0
 *
 * The reply of a run, kept in the file PROGRAM.ID until nobody needs it any more: whoever lost the connection
 * at some byte of it finds it there.
 *
 * That the file is made only once makes the start of a case happen only once. Who writes it, the worker, has
 * it locked (flock) as long as he lives. Who reads it for somebody, a front, holds a shared record lock on
 * its first byte as long as he is listened to. Who removes it wants the case no more. When the reply has come
 * to its end, nobody may write to the file any more, and that is how this is known.
 */
#include "inside.h"

#define ID_MAX 64
#define MODE_WRITTEN 0600
#define MODE_WHOLE 0400
#define LOCK_TRIES 20 /* the worker may be looking at this very moment */
#define LOCK_PAUSE_MS 5

static bool is_id(const char *id)
{
    size_t length = text_length(id);
    for (const char *at = id; *at; at++)
        if (!(*at >= 'a' && *at <= 'z') && !(*at >= '0' && *at <= '9') && *at != '-')
            return false;
    return length > 0 && length <= ID_MAX;
}

bool kept_name(struct text *ret_path, const char *program, const char *id)
{
    text_add(ret_path, program);
    text_add(ret_path, ".");
    text_add(ret_path, id);
    return is_id(id) && ret_path->length + 1 < ret_path->max;
}

int kept_create(const char *path)
{
    int fd = sys_open(AT_FDCWD, path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, MODE_WRITTEN);
    if (fd >= 0)
        sys_lock(fd, LOCK_EX); /* a front that has found the file may be looking who has it */
    return fd;
}

int kept_open(const char *path)
{
    return sys_open(AT_FDCWD, path, O_RDONLY | O_NOFOLLOW, 0);
}

bool kept_is_written(int fd)
{
    if (sys_lock(fd, LOCK_EX | LOCK_NB) < 0)
        return true;
    sys_lock(fd, LOCK_UN);
    return false;
}

void kept_end(int fd)
{
    sys_change_mode_of(fd, MODE_WHOLE);
}

bool kept_is_whole(int fd)
{
    struct statx status;
    return sys_status(fd, "", AT_EMPTY_PATH, &status) == 0 && (status.stx_mode & 0777) == MODE_WHOLE;
}

void kept_attend(int fd)
{
    for (int try = 0; try < LOCK_TRIES && sys_lock_first(fd, F_RDLCK) < 0; try++)
        sys_poll(NULL, 0, LOCK_PAUSE_MS);
}

bool kept_is_attended(int fd)
{
    if (sys_lock_first(fd, F_WRLCK) < 0)
        return true;
    sys_lock_first(fd, F_UNLCK);
    return false;
}

bool kept_is_gone(const char *path)
{
    return sys_access(path, 0) == -ENOENT;
}

void kept_forget(const char *program, const struct request *request)
{
    static char place[PATH_MAX_BYTES];
    for (size_t i = 0; i < request->forgotten_count; i++) {
        struct text path = TEXT(place);
        if (kept_name(&path, program, request->forgotten[i]))
            sys_unlink(AT_FDCWD, place, 0);
    }
}
