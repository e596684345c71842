/* SPDX-License-Identifier: Apache-2.0
 *
 * Credential plugins: a command of the kubeconfig (`exec:`) that prints a credential
 * (https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins).
 */
#ifndef KUBE_PLUGIN_H
#define KUBE_PLUGIN_H

#include "gvisor-smoke/kubeconfig.h"
#include "gvisor-smoke/loop.h"
#include "kubeconfig_parts.h"

/* Whether it may ask the user at the terminal. */
enum plugin_mode { PLUGIN_NEVER, PLUGIN_IF_AVAILABLE, PLUGIN_ALWAYS };

struct kube_plugin {
    char *api_version;          /* "client.authentication.k8s.io/v1" or ".../v1beta1" */
    char *command;              /* an absolute path, or a name to look up in $PATH */
    struct strings arguments;   /* without the command */
    struct strings environment; /* NAME=VALUE, over what this program has */
    char *install_hint;         /* or NULL */
    enum plugin_mode mode;
    struct secret **secrets; /* values of these whose names say so: only so that they are found in messages */
    size_t secret_count;
    struct secret *cluster_json; /* for provideClusterInfo, or NULL; a proxy's password may be in it */
};

/* kubeconfig_plugin.c: reads `exec:`, which the user has; after the cluster is resolved. */
struct kube_plugin *plugin_read(const struct kube_access *access, struct kubeconfig_entry user,
                                struct kubeconfig_entry cluster, const struct kubeconfig_options *options,
                                struct error **err);
void plugin_free(struct kube_plugin *plugin); /* NULL does nothing */

/* What a plugin gave. */
struct plugin_credential {
    struct secret *token;   /* or NULL */
    char *certificate_pem;  /* or NULL; with it there is a key */
    struct secret *key_pem; /* or NULL */
    int64_t expires_ms;     /* wall clock; 0: never */
};
void plugin_credential_release(struct plugin_credential *credential);

/* plugin_answer.c: an ExecCredential as JSON or YAML. The error holds nothing of it. */
int plugin_answer_read(const struct kube_plugin *plugin, const char *bytes, size_t length,
                       struct plugin_credential *ret_credential, struct error **err);

/* plugin_environment.c: this program's environment under the plugin's; of two equal names in the plugin's the
 * last one counts. The caller wipes it. */
struct strings plugin_environment(const struct kube_plugin *plugin, bool interactive);
void plugin_wipe_strings(struct strings *strings);

/* plugin_run.c: one run of the command. What it writes on standard error goes to this program's: as it comes
 * when it may ask at the terminal, as with kubectl, and else at its end without secrets. Ends in exactly one
 * call of done from the loop, after which the run is gone: credential is the callee's to keep (NULL after an
 * error), err is borrowed. */
struct plugin_run;
struct plugin_run *plugin_run_start(struct loop *loop, const struct kube_plugin *plugin, int64_t timeout_ms,
                                    void (*done)(void *context, struct plugin_credential *credential,
                                                 const struct error *err),
                                    void *context);
/* Ends the command without a callback, and sets *run to NULL. */
void plugin_run_cancel(struct plugin_run **run);

#endif
