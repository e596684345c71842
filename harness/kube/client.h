/* SPDX-License-Identifier: Apache-2.0
 *
 * What the files of this folder share of a client.
 */
#ifndef KUBE_CLIENT_H
#define KUBE_CLIENT_H

#include <sys/types.h>
#include <uv.h>

#include "gvisor-smoke/kube.h"

struct credential;
struct http;
struct exec_pool;
struct pace;

struct kube {
    struct loop *loop;
    uv_loop_t *uv;
    const struct kube_access *access;
    struct credential *credential;
    struct pace *pace; /* of all that is asked */
    struct http *http;
    struct exec_pool *exec_pool; /* made at the first exec */
    bool waiting, interrupted;   /* a call waits; it is to give up */
    int64_t hurry_ms;            /* monotonic: nothing is waited for beyond this; 0: no such time */
};

/* --- http.c: one transfer --- */

/* connections_max: to one host; 0: without bound. */
struct http *http_new(const struct kube *kube, long connections_max, struct error **err);
void http_free(struct http *http);

struct http_transfer;

/* How one transfer ended. Exactly one of: there was no credential for it, curl failed (failure is text,
 * status 0), or an answer with its status. */
struct http_result {
    const struct error *unauthorized; /* why there was no credential; failure is its message then */
    long status;
    const char *failure; /* libcurl's words, or NULL */
    bool passing;        /* the failure may pass when tried again */
    bool unreached;      /* nobody took the connection, or said anything in time */
    bool timed_out;
    bool begun;             /* an answer 200 had begun to come; true as well when it came to its end */
    int64_t retry_after_ms; /* from Retry-After, or -1 */
    const char *body;       /* what was not taken by on_data */
    size_t body_length;
};

struct http_request {
    const char *method, *path, *body, *content_type;
    int64_t timeout_ms; /* 0: none */
    bool fresh;         /* over a connection of its own: an earlier one may be dead without a word */
    /* Takes the body of a 200 answer as it comes; NULL collects it. */
    void (*on_data)(void *context, const char *bytes, size_t length);
    void (*on_end)(void *context, const struct http_result *result); /* the transfer is freed after it */
    void *context;
};
/* Waits for the credential; an answer 401 is tried once more with another one, if there may be one. */
struct http_transfer *http_start(struct http *http, const struct http_request *request);
void http_cancel(struct http_transfer **transfer); /* no callback */

/* The server did not answer a moment ago, or was not ready. */
bool http_is_in_doubt(const struct http *http);
/* Since when it, and what works through it, has answered, in milliseconds; INT64_MAX: always. */
int64_t http_calm_ms(const struct http *http);
/* An answer that a server gives while it is not yet ready, and not for good. */
bool http_refusal_passes(const struct http *http, const struct http_result *result);

/* A connection to the server through the proxy, over which anything may be sent. on_connected is called once
 * from the loop; after a failure the transfer is gone, else it is open until it is cancelled. */
struct http_transfer *http_tunnel_start(struct http *http,
                                        void (*on_connected)(void *context, const struct http_result *result),
                                        void *context);
int http_tunnel_socket(const struct http_transfer *tunnel);
/* How many bytes: 0 when it would have to wait, -1 when the connection has ended. */
ssize_t http_tunnel_send(struct http_transfer *tunnel, const char *bytes, size_t length);
ssize_t http_tunnel_receive(struct http_transfer *tunnel, char *bytes, size_t length);

/* --- api.c --- */

/* The error of an answer that is not 2xx: the Status object's message, its HTTP status, a hint where there is
 * one. */
void api_error(struct error **err, const struct kube *kube, const struct http_result *result);

/* --- exec.c --- */

void exec_pool_free(struct exec_pool *pool);

#endif
