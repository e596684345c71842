/* SPDX-License-Identifier: Apache-2.0
 *
 * Whole files: read with a bound, written by rename.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
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

/* The reason is errno. */
static int give_up(struct text_file *file, struct error **err)
{
    fail(err, "write", file->path);
    text_file_abort(file);
    return -1;
}

/* A device or a pipe is written to: a file in its place would take it away from all others. */
static bool is_special(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && !S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode);
}

int text_file_begin(struct text_file *ret_file, const char *path, struct error **err)
{
    bool special = is_special(path);
    struct text_file file = {.path = xstrdup(path),
                             .temporary = special ? NULL : xasprintf("%s.XXXXXX", path)};
    int fd = special ? open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY) : mkostemp(file.temporary, O_CLOEXEC);
    if (fd < 0) {
        free(steal(&file.temporary)); /* nothing is there */
        return give_up(&file, err);
    }
    file.out = fdopen(fd, "w");
    if (!file.out) {
        int reason = errno;
        close(fd);
        errno = reason;
        return give_up(&file, err);
    }
    *ret_file = file;
    return 0;
}

int text_file_commit(struct text_file *file, struct error **err)
{
    errno = 0;
    int fd = fileno(file->out);
    bool written = fflush(file->out) == 0 && !ferror(file->out);
    if (!written && errno == 0)
        errno = EIO; /* an earlier write has failed */
    if (!written || (file->temporary && (fchmod(fd, 0644) < 0 || fsync(fd) < 0)))
        return give_up(file, err);
    if (fclose(steal(&file->out)) != 0 || (file->temporary && rename(file->temporary, file->path) < 0))
        return give_up(file, err);
    free(steal(&file->temporary)); /* it has become the file */
    text_file_abort(file);
    return 0;
}

void text_file_abort(struct text_file *file)
{
    if (file->out)
        fclose(file->out);
    if (file->temporary)
        unlink(file->temporary);
    free(file->temporary);
    free(file->path);
    *file = (struct text_file){0};
}

int text_write_file(const char *path, const char *bytes, size_t length, struct error **err)
{
    struct text_file file;
    if (text_file_begin(&file, path, err) < 0)
        return -1;
    fwrite(bytes, 1, length, file.out);
    return text_file_commit(&file, err);
}
