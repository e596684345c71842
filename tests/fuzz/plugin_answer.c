/* SPDX-License-Identifier: Apache-2.0
 *
 * What a credential plugin prints.
 */
#include "fuzz.h"
#include "kube/plugin.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    static const struct kube_plugin plugin = {.api_version = (char *)"client.authentication.k8s.io/v1",
                                              .command = (char *)"login"};
    cleanup_error struct error *err = NULL;
    struct plugin_credential credential = {0};
    cleanup_free char *text = fuzz_text(bytes, length);
    if (plugin_answer_read(&plugin, text, length, &credential, &err) < 0) {
        assert_error(err);
        assert(!credential.token && !credential.certificate_pem && !credential.key_pem);
        return 0;
    }
    assert(credential.token || credential.certificate_pem);
    assert(!credential.certificate_pem == !credential.key_pem);
    assert(credential.expires_ms >= 0);
    for (const char *at = credential.token ? secret_reveal(credential.token) : ""; *at; at++)
        assert((unsigned char)*at >= 0x20 && *at != 0x7F); /* it becomes part of a header */
    plugin_credential_release(&credential);
    return 0;
}
