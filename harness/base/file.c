/* SPDX-License-Identifier: Apache-2.0
 *
 * Whole files: read with a bound, written by rename.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gvisor-smoke/buf.h"
#include "gvisor-smoke/cleanup.h"
#include "gvisor-smoke/text.h"

static int fail(struct error **err, const char *verb, const char *path)
{
    error_set(err, ERROR_ENVIRONMENT, "cannot %s \"%s\": %s", verb, path, strerror(errno));
    return -1;
}

char *text_read_file(const char *path, size_t max_bytes, size_t *ret_length, struct error **err)
{
    cleanup_file FILE *file = fopen(path, "re");
    struct stat status;
    if (!file || fstat(fileno(file), &status) < 0) {
        fail(err, "read", path);
        return NULL;
    }
    if (S_ISDIR(status.st_mode)) {
        errno = EISDIR;
        fail(err, "read", path);
        return NULL;
    }
    cleanup_buf struct buf content;
    buf_init(&content, max_bytes);
    char chunk[16384];
    size_t taken;
    while ((taken = fread(chunk, 1, sizeof chunk, file)) > 0)
        if (!buf_append(&content, chunk, taken)) {
            error_set(err, ERROR_ENVIRONMENT, "cannot read \"%s\": it is larger than %zu bytes", path,
                      max_bytes);
            return NULL;
        }
    if (ferror(file)) {
        fail(err, "read", path);
        return NULL;
    }
    if (ret_length)
        *ret_length = content.length;
    return buf_steal(&content);
}

static int write_all(int fd, const char *bytes, size_t length)
{
    while (length > 0) {
        ssize_t written = write(fd, bytes, length);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return -1;
        bytes += written;
        length -= (size_t)written;
    }
    return 0;
}

int text_write_file(const char *path, const char *bytes, size_t length, struct error **err)
{
    cleanup_free char *temporary = xasprintf("%s.XXXXXX", path);
    int fd = mkostemp(temporary, O_CLOEXEC);
    if (fd < 0)
        return fail(err, "write", path);
    if (fchmod(fd, 0644) < 0 || write_all(fd, bytes, length) < 0 || fsync(fd) < 0) {
        fail(err, "write", path);
        close(fd);
        unlink(temporary);
        return -1;
    }
    close(fd);
    if (rename(temporary, path) < 0) {
        fail(err, "write", path);
        unlink(temporary);
        return -1;
    }
    return 0;
}
