/* SPDX-License-Identifier: Apache-2.0
 *
 * The steps by which a kubeconfig and the command line become a struct kube_access, one file each. All fill
 * parts of an access that the caller frees whole, also after an error.
 */
#ifndef GVISOR_SMOKE_KUBECONFIG_PARTS_H
#define GVISOR_SMOKE_KUBECONFIG_PARTS_H

#include "gvisor-smoke/error.h"
#include "gvisor-smoke/kubeconfig.h"
#include "gvisor-smoke/yaml_tree.h"

#define KUBECONFIG_SERVICE_ACCOUNT_FOLDER "/var/run/secrets/kubernetes.io/serviceaccount"

/* A chosen entry: the mapping under `cluster:` or `user:`, and how messages call it. */
struct kubeconfig_entry {
    const struct yaml_node *node; /* NULL where the command line alone says it all */
    const char *what;             /* `cluster "c"` */
};

/* --- kubeconfig_value.c: one value, from the command line or else from an entry --- */

struct kubeconfig_value {
    const char *text;             /* borrowed; NULL when nothing says it */
    const struct yaml_node *node; /* where it stands; NULL: the command line */
    char *place;                  /* the same for messages; NULL without text */
};
/* option: what the command line has under the same name, or NULL. */
int kubeconfig_value_read(struct kubeconfig_entry entry, const char *key, const char *option,
                          struct kubeconfig_value *ret_value, struct error **err);
void kubeconfig_value_release(struct kubeconfig_value *value);
#define cleanup_value __attribute__((cleanup(kubeconfig_value_release)))

/* A value that is given as base64 under `KEY-data`, or as the name of a file under `KEY`. */
struct kubeconfig_material {
    char *text; /* no NUL inside; NULL when it has neither; wiped by release */
    size_t length;
    char *place; /* where it comes from, for messages; NULL without text */
};
/* A secret one adds a warning when others may read its file. */
int kubeconfig_material_read(struct kube_access *access, struct kubeconfig_entry entry, const char *key,
                             const char *option, bool is_secret, struct kubeconfig_material *ret_material,
                             struct error **err);
void kubeconfig_material_release(struct kubeconfig_material *material);
#define cleanup_material __attribute__((cleanup(kubeconfig_material_release)))

/* Adds a warning when others may read the file, which holds a credential, and the caller can change that. */
void kubeconfig_warn_readable(struct kube_access *access, const char *path);

/* --- kubeconfig_server.c: host, port, path_prefix and tls from access->server. The error says what is wrong
 * with it, without quoting it. --- */
int kubeconfig_parse_server(struct kube_access *access, struct error **err);

/* --- kubeconfig_proxy.c: proxy_url and proxy_name --- */

/* From a kubeconfig or the command line: http, https or socks5. The error does not quote it. */
int kubeconfig_set_proxy(struct kube_access *access, const char *url, struct error **err);
/* From https_proxy, http_proxy and no_proxy (also in capitals), where nothing else said it; by the rules of
 * golang.org/x/net/http/httpproxy: never for localhost and loopback addresses. */
int kubeconfig_set_proxy_from_environment(struct kube_access *access, struct error **err);

/* --- kubeconfig_cluster.c, kubeconfig_user.c: the server and how it proves who it is; how the user does ---
 */
int kubeconfig_resolve_cluster(struct kube_access *access, struct kubeconfig_entry cluster,
                               const struct kubeconfig_options *options, struct error **err);
/* After the cluster. */
int kubeconfig_resolve_user(struct kube_access *access, struct kubeconfig_entry user,
                            struct kubeconfig_entry cluster, const struct kubeconfig_options *options,
                            struct error **err);
/* --certificate-authority and --insecure-skip-tls-verify, else what the entry has. */
int kubeconfig_resolve_authorities(struct kube_access *access, struct kubeconfig_entry cluster,
                                   const struct kubeconfig_options *options, struct error **err);
/* A name that may stand where the host of a URL does. place is where it comes from, for the error. */
int kubeconfig_set_tls_server_name(struct kube_access *access, const char *name, const char *place,
                                   struct error **err);
int kubeconfig_set_token(struct kube_access *access, const char *token, const char *place,
                         struct error **err);

/* --- kubeconfig_impersonate.c --- */
int kubeconfig_resolve_impersonation(struct kube_access *access, struct kubeconfig_entry user,
                                     const struct kubeconfig_options *options, struct error **err);

/* --- kubeconfig_pem.c: what OpenSSL must be able to read. what names the value in the error, which holds
 * none of it. --- */

/* Certificates of which each must be readable. */
int kubeconfig_check_certificates(const char *pem, const char *what, struct error **err);
/* Some may be unreadable when one is not: these are taken out, and counted. */
int kubeconfig_take_authorities(char **pem, const char *what, size_t *ret_unreadable, struct error **err);
int kubeconfig_check_key(const char *certificate_pem, const struct secret *key_pem, const char *what,
                         struct error **err);
/* When the first certificate has expired: its last moment, for a message; else NULL. The caller frees it. */
char *kubeconfig_expired(const char *pem);

/* --- kubeconfig_token.c --- */

/* Reads a token file: without the white space at its ends; empty is an error. */
struct secret *kubeconfig_read_token_file(const char *path, struct error **err);
/* A token must go into a header line as it is. what names it in the error, which does not hold it. */
int kubeconfig_check_token(const char *token, const char *what, struct error **err);

/* --- kubeconfig_in_cluster.c: access for a pod, from its service account's folder and
 * $KUBERNETES_SERVICE_HOST; token and certificate authority may be others --- */
bool kubeconfig_in_cluster_possible(const char *folder);
struct kube_access *kubeconfig_in_cluster(const char *folder, const struct kubeconfig_options *options,
                                          struct error **err);

#endif
