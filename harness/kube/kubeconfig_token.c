/* SPDX-License-Identifier: Apache-2.0
 *
 * Bearer tokens: reading a token file, and what a token may consist of.
 */
#include <string.h>

#include "gvisor-smoke/cleanup.h"
#include "gvisor-smoke/text.h"
#include "kubeconfig_parts.h"

#define TOKEN_MAX_BYTES ((size_t)1 << 20)

int kubeconfig_check_token(const char *token, const char *what, struct error **err)
{
    for (; *token; token++)
        if ((unsigned char)*token < 0x20 || *token == 0x7F) {
            error_set(err, ERROR_USAGE,
                      "%s has a line break or another control character; a token is one line", what);
            return -1;
        }
    return 0;
}

static struct secret *take_token(const char *bytes, size_t length, const char *what, struct error **err)
{
    static const char white[] = " \t\r\n\v\f";
    if (strlen(bytes) != length) {
        error_set(err, ERROR_USAGE, "%s has a NUL character; a token is one line of text", what);
        return NULL;
    }
    const char *start = bytes + strspn(bytes, white);
    size_t taken = strlen(start);
    while (taken > 0 && strchr(white, start[taken - 1]))
        taken--;
    if (taken == 0) {
        error_set(err, ERROR_USAGE, "%s is empty", what);
        return NULL;
    }
    struct secret *token = secret_new(start, taken);
    if (kubeconfig_check_token(secret_reveal(token), what, err) < 0) {
        secret_free(token);
        return NULL;
    }
    return token;
}

struct secret *kubeconfig_read_token_file(const char *path, struct error **err)
{
    size_t length = 0;
    char *bytes = text_read_file(path, TOKEN_MAX_BYTES, &length, err);
    if (!bytes) {
        (*err)->kind = ERROR_USAGE;
        error_wrap(err, "token file");
        return NULL;
    }
    cleanup_free char *what = xasprintf("token file \"%s\"", path);
    struct secret *token = take_token(bytes, length, what, err);
    secret_wipe(bytes, length);
    free(bytes);
    return token;
}
