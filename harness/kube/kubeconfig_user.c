/* SPDX-License-Identifier: Apache-2.0
 *
 * Resolves the chosen user of a kubeconfig: how he proves who he is.
 */
#include <string.h>

#include "gvisor-smoke/cleanup.h"
#include "gvisor-smoke/text.h"
#include "kubeconfig_load.h"
#include "kubeconfig_parts.h"
#include "plugin.h"

/* Without a certificate a key has no use, as in kubectl. */
static int resolve_client_certificate(struct kube_access *access, struct kubeconfig_entry user,
                                      const struct kubeconfig_options *options, struct error **err)
{
    cleanup_material struct kubeconfig_material certificate = {0}, key = {0};
    if (kubeconfig_material_read(access, user, "client-certificate", options->client_certificate, false,
                                 &certificate, err) < 0)
        return -1;
    if (!certificate.text)
        return 0;
    if (kubeconfig_check_certificates(certificate.text, certificate.place, err) < 0 ||
        kubeconfig_material_read(access, user, "client-key", options->client_key, true, &key, err) < 0)
        return -1;
    if (!key.text) {
        error_set(err, ERROR_USAGE, "%s has no client-key beside it", certificate.place);
        return -1;
    }
    access->client_key_pem = secret_new(key.text, key.length);
    if (kubeconfig_check_key(certificate.text, access->client_key_pem, key.place, err) < 0)
        return -1;
    access->client_certificate_pem = steal(&certificate.text);
    return 0;
}

int kubeconfig_set_token(struct kube_access *access, const char *token, const char *place, struct error **err)
{
    if (kubeconfig_check_token(token, place, err) < 0)
        return -1;
    access->token = secret_new(token, strlen(token));
    return 0;
}

static int resolve_token_file(struct kube_access *access, const struct kubeconfig_value *name,
                              struct error **err)
{
    access->token_file = kubeconfig_resolve_path(name->node->tree, name->text);
    struct secret *content = kubeconfig_read_token_file(access->token_file, err);
    secret_free(content); /* each use reads it again */
    if (content) {
        kubeconfig_warn_readable(access, access->token_file);
        return 0;
    }
    error_wrap(err, "%s", name->place);
    return -1;
}

/* With both in the kubeconfig the file counts, and the token only while the file cannot be read, as client-go
 * has it. */
static int resolve_token(struct kube_access *access, struct kubeconfig_entry user,
                         const struct kubeconfig_options *options, struct error **err)
{
    cleanup_error struct error *unread = NULL;
    cleanup_value struct kubeconfig_value token = {0}, name = {0};
    if (kubeconfig_value_read(user, "token", options->token, &token, err) < 0 ||
        kubeconfig_value_read(user, "tokenFile", NULL, &name, err) < 0)
        return -1;
    if (token.text && kubeconfig_set_token(access, token.text, token.place, err) < 0)
        return -1;
    if (token.node)
        kubeconfig_warn_readable(access, token.node->tree->path);
    if (name.text && resolve_token_file(access, &name, token.text ? &unread : err) < 0)
        return token.text ? 0 : -1;
    return 0;
}

static int resolve_password(struct kube_access *access, struct kubeconfig_entry user,
                            const struct kubeconfig_options *options, struct error **err)
{
    cleanup_value struct kubeconfig_value username = {0}, password = {0};
    if (kubeconfig_value_read(user, "username", options->username, &username, err) < 0 ||
        kubeconfig_value_read(user, "password", options->password, &password, err) < 0)
        return -1;
    if (!username.text && !password.text)
        return 0;
    if (access->token || access->token_file) {
        error_set(err, ERROR_USAGE, "%s: there is a token too; only one of the two can be used",
                  username.text ? username.place : password.place);
        return -1;
    }
    if (password.node)
        kubeconfig_warn_readable(access, password.node->tree->path);
    access->username = xstrdup(username.text ? username.text : "");
    access->password =
        secret_new(password.text ? password.text : "", password.text ? strlen(password.text) : 0);
    return 0;
}

