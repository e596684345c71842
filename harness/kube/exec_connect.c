/* SPDX-License-Identifier: Apache-2.0
 *
 * The way to an open session: address, headers, the answer to the upgrade; or the reason why there is none.
 */
#include <string.h>

#include "credential.h"
#include "exec.h"
#include "gvisor-smoke/cleanup.h"
#include "relay.h"

static const lws_retry_bo_t idle_policy = {.secs_since_valid_ping = EXEC_PING_S,
                                           .secs_since_valid_hangup = EXEC_HANG_UP_S};

void exec_connect(struct kube_exec *exec)
{
    struct exec_pool *pool = exec->pool;
    cleanup_error struct error *err = NULL;
    if (exec_pool_identify(pool, &err) < 0) {
        exec_finish(exec, KUBE_EXEC_NOT_STARTED, 0, xstrdup(err->message));
        return;
    }
    const struct kube_access *access = pool->kube->access;
    bool bracket = strchr(access->host, ':') != NULL;
    cleanup_free char *host =
        xasprintf("%s%s%s:%u", bracket ? "[" : "", access->host, bracket ? "]" : "", access->port);
    /* Our TLS context verifies, or does not; libwebsockets is to add nothing to it. */
    int own = LCCSCF_SKIP_SERVER_CERT_HOSTNAME_CHECK |
              (access->insecure ? LCCSCF_ALLOW_SELFSIGNED | LCCSCF_ALLOW_EXPIRED | LCCSCF_ALLOW_INSECURE : 0);
    struct lws_client_connect_info info = {
        .context = pool->lws,
        .vhost = pool->vhost,
        .address = pool->address,
        .port = access->port,
        .path = exec->path,
        .host = host,
        .protocol = "v5.channel.k8s.io,v4.channel.k8s.io",
        .local_protocol_name = "v5.channel.k8s.io",
        .ssl_connection = LCCSCF_HTTP_NO_FOLLOW_REDIRECT | (access->tls ? LCCSCF_USE_SSL | own : 0),
        .alpn = "http/1.1",
        .retry_and_idle_policy = &idle_policy, /* the endpoint's own does not count for clients */
        .pwsi = &exec->wsi,
        .userdata = exec,
    };
    exec_set_state(exec, EXEC_CONNECTING);
    pool->sessions++;
    exec->in_callback = true; /* it may call back before it returns */
    struct lws *wsi = lws_client_connect_via_info(&info);
    exec->in_callback = false;
    if (!wsi) {
        exec->wsi = NULL;
        pool->sessions--;
        exec_finish(exec, KUBE_EXEC_LOST, 0, xstrdup("the websocket connection could not be started"));
    }
    lws_cancel_service(pool->lws); /* or its timers are not armed */
}

static int append_impersonation(struct kube_exec *exec, char **at, size_t *room)
{
    const struct strings *lines = &exec->pool->kube->access->impersonation;
    for (size_t i = 0; i < lines->count; i++) {
        int written = snprintf(*at, *room, "%s\r\n", lines->items[i]);
        if (written < 0 || (size_t)written >= *room) {
            exec_finish(exec, KUBE_EXEC_NOT_STARTED, 0,
                        xstrdup("what is impersonated is too long for a websocket request"));
            return -1;
        }
        *at += written;
        *room -= (size_t)written;
    }
    return 0;
}

int exec_append_headers(struct kube_exec *exec, char **at, size_t room)
{
    cleanup_error struct error *err = NULL;
    if (append_impersonation(exec, at, &room) < 0)
        return -1;
    char *header = credential_authorization(exec->pool->kube->credential, &err);
    exec->generation = credential_generation(exec->pool->kube->credential);
    exec->asked = true;
    if (err) {
        exec_finish(exec, KUBE_EXEC_NOT_STARTED, 0, xstrdup(err->message));
        return -1;
    }
    if (!header)
        return 0;
    int written = snprintf(*at, room, "%s\r\n", header);
    bool fits = written > 0 && (size_t)written < room;
    if (fits)
        *at += written;
    else
        exec_finish(exec, KUBE_EXEC_NOT_STARTED, 0, xstrdup("the token is too long for a websocket request"));
    secret_wipe(header, strlen(header));
    free(header);
    return fits ? 0 : -1;
}

/* The upgrade was refused when the status is not 101: the body says why. */
int exec_on_answer(struct kube_exec *exec, struct lws *wsi)
{
    unsigned status = lws_http_client_http_response(wsi);
    if (status == 101)
        return 0;
    exec->http_status = (int)status;
    char buffer[LWS_PRE + 4096];
    char *at = buffer + LWS_PRE;
    int length = 4096;
    lws_http_client_read(wsi, &at, &length); /* hands the bytes to RECEIVE_CLIENT_HTTP_READ */
    return -1;
}

/* A refused upgrade has run nothing: with another credential it may be tried again. */
static bool may_try_again(struct kube_exec *exec)
{
    if (exec->http_status != 401 || exec->tried_again ||
        !credential_refused(exec->pool->kube->credential, exec->generation))
        return false;
    exec->tried_again = exec->again = true;
    exec->http_status = 0;
    buf_clear(&exec->http_body);
    return true;
}

void exec_finish_refused(struct kube_exec *exec)
{
    if (may_try_again(exec))
        return;
    const struct http_result result = {
        .status = exec->http_status, .body = exec->http_body.bytes, .body_length = exec->http_body.length};
    cleanup_error struct error *err = NULL;
    api_error(&err, exec->pool->kube, &result);
    /* For the right to create, which a websocket needs since Kubernetes 1.35, the API gives no reason. */
    bool silent = exec->http_status == 403 && !strstr(err->message, "pods/exec");
    exec_finish(
        exec, KUBE_EXEC_NOT_STARTED, 0,
        xasprintf("%s%s", err->message,
                  silent ? " the account may not create pods/exec (an exec needs the verbs get and create)"
                         : ""));
}

/* The order in which the reason is looked for: a refused upgrade, the certificate, libwebsockets' own words.
 */
void exec_on_connection_error(struct kube_exec *exec, struct lws *wsi, const char *text)
{
    if (exec->again)
        return;
    if (exec->http_status) {
        exec_finish_refused(exec);
        return;
    }
    SSL *tls = exec->pool->tls ? lws_get_ssl(wsi) : NULL;
    long verified = tls ? SSL_get_verify_result(tls) : X509_V_OK;
    if (verified != X509_V_OK)
        exec_finish(exec, KUBE_EXEC_NOT_STARTED, 0,
                    xasprintf("the API server's certificate is not accepted: %s",
                              X509_verify_cert_error_string(verified)));
    else {
        exec_pool_doubt_address(exec->pool);
        const char *proxy = exec->pool->relay ? relay_problem(exec->pool->relay) : NULL;
        exec_finish(exec, KUBE_EXEC_LOST, 0,
                    xasprintf("the websocket connection failed: %s%s%s", proxy ? proxy : "",
                              proxy ? "; " : "", text ? text : "no reason given"));
    }
}
