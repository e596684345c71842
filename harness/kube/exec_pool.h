/* SPDX-License-Identifier: Apache-2.0
 *
 * What all execs of a client share: the libwebsockets context, the server's address, and a queue for those
 * that have to wait for a place.
 */
#ifndef KUBE_EXEC_POOL_H
#define KUBE_EXEC_POOL_H

#include <libwebsockets.h>

#include "client.h"
#include "exec_frame.h"

/* Sessions at once. More than libwebsockets was told at its start would leak poll handles, so the rest waits
 * here. */
#define EXEC_SESSIONS_MAX 128

enum exec_state {
    EXEC_QUEUED,     /* waits for the address or a place */
    EXEC_CONNECTING, /* TCP, TLS and the upgrade */
    EXEC_OPEN,       /* frames go both ways */
    EXEC_ENDED,      /* the result is known; the session may still be closing */
};

struct kube_exec {
    struct exec_pool *pool;
    struct kube_exec *next, **link; /* in the pool's list of all */
    enum exec_state state;
    struct lws *wsi; /* NULL before connect and after its destruction */
    char *path, *label;
    struct exec_demux demux;
    char *input;
    size_t input_length, input_sent;
    bool has_input, input_closed, v5;
    unsigned generation;  /* of the credential */
    bool tried_again;     /* after an answer 401 */
    bool again;           /* it is to be tried again when its session is destroyed */
    int http_status;      /* of a refused upgrade */
    struct buf http_body; /* what the server said about it */
    struct timer *deadline, *delivery;
    int64_t deadline_at_ms; /* monotonic */
    unsigned tries;         /* that the container runtime was too busy for */
    bool in_callback;       /* of libwebsockets, for this session */
    bool delivered;         /* on_end was called, or nobody wants it any more */
    int64_t started_ms;
    enum kube_exec_ending ending;
    int exit_code;
    char *message;
    void (*on_output)(void *context, enum kube_stream stream, const char *bytes, size_t length);
    void (*on_end)(void *context, const struct kube_exec_end *end);
    void *context;
};

struct exec_pool {
    struct kube *kube;
    struct lws_context *lws;
    struct lws_vhost *vhost;
    SSL_CTX *tls;
    struct kube_exec *execs;
    unsigned sessions;
    struct relay *relay; /* through the proxy, or NULL */
    char *address;       /* the relay's, or numeric, or NULL until it is known */
    uv_getaddrinfo_t *lookup;
    struct credential_wait *wait; /* for a credential */
    unsigned generation;          /* of the credential whose certificate tls has */
    bool has_identity;
    char *broken; /* why no exec can be made, or NULL */
};

struct exec_pool *exec_pool_get(struct kube *kube);

/* Connects what waits, as far as there are places. */
void exec_pool_advance(struct exec_pool *pool);

/* Gives the TLS context the certificate of the credential, which is ready. */
int exec_pool_identify(struct exec_pool *pool, struct error **err);

/* exec.c: starts the connection of one; the callback of libwebsockets; the end. */
void exec_connect(struct kube_exec *exec);
int exec_callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t length);
void exec_finish(struct kube_exec *exec, enum kube_exec_ending ending, int exit_code, char *message);
void exec_abandon(struct kube_exec *exec);

#endif
