/* SPDX-License-Identifier: Apache-2.0
 *
 * What the executions of a run printed, until the reports are written: the first of it in memory, the rest in
 * a file without a name below $TMPDIR or /tmp, so that memory does not grow with what cases print. Where no
 * such file can be had, or it is full, memory takes the rest.
 *
 * Lifecycle: a zeroed struct is empty; streams_put()..., streams_get()..., streams_release(). Not
 * thread-safe.
 */
#ifndef HARNESS_REPORT_STREAMS_H
#define HARNESS_REPORT_STREAMS_H

#include <stdbool.h>
#include <stdint.h>

#include "gvisor-smoke/texts.h"

#define STREAMS_HELD_MAX ((size_t)1024 * 1024) /* bytes of texts in memory */
/* Many shorter ones are alike, and those are one in memory: there is as much room again for them. */
#define STREAMS_SMALL 64
#define STREAMS_PLACE_BYTES 32 /* that a text takes besides its own */

struct streams {
    struct texts held;
    size_t held_bytes; /* with STREAMS_PLACE_BYTES for each */
    int file;          /* a descriptor + 1, or 0 */
    uint64_t file_end; /* bytes in it */
    bool file_failed;
};

/* Where a text is. A zeroed one is that of NULL. */
struct stream_place {
    union {
        const char *text;
        uint64_t at;
    };
    uint32_t length;
    bool there, in_file;
};

/* Keeps a copy of the text (NULL stays NULL), which has less than 4 GiB. */
struct stream_place streams_put(struct streams *streams, const char *text);
/* A copy that the caller frees; NULL for NULL. Of what cannot be read back it says so. */
char *streams_get(const struct streams *streams, const struct stream_place *place);
static inline bool stream_is_empty(const struct stream_place *place)
{
    return place->length == 0;
}
void streams_release(struct streams *streams);

#endif
