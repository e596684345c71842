/* SPDX-License-Identifier: Apache-2.0
 *
 * Tokens, keys and passwords, wiped when freed.
 */
#include <string.h>

#include "gvisor-smoke/cleanup.h"
#include "gvisor-smoke/secret.h"

struct secret {
    size_t length;
    char *bytes;
};

void secret_wipe(void *memory, size_t length)
{
    explicit_bzero(memory, length);
}

struct secret *secret_new(const char *bytes, size_t length)
{
    struct secret *secret = xcalloc(1, sizeof *secret);
    secret->length = length;
    secret->bytes = xcalloc(length + 1, 1);
    memcpy(secret->bytes, bytes, length);
    return secret;
}

void secret_free(struct secret *secret)
{
    if (!secret)
        return;
    secret_wipe(secret->bytes, secret->length);
    free(secret->bytes);
    free(secret);
}

const char *secret_reveal(const struct secret *secret)
{
    return secret->bytes;
}

size_t secret_length(const struct secret *secret)
{
    return secret->length;
}
