/* SPDX-License-Identifier: Apache-2.0
 *
 * What all execs of a client share: the libwebsockets context, the server's address, and a queue for those
 * that have to wait for a place.
 */
#ifndef KUBE_EXEC_POOL_H
#define KUBE_EXEC_POOL_H

#include <libwebsockets.h>

#include "client.h"

/* Sessions at once. More than libwebsockets was told at its start would leak poll handles, so the rest waits
 * here. */
#define EXEC_SESSIONS_MAX 128

struct kube_exec;
struct tls;

struct exec_pool {
    struct kube *kube;
    struct lws_context *lws;
    struct lws_vhost *vhost;
    struct tls *tls;                 /* NULL: the server has none */
    struct kube_exec *execs, **last; /* in the order of their starts */
    unsigned sessions;
    struct relay *relay; /* through the proxy, or NULL */
    char *address;       /* the relay's, or numeric, or NULL until it is known */
    uv_getaddrinfo_t *lookup;
    struct credential_wait *wait; /* for a credential */
    struct pace_wait *turn;       /* for the client's pace */
    bool may_go;                  /* its turn has come, and no exec has taken it yet */
    bool asking;
    unsigned generation; /* of the credential whose certificate tls has */
    bool has_identity;
    char *broken; /* why no exec can be made, or NULL */
};

struct exec_pool *exec_pool_get(struct kube *kube);

/* Connects what waits, as far as there are places. */
void exec_pool_advance(struct exec_pool *pool);

/* Nobody took a connection: the server may have another address by now. */
void exec_pool_doubt_address(struct exec_pool *pool);

/* Gives the TLS context the certificate of the credential, which is ready. */
int exec_pool_identify(struct exec_pool *pool, struct error **err);

#endif
