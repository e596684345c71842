/* SPDX-License-Identifier: Apache-2.0
 *
 * Texts in memory and, when there are many, in a file.
 */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "forms.h"
#include "gvisor-smoke/cleanup.h"
#include "gvisor-smoke/log.h"
#include "streams.h"

/* Not every file system has files without a name. */
static int open_nameless(void)
{
    int fd = open(spare_folder(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (fd >= 0)
        return fd;
    cleanup_free char *path = xasprintf("%s/gvisor-smoke-XXXXXX", spare_folder());
    fd = mkostemp(path, O_CLOEXEC);
    if (fd >= 0)
        unlink(path);
    return fd;
}

static bool write_whole(int fd, const char *bytes, size_t length, uint64_t at)
{
    while (length > 0) {
        ssize_t written = pwrite(fd, bytes, length, (off_t)at);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return false;
        bytes += written;
        length -= (size_t)written;
        at += (uint64_t)written;
    }
    return true;
}

static bool read_whole(int fd, char *bytes, size_t length, uint64_t at)
{
    while (length > 0) {
        ssize_t taken = pread(fd, bytes, length, (off_t)at);
        if (taken < 0 && errno == EINTR)
            continue;
        if (taken <= 0)
            return false;
        bytes += taken;
        length -= (size_t)taken;
        at += (uint64_t)taken;
    }
    return true;
}

static bool put_in_file(struct streams *streams, const char *text, size_t length)
{
    if (streams->file_failed)
        return false;
    if (!streams->file)
        streams->file = open_nameless() + 1;
    if (streams->file && write_whole(streams->file - 1, text, length, streams->file_end)) {
        streams->file_end += length;
        return true;
    }
    log_info("outputs are kept in memory: a file below \"%s\" does not take them: %s", spare_folder(),
             strerror(errno));
    streams->file_failed = true;
    return false;
}

static bool may_hold(const struct streams *streams, const char *text, size_t length)
{
    size_t most = length < STREAMS_SMALL ? 2 * STREAMS_HELD_MAX : STREAMS_HELD_MAX;
    return streams->held_bytes + length + STREAMS_PLACE_BYTES <= most || texts_find(&streams->held, text);
}

static const char *hold(struct streams *streams, const char *text, size_t length)
{
    size_t count = streams->held.count;
    const char *held = texts_add(&streams->held, text);
    if (streams->held.count > count)
        streams->held_bytes += length + STREAMS_PLACE_BYTES;
    return held;
}

struct stream_place streams_put(struct streams *streams, const char *text)
{
    if (!text)
        return (struct stream_place){0};
    size_t length = strlen(text);
    assert(length <= UINT32_MAX);
    struct stream_place place = {.length = (uint32_t)length, .there = true};
    uint64_t at = streams->file_end;
    place.in_file = !may_hold(streams, text, length) && put_in_file(streams, text, length);
    if (place.in_file)
        place.at = at;
    else
        place.text = hold(streams, text, length);
    return place;
}

char *streams_get(const struct streams *streams, const struct stream_place *place)
{
    if (!place->there)
        return NULL;
    if (!place->in_file)
        return xstrdup(place->text);
    char *text = xcalloc(1, (size_t)place->length + 1);
    errno = 0;
    if (read_whole(streams->file - 1, text, place->length, place->at))
        return text;
    free(text);
    return xasprintf("(gvisor-smoke cannot read back what was printed here: %s; the journal has it)",
                     errno ? strerror(errno) : "the file was cut");
}

void streams_release(struct streams *streams)
{
    texts_release(&streams->held);
    if (streams->file)
        close(streams->file - 1);
    *streams = (struct streams){0};
}
