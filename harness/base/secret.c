/* SPDX-License-Identifier: Apache-2.0
 *
 * Tokens, keys and passwords, wiped when freed.
 */
#include <string.h>

#include "gvisor-smoke/cleanup.h"
#include "gvisor-smoke/secret.h"

#define SEARCHED_MIN 8
#define ALIGNMENTS 3 /* of a text within another that is in base64 */

struct secret {
    size_t length;
    char *bytes;
    struct secret *next, **link; /* of the list; link is NULL when it is not in it */
    char *encoded[ALIGNMENTS];   /* those characters of the base64 that its neighbours do not change */
};

static struct secret *listed;

void secret_wipe(void *memory, size_t length)
{
    explicit_bzero(memory, length);
}

/* What base64 makes of the bytes when skip others stand before them, without the characters at both ends that
 * depend on neighbours. */
static char *encode(const char *bytes, size_t length, size_t skip)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    char *encoded = xcalloc(4 * (length / 3) + 1, 1);
    size_t count = 0;
    for (size_t at = (3 - skip) % 3; at + 3 <= length; at += 3) {
        unsigned long bits = (unsigned long)(unsigned char)bytes[at] << 16 |
                             (unsigned long)(unsigned char)bytes[at + 1] << 8 | (unsigned char)bytes[at + 2];
        for (int shift = 18; shift >= 0; shift -= 6)
            encoded[count++] = digits[bits >> shift & 63];
    }
    return encoded;
}

struct secret *secret_new_mixed(const char *bytes, size_t length)
{
    struct secret *secret = xcalloc(1, sizeof *secret);
    secret->length = length;
    secret->bytes = xcalloc(length + 1, 1);
    memcpy(secret->bytes, bytes, length);
    return secret;
}

struct secret *secret_new(const char *bytes, size_t length)
{
    struct secret *secret = secret_new_mixed(bytes, length);
    if (length < SEARCHED_MIN)
        return secret;
    for (size_t skip = 0; skip < ALIGNMENTS; skip++)
        secret->encoded[skip] = encode(bytes, length, skip);
    secret->next = listed;
    secret->link = &listed;
    if (listed)
        listed->link = &secret->next;
    listed = secret;
    return secret;
}

void secret_free(struct secret *secret)
{
    if (!secret)
        return;
    if (secret->link) {
        *secret->link = secret->next;
        if (secret->next)
            secret->next->link = secret->link;
    }
    for (size_t skip = 0; skip < ALIGNMENTS; skip++)
        if (secret->encoded[skip]) {
            secret_wipe(secret->encoded[skip], strlen(secret->encoded[skip]));
            free(secret->encoded[skip]);
        }
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

struct place {
    size_t start, end;
};

/* Keeps what is found from start on when it is before the place. */
static bool search(const char *text, size_t length, size_t from, const char *bytes, size_t count,
                   struct place *place)
{
    const char *found = count >= SEARCHED_MIN ? memmem(text + from, length - from, bytes, count) : NULL;
    size_t start = found ? (size_t)(found - text) : 0;
    if (!found || start >= place->start)
        return false;
    *place = (struct place){start, start + count};
    return true;
}

static bool is_base64(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '+' ||
           c == '/' || c == '=';
}

/* Within base64 the secret's first and last characters are mixed with its neighbours': all of the word goes.
 */
static void widen(const char *text, size_t length, size_t from, struct place *place)
{
    while (place->start > from && is_base64(text[place->start - 1]))
        place->start--;
    while (place->end < length && is_base64(text[place->end]))
        place->end++;
}

bool secret_find(const char *text, size_t length, size_t from, size_t *ret_start, size_t *ret_end)
{
    struct place place = {length, length};
    bool found = false;
    for (const struct secret *secret = listed; secret; secret = secret->next) {
        found |= search(text, length, from, secret->bytes, secret->length, &place);
        for (size_t skip = 0; skip < ALIGNMENTS; skip++)
            if (search(text, length, from, secret->encoded[skip], strlen(secret->encoded[skip]), &place)) {
                widen(text, length, from, &place);
                found = true;
            }
    }
    *ret_start = place.start;
    *ret_end = place.end;
    return found;
}
