/* SPDX-License-Identifier: Apache-2.0
 *
 * The journal's reading side.
 */
#include <errno.h>
#include <string.h>

#include "event_json.h"
#include "gvisor-smoke/buf.h"
#include "gvisor-smoke/cleanup.h"
#include "gvisor-smoke/report.h"

#define LINE_MAX_BYTES ((size_t)64 * 1024 * 1024)

struct reader {
    const char *path;
    size_t line; /* the number of the line that is being collected, from 1 */
    struct buf text;
    event_sink sink;
    void *context;
    struct json_tokener *tokener;
};

static int hand_over(const struct reader *reader, struct json_object *json, struct error **err)
{
    struct event_reading reading;
    if (event_from_json(json, &reading, err) < 0)
        return -1;
    reader->sink(reader->context, &reading.event);
    event_reading_release(&reading);
    return 0;
}

/* One whole line, without its newline. */
static int read_line(struct reader *reader, struct error **err)
{
    json_tokener_reset(reader->tokener);
    struct json_object *json =
        json_tokener_parse_ex(reader->tokener, reader->text.bytes, (int)reader->text.length);
    enum json_tokener_error problem = json_tokener_get_error(reader->tokener);
    int result = -1;
    if (problem != json_tokener_success)
        error_set(err, ERROR_USAGE, "it is not JSON (%s)", json_tokener_error_desc(problem));
    else if (json_tokener_get_parse_end(reader->tokener) != reader->text.length)
        error_set(err, ERROR_USAGE, "something follows the JSON object");
    else
        result = hand_over(reader, json, err);
    json_object_put(json);
    if (result < 0)
        error_wrap(err, "%s:%zu: not an event of a journal", reader->path, reader->line);
    return result;
}

/* A piece of the file: every newline in it ends a line. */
static int read_piece(struct reader *reader, const char *piece, size_t length, struct error **err)
{
    while (length) {
        const char *newline = memchr(piece, '\n', length);
        size_t taken = newline ? (size_t)(newline - piece) : length;
        if (!buf_append(&reader->text, piece, taken)) {
            error_set(err, ERROR_USAGE,
                      "%s:%zu: not an event of a journal: the line is longer than %zu bytes", reader->path,
                      reader->line, LINE_MAX_BYTES);
            return -1;
        }
        if (!newline)
            return 0;
        if (read_line(reader, err) < 0)
            return -1;
        buf_clear(&reader->text);
        reader->line++;
        piece = newline + 1;
        length -= taken + 1;
    }
    return 0;
}

static int read_all(struct reader *reader, FILE *file, struct error **err)
{
    char piece[65536];
    size_t length;
    while ((length = fread(piece, 1, sizeof piece, file)) > 0)
        if (read_piece(reader, piece, length, err) < 0)
            return -1;
    if (!ferror(file))
        return 0;
    error_set(err, ERROR_ENVIRONMENT, "cannot read the journal \"%s\": %s", reader->path, strerror(errno));
    return -1;
}

int journal_read(const char *path, event_sink sink, void *context, bool *ret_cut, struct error **err)
{
    cleanup_file FILE *file = fopen(path, "re");
    if (!file) {
        error_set(err, ERROR_USAGE, "cannot read the journal \"%s\": %s", path, strerror(errno));
        return -1;
    }
    struct reader reader = {
        .path = path, .line = 1, .sink = sink, .context = context, .tokener = json_tokener_new()};
    json_tokener_set_flags(reader.tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
    buf_init(&reader.text, LINE_MAX_BYTES);
    int result = read_all(&reader, file, err);
    if (result == 0)
        *ret_cut = reader.text.length > 0;
    buf_release(&reader.text);
    json_tokener_free(reader.tokener);
    return result;
}

static int tell_journal(void *context, event_sink sink, void *sink_context, struct error **err)
{
    bool cut;
    return journal_read(context, sink, sink_context, &cut, err);
}

struct report_events journal_events(const char *path)
{
    return (struct report_events){.tell = tell_journal, .context = (void *)path};
}
