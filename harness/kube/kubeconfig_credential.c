/* SPDX-License-Identifier: Apache-2.0
 *
 * Resolves the chosen cluster and user of a kubeconfig: data before files, files relative to the kubeconfig.
 */
#include <string.h>

#include "gvisor-smoke/cleanup.h"
#include "gvisor-smoke/text.h"
#include "kubeconfig_base64.h"
#include "kubeconfig_load.h"
#include "kubeconfig_parts.h"

#define FILE_MAX_BYTES ((size_t)4 << 20)

/* A value that a kubeconfig gives as data or as the name of a file. */
struct material {
    char *text; /* NULL when it has neither */
    size_t length;
    char *what; /* for messages: where it stands */
};

static void material_release(struct material *material)
{
    if (material->text)
        secret_wipe(material->text, material->length);
    free(material->text);
    free(material->what);
}

#define cleanup_material __attribute__((cleanup(material_release)))

static int read_data(struct kubeconfig_entry entry, const char *key, const char *data,
                     struct material *material, struct error **err)
{
    const struct yaml_node *node = yaml_node_get(entry.node, key);
    material->what =
        xasprintf("kubeconfig \"%s\", line %zu: %s of %s", node->tree->path, node->line, key, entry.what);
    material->text = kubeconfig_base64_decode(data, &material->length);
    if (material->text)
        return 0;
    error_set(err, ERROR_USAGE, "%s is not base64", material->what);
    return -1;
}

static int read_named_file(struct kubeconfig_entry entry, const char *key, const char *name,
                           struct material *material, struct error **err)
{
    const struct yaml_node *node = yaml_node_get(entry.node, key);
    cleanup_free char *path = kubeconfig_resolve_path(node->tree, name);
    material->what = xasprintf("kubeconfig \"%s\", line %zu: %s of %s, \"%s\",", node->tree->path, node->line,
                               key, entry.what, path);
    material->text = text_read_file(path, FILE_MAX_BYTES, &material->length, err);
    if (material->text)
        return 0;
    (*err)->kind = ERROR_USAGE;
    error_wrap(err, "kubeconfig \"%s\", line %zu: %s of %s", node->tree->path, node->line, key, entry.what);
    return -1;
}

/* Reads `KEY-data`, else the file of `KEY`. */
static int read_material(struct kubeconfig_entry entry, const char *key, struct material *material,
                         struct error **err)
{
    cleanup_free char *data_key = xasprintf("%s-data", key);
    const char *data = NULL, *name = NULL;
    if (yaml_node_text(entry.node, entry.what, data_key, &data, err) < 0 ||
        yaml_node_text(entry.node, entry.what, key, &name, err) < 0)
        return -1;
    int result = data   ? read_data(entry, data_key, data, material, err)
                 : name ? read_named_file(entry, key, name, material, err)
                        : 0;
    if (result < 0 || !material->text)
        return result;
    if (strlen(material->text) == material->length)
        return 0;
    error_set(err, ERROR_USAGE, "%s is not PEM: it holds bytes that are not text", material->what);
    return -1;
}

static int copy_text(struct kubeconfig_entry entry, const char *key, char **ret_text, struct error **err)
{
    const char *text = NULL;
    if (yaml_node_text(entry.node, entry.what, key, &text, err) < 0)
        return -1;
    *ret_text = xstrdup(text);
    return 0;
}

static int resolve_server(struct kube_access *access, struct kubeconfig_entry cluster, struct error **err)
{
    if (copy_text(cluster, "server", &access->server, err) < 0)
        return -1;
    if (!access->server) {
        yaml_node_fail(cluster.node, err, "%s has no server", cluster.what);
        error_hint(err, "it needs a line such as: server: https://HOST:6443");
        return -1;
    }
    if (kubeconfig_parse_server(access, err) == 0)
        return 0;
    const struct yaml_node *node = yaml_node_get(cluster.node, "server");
    error_wrap(err, "kubeconfig \"%s\", line %zu: server of %s", node->tree->path, node->line, cluster.what);
    error_hint(err, "a server is written as https://HOST:PORT");
    return -1;
}

