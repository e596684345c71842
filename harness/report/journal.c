/* SPDX-License-Identifier: Apache-2.0
 *
 * The journal's writing side: one line for each event, written as it happens.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "event_json.h"
#include "gvisor-smoke/buf.h"
#include "gvisor-smoke/cleanup.h"
#include "gvisor-smoke/report.h"
#include "journal_rescue.h"

#define WAITING_MAX ((size_t)64 * 1024 * 1024) /* bytes of lines that wait for room on the disk */

struct journal {
    char *path;
    int fd;
    struct buf waiting;  /* lines that could not be written yet, oldest first */
    bool lost;           /* an event found no place even there */
    struct error *error; /* the first failure */
};

/* Also to be read, for a rescue; not emptied before it is known that nobody else writes it. */
static int open_file(const char *path)
{
    int fd = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY, 0644);
    if (fd < 0 && errno == EACCES)
        fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY, 0644);
    return fd;
}

static struct journal *refuse(const char *path, const char *reason, const char *hint, struct error **err)
{
    error_set(err, ERROR_ENVIRONMENT, "cannot write the journal \"%s\": %s", path, reason);
    error_hint(err, "%s", hint);
    return NULL;
}

struct journal *journal_create(const char *path, struct error **err)
{
    int fd = open_file(path);
    if (fd < 0)
        return refuse(path, strerror(errno),
                      "choose a folder that exists and can be written with --report-dir", err);
    if (flock(fd, LOCK_EX | LOCK_NB) < 0 && errno == EWOULDBLOCK) { /* not every file system has locks */
        close(fd);
        return refuse(path, "another run is writing it", "choose another folder with --report-dir", err);
    }
    if (ftruncate(fd, 0) < 0 && errno != EINVAL) { /* EINVAL: not a file, such as a pipe */
        int reason = errno;
        close(fd);
        return refuse(path, strerror(reason), "choose another folder with --report-dir", err);
    }
    struct journal *journal = xcalloc(1, sizeof *journal);
    journal->path = xstrdup(path);
    journal->fd = fd;
    buf_init(&journal->waiting, WAITING_MAX);
    return journal;
}

static void keep_error(struct journal *journal, const char *what, const char *hint)
{
    if (journal->error)
        return;
    error_set(&journal->error, ERROR_ENVIRONMENT, "cannot write the journal \"%s\": %s", journal->path, what);
    error_hint(&journal->error, "%s", hint);
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
            keep_error(journal, strerror(errno),
                       "the run goes on: what is not written is kept, and tried again with each event");
            if (written && take_back(journal, written))
                written = 0;
            break;
        }
        written += (size_t)taken;
    }
    buf_consume(&journal->waiting, written);
}

/* Whether the file has no name any more: what is written to it is gone with this program. */
static bool is_removed(const struct journal *journal)
{
    struct stat status;
    return fstat(journal->fd, &status) == 0 && S_ISREG(status.st_mode) && status.st_nlink == 0;
}

/* Whether what was written is no longer where it should be. */
static bool is_away(const struct journal *journal)
{
    struct stat own, there;
    if (fstat(journal->fd, &own) < 0 || !S_ISREG(own.st_mode))
        return false;
    return stat(journal->path, &there) < 0 || there.st_dev != own.st_dev || there.st_ino != own.st_ino;
}

void journal_sink(void *context, const struct event *event)
{
    struct journal *journal = context;
    struct json_object *json = event_to_json(event);
    size_t length;
    const char *line = json_object_to_json_string_length(
        json, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE, &length);
    if (journal->waiting.length + length + 1 > journal->waiting.max) {
        keep_error(journal, "too many events wait for room on the disk", "make room");
        journal->lost = true;
    } else {
        buf_append(&journal->waiting, line, length);
        buf_append(&journal->waiting, "\n", 1);
        write_waiting(journal);
    }
    if (!journal->error && is_removed(journal))
        keep_error(journal, "it was removed", "the run goes on, and writes it again at its end");
    json_object_put(json);
}

const struct error *journal_error(const struct journal *journal)
{
    return journal->error;
}

static void journal_free(struct journal *journal)
{
    error_free(journal->error);
    buf_release(&journal->waiting);
    free(journal->path);
    free(journal);
}

/* Another place for what is not whole in its own; what became of it is the hint. */
static void find_place(struct journal *journal, bool away, char **ret_place)
{
    cleanup_error struct error *nowhere = NULL;
    const char *missing = journal->lost ? ", but for some events" : "";
    if (!away && journal->waiting.length == 0) {
        error_hint(&journal->error, "there was room again: the journal is whole%s", missing);
        return;
    }
    cleanup_free char *place = journal_rescue(journal->path, journal->fd, &journal->waiting, away, &nowhere);
    if (!place) {
        error_hint(&journal->error, "nor can it be written elsewhere (%s): the reports have what happened",
                   nowhere->message);
        return;
    }
    if (strcmp(place, journal->path) == 0)
        error_hint(&journal->error, "it is there again, whole%s", missing);
    else
        error_hint(&journal->error, "it is in \"%s\"%s: gvisor-smoke report %s makes the reports again",
                   place, missing, place);
    if (ret_place)
        *ret_place = steal(&place);
}

int journal_close(struct journal *journal, char **ret_place, struct error **err)
{
    if (!journal)
        return 0;
    write_waiting(journal);
    if (fsync(journal->fd) < 0 && errno != EINVAL && errno != EROFS) /* EINVAL: a pipe has nothing to sync */
        keep_error(journal, strerror(errno), "a power cut may cost what was written last");
    bool away = is_away(journal);
    if (away)
        keep_error(journal, "it was removed, or moved", "");
    if (journal->error)
        find_place(journal, away, ret_place);
    close(journal->fd);
    int result = journal->error ? -1 : 0;
    if (journal->error)
        *err = steal(&journal->error);
    journal_free(journal);
    return result;
}
