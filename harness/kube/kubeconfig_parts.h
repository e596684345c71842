/* SPDX-License-Identifier: Apache-2.0
 *
 * The steps by which a kubeconfig becomes a struct kube_access, one file each. All fill parts of an access
 * that the caller frees whole, also after an error.
 */
#ifndef GVISOR_SMOKE_KUBECONFIG_PARTS_H
#define GVISOR_SMOKE_KUBECONFIG_PARTS_H

#include "gvisor-smoke/error.h"
#include "gvisor-smoke/kubeconfig.h"
#include "gvisor-smoke/yaml_tree.h"

#define KUBECONFIG_SERVICE_ACCOUNT_FOLDER "/var/run/secrets/kubernetes.io/serviceaccount"

/* A chosen entry: the mapping under `cluster:` or `user:`, and how messages call it. */
struct kubeconfig_entry {
    const struct yaml_node *node;
    const char *what; /* `cluster "c"` */
};

/* kubeconfig_server.c: host, port, path_prefix and tls from access->server. The error says what is wrong with
 * it, without quoting it. */
int kubeconfig_parse_server(struct kube_access *access, struct error **err);
/* Checks a proxy's URL (http, https, socks5). It may hold a password: the error does not quote it. */
int kubeconfig_check_proxy(const char *url, struct error **err);

/* kubeconfig_credential.c: server, certificate authorities, and how the user proves who he is. */
int kubeconfig_resolve_cluster(struct kube_access *access, struct kubeconfig_entry cluster,
                               struct error **err);
int kubeconfig_resolve_user(struct kube_access *access, struct kubeconfig_entry user, struct error **err);

/* kubeconfig_pem.c: what OpenSSL must be able to read. what names the value in the error, which holds none of
 * it. */
int kubeconfig_check_certificates(const char *pem, const char *what, struct error **err);
int kubeconfig_check_key(const char *certificate_pem, const struct secret *key_pem, const char *what,
                         struct error **err);

/* kubeconfig_token.c: reads a token file: without the white space at its ends; empty is an error. */
struct secret *kubeconfig_read_token_file(const char *path, struct error **err);
/* A token must go into a header line as it is. what names it in the error, which does not hold it. */
int kubeconfig_check_token(const char *token, const char *what, struct error **err);

/* kubeconfig_in_cluster.c: access for a pod, from its service account's folder and $KUBERNETES_SERVICE_HOST.
 */
bool kubeconfig_in_cluster_possible(const char *folder);
struct kube_access *kubeconfig_in_cluster(const char *folder, struct error **err);

#endif
