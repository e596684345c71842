/* SPDX-License-Identifier: Apache-2.0
 *
 * Processes, tracks and slices of a trace, as JSON.
 */
#include "trace_write.h"

#include <stdlib.h>
#include <string.h>

#include "gvisor-smoke/cleanup.h"
#include "gvisor-smoke/text.h"

/* Times of two sources, of which one has milliseconds, may cross by that much. */
#define CROSSING_US 1000

struct trace_lane {
    unsigned number;
    int64_t end_us;
};

static struct json_object *text(const char *bytes)
{
    cleanup_free char *valid = text_from_bytes(bytes, strlen(bytes));
    return json_object_new_string(valid);
}

/* The object is taken. */
static void write_object(struct trace_out *out, struct json_object *json)
{
    fputs(out->begun ? ",\n" : "\n", out->out);
    out->begun = true;
    fputs(json_object_to_json_string_ext(json, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE),
          out->out);
    json_object_put(json);
}

static struct json_object *object(const char *phase, const char *name, unsigned process, unsigned track)
{
    struct json_object *json = json_object_new_object();
    json_object_object_add(json, "ph", json_object_new_string(phase));
    json_object_object_add(json, "name", text(name));
    json_object_object_add(json, "pid", json_object_new_int64(process));
    json_object_object_add(json, "tid", json_object_new_int64(track));
    return json;
}

static void write_name(struct trace_out *out, const char *what, unsigned process, unsigned track,
                       const char *name)
{
    struct json_object *json = object("M", what, process, track);
    struct json_object *arguments = json_object_new_object();
    json_object_object_add(arguments, "name", text(name));
    json_object_object_add(json, "args", arguments);
    write_object(out, json);
}

static struct json_object *timed(const char *phase, unsigned process, unsigned track,
                                 const struct trace_slice *slice, int64_t at_us)
{
    struct json_object *json = object(phase, slice->name, process, track);
    json_object_object_add(json, "cat", json_object_new_string(slice->category));
    json_object_object_add(json, "ts", json_object_new_int64(at_us));
    return json;
}

void trace_write_begin(struct trace_out *out, const char *run, const char *version, const char *started)
{
    struct json_object *about = json_object_new_object();
    json_object_object_add(about, "run", text(run));
    json_object_object_add(about, "version", text(version));
    json_object_object_add(about, "started", text(started));
    fprintf(out->out, "{\"displayTimeUnit\":\"ms\",\n\"otherData\":%s,\n\"traceEvents\":[",
            json_object_to_json_string_ext(about, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE));
    json_object_put(about);
}

void trace_write_process(struct trace_out *out, unsigned process, const char *name)
{
    write_name(out, "process_name", process, 0, name);
}

static struct trace_lane *add_lane(struct trace_out *out, struct trace_track *track)
{
    track->lanes = xrealloc(track->lanes, track->count + 1, sizeof *track->lanes);
    struct trace_lane *lane = &track->lanes[track->count++];
    *lane = (struct trace_lane){.number = ++out->tracks};
    cleanup_free char *name =
        track->count == 1 ? xstrdup(track->name) : xasprintf("%s (%zu)", track->name, track->count);
    write_name(out, "thread_name", track->process, lane->number, name);
    return lane;
}

/* The first on which nothing is under way when it begins. */
static struct trace_lane *lane_for(struct trace_out *out, struct trace_track *track, int64_t begin_us)
{
    for (size_t i = 0; i < track->count; i++)
        if (track->lanes[i].end_us - CROSSING_US <= begin_us)
            return &track->lanes[i];
    return add_lane(out, track);
}

void trace_write_slice(struct trace_out *out, struct trace_track *track, const struct trace_slice *slice)
{
    struct trace_lane *lane = lane_for(out, track, slice->begin_us);
    int64_t begin_us = slice->begin_us > lane->end_us ? slice->begin_us : lane->end_us;
    int64_t end_us = slice->end_us > begin_us ? slice->end_us : begin_us;
    struct json_object *json = timed("X", track->process, lane->number, slice, begin_us);
    json_object_object_add(json, "dur", json_object_new_int64(end_us - begin_us));
    if (slice->arguments)
        json_object_object_add(json, "args", slice->arguments);
    write_object(out, json);
    lane->end_us = end_us;
}

void trace_write_wait(struct trace_out *out, unsigned process, const struct trace_slice *slice)
{
    cleanup_free char *id = xasprintf("%u", ++out->tracks);
    struct json_object *begin = timed("b", process, 0, slice, slice->begin_us);
    struct json_object *end = timed("e", process, 0, slice, slice->end_us);
    json_object_object_add(begin, "id", json_object_new_string(id));
    json_object_object_add(end, "id", json_object_new_string(id));
    if (slice->arguments)
        json_object_object_add(begin, "args", slice->arguments);
    write_object(out, begin);
    write_object(out, end);
}

void trace_write_instant(struct trace_out *out, struct trace_track *track, const struct trace_slice *slice)
{
    const struct trace_lane *lane = track->count ? &track->lanes[0] : add_lane(out, track);
    struct json_object *json = timed("i", track->process, lane->number, slice, slice->end_us);
    json_object_object_add(json, "s", json_object_new_string("t"));
    if (slice->arguments)
        json_object_object_add(json, "args", slice->arguments);
    write_object(out, json);
}

void trace_write_end(struct trace_out *out)
{
    fputs("\n]}\n", out->out);
}

int64_t trace_track_end_us(const struct trace_track *track)
{
    return track->count ? track->lanes[0].end_us : 0;
}

void trace_track_release(struct trace_track *track)
{
    free(track->name);
    free(track->lanes);
    *track = (struct trace_track){0};
}
