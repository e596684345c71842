/* SPDX-License-Identifier: Apache-2.0
 *
 * Base64 as kubeconfigs hold it: the standard alphabet, padded, line breaks between the characters allowed.
 */
#include <string.h>

#include "gvisor-smoke/cleanup.h"
#include "gvisor-smoke/secret.h"
#include "kubeconfig_base64.h"

static int digit_value(char c)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *at = c ? strchr(digits, c) : NULL;
    return at ? (int)(at - digits) : -1;
}

static bool is_space(char c)
{
    return c == '\n' || c == '\r' || c == ' ' || c == '\t';
}

/* Decodes digits up to the padding. Returns how many there were, and where it stopped. */
static size_t decode_digits(const char **text, char *bytes, size_t *ret_length)
{
    unsigned bits = 0;
    size_t digits = 0, length = 0;
    for (; **text; (*text)++) {
        int value = digit_value(**text);
        if (is_space(**text))
            continue;
        if (value < 0)
            break;
        bits = (bits << 6 | (unsigned)value) & 0xFFFFFF;
        if (++digits % 4 != 1)
            bytes[length++] = (char)(bits >> (6 - 2 * ((digits - 1) % 4)) & 0xFF);
    }
    *ret_length = length;
    return digits;
}

char *kubeconfig_base64_decode(const char *text, size_t *ret_length)
{
    size_t size = strlen(text) / 4 * 3 + 4, length = 0, padding = 0;
    char *bytes = xcalloc(size, 1);
    size_t digits = decode_digits(&text, bytes, &length);
    for (; *text == '=' || is_space(*text); text++)
        padding += *text == '=';
    bool whole = *text == '\0' && digits % 4 != 1 && padding <= 2 && (digits + padding) % 4 == 0;
    if (whole) {
        *ret_length = length;
        return bytes;
    }
    secret_wipe(bytes, size);
    free(bytes);
    return NULL;
}
