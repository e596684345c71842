/* SPDX-License-Identifier: Apache-2.0
 *
 * The output of a script, forwarded up to a maximum and counted to its end.
 */
#include "inside.h"

/* A disk that is full must not stop the script's output: what finds no room is counted, and so is all after
 * it. */
static bool finds_no_room(const struct stream *stream)
{
    return stream->cut || (!reply_room() && reply_full());
}

bool stream_read(struct stream *stream, int64_t max_bytes)
{
    static char unsent[SUPERVISOR_PAYLOAD_MAX];
    stream->cut = finds_no_room(stream);
    int64_t room = stream->cut ? 0 : max_bytes - stream->sent;
    char *place = room > 0 ? reply_room() : unsent;
    if (!place)
        return false;
    long got = sys_read(stream->fd, place, SUPERVISOR_PAYLOAD_MAX);
    if (got == -EAGAIN || got == -EINTR)
        return false;
    if (got <= 0) {
        sys_close(stream->fd);
        stream->fd = -1;
        return false;
    }
    int64_t sent = got < room ? got : room;
    stream->total += got;
    stream->checksum = crc32c_add(&crc, stream->checksum, place, (size_t)got);
    stream->sent += sent;
    if (sent > 0)
        reply_commit(stream->type, (size_t)sent);
    return true;
}

bool stream_wants(const struct stream *stream, int64_t max_bytes)
{
    return stream->fd >= 0 && (stream->sent >= max_bytes || finds_no_room(stream) || reply_room());
}

void stream_take_rest(struct stream *stream, int64_t max_bytes)
{
    while (stream->fd >= 0 && !reply_broken()) {
        reply_push();
        if (!stream_wants(stream, max_bytes) && !reply_wait())
            break;
        if (!stream_read(stream, max_bytes))
            break;
    }
}

void text_add_field(struct text *text, const char *key, int64_t value)
{
    text_add(text, key);
    text_add(text, "=");
    text_add_number(text, value);
    text_add(text, "\n");
}

void stream_describe(const struct stream *stream, const char *name, struct text *text)
{
    text_add(text, name);
    text_add_field(text, "_total", stream->total);
    text_add(text, name);
    text_add_field(text, "_sent", stream->sent);
    text_add(text, name);
    text_add(text, "_crc32c=");
    text_add_hex(text, stream->checksum);
    text_add(text, "\n");
}
