/* SPDX-License-Identifier: Apache-2.0
 *
 * Resolves the chosen cluster: its server, the way there, and how it proves who it is.
 */
#include <string.h>

#include "gvisor-smoke/cleanup.h"
#include "kubeconfig_parts.h"

static int resolve_server(struct kube_access *access, struct kubeconfig_entry cluster,
                          const struct kubeconfig_options *options, struct error **err)
{
    cleanup_value struct kubeconfig_value server = {0};
    if (kubeconfig_value_read(cluster, "server", options->server, &server, err) < 0)
        return -1;
    if (!server.text) {
        yaml_node_fail(cluster.node, err, "%s has no server", cluster.what);
        error_hint(err, "it needs a line such as: server: https://HOST:6443");
        return -1;
    }
    access->server = xstrdup(server.text);
    if (kubeconfig_parse_server(access, err) == 0)
        return 0;
    error_wrap(err, "%s", server.place);
    error_hint(err, "a server is written as https://HOST:PORT");
    return -1;
}

static int resolve_proxy(struct kube_access *access, struct kubeconfig_entry cluster,
                         const struct kubeconfig_options *options, struct error **err)
{
    cleanup_value struct kubeconfig_value proxy = {0};
    if (kubeconfig_value_read(cluster, "proxy-url", options->proxy_url, &proxy, err) < 0)
        return -1;
    if (!proxy.text)
        return kubeconfig_set_proxy_from_environment(access, err);
    if (kubeconfig_set_proxy(access, proxy.text, err) == 0)
        return 0;
    error_wrap(err, "%s", proxy.place);
    return -1;
}

int kubeconfig_set_tls_server_name(struct kube_access *access, const char *name, const char *place,
                                   struct error **err)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_:";
    access->tls_server_name = xstrdup(name);
    if (name[strspn(name, allowed)] == '\0')
        return 0;
    cleanup_free char *printable = text_printable(name);
    error_set(err, ERROR_USAGE, "%s: \"%s\" is not the name or address of a server", place, printable);
    return -1;
}

/* The name that a kubeconfig gives belongs to its own server: with another one it does not count. */
static int resolve_tls_server_name(struct kube_access *access, struct kubeconfig_entry cluster,
                                   const struct kubeconfig_options *options, struct error **err)
{
    bool other_server = options->server && *options->server;
    struct kubeconfig_entry nowhere = {.what = cluster.what};
    cleanup_value struct kubeconfig_value name = {0};
    if (kubeconfig_value_read(other_server ? nowhere : cluster, "tls-server-name", options->tls_server_name,
                              &name, err) < 0)
        return -1;
    return name.text ? kubeconfig_set_tls_server_name(access, name.text, name.place, err) : 0;
}

static int refuse_insecure_with_authorities(struct kubeconfig_entry cluster, bool by_option,
                                            struct error **err)
{
    if (by_option)
        error_set(err, ERROR_USAGE,
                  "--insecure-skip-tls-verify and --certificate-authority exclude each other; give one");
    else
        yaml_node_fail(cluster.node, err,
                       "%s has both insecure-skip-tls-verify and a certificate-authority; remove one",
                       cluster.what);
    return -1;
}

int kubeconfig_resolve_authorities(struct kube_access *access, struct kubeconfig_entry cluster,
                                   const struct kubeconfig_options *options, struct error **err)
{
    bool by_option = options->insecure || (options->certificate_authority && *options->certificate_authority);
    struct kubeconfig_entry from = {.node = by_option ? NULL : cluster.node, .what = cluster.what};
    cleanup_material struct kubeconfig_material authorities = {0};
    size_t unreadable = 0;
    if (yaml_node_flag(from.node, from.what, "insecure-skip-tls-verify", &access->insecure, err) < 0)
        return -1;
    access->insecure |= options->insecure;
    if (kubeconfig_material_read(access, from, "certificate-authority", options->certificate_authority, false,
                                 &authorities, err) < 0)
        return -1;
    if (!authorities.text)
        return 0;
    if (access->insecure)
        return refuse_insecure_with_authorities(cluster, by_option, err);
    if (kubeconfig_take_authorities(&authorities.text, authorities.place, &unreadable, err) < 0)
        return -1;
    if (unreadable > 0) {
        cleanup_free char *warning = xasprintf("%s: %zu of its certificates cannot be read and are left out",
                                               authorities.place, unreadable);
        strings_add(&access->warnings, warning);
    }
    access->ca_pem = steal(&authorities.text);
    return 0;
}

int kubeconfig_resolve_cluster(struct kube_access *access, struct kubeconfig_entry cluster,
                               const struct kubeconfig_options *options, struct error **err)
{
    if (resolve_server(access, cluster, options, err) < 0 || resolve_proxy(access, cluster, options, err) < 0)
        return -1;
    if (!access->tls)
        return 0;
    if (resolve_tls_server_name(access, cluster, options, err) < 0)
        return -1;
    return kubeconfig_resolve_authorities(access, cluster, options, err);
}
