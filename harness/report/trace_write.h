/* SPDX-License-Identifier: Apache-2.0
 *
 * The trace's writing side: processes, tracks and slices.
 *
 * Times are microseconds since the first event. The format: "Trace Event Format", Google, 2016.
 */
#ifndef HARNESS_REPORT_TRACE_WRITE_H
#define HARNESS_REPORT_TRACE_WRITE_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct trace_out {
    FILE *out;
    bool begun;      /* something is written: a comma comes before what follows */
    unsigned tracks; /* numbers that are given */
};

/* One track and, where things overlap on it, further ones. */
struct trace_track {
    unsigned process;
    char *name; /* owned */
    struct trace_lane *lanes;
    size_t count;
};

/* Slices that a viewer nests by their times alone; they are told in the order of their ends. */
struct trace_slice {
    const char *name, *category;
    int64_t begin_us, end_us;
    struct json_object *arguments; /* taken; or NULL */
};

void trace_write_begin(struct trace_out *out, const char *run, const char *version, const char *started);
void trace_write_process(struct trace_out *out, unsigned process, const char *name);
void trace_write_slice(struct trace_out *out, struct trace_track *track, const struct trace_slice *slice);
/* A slice on a track of its own: any number of them may overlap. */
void trace_write_wait(struct trace_out *out, unsigned process, const struct trace_slice *slice);
void trace_write_instant(struct trace_out *out, struct trace_track *track, const struct trace_slice *slice);
void trace_write_end(struct trace_out *out);

/* When the last slice of the first lane has ended; 0 when there is none. */
int64_t trace_track_end_us(const struct trace_track *track);
void trace_track_release(struct trace_track *track);

#endif
