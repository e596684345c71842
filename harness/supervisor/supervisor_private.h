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

#endif
