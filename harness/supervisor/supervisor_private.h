/* SPDX-License-Identifier: Apache-2.0
 *
 * What the harness's files of this folder share.
 */
#ifndef HARNESS_SUPERVISOR_PRIVATE_H
#define HARNESS_SUPERVISOR_PRIVATE_H

#include "gvisor-smoke/supervisor.h"

/* Reads the key=value lines of END into the result. Returns what is wrong with them, which the caller frees,
 * or NULL. */
char *supervisor_read_end(const char *payload, size_t length, struct supervisor_result *result,
                          enum supervisor_ending *ret_ending);

struct crc32c;
/* The tables of CRC-32C, made at the first call. Not thread-safe. */
const struct crc32c *supervisor_checksums(void);

/* --- writer.c: requests under way --- */
struct writer {
    const struct crc32c *crc;
    struct buf bytes;
    uint32_t sequence; /* of the next frame */
};
struct writer *writer_new(void);
void writer_free(struct writer *writer); /* takes NULL */
/* One frame, or as many as the payload needs. */
void writer_add(struct writer *writer, enum supervisor_frame type, const char *payload, size_t length);
void writer_add_text(struct writer *writer, enum supervisor_frame type, const char *text);
void writer_add_number(struct writer *writer, enum supervisor_frame type, uint64_t number);
void writer_add_list(struct writer *writer, enum supervisor_frame type, const char *const *items);

/* --- request.c --- */
void supervisor_write_run(struct writer *writer, const struct supervisor_run *run); /* but for GO */

/* --- frames.c: frames that arrive, taken apart --- */
struct frame_header;
enum frame_step {
    FRAME_PARTIAL, /* all bytes are taken */
    FRAME_WHOLE,   /* one is there; the next call begins with the bytes behind it */
    FRAME_NONE,    /* what stands there is no frame */
    FRAME_WRONG,   /* it is damaged, or another one should come */
};
/* Takes bytes up to the end of the frame under way, which is kept in frame; whoever is told of one that is
 * whole clears it. *ret_problem: for FRAME_WRONG, which the caller frees. */
enum frame_step frame_take(const struct crc32c *crc, struct buf *frame, uint32_t *sequence,
                           const char **bytes, size_t *length, struct frame_header *ret_header,
                           char **ret_problem);
/* The first line of what stands where a frame should, printable, for a message; the caller frees it. */
char *frame_show(const char *bytes, size_t length);

#endif