static int refuse_auth_provider(struct kubeconfig_entry user, const struct yaml_node *node,
                                struct error **err)
{
    static const struct {
        const char *name, *instead;
    } plugins[] = {{"gcp", "gke-gcloud-auth-plugin"},
                   {"azure", "kubelogin"},
                   {"oidc", "kubelogin (kubectl oidc-login)"}};
    const struct yaml_node *name = yaml_node_get(node, "name");
    const char *text = name && name->kind == YAML_TEXT ? name->text : "";
    cleanup_free char *printable = text_printable(text);
    yaml_node_fail(node, err,
                   "%s uses the auth-provider \"%s\"; Kubernetes 1.26 replaced these by credential plugins "
                   "(exec)",
                   user.what, printable);
    error_hint(err, "let your provider's tool write the kubeconfig again, or create a token: kubectl create "
                    "token NAME");
    for (size_t i = 0; i < sizeof plugins / sizeof *plugins; i++)
        if (strcmp(text, plugins[i].name) == 0)
            error_hint(err, "its successor is the credential plugin %s, under exec in place of auth-provider",
                       plugins[i].instead);
    return -1;
}

/* A credential of another kind counts before a plugin, which is not run then; but it must be written well. */
static int resolve_plugin(struct kube_access *access, struct kubeconfig_entry user,
                          struct kubeconfig_entry cluster, const struct kubeconfig_options *options,
                          struct error **err)
{
    if (!yaml_node_get(user.node, "exec"))
        return 0;
    access->plugin = plugin_read(access, user, cluster, options, err);
    if (!access->plugin)
        return -1;
    if (access->token || access->token_file || access->username || access->client_certificate_pem) {
        plugin_free(access->plugin);
        access->plugin = NULL;
    }
    return 0;
}

/* A certificate that has expired proves nothing; beside another credential it may not matter. */
static int check_expiry(struct kube_access *access, struct kubeconfig_entry user, struct error **err)
{
    cleanup_free char *last =
        access->client_certificate_pem ? kubeconfig_expired(access->client_certificate_pem) : NULL;
    if (!last)
        return 0;
    cleanup_free char *problem = xasprintf("the client certificate of %s expired at %s", user.what, last);
    if (access->token || access->token_file || access->username) {
        strings_add(&access->warnings, problem);
        return 0;
    }
    error_set(err, ERROR_USAGE, "%s", problem);
    error_hint(err,
               "get a new one from your cluster's administrator or tool, and check this machine's clock");
    return -1;
}

/* Over plain http nothing secret is sent: kubectl leaves the user out too, and only impersonates. */
static void forget_credentials(struct kube_access *access)
{
    free(steal(&access->client_certificate_pem));
    secret_free(steal(&access->client_key_pem));
    secret_free(steal(&access->token));
    free(steal(&access->token_file));
    free(steal(&access->username));
    secret_free(steal(&access->password));
    plugin_free(steal(&access->plugin));
}

int kubeconfig_resolve_user(struct kube_access *access, struct kubeconfig_entry user,
                            struct kubeconfig_entry cluster, const struct kubeconfig_options *options,
                            struct error **err)
{
    const struct yaml_node *provider = yaml_node_get(user.node, "auth-provider");
    if (provider)
        return refuse_auth_provider(user, provider, err);
    if (kubeconfig_resolve_impersonation(access, user, options, err) < 0 ||
        resolve_client_certificate(access, user, options, err) < 0 ||
        resolve_token(access, user, options, err) < 0 || resolve_password(access, user, options, err) < 0 ||
        resolve_plugin(access, user, cluster, options, err) < 0)
        return -1;
    if (!access->tls) {
        forget_credentials(access);
        return 0;
    }
    return check_expiry(access, user, err);
}
