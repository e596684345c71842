/* SPDX-License-Identifier: Apache-2.0
 *
 * The tables of the checksum, once for all decoders and requests: each would fill 8 KiB, and a large run has
 * tens of thousands of them.
 */
#include "supervisor_private.h"

#include "crc32c.h"

const struct crc32c *supervisor_checksums(void)
{
    static struct crc32c crc; /* never changed once it is made */
    static bool made;
    if (!made)
        crc32c_init(&crc);
    made = true;
    return &crc;
}
