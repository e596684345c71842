/* SPDX-License-Identifier: Apache-2.0
 *
 * The header of a frame, written and read; for both sides of the protocol: no libc.
 */
#ifndef HARNESS_SUPERVISOR_FRAME_H
#define HARNESS_SUPERVISOR_FRAME_H

#include "crc32c.h"
#include "gvisor-smoke/supervisor.h"

/* Where the fields stand in "gs T SSSSSSSS LLLLLLLL CCCCCCCC\n". */
enum {
    FRAME_TYPE_AT = 3,
    FRAME_SEQUENCE_AT = 5,
    FRAME_LENGTH_AT = 14,
    FRAME_CHECKSUM_AT = 23,
    FRAME_END_AT = 31
};

struct frame_header {
    char type;
    uint32_t sequence, length, checksum;
};

static inline void frame_put_hex(char *at, uint32_t value)
{
    for (int i = 7; i >= 0; i--, value >>= 4)
        at[i] = "0123456789abcdef"[value & 15];
}

static inline bool frame_get_hex(const char *at, uint32_t *ret_value)
{
    uint32_t value = 0;
    for (int i = 0; i < 8; i++) {
        char digit = at[i];
        bool decimal = digit >= '0' && digit <= '9';
        if (!decimal && !(digit >= 'a' && digit <= 'f'))
            return false;
        value = value << 4 | (uint32_t)(decimal ? digit - '0' : digit - 'a' + 10);
    }
    *ret_value = value;
    return true;
}

/* The checksum of a frame: of its header up to the checksum, and of its payload. */
static inline uint32_t frame_checksum(const struct crc32c *crc, const char *header, const char *payload,
                                      size_t length)
{
    return crc32c_add(crc, crc32c_add(crc, 0, header, SUPERVISOR_CHECKED_BYTES), payload, length);
}

/* Writes SUPERVISOR_HEADER_BYTES. */
static inline void frame_write_header(const struct crc32c *crc, char *header, char type, uint32_t sequence,
                                      const char *payload, uint32_t length)
{
    static const char blank[] = "gs T SSSSSSSS LLLLLLLL CCCCCCCC\n";
    for (int i = 0; i < SUPERVISOR_HEADER_BYTES; i++)
        header[i] = blank[i];
    header[FRAME_TYPE_AT] = type;
    frame_put_hex(header + FRAME_SEQUENCE_AT, sequence);
    frame_put_hex(header + FRAME_LENGTH_AT, length);
    frame_put_hex(header + FRAME_CHECKSUM_AT, frame_checksum(crc, header, payload, length));
}

/* Reads SUPERVISOR_HEADER_BYTES; false when they are not a header. */
static inline bool frame_read_header(const char *header, struct frame_header *ret_header)
{
    bool shape = header[0] == 'g' && header[1] == 's' && header[2] == ' ' && header[4] == ' ' &&
                 header[FRAME_LENGTH_AT - 1] == ' ' && header[FRAME_CHECKSUM_AT - 1] == ' ' &&
                 header[FRAME_END_AT] == '\n';
    if (!shape)
        return false;
    ret_header->type = header[FRAME_TYPE_AT];
    return frame_get_hex(header + FRAME_SEQUENCE_AT, &ret_header->sequence) &&
           frame_get_hex(header + FRAME_LENGTH_AT, &ret_header->length) &&
           frame_get_hex(header + FRAME_CHECKSUM_AT, &ret_header->checksum) &&
           ret_header->length <= SUPERVISOR_PAYLOAD_MAX;
}

#endif