static int resolve_proxy(struct kube_access *access, struct kubeconfig_entry cluster, struct error **err)
{
    if (copy_text(cluster, "proxy-url", &access->proxy_url, err) < 0)
        return -1;
    if (!access->proxy_url || kubeconfig_check_proxy(access->proxy_url, err) == 0)
        return 0;
    const struct yaml_node *node = yaml_node_get(cluster.node, "proxy-url");
    error_wrap(err, "kubeconfig \"%s\", line %zu: proxy-url of %s", node->tree->path, node->line,
               cluster.what);
    return -1;
}

static int resolve_authorities(struct kube_access *access, struct kubeconfig_entry cluster,
                               struct error **err)
{
    cleanup_material struct material authorities = {0};
    if (read_material(cluster, "certificate-authority", &authorities, err) < 0)
        return -1;
    if (!authorities.text)
        return 0;
    if (access->insecure) {
        yaml_node_fail(cluster.node, err,
                       "%s has both insecure-skip-tls-verify and a certificate-authority; remove one",
                       cluster.what);
        return -1;
    }
    if (kubeconfig_check_certificates(authorities.text, authorities.what, err) < 0)
        return -1;
    access->ca_pem = steal(&authorities.text);
    return 0;
}

int kubeconfig_resolve_cluster(struct kube_access *access, struct kubeconfig_entry cluster,
                               struct error **err)
{
    if (resolve_server(access, cluster, err) < 0 || resolve_proxy(access, cluster, err) < 0)
        return -1;
    if (!access->tls)
        return 0;
    if (yaml_node_flag(cluster.node, cluster.what, "insecure-skip-tls-verify", &access->insecure, err) < 0 ||
        copy_text(cluster, "tls-server-name", &access->tls_server_name, err) < 0)
        return -1;
    return resolve_authorities(access, cluster, err);
}

static int resolve_client_certificate(struct kube_access *access, struct kubeconfig_entry user,
                                      struct error **err)
{
    cleanup_material struct material certificate = {0}, key = {0};
    if (read_material(user, "client-certificate", &certificate, err) < 0)
        return -1;
    if (!certificate.text)
        return 0;
    if (kubeconfig_check_certificates(certificate.text, certificate.what, err) < 0 ||
        read_material(user, "client-key", &key, err) < 0)
        return -1;
    if (!key.text) {
        yaml_node_fail(user.node, err, "%s has a client-certificate but no client-key", user.what);
        return -1;
    }
    access->client_key_pem = secret_new(key.text, key.length);
    if (kubeconfig_check_key(certificate.text, access->client_key_pem, key.what, err) < 0)
        return -1;
    access->client_certificate_pem = steal(&certificate.text);
    return 0;
}

static int resolve_inline_token(struct kube_access *access, struct kubeconfig_entry user, const char *token,
                                struct error **err)
{
    const struct yaml_node *node = yaml_node_get(user.node, "token");
    cleanup_free char *what =
        xasprintf("kubeconfig \"%s\", line %zu: token of %s", node->tree->path, node->line, user.what);
    if (kubeconfig_check_token(token, what, err) < 0)
        return -1;
    access->token = secret_new(token, strlen(token));
    return 0;
}

static int resolve_token_file(struct kube_access *access, struct kubeconfig_entry user, const char *name,
                              struct error **err)
{
    const struct yaml_node *node = yaml_node_get(user.node, "tokenFile");
    cleanup_free char *path = kubeconfig_resolve_path(node->tree, name);
    struct secret *content = kubeconfig_read_token_file(path, err);
    if (!content) {
        error_wrap(err, "kubeconfig \"%s\", line %zu: %s", node->tree->path, node->line, user.what);
        return -1;
    }
    secret_free(content); /* each use reads it again */
    access->token_file = steal(&path);
    return 0;
}

