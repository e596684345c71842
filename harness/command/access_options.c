/* SPDX-License-Identifier: Apache-2.0
 *
 * The options that say which cluster, and as whom: kubectl's, for all subcommands that talk to one.
 */
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "gvisor-smoke/cleanup.h"
#include "gvisor-smoke/log.h"

void access_arguments_init(struct access_arguments *a)
{
    struct kubeconfig_options *o = &a->options;
    const struct option_row rows[ACCESS_OPTION_COUNT + 1] = {
        {"kubeconfig", 0, OPTION_TEXT, &o->kubeconfig, "FILE", "instead of $KUBECONFIG and ~/.kube/config"},
        {"context", 0, OPTION_TEXT, &o->context, "NAME", "context of the kubeconfig"},
        {"cluster", 0, OPTION_TEXT, &o->cluster, "NAME", "cluster of the kubeconfig, not the context's"},
        {"user", 0, OPTION_TEXT, &o->user, "NAME", "user of the kubeconfig, not the context's"},
        {"server", 0, OPTION_TEXT, &o->server, "URL", "API server, not the cluster's"},
        {"certificate-authority", 0, OPTION_TEXT, &o->certificate_authority, "FILE",
         "certificate authorities of the server (PEM)"},
        {"insecure-skip-tls-verify", 0, OPTION_FLAG, &o->insecure, NULL,
         "take any certificate of the server's"},
        {"tls-server-name", 0, OPTION_TEXT, &o->tls_server_name, "NAME",
         "name to ask for and to verify, not the server's"},
        {"proxy-url", 0, OPTION_URL, &a->proxy_url, "URL", "http, https or socks5 proxy, not $HTTPS_PROXY"},
        {"token", 0, OPTION_SECRET, &a->token, "TOKEN", "bearer token"},
        {"client-certificate", 0, OPTION_TEXT, &o->client_certificate, "FILE", "client certificate (PEM)"},
        {"client-key", 0, OPTION_TEXT, &o->client_key, "FILE", "its key (PEM)"},
        {"username", 0, OPTION_TEXT, &o->username, "NAME", "for basic authentication"},
        {"password", 0, OPTION_SECRET, &a->password, "TEXT", "for basic authentication"},
        {"as", 0, OPTION_TEXT, &o->as, "USER", "impersonate this user"},
        {"as-group", 0, OPTION_LIST, &o->as_groups, "GROUP", "and this group (may be repeated)"},
        {"as-uid", 0, OPTION_TEXT, &o->as_uid, "UID", "and this uid"},
        {"as-user-extra", 0, OPTION_LIST, &o->as_user_extra, "KEY=VALUE", "and this extra (may be repeated)"},
        {"request-timeout", 0, OPTION_DURATION, &o->request_timeout_ms, "TIME",
         "for one request, and for a credential plugin"},
        {0},
    };
    *a = (struct access_arguments){0};
    memcpy(a->rows, rows, sizeof rows);
}

void access_arguments_release(struct access_arguments *arguments)
{
    strings_release(&arguments->options.as_groups);
    strings_release(&arguments->options.as_user_extra);
    option_secret_release(&arguments->token);
    option_secret_release(&arguments->password);
    option_secret_release(&arguments->proxy_url);
}

static void warn(const char *warning)
{
    cleanup_free char *text = xasprintf("gvisor-smoke: warning: %s\n", warning);
    log_tell(text);
}

struct kube_access *access_arguments_load(const struct access_arguments *arguments, struct error **err)
{
    struct kubeconfig_options options = arguments->options;
    options.token = arguments->token;
    options.password = arguments->password;
    options.proxy_url = arguments->proxy_url;
    struct kube_access *access = kube_access_load(&options, err);
    for (size_t i = 0; access && i < access->warnings.count; i++)
        warn(access->warnings.items[i]);
    return access;
}
