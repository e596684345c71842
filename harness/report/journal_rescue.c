/* SPDX-License-Identifier: Apache-2.0
 *
 * A journal that is not whole where it should be: another place for all of it.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "forms.h"
#include "gvisor-smoke/cleanup.h"
#include "gvisor-smoke/text.h"
#include "journal_rescue.h"

static int write_all(int fd, const char *bytes, size_t length)
{
    for (size_t written = 0; written < length;) {
        ssize_t taken = write(fd, bytes + written, length - written);
        if (taken < 0 && errno != EINTR)
            return -1;
        written += taken < 0 ? 0 : (size_t)taken;
    }
    return 0;
}

/* Only a file gives back what was written to it; a device may give anything, without end. */
static bool is_file(int fd)
{
    struct stat status;
    return fstat(fd, &status) == 0 && S_ISREG(status.st_mode);
}

/* What the file has, and then what found no room in it. */
static int copy(int from, const struct buf *waiting, int to)
{
    char piece[65536];
    ssize_t length = 0;
    for (off_t at = 0; is_file(from) && (length = pread(from, piece, sizeof piece, at)) > 0; at += length)
        if (write_all(to, piece, (size_t)length) < 0)
            return -1;
    if (length < 0 || write_all(to, waiting->bytes, waiting->length) < 0)
        return -1;
    return fsync(to);
}

/* Takes over to and path. */
static char *finish(int from, const struct buf *waiting, int to, char *path, struct error **err)
{
    int failed = to < 0 || copy(from, waiting, to) < 0;
    int reason = errno;
    if (to >= 0)
        close(to);
    if (!failed)
        return path;
    if (to >= 0)
        unlink(path);
    error_set(err, ERROR_ENVIRONMENT, "cannot write \"%s\": %s", path, strerror(reason));
    free(path);
    return NULL;
}

/* Where it was, if nothing else is there now; its folder may have been removed too. */
static char *write_again(const char *path, int from, const struct buf *waiting, struct error **err)
{
    cleanup_free char *folder = xstrdup(path);
    char *slash = strrchr(folder, '/');
    if (slash && slash != folder) {
        *slash = '\0';
        mkdir(folder, 0777); /* what it cannot make, open() tells */
    }
    int to = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    return finish(from, waiting, to, xstrdup(path), err);
}

static char *write_elsewhere(int from, const struct buf *waiting, struct error **err)
{
    char *path = xasprintf("%s/gvisor-smoke-XXXXXX.jsonl", spare_folder());
    return finish(from, waiting, mkostemps(path, (int)strlen(".jsonl"), O_CLOEXEC), path, err);
}

char *journal_rescue(const char *path, int fd, const struct buf *waiting, bool away, struct error **err)
{
    cleanup_error struct error *ignored = NULL;
    char *place = away ? write_again(path, fd, waiting, &ignored) : NULL;
    return place ? place : write_elsewhere(fd, waiting, err);
}
