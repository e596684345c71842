/* SPDX-License-Identifier: Apache-2.0
 *
 * What the API server answers to a request that it refuses: the status in the first line, then the body.
 */
#include "fuzz.h"
#include "kube/client.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    static const struct kube_access access = {.server = (char *)"https://127.0.0.1:6443",
                                              .user = (char *)"u"};
    static const struct kube kube = {.access = &access};
    cleanup_error struct error *err = NULL;
    const uint8_t *newline = length ? memchr(bytes, '\n', length) : NULL;
    size_t head = newline ? (size_t)(newline - bytes) + 1 : 0;
    cleanup_free char *status = fuzz_text(bytes, head);
    cleanup_free char *body = fuzz_text(bytes + head, length - head);
    struct http_result result = {.status = atoi(status), .body = body, .body_length = length - head};
    api_error(&err, &kube, &result);
    assert_error(err);
    assert(err->http_status == (int)result.status);
    return 0;
}
