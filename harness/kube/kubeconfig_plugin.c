/* SPDX-License-Identifier: Apache-2.0
 *
 * Reads the credential plugin of a kubeconfig's user, and what it is told of the cluster.
 */
#include <errno.h>
#include <string.h>

#include <openssl/evp.h>

#include "gvisor-smoke/cleanup.h"
#include "gvisor-smoke/redact.h"
#include "gvisor-smoke/secret.h"
#include "json.h"
#include "kubeconfig_load.h"
#include "plugin.h"

#define CLUSTER_EXTENSION "client.authentication.k8s.io/exec"

static int read_api_version(struct kube_plugin *plugin, struct kubeconfig_entry exec, struct error **err)
{
    static const char *const known[] = {"client.authentication.k8s.io/v1",
                                        "client.authentication.k8s.io/v1beta1"};
    const char *version = NULL;
    if (yaml_node_text(exec.node, exec.what, "apiVersion", &version, err) < 0)
        return -1;
    for (size_t i = 0; version && i < sizeof known / sizeof *known; i++)
        if (strcmp(version, known[i]) == 0) {
            plugin->api_version = xstrdup(version);
            return 0;
        }
    cleanup_free char *printable = text_printable(version ? version : "");
    yaml_node_fail(exec.node, err, "%s has the apiVersion \"%s\"; it must be %s or %s", exec.what, printable,
                   known[0], known[1]);
    error_hint(err, "let your provider's tool write the kubeconfig again, and update the plugin");
    return -1;
}

static int read_command(struct kube_plugin *plugin, struct kubeconfig_entry exec, struct error **err)
{
    const char *command = NULL, *hint = NULL;
    if (yaml_node_text(exec.node, exec.what, "command", &command, err) < 0 ||
        yaml_node_text(exec.node, exec.what, "installHint", &hint, err) < 0)
        return -1;
    if (!command) {
        yaml_node_fail(exec.node, err, "%s has no command", exec.what);
        return -1;
    }
    plugin->command =
        strchr(command, '/') ? kubeconfig_resolve_path(exec.node->tree, command) : xstrdup(command);
    plugin->install_hint = hint ? text_one_line(hint) : NULL;
    return 0;
}

static int read_arguments(struct kube_plugin *plugin, struct kubeconfig_entry exec, struct error **err)
{
    cleanup_free char *what = xasprintf("args of %s", exec.what);
    return yaml_list_texts(yaml_node_get(exec.node, "args"), what, &plugin->arguments, err);
}

static void add_secret(struct kube_plugin *plugin, const char *value)
{
    plugin->secrets = xrealloc(plugin->secrets, plugin->secret_count + 1, sizeof(struct secret *));
    plugin->secrets[plugin->secret_count++] = secret_new(value, strlen(value));
}

static int read_environment(struct kube_plugin *plugin, struct kubeconfig_entry exec, struct error **err)
{
    const struct yaml_node *list = yaml_node_get(exec.node, "env");
    for (size_t i = 0; list && i < list->count; i++) {
        const char *name = NULL, *value = NULL;
        if (list->kind == YAML_LIST && (yaml_node_text(list->items[i], exec.what, "name", &name, err) < 0 ||
                                        yaml_node_text(list->items[i], exec.what, "value", &value, err) < 0))
            return -1;
        if (!name) {
            yaml_node_fail(list, err, "env of %s must be a list of entries with name and value", exec.what);
            return -1;
        }
        char *pair = xasprintf("%s=%s", name, value ? value : "");
        strings_add(&plugin->environment, pair);
        secret_wipe(pair, strlen(pair));
        free(pair);
        if (value && redaction_is_secret_name(name))
            add_secret(plugin, value);
    }
    return 0;
}

/* v1 must say it; v1beta1 is IfAvailable when it does not. */
static int read_mode(struct kube_plugin *plugin, struct kubeconfig_entry exec, struct error **err)
{
    static const char *const modes[] = {"Never", "IfAvailable", "Always"};
    const char *mode = NULL;
    if (yaml_node_text(exec.node, exec.what, "interactiveMode", &mode, err) < 0)
        return -1;
    if (!mode && text_ends_with(plugin->api_version, "/v1beta1"))
        mode = "IfAvailable";
    for (size_t i = 0; mode && i < sizeof modes / sizeof *modes; i++)
        if (strcmp(mode, modes[i]) == 0) {
            plugin->mode = (enum plugin_mode)i;
            return 0;
        }
    yaml_node_fail(exec.node, err, "%s must have the interactiveMode Never, IfAvailable or Always",
                   exec.what);
    return -1;
}

/* --- provideClusterInfo --- */

static struct json_object *scalar_to_json(const struct yaml_node *node)
{
    bool flag;
    char *rest;
    if (node->plain && yaml_text_is_flag(node->text, &flag))
        return json_object_new_boolean(flag);
    if (!node->plain || !yaml_text_is_number(node->text))
        return json_object_new_string(node->text);
    errno = 0;
    long long whole = strtoll(node->text, &rest, 0);
    return errno == 0 && *rest == '\0' ? json_object_new_int64(whole)
                                       : json_object_new_double(strtod(node->text, NULL));
}

