/* SPDX-License-Identifier: Apache-2.0
 *
 * The supervisor's frames out of an input that a fuzzer can change without breaking all checksums: each line
 * is a frame, its type and then its payload, in which "\n" stands for a newline. A line "x" repeats the frame
 * before it as it was sent. An input that begins with "raw\n" is taken as it is.
 */
#ifndef TESTS_FUZZ_FRAMES_H
#define TESTS_FUZZ_FRAMES_H

#include "fuzz.h"
#include "gvisor-smoke/buf.h"
#include "supervisor/frame.h"

#define FRAMES_RAW "raw\n"
#define FRAMES_MAX ((size_t)1024 * 1024)

static inline size_t frames_payload(const char *line, size_t length, char *payload)
{
    size_t taken = 0;
    for (size_t i = 0; i < length && taken < SUPERVISOR_PAYLOAD_MAX; i++) {
        bool newline = line[i] == '\\' && i + 1 < length && line[i + 1] == 'n';
        payload[taken++] = newline ? '\n' : line[i];
        i += newline;
    }
    return taken;
}

/* The bytes on the wire, which the caller releases. */
static inline struct buf frames_make(const uint8_t *bytes, size_t length)
{
    static char payload[SUPERVISOR_PAYLOAD_MAX];
    static struct crc32c crc;
    struct buf wire;
    buf_init(&wire, FRAMES_MAX);
    if (length >= strlen(FRAMES_RAW) && memcmp(bytes, FRAMES_RAW, strlen(FRAMES_RAW)) == 0) {
        buf_append(&wire, bytes + strlen(FRAMES_RAW), length - strlen(FRAMES_RAW));
        return wire;
    }
    crc32c_init(&crc);
    uint32_t sequence = 0;
    size_t before = 0;
    while (length > 0) {
        const char *line = (const char *)bytes;
        const char *newline = memchr(line, '\n', length);
        size_t whole = newline ? (size_t)(newline - line) : length;
        char header[SUPERVISOR_HEADER_BYTES];
        if (whole == 1 && *line == 'x') {
            cleanup_free char *last = fuzz_text((const uint8_t *)wire.bytes + before, wire.length - before);
            buf_append(&wire, last, wire.length - before);
        } else if (whole > 0) {
            uint32_t taken = (uint32_t)frames_payload(line + 1, whole - 1, payload);
            before = wire.length;
            frame_write_header(&crc, header, *line, sequence++, payload, taken);
            buf_append(&wire, header, sizeof header);
            buf_append(&wire, payload, taken);
        }
        bytes += whole + (newline != NULL);
        length -= whole + (newline != NULL);
    }
    return wire;
}

#endif
