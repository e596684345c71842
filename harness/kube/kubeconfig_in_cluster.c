/* SPDX-License-Identifier: Apache-2.0
 *
 * Access from inside a pod: its service account and the address in its environment
 * (https://kubernetes.io/docs/tasks/run-application/access-api-from-pod/).
 */
#include <assert.h>
#include <string.h>
#include <sys/stat.h>

#include "gvisor-smoke/cleanup.h"
#include "gvisor-smoke/text.h"
#include "kubeconfig_parts.h"

#define AUTHORITIES_MAX_BYTES ((size_t)1 << 20)
#define NAMESPACE_MAX_BYTES 4096

static const char *environment(const char *name)
{
    const char *value = getenv(name);
    return value && *value ? value : NULL;
}

bool kubeconfig_in_cluster_possible(const char *folder)
{
    cleanup_free char *token = xasprintf("%s/token", folder);
    struct stat status;
    return environment("KUBERNETES_SERVICE_HOST") && environment("KUBERNETES_SERVICE_PORT") &&
           stat(token, &status) == 0 && !S_ISDIR(status.st_mode);
}

static int resolve_server(struct kube_access *access, struct error **err)
{
    const char *host = environment("KUBERNETES_SERVICE_HOST");
    assert(host); /* is_in_cluster() has looked */
    bool ipv6 = strchr(host, ':') != NULL;
    access->server = xasprintf("https://%s%s%s:%s", ipv6 ? "[" : "", host, ipv6 ? "]" : "",
                               environment("KUBERNETES_SERVICE_PORT"));
    if (kubeconfig_parse_server(access, err) < 0) {
        error_wrap(err, "the server that KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT name");
        return -1;
    }
    return kubeconfig_set_proxy_from_environment(access, err);
}

/* The cluster's own, unless the command line said it. */
static int read_authorities(struct kube_access *access, const char *folder, struct error **err)
{
    cleanup_free char *path = xasprintf("%s/ca.crt", folder);
    cleanup_free char *what = xasprintf("\"%s\"", path);
    if (access->ca_pem || access->insecure)
        return 0;
    access->ca_pem = text_read_file(path, AUTHORITIES_MAX_BYTES, NULL, err);
    if (access->ca_pem)
        return kubeconfig_check_certificates(access->ca_pem, what, err);
    (*err)->kind = ERROR_USAGE;
    return -1;
}

static int resolve_token(struct kube_access *access, const char *folder, const char *option,
                         struct error **err)
{
    if (option && *option)
        return kubeconfig_set_token(access, option, "--token", err);
    access->token_file = xasprintf("%s/token", folder);
    struct secret *token = kubeconfig_read_token_file(access->token_file, err);
    secret_free(token); /* it is renewed on disk, so each use reads it again */
    return token ? 0 : -1;
}

/* What the command line may change is resolved as for an empty user and cluster. */
static int resolve(struct kube_access *access, const char *folder, const struct kubeconfig_options *options,
                   struct error **err)
{
    const struct kubeconfig_entry nothing = {.what = "this pod's service account"};
    const char *name = options->tls_server_name ? options->tls_server_name : "";
    access->request_timeout_ms = options->request_timeout_ms;
    if ((*name && kubeconfig_set_tls_server_name(access, name, "--tls-server-name", err) < 0) ||
        resolve_server(access, err) < 0 ||
        kubeconfig_resolve_authorities(access, nothing, options, err) < 0 ||
        read_authorities(access, folder, err) < 0 || resolve_token(access, folder, options->token, err) < 0)
        return -1;
    return kubeconfig_resolve_impersonation(access, nothing, options, err);
}

/* $POD_NAMESPACE (from the downward API) counts before the service account's, as kubectl has it. */
static void resolve_namespace(struct kube_access *access, const char *folder)
{
    cleanup_error struct error *ignored = NULL;
    cleanup_free char *path = xasprintf("%s/namespace", folder);
    cleanup_free char *text = xstrdup(environment("POD_NAMESPACE"));
    if (!text)
        text = text_read_file(path, NAMESPACE_MAX_BYTES, NULL, &ignored);
    if (!text)
        return;
    cleanup_strings struct strings words = strings_split(text, " \t\r\n");
    if (words.count > 0)
        access->name_space = xstrdup(words.items[0]);
}

struct kube_access *kubeconfig_in_cluster(const char *folder, const struct kubeconfig_options *options,
                                          struct error **err)
{
    struct kube_access *access = xcalloc(1, sizeof *access);
    access->context = xstrdup("in-cluster");
    access->cluster = xstrdup("in-cluster");
    access->user = xstrdup("service account of this pod");
    if (resolve(access, folder, options, err) < 0) {
        error_wrap(err, "cannot use this pod's service account");
        kube_access_free(access);
        return NULL;
    }
    resolve_namespace(access, folder);
    return access;
}
