/* SPDX-License-Identifier: Apache-2.0
 *
 * Time: a monotonic clock for durations, the wall clock for stamps.
 */
#ifndef GVISOR_SMOKE_CLOCK_H
#define GVISOR_SMOKE_CLOCK_H

#include <stdint.h>

/* Milliseconds of CLOCK_MONOTONIC: only differences mean something. */
int64_t clock_monotonic_ms(void);

/* Milliseconds since 1970-01-01T00:00:00Z. */
int64_t clock_wall_ms(void);

/* Writes RFC 3339 in UTC with milliseconds, "2026-11-24T19:56:25.123Z", and returns text. */
#define CLOCK_STAMP_SIZE 32
char *clock_stamp(int64_t wall_ms, char text[CLOCK_STAMP_SIZE]);

/* Milliseconds since 1970 of an RFC 3339 stamp, or -1 when it is none. */
int64_t clock_parse_stamp(const char *text);

#endif
