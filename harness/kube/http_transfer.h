/* SPDX-License-Identifier: Apache-2.0
 *
 * One transfer of libcurl, for the files that make its parts: http.c its life, http_options.c what libcurl is
 * told, http_tunnel.c a connection that stays open.
 */
#ifndef KUBE_HTTP_TRANSFER_H
#define KUBE_HTTP_TRANSFER_H

#include <curl/curl.h>

#include "client.h"
#include "gvisor-smoke/buf.h"
#include "gvisor-smoke/text.h"

struct http {
    const struct kube *kube;
    const struct kube_access *access;
    uv_loop_t *uv;
    CURLM *multi;
    uv_timer_t *timer;
    struct http_transfer *transfers; /* all that are under way */
    int64_t troubled_ms;             /* monotonic: when the server last did not answer; 0: never */
};

struct http_transfer {
    struct http *http;
    struct http_transfer *next, **link;
    CURL *easy;
    struct curl_slist *headers, *connect_to;
    struct strings fixed_headers; /* all but the credential */
    struct pace_wait *turn;       /* for the client's pace */
    struct credential_wait *wait; /* for a credential */
    struct timer *failing;        /* there is none: err says why */
    struct error *err;
    unsigned generation; /* of the credential */
    bool again;          /* this is the second try after an answer 401 */
    size_t head_bytes;   /* of the answer's header lines so far */
    struct buf body;
    struct http_request request; /* its strings are not kept */
    char *method, *path;
    char failure[CURL_ERROR_SIZE]; /* libcurl's words */
    char limit[80];                /* ours, for what libcurl only knows as a failed callback; or "" */
    int64_t started_ms;
    bool tunnel;    /* a connection only, which stays open */
    bool streaming; /* the body goes to on_data */
};

/* A transfer with the options of all; it is not begun. */
struct http_transfer *http_transfer_new(struct http *http, const struct http_request *request);

/* --- http_options.c --- */
void http_set_options(struct http_transfer *transfer, const struct http_request *request);
/* Where it goes, how the server proves who it is, and all headers but the credential. */
void http_set_target(struct http_transfer *transfer, const struct http_request *request);
/* Header and certificate, in place of earlier ones; the credential is ready. */
int http_set_credential(struct http_transfer *transfer, struct error **err);
void http_wipe_headers(struct http_transfer *transfer);

#endif