/* The tree's bounds bound the recursion and the size. */
static struct json_object *node_to_json(const struct yaml_node *node)
{
    struct json_object *value;
    switch (node->kind) {
    case YAML_TEXT:
        return scalar_to_json(node);
    case YAML_LIST:
        value = json_object_new_array();
        for (size_t i = 0; i < node->count; i++)
            json_object_array_add(value, node_to_json(node->items[i]));
        return value;
    case YAML_MAP:
        value = json_object_new_object();
        for (size_t i = 0; i + 1 < node->count; i += 2)
            if (node->items[i]->kind == YAML_TEXT)
                json_object_object_add(value, node->items[i]->text, node_to_json(node->items[i + 1]));
        return value;
    case YAML_NULL:
        break;
    }
    return NULL;
}

/* What the cluster's entry has for the plugin alone: arbitrary, or null. */
static struct json_object *extension_of(const struct yaml_node *cluster)
{
    const struct yaml_node *list = yaml_node_get(cluster, "extensions");
    for (size_t i = 0; list && list->kind == YAML_LIST && i < list->count; i++) {
        const struct yaml_node *name = yaml_node_get(list->items[i], "name");
        const struct yaml_node *extension = yaml_node_get(list->items[i], "extension");
        if (name && extension && name->kind == YAML_TEXT && strcmp(name->text, CLUSTER_EXTENSION) == 0)
            return node_to_json(extension);
    }
    return NULL;
}

static void add_text(struct json_object *object, const char *name, const char *text)
{
    if (text)
        json_object_object_add(object, name, json_object_new_string(text));
}

static char *base64_of(const char *text)
{
    size_t length = strlen(text);
    char *encoded = xcalloc(4 * ((length + 2) / 3) + 1, 1);
    EVP_EncodeBlock((unsigned char *)encoded, (const unsigned char *)text, (int)length);
    return encoded;
}

/* The kubeconfig's proxy alone is told, not the environment's, which the plugin has itself. */
static int read_cluster_json(struct kube_plugin *plugin, const struct kube_access *access,
                             struct kubeconfig_entry cluster, const struct kubeconfig_options *options,
                             struct error **err)
{
    cleanup_value struct kubeconfig_value proxy = {0};
    cleanup_json struct json_object *object = json_object_new_object();
    cleanup_free char *authorities = access->ca_pem ? base64_of(access->ca_pem) : NULL;
    if (kubeconfig_value_read(cluster, "proxy-url", options->proxy_url, &proxy, err) < 0)
        return -1;
    add_text(object, "server", access->server);
    add_text(object, "tls-server-name", access->tls_server_name);
    if (access->insecure)
        json_object_object_add(object, "insecure-skip-tls-verify", json_object_new_boolean(true));
    add_text(object, "certificate-authority-data", authorities);
    add_text(object, "proxy-url", proxy.text);
    json_object_object_add(object, "config", extension_of(cluster.node));
    size_t length;
    const char *text = json_object_to_json_string_length(
        object, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE, &length);
    plugin->cluster_json = secret_new_mixed(text, length);
    return 0;
}

static int read_all(struct kube_plugin *plugin, struct kubeconfig_entry exec, struct error **err)
{
    if (exec.node->kind != YAML_MAP) {
        yaml_node_fail(exec.node, err, "%s must be a mapping", exec.what);
        return -1;
    }
    if (read_command(plugin, exec, err) < 0 || read_api_version(plugin, exec, err) < 0 ||
        read_arguments(plugin, exec, err) < 0 || read_environment(plugin, exec, err) < 0)
        return -1;
    return read_mode(plugin, exec, err);
}

struct kube_plugin *plugin_read(const struct kube_access *access, struct kubeconfig_entry user,
                                struct kubeconfig_entry cluster, const struct kubeconfig_options *options,
                                struct error **err)
{
    cleanup_free char *what = xasprintf("exec of %s", user.what);
    struct kubeconfig_entry exec = {.node = yaml_node_get(user.node, "exec"), .what = what};
    struct kube_plugin *plugin = xcalloc(1, sizeof *plugin);
    bool provide = false;
    if (read_all(plugin, exec, err) == 0 &&
        yaml_node_flag(exec.node, what, "provideClusterInfo", &provide, err) == 0 &&
        (!provide || read_cluster_json(plugin, access, cluster, options, err) == 0))
        return plugin;
    plugin_free(plugin);
    return NULL;
}

void plugin_free(struct kube_plugin *plugin)
{
    if (!plugin)
        return;
    free(plugin->api_version);
    free(plugin->command);
    strings_release(&plugin->arguments);
    plugin_wipe_strings(&plugin->environment);
    for (size_t i = 0; i < plugin->secret_count; i++)
        secret_free(plugin->secrets[i]);
    free(plugin->secrets);
    free(plugin->install_hint);
    secret_free(plugin->cluster_json);
    free(plugin);
}
