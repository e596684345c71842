/* SPDX-License-Identifier: Apache-2.0
 *
 * The journal's writing side: one line for each event, written as it happens.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "event_json.h"
#include "gvisor-smoke/buf.h"
#include "gvisor-smoke/cleanup.h"
#include "gvisor-smoke/report.h"

#define WAITING_MAX ((size_t)64 * 1024 * 1024) /* bytes of lines that wait for room on the disk */

struct journal {
    char *path;
    int fd;
    struct buf waiting;  /* lines that could not be written yet, oldest first */
    struct error *error; /* the first failure */
};

struct journal *journal_create(const char *path, struct error **err)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0644);
    if (fd < 0) {
        int reason = errno;
        error_set(err, ERROR_ENVIRONMENT, "cannot write the journal \"%s\": %s", path, strerror(reason));
        error_hint(err, "choose a folder that exists and can be written with --report-dir");
        return NULL;
    }
    struct journal *journal = xcalloc(1, sizeof *journal);
    journal->path = xstrdup(path);
    journal->fd = fd;
    buf_init(&journal->waiting, WAITING_MAX);
    return journal;
}

static void keep_error(struct journal *journal, const char *what)
{
    if (!journal->error)
        error_set(&journal->error, ERROR_ENVIRONMENT, "cannot write the journal \"%s\": %s", journal->path,
                  what);
}

/* Takes back the part of a line that a full disk let through; false when the file cannot be cut (a pipe). */
static bool take_back(const struct journal *journal, size_t written)
{
    off_t end = lseek(journal->fd, 0, SEEK_END);
    return end >= (off_t)written && ftruncate(journal->fd, end - (off_t)written) == 0;
}

/* Writes what waits, usually one line with one write(2). A reader sees whole lines but for the last. */
static void write_waiting(struct journal *journal)
{
    size_t written = 0;
    while (written < journal->waiting.length) {
        ssize_t taken =
            write(journal->fd, journal->waiting.bytes + written, journal->waiting.length - written);
        if (taken < 0 && errno == EINTR)
            continue;
        if (taken < 0) {
            keep_error(journal, strerror(errno));
            if (written && take_back(journal, written))
                written = 0;
            break;
        }
        written += (size_t)taken;
    }
    buf_consume(&journal->waiting, written);
}

void journal_sink(void *context, const struct event *event)
{
    struct journal *journal = context;
    struct json_object *json = event_to_json(event);
    size_t length;
    const char *line = json_object_to_json_string_length(
        json, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE, &length);
    if (journal->waiting.length + length + 1 > journal->waiting.max) {
        keep_error(journal, "too many events wait for room on the disk");
    } else {
        buf_append(&journal->waiting, line, length);
        buf_append(&journal->waiting, "\n", 1);
        write_waiting(journal);
    }
    json_object_put(json);
}

const struct error *journal_error(const struct journal *journal)
{
    return journal->error;
}

int journal_close(struct journal *journal, struct error **err)
{
    if (!journal)
        return 0;
    write_waiting(journal);
    if (journal->waiting.length)
        keep_error(journal, "the last events found no room");
    if (fsync(journal->fd) < 0 && errno != EINVAL && errno != EROFS) /* EINVAL: a pipe has nothing to sync */
        keep_error(journal, strerror(errno));
    if (close(journal->fd) < 0)
        keep_error(journal, strerror(errno));
    int result = journal->error ? -1 : 0;
    if (journal->error)
        *err = steal(&journal->error);
    buf_release(&journal->waiting);
    free(journal->path);
    free(journal);
    return result;
}
