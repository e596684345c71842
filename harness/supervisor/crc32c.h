/* SPDX-License-Identifier: Apache-2.0
 *
 * CRC-32C (Castagnoli, RFC 3720 appendix B.4: reflected polynomial 0x82f63b78; "123456789" gives 0xe3069283),
 * eight bytes at a time, for both sides of the protocol: no libc, the caller owns the tables.
 */
#ifndef HARNESS_SUPERVISOR_CRC32C_H
#define HARNESS_SUPERVISOR_CRC32C_H

#include <stddef.h>
#include <stdint.h>

struct crc32c {
    uint32_t table[8][256];
};

static inline void crc32c_init(struct crc32c *crc)
{
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t value = i;
        for (int bit = 0; bit < 8; bit++)
            value = (value >> 1) ^ (value & 1 ? 0x82f63b78u : 0);
        crc->table[0][i] = value;
    }
    for (uint32_t i = 0; i < 256; i++)
        for (int k = 1; k < 8; k++) {
            uint32_t before = crc->table[k - 1][i];
            crc->table[k][i] = (before >> 8) ^ crc->table[0][before & 0xff];
        }
}

/* Goes on from the checksum of what came before; 0 at the start. */
static inline uint32_t crc32c_add(const struct crc32c *crc, uint32_t checksum, const void *bytes,
                                  size_t length)
{
    const unsigned char *at = bytes;
    uint32_t value = ~checksum;
    for (; length >= 8; at += 8, length -= 8) {
        value ^= (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
        value = crc->table[7][value & 0xff] ^ crc->table[6][(value >> 8) & 0xff] ^
                crc->table[5][(value >> 16) & 0xff] ^ crc->table[4][value >> 24] ^ crc->table[3][at[4]] ^
                crc->table[2][at[5]] ^ crc->table[1][at[6]] ^ crc->table[0][at[7]];
    }
    for (; length; at++, length--)
        value = (value >> 8) ^ crc->table[0][(value ^ *at) & 0xff];
    return ~value;
}

#endif
