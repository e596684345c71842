/* SPDX-License-Identifier: Apache-2.0
 *
 * What a credential plugin prints: an ExecCredential of the group client.authentication.k8s.io, version v1 or
 * v1beta1, which have the same fields.
 *
 * It is read as YAML, of which JSON is a part, because those trees are wiped when they are freed.
 */
#include <string.h>

#include "gvisor-smoke/cleanup.h"
#include "gvisor-smoke/clock.h"
#include "plugin.h"

static const struct yaml_limits limits = {.noun = "answer of the credential plugin",
                                          .nodes = 10000,
                                          .expanded_nodes = 20000,
                                          .anchors = 10,
                                          .depth = 32};

void plugin_credential_release(struct plugin_credential *credential)
{
    secret_free(credential->token);
    free(credential->certificate_pem);
    secret_free(credential->key_pem);
    *credential = (struct plugin_credential){0};
}

static int fail(const struct kube_plugin *plugin, struct error **err, const char *problem)
{
    error_set(err, ERROR_ENVIRONMENT, "the credential plugin \"%s\" %s", plugin->command, problem);
    return -1;
}

static bool text_is(const struct yaml_node *root, const char *key, const char *wanted)
{
    const struct yaml_node *value = yaml_node_get(root, key);
    return value && value->kind == YAML_TEXT && strcmp(value->text, wanted) == 0;
}

static int check_kind(const struct kube_plugin *plugin, const struct yaml_node *root, struct error **err)
{
    if (!root)
        return fail(plugin, err, "printed nothing");
    if (!text_is(root, "kind", "ExecCredential"))
        return fail(plugin, err, "printed something else than an ExecCredential");
    if (text_is(root, "apiVersion", plugin->api_version))
        return 0;
    cleanup_free char *problem =
        xasprintf("answers in another apiVersion than the kubeconfig has: %s", plugin->api_version);
    return fail(plugin, err, problem);
}

static int read_expiry(const struct kube_plugin *plugin, const struct yaml_node *status,
                       struct plugin_credential *credential, struct error **err)
{
    const char *stamp = NULL;
    if (yaml_node_text(status, "status", "expirationTimestamp", &stamp, err) < 0)
        return -1;
    credential->expires_ms = stamp ? clock_parse_stamp(stamp) : 0;
    return credential->expires_ms < 0
               ? fail(plugin, err, "gave an expirationTimestamp that is no RFC 3339 time")
               : 0;
}

static int read_token(const struct kube_plugin *plugin, const struct yaml_node *status,
                      struct plugin_credential *credential, struct error **err)
{
    const char *token = NULL;
    cleanup_free char *what = xasprintf("the token of the credential plugin \"%s\"", plugin->command);
    if (yaml_node_text(status, "status", "token", &token, err) < 0 ||
        (token && kubeconfig_check_token(token, what, err) < 0))
        return -1;
    credential->token = token ? secret_new(token, strlen(token)) : NULL;
    return 0;
}

static int read_certificate(const struct kube_plugin *plugin, const struct yaml_node *status,
                            struct plugin_credential *credential, struct error **err)
{
    const char *certificate = NULL, *key = NULL;
    cleanup_free char *what = xasprintf("the certificate of the credential plugin \"%s\"", plugin->command);
    cleanup_free char *key_what = xasprintf("the key of the credential plugin \"%s\"", plugin->command);
    if (yaml_node_text(status, "status", "clientCertificateData", &certificate, err) < 0 ||
        yaml_node_text(status, "status", "clientKeyData", &key, err) < 0)
        return -1;
    if (!certificate != !key)
        return fail(plugin, err, "gave only one of certificate and key");
    if (!certificate)
        return 0;
    credential->key_pem = secret_new(key, strlen(key));
    credential->certificate_pem = xstrdup(certificate);
    if (kubeconfig_check_certificates(certificate, what, err) < 0)
        return -1;
    return kubeconfig_check_key(certificate, credential->key_pem, key_what, err);
}

static int read_status(const struct kube_plugin *plugin, const struct yaml_node *root,
                       struct plugin_credential *credential, struct error **err)
{
    if (check_kind(plugin, root, err) < 0)
        return -1;
    const struct yaml_node *status = yaml_node_get(root, "status");
    if (!status || status->kind != YAML_MAP)
        return fail(plugin, err, "gave no status");
    if (read_expiry(plugin, status, credential, err) < 0 || read_token(plugin, status, credential, err) < 0 ||
        read_certificate(plugin, status, credential, err) < 0)
        return -1;
    if (!credential->token && !credential->certificate_pem)
        return fail(plugin, err, "gave neither a token nor a certificate");
    return 0;
}

int plugin_answer_read(const struct kube_plugin *plugin, const char *bytes, size_t length,
                       struct plugin_credential *ret_credential, struct error **err)
{
    struct plugin_credential credential = {0};
    struct yaml_tree *tree = yaml_tree_parse(plugin->command, bytes, length, &limits, err);
    int result = tree ? read_status(plugin, tree->root, &credential, err) : -1;
    yaml_tree_free(tree);
    if (result == 0) {
        *ret_credential = credential;
        return 0;
    }
    (*err)->kind = ERROR_ENVIRONMENT;
    plugin_credential_release(&credential);
    return -1;
}
