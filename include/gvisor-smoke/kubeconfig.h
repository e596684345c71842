/* SPDX-License-Identifier: Apache-2.0
 *
 * Which API server to talk to, and as whom: read from kubeconfig files and from what the command line says in
 * their place, by kubectl's rules
 * (https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/, and
 * k8s.io/client-go/tools/clientcmd where the page is silent).
 *
 * The result is complete: files that the kubeconfig names are read (relative to the file that names them),
 * base64 is decoded. Only a token file stays a path, and a credential plugin a command, because what they
 * give changes while a run goes on.
 */
#ifndef GVISOR_SMOKE_KUBECONFIG_H
#define GVISOR_SMOKE_KUBECONFIG_H

#include <stdbool.h>
#include <stdint.h>

#include "gvisor-smoke/error.h"
#include "gvisor-smoke/secret.h"
#include "gvisor-smoke/text.h"

/* What the caller asks for; NULL (or "") leaves a choice to the files. Named as kubectl's options. Files
 * count from the working directory. All borrowed. */
struct kubeconfig_options {
    const char *
        kubeconfig; /* --kubeconfig: this one file; else $KUBECONFIG (a list of files), else ~/.kube/config */
    const char *context; /* --context; else current-context */
    const char *cluster, *user;
    const char *server, *certificate_authority, *tls_server_name, *proxy_url;
    bool insecure; /* --insecure-skip-tls-verify */
    const char *token, *client_certificate, *client_key, *username, *password;
    const char *as, *as_uid;
    struct strings as_groups;
    struct strings as_user_extra; /* KEY=VALUE */
    int64_t request_timeout_ms;   /* 0: none given */
};

struct kube_plugin; /* harness/kube/plugin.h */

struct kube_access {
    char *context, *cluster, *user; /* the names chosen, for messages; NULL when there is none */
    char *name_space;               /* the context's namespace, or NULL */
    char *server;                   /* as written: "https://198.18.0.1:6443"; never with a password */
    char *host;                     /* without brackets for IPv6 */
    uint16_t port;
    char *path_prefix;             /* "" or "/k8s/clusters/c-1", without a slash at the end */
    bool tls;                      /* false for http:// */
    bool insecure;                 /* insecure-skip-tls-verify */
    char *tls_server_name;         /* name for SNI and verification, or NULL: the host */
    struct secret *proxy_url;      /* it may hold a password; NULL: directly. The environment is asked too */
    struct secret *proxy_password; /* that it holds, or NULL: only so that it is found in messages */
    char *proxy_name;              /* the proxy without user and password, for messages, or NULL */
    char *ca_pem;                  /* certificate authorities, PEM, or NULL: the system's */
    char *client_certificate_pem;  /* or NULL */
    struct secret *client_key_pem; /* or NULL */
    struct secret *token;          /* or NULL; with a token_file only while that cannot be read */
    char *token_file;              /* absolute path, read again for each use, or NULL */
    char *username;                /* basic auth, or NULL */
    struct secret *password;       /* or NULL */
    struct kube_plugin *plugin;    /* a command that gives token or certificate, or NULL */
    struct strings impersonation;  /* header lines "Impersonate-User: ..." */
    int64_t request_timeout_ms;    /* for each request in place of the client's own; 0: that */
    struct strings warnings;       /* what the operator should know though access goes on, a line each */
};

/* Reads, merges, chooses. Errors are ERROR_USAGE and name the file, and the line where there is one: no such
 * file, empty, not YAML, no such context (with the contexts that exist), a context without cluster, a cluster
 * without server, a certificate file that cannot be read, bad base64. Messages never hold the content of a
 * credential. */
struct kube_access *kube_access_load(const struct kubeconfig_options *options, struct error **err);
void kube_access_free(struct kube_access *access);

#endif