/* Sets one of the two. With both in the kubeconfig the file counts, and the token only when the file cannot
 * be read, as client-go has it. */
static int resolve_token(struct kube_access *access, struct kubeconfig_entry user, struct error **err)
{
    cleanup_error struct error *unread = NULL;
    const char *token = NULL, *name = NULL;
    if (yaml_node_text(user.node, user.what, "token", &token, err) < 0 ||
        yaml_node_text(user.node, user.what, "tokenFile", &name, err) < 0)
        return -1;
    if (name && resolve_token_file(access, user, name, token ? &unread : err) == 0)
        return 0;
    if (token)
        return resolve_inline_token(access, user, token, err);
    return name ? -1 : 0;
}

static int resolve_password(struct kube_access *access, struct kubeconfig_entry user, struct error **err)
{
    const char *password = NULL;
    if (copy_text(user, "username", &access->username, err) < 0 ||
        yaml_node_text(user.node, user.what, "password", &password, err) < 0)
        return -1;
    if (!access->username && !password)
        return 0;
    if (access->token || access->token_file) {
        yaml_node_fail(user.node, err, "%s has both a token and a username; only one can be used", user.what);
        return -1;
    }
    if (!access->username)
        access->username = xstrdup("");
    access->password = secret_new(password ? password : "", password ? strlen(password) : 0);
    return 0;
}

static int refuse_auth_provider(struct kubeconfig_entry user, const struct yaml_node *node,
                                struct error **err)
{
    const struct yaml_node *name = yaml_node_get(node, "name");
    cleanup_free char *printable =
        text_printable(name && name->kind == YAML_TEXT ? name->text : "without a name");
    yaml_node_fail(node, err,
                   "%s uses the auth-provider \"%s\"; Kubernetes 1.26 replaced these by exec plugins",
                   user.what, printable);
    error_hint(err, "give a kubeconfig with a service account's token (kubectl create token NAME)");
    return -1;
}

static int refuse_exec(struct kubeconfig_entry user, const struct yaml_node *node, struct error **err)
{
    const struct yaml_node *command = yaml_node_get(node, "command");
    cleanup_free char *printable =
        text_printable(command && command->kind == YAML_TEXT ? command->text : "without a command");
    yaml_node_fail(node, err,
                   "%s gets its credentials from the exec plugin \"%s\", which is not supported yet",
                   user.what, printable);
    error_hint(err, "give a kubeconfig with a service account's token (kubectl create token NAME)");
    return -1;
}

static int refuse_impersonation(struct kubeconfig_entry user, const struct yaml_node *node,
                                struct error **err)
{
    yaml_node_fail(node, err, "%s impersonates another user (\"as\"), which is not supported", user.what);
    error_hint(err, "give a kubeconfig with the credentials of the user or service account itself");
    return -1;
}

/* What must not be passed over in silence, because access would then be another one than kubectl's. */
static int refuse_unsupported(struct kubeconfig_entry user, struct error **err)
{
    static const struct {
        const char *key;
        int (*refuse)(struct kubeconfig_entry, const struct yaml_node *, struct error **);
    } refused[] = {
        {"auth-provider", refuse_auth_provider},
        {"exec", refuse_exec},
        {"as", refuse_impersonation},
        {"as-uid", refuse_impersonation},
        {"as-groups", refuse_impersonation},
        {"as-user-extra", refuse_impersonation},
    };
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        const struct yaml_node *node = yaml_node_get(user.node, refused[i].key);
        bool empty = !node || (node->kind == YAML_TEXT ? !node->text[0] : node->count == 0);
        if (!empty)
            return refused[i].refuse(user, node, err);
    }
    return 0;
}

int kubeconfig_resolve_user(struct kube_access *access, struct kubeconfig_entry user, struct error **err)
{
    if (refuse_unsupported(user, err) < 0)
        return -1;
    if (resolve_client_certificate(access, user, err) < 0 || resolve_token(access, user, err) < 0)
        return -1;
    return resolve_password(access, user, err);
}
