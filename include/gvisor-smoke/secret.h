/* SPDX-License-Identifier: Apache-2.0
 *
 * A token, key or password. The type is opaque so that no printf, log, journal or report can take it by
 * accident; the bytes are wiped when it is freed.
 */
#ifndef GVISOR_SMOKE_SECRET_H
#define GVISOR_SMOKE_SECRET_H

#include <stddef.h>

struct secret;

/* Copies length bytes; the caller wipes its own copy. */
struct secret *secret_new(const char *bytes, size_t length);
void secret_free(struct secret *secret); /* wipes; NULL does nothing */

/* The bytes, NUL-terminated, borrowed: only for handing them to TLS or an HTTP header. */
const char *secret_reveal(const struct secret *secret);
size_t secret_length(const struct secret *secret);

/* Overwrites memory in a way that the compiler keeps. */
void secret_wipe(void *memory, size_t length);

#endif
