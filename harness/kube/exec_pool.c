/* SPDX-License-Identifier: Apache-2.0
 *
 * What all execs of a client share.
 */
#include <string.h>

#include <arpa/inet.h>
#include <netdb.h>

#include "credential.h"
#include "exec.h"
#include "gvisor-smoke/cleanup.h"
#include "gvisor-smoke/clock.h"
#include "gvisor-smoke/log.h"
#include "pace.h"
#include "relay.h"
#include "tls.h"

#define RECEIVE_BUFFER (16 * 1024)
#define SERVICE_BUFFER (32 * 1024)

/* libwebsockets looks up the subprotocol that the server chose among these names. */
static const struct lws_protocols protocols[] = {
    {"v5.channel.k8s.io", exec_callback, 0, RECEIVE_BUFFER, 0, NULL, 0},
    {"v4.channel.k8s.io", exec_callback, 0, RECEIVE_BUFFER, 0, NULL, 0},
    {NULL, NULL, 0, 0, 0, NULL, 0},
};

static int make_context(struct exec_pool *pool)
{
    lws_set_log_level(0, NULL);
    void *loops[] = {pool->kube->uv};
    struct lws_context_creation_info info = {
        .port = CONTEXT_PORT_NO_LISTEN,
        .options = LWS_SERVER_OPTION_LIBUV | LWS_SERVER_OPTION_EXPLICIT_VHOSTS |
                   LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT | LWS_SERVER_OPTION_DISABLE_OS_CA_CERTS,
        .foreign_loops = loops,
        .fd_limit_per_thread = EXEC_SESSIONS_MAX + 8,
        .pt_serv_buf_size = SERVICE_BUFFER,
        .gid = -1,
        .uid = -1,
    };
    pool->lws = lws_create_context(&info);
    if (!pool->lws) {
        pool->broken = xstrdup("libwebsockets cannot start: is its libuv plugin installed (Debian package "
                               "libwebsockets-evlib-uv)?");
        return -1;
    }
    return 0;
}

static int make_vhost(struct exec_pool *pool)
{
    const struct kube_access *access = pool->kube->access;
    cleanup_error struct error *err = NULL;
    if (access->tls && !(pool->tls = tls_new(access, &err))) {
        pool->broken = xstrdup(err->message);
        return -1;
    }
    struct lws_context_creation_info info = {
        .port = CONTEXT_PORT_NO_LISTEN,
        .options = LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT, /* without it the TLS context is not taken */
        .protocols = protocols,
        .vhost_name = "exec",
        .provided_client_ssl_ctx = pool->tls ? pool->tls->context : NULL,
        /* Proxies are the relay's. Never NULL: libwebsockets would take http_proxy from the environment. */
        .http_proxy_address = "",
    };
    pool->vhost = lws_create_vhost(pool->lws, &info);
    if (!pool->vhost)
        pool->broken = xstrdup("libwebsockets cannot make its client endpoint");
    return pool->broken ? -1 : 0;
}

static void on_address(uv_getaddrinfo_t *lookup, int status, struct addrinfo *found)
{
    struct exec_pool *pool = lookup->data;
    free(lookup);
    if (status == UV_ECANCELED) {
        uv_freeaddrinfo(found);
        return;
    }
    pool->lookup = NULL;
    char numeric[INET6_ADDRSTRLEN];
    if (status == 0 && getnameinfo(found->ai_addr, found->ai_addrlen, numeric, sizeof numeric, NULL, 0,
                                   NI_NUMERICHOST) == 0) {
        free(pool->address);
        pool->address = xstrdup(numeric);
    } else if (!pool->address) /* else the one that it had counts on */
        pool->broken = xasprintf("cannot resolve \"%s\": %s", pool->kube->access->host,
                                 status ? uv_strerror(status) : "no address");
    uv_freeaddrinfo(found);
    exec_pool_advance(pool);
}

static bool is_numeric(const char *host)
{
    unsigned char binary[sizeof(struct in6_addr)];
    return inet_pton(AF_INET, host, binary) == 1 || inet_pton(AF_INET6, host, binary) == 1;
}

/* libwebsockets' own look-up would block the loop. */
static void look_up_address(struct exec_pool *pool)
{
    const char *host = pool->kube->access->host;
    if (is_numeric(host)) {
        pool->address = xstrdup(host);
        return;
    }
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    pool->lookup = xcalloc(1, sizeof *pool->lookup);
    pool->lookup->data = pool;
    if (uv_getaddrinfo(pool->kube->uv, pool->lookup, on_address, host, NULL, &hints) != 0) {
        free(pool->lookup);
        pool->lookup = NULL;
        if (!pool->address)
            pool->broken = xasprintf("cannot resolve \"%s\"", host);
    }
}

