/* SPDX-License-Identifier: Apache-2.0
 *
 * The reading of requests of the program inside a pod, on a host.
 */
#ifndef TESTS_FUZZ_SUPERVISOR_INSIDE_H
#define TESTS_FUZZ_SUPERVISOR_INSIDE_H

#include <stddef.h>

/* Reads a request whose bytes come in pieces of so many, and asserts that what is kept is within its bounds.
 */
void supervisor_inside_read(const char *bytes, size_t length, size_t piece);
/* The same for all requests of a standing stream. */
void supervisor_inside_read_standing(const char *bytes, size_t length, size_t piece);

#endif
