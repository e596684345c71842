/* SPDX-License-Identifier: Apache-2.0
 *
 * A token, key or password. The type is opaque so that no printf, log, journal or report can take it by
 * accident; the bytes are wiped when it is freed.
 *
 * While it is alive it is also looked for in all that is written (redact.h), because it may come back in the
 * words of others: of a server, a proxy, a plugin. So there is a list of them, the one thing of the program
 * beside the log that is not handed from caller to callee: a way around it would be a leak. Not thread-safe.
 */
#ifndef GVISOR_SMOKE_SECRET_H
#define GVISOR_SMOKE_SECRET_H

#include <stdbool.h>
#include <stddef.h>

struct secret;

/* Copies length bytes; the caller wipes its own copy. */
struct secret *secret_new(const char *bytes, size_t length);
/* The same for something that holds a secret among things that may be told: it is not looked for. */
struct secret *secret_new_mixed(const char *bytes, size_t length);
void secret_free(struct secret *secret); /* wipes; NULL does nothing */

/* The bytes, NUL-terminated, borrowed: only for handing them to TLS or an HTTP header. */
const char *secret_reveal(const struct secret *secret);
size_t secret_length(const struct secret *secret);

/* Finds the first secret of the list that the text holds at or after from, as it is or in base64. What is
 * shorter than 8 bytes is not looked for: it could be any word. */
bool secret_find(const char *text, size_t length, size_t from, size_t *ret_start, size_t *ret_end);

/* Overwrites memory in a way that the compiler keeps. */
void secret_wipe(void *memory, size_t length);

#endif