void exec_pool_doubt_address(struct exec_pool *pool)
{
    if (!pool->relay && !pool->lookup && !is_numeric(pool->kube->access->host))
        look_up_address(pool);
}

static void find_way(struct exec_pool *pool)
{
    cleanup_error struct error *err = NULL;
    if (!pool->kube->access->proxy_url) {
        look_up_address(pool);
        return;
    }
    pool->relay = relay_new(pool->kube, &err);
    if (pool->relay)
        pool->address = xstrdup(relay_address(pool->relay));
    else
        pool->broken = xstrdup(err->message);
}

struct exec_pool *exec_pool_get(struct kube *kube)
{
    if (kube->exec_pool)
        return kube->exec_pool;
    struct exec_pool *pool = xcalloc(1, sizeof *pool);
    pool->kube = kube;
    pool->last = &pool->execs;
    kube->exec_pool = pool;
    if (make_context(pool) == 0 && make_vhost(pool) == 0)
        find_way(pool);
    return pool;
}

int exec_pool_identify(struct exec_pool *pool, struct error **err)
{
    struct credential *credential = pool->kube->credential;
    const char *certificate = credential_certificate(credential);
    unsigned generation = credential_generation(credential);
    if (!pool->tls || (pool->has_identity && pool->generation == generation))
        return 0;
    pool->has_identity = true;
    pool->generation = generation;
    return tls_identify(pool->tls, certificate, credential_key(credential), err);
}

static void on_credential(void *context, const struct error *err)
{
    struct exec_pool *pool = context;
    pool->wait = NULL;
    for (struct kube_exec *exec = pool->execs, *next; err && exec; exec = next) {
        next = exec->next;
        if (exec->state == EXEC_QUEUED)
            exec_finish(exec, KUBE_EXEC_NOT_STARTED, 0, xstrdup(err->message));
    }
    exec_pool_advance(pool);
}

/* --- who goes next --- */

static void on_turn(void *context)
{
    struct exec_pool *pool = context;
    pool->turn = NULL;
    pool->may_go = true;
    if (!pool->asking)
        exec_pool_advance(pool);
}

/* Whether there is a place, and the client's pace allows it. */
static bool may_go(struct exec_pool *pool)
{
    if (!pool->address || pool->sessions >= EXEC_SESSIONS_MAX)
        return false;
    if (!pool->may_go && !pool->turn) {
        pool->asking = true;
        pool->turn = pace_wait(pool->kube->pace, on_turn, pool);
        pool->asking = false;
    }
    return pool->may_go;
}

/* While it waits for others its time stands still; not while it waits for the server's address. */
static void hold(struct kube_exec *exec)
{
    if (exec->held_ms || !exec->pool->address)
        return;
    exec->held_ms = clock_monotonic_ms();
    timer_cancel(&exec->deadline);
}

static void go(struct kube_exec *exec)
{
    exec->pool->may_go = false;
    if (exec->held_ms) {
        exec->deadline_at_ms += clock_monotonic_ms() - exec->held_ms;
        exec->held_ms = 0;
        exec_resume_deadline(exec);
    }
    exec_connect(exec);
}

void exec_pool_advance(struct exec_pool *pool)
{
    struct credential *credential = pool->kube->credential;
    for (struct kube_exec *exec = pool->execs, *next; exec; exec = next) {
        next = exec->next;
        if (exec->state != EXEC_QUEUED)
            continue;
        if (pool->broken)
            exec_finish(exec, KUBE_EXEC_NOT_STARTED, 0, xstrdup(pool->broken));
        else if (!credential_ready(credential)) {
            if (!pool->wait)
                pool->wait = credential_wait(credential, on_credential, pool);
        } else if (may_go(pool))
            go(exec);
        else
            hold(exec);
    }
}

void exec_pool_free(struct exec_pool *pool)
{
    if (!pool)
        return;
    credential_wait_cancel(&pool->wait);
    pace_cancel(&pool->turn);
    if (pool->lookup)
        uv_cancel((uv_req_t *)pool->lookup);
    for (struct kube_exec *exec = pool->execs, *next; exec; exec = next) {
        next = exec->next;
        exec_abandon(exec);
    }
    /* Under a foreign loop the first call only starts the end; the second, after the loop has closed the
     * handles, frees. */
    if (pool->lws) {
        lws_context_destroy(pool->lws);
        for (int round = 0; round < 100; round++)
            uv_run(pool->kube->uv, UV_RUN_NOWAIT);
        lws_context_destroy(pool->lws);
    }
    relay_free(pool->relay);
    tls_free(pool->tls);
    free(pool->address);
    free(pool->broken);
    free(pool);
}
