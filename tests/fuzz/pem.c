/* SPDX-License-Identifier: Apache-2.0
 *
 * Certificates, keys and base64, as kubeconfigs hold them.
 */
#include <openssl/evp.h>

#include "fuzz.h"
#include "kube/kubeconfig_base64.h"
#include "kube/kubeconfig_parts.h"

/* What was decoded is the text again when it is encoded, but for white space and bits behind the end. */
static void check_base64(const char *text)
{
    size_t length = 0, at = 0;
    cleanup_free char *bytes = kubeconfig_base64_decode(text, &length);
    if (!bytes)
        return;
    assert(bytes[length] == '\0');
    cleanup_free char *encoded = xcalloc(4 * ((length + 2) / 3) + 1, 1);
    EVP_EncodeBlock((unsigned char *)encoded, (unsigned char *)bytes, (int)length);
    for (; *text; text++) {
        if (strchr(" \t\r\n", *text))
            continue;
        bool beside_padding = encoded[at] && (encoded[at + 1] == '=' || encoded[at + 1] == '\0');
        assert(encoded[at] == *text || beside_padding);
        at++;
    }
    assert(encoded[at] == '\0');
}

static void check_authorities(const char *text)
{
    cleanup_error struct error *err = NULL, *none = NULL;
    size_t unreadable = 0;
    char *pem = xstrdup(text);
    if (kubeconfig_take_authorities(&pem, "the authority", &unreadable, &err) < 0)
        assert_error(err);
    else
        assert(kubeconfig_check_certificates(pem, "what is left", &none) == 0);
    free(pem);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    cleanup_error struct error *no_certificate = NULL, *no_key = NULL;
    cleanup_free char *text = fuzz_text(bytes, length);
    struct secret *key = secret_new(text, strlen(text));
    check_base64(text);
    check_authorities(text);
    if (kubeconfig_check_certificates(text, "the certificate", &no_certificate) < 0)
        assert_error(no_certificate);
    if (kubeconfig_check_key(text, key, "the key", &no_key) < 0)
        assert_error(no_key);
    free(kubeconfig_expired(text));
    secret_free(key);
    return 0;
}
