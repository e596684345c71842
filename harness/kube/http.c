/* SPDX-License-Identifier: Apache-2.0
 *
 * HTTP transfers: libcurl's multi interface on the libuv loop.
 */
#include <fcntl.h>
#include <string.h>

#include <curl/curl.h>

#include "client.h"
#include "credential.h"
#include "gvisor-smoke/buf.h"
#include "gvisor-smoke/cleanup.h"
#include "gvisor-smoke/clock.h"
#include "gvisor-smoke/log.h"
#include "gvisor-smoke/text.h"
#include "gvisor-smoke/version.h"

#define BODY_MAX (64u * 1024 * 1024)
#define CONNECT_TIMEOUT_MS 10000L

struct http {
    const struct kube *kube;
    const struct kube_access *access;
    uv_loop_t *uv;
    CURLM *multi;
    uv_timer_t *timer;
    struct http_transfer *transfers; /* all that are under way */
};

struct http_transfer {
    struct http *http;
    struct http_transfer *next, **link;
    CURL *easy;
    struct curl_slist *headers, *connect_to;
    struct strings fixed_headers; /* all but the credential */
    struct credential_wait *wait; /* for a credential */
    struct timer *failing;        /* there is none: err says why */
    struct error *err;
    unsigned generation; /* of the credential */
    bool again;          /* this is the second try after an answer 401 */
    struct buf body;
    struct http_request request; /* its strings are not kept */
    char *method, *path;
    char failure[CURL_ERROR_SIZE];
    int64_t started_ms;
    bool tunnel;    /* a connection only, which stays open */
    bool streaming; /* the body goes to on_data */
};

struct socket_poll {
    uv_poll_t uv;
    struct http *http;
    curl_socket_t socket;
};

static void free_data(uv_handle_t *handle)
{
    free(handle->data);
}

static void wipe_headers(struct http_transfer *transfer)
{
    for (struct curl_slist *header = transfer->headers; header; header = header->next)
        secret_wipe(header->data, strlen(header->data));
    curl_slist_free_all(transfer->headers);
    transfer->headers = NULL;
}

static void transfer_free(struct http_transfer *transfer)
{
    *transfer->link = transfer->next;
    if (transfer->next)
        transfer->next->link = transfer->link;
    curl_multi_remove_handle(transfer->http->multi, transfer->easy);
    curl_easy_cleanup(transfer->easy);
    credential_wait_cancel(&transfer->wait);
    timer_cancel(&transfer->failing);
    error_free(transfer->err);
    wipe_headers(transfer);
    strings_release(&transfer->fixed_headers);
    curl_slist_free_all(transfer->connect_to);
    buf_release(&transfer->body);
    free(transfer->method);
    free(transfer->path);
    free(transfer);
}

/* Whether the same request may succeed a moment later: the server was not reached or went away. */
static bool failure_passes(CURLcode code)
{
    switch (code) {
    case CURLE_COULDNT_CONNECT:
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_OPERATION_TIMEDOUT:
    case CURLE_GOT_NOTHING:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_PARTIAL_FILE:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
    case CURLE_SSL_CONNECT_ERROR:
        return true;
    default:
        return false;
    }
}

static void transfer_begin(struct http_transfer *transfer);

static bool transfer_again(struct http_transfer *transfer, const struct http_result *result)
{
    struct http *http = transfer->http;
    if (result->status != 401 || transfer->again ||
        !credential_refused(http->kube->credential, transfer->generation))
        return false;
    transfer->again = true;
    curl_multi_remove_handle(http->multi, transfer->easy);
    buf_clear(&transfer->body);
    transfer_begin(transfer);
    return true;
}

static void transfer_end(struct http_transfer *transfer, CURLcode code)
{
    struct http_result result = {.retry_after_ms = -1};
    curl_off_t retry_after = 0;
    curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &result.status);
    curl_easy_getinfo(transfer->easy, CURLINFO_RETRY_AFTER, &retry_after);
    if (retry_after > 0)
        result.retry_after_ms = retry_after * 1000;
    if (code != CURLE_OK) {
        result.status = 0;
        result.failure = *transfer->failure ? transfer->failure : curl_easy_strerror(code);
        result.passing = failure_passes(code);
    }
    result.body = transfer->body.bytes;
    result.body_length = transfer->body.length;
    log_debug("http %s %s: %ld%s%s in %lld ms", transfer->method, transfer->path, result.status,
              result.failure ? " " : "", result.failure ? result.failure : "",
              (long long)(clock_monotonic_ms() - transfer->started_ms));
    bool stays = transfer->tunnel && !result.failure;
    if (!transfer->tunnel && transfer_again(transfer, &result))
        return;
    transfer->request.on_end(transfer->request.context, &result);
    if (!stays)
        transfer_free(transfer);
}

/* Streamed bodies are handed over here and not in curl's write callback, where no transfer may be started or
 * ended. */
static void hand_over_data(struct http *http)
{
    struct http_transfer *transfer = http->transfers;
    while (transfer) {
        if (!transfer->request.on_data || transfer->body.length == 0 || !transfer->streaming) {
            transfer = transfer->next;
            continue;
        }
        cleanup_buf struct buf taken = transfer->body;
        buf_init(&transfer->body, BODY_MAX);
        transfer->request.on_data(transfer->request.context, taken.bytes, taken.length);
        transfer = http->transfers; /* the callback may have ended any of them */
    }
}

static void end_finished(struct http *http)
{
    hand_over_data(http);
    int left;
    for (CURLMsg *message; (message = curl_multi_info_read(http->multi, &left));) {
        if (message->msg != CURLMSG_DONE)
            continue;
        struct http_transfer *transfer;
        CURLcode code = message->data.result;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &transfer);
        transfer_end(transfer, code);
    }
}

static void on_socket_ready(uv_poll_t *uv, int status, int events)
{
    struct socket_poll *poll = uv->data;
    struct http *http = poll->http;
    int flags = (events & UV_READABLE ? CURL_CSELECT_IN : 0) | (events & UV_WRITABLE ? CURL_CSELECT_OUT : 0);
    int running;
    curl_multi_socket_action(http->multi, poll->socket, status < 0 ? CURL_CSELECT_ERR : flags, &running);
    end_finished(http);
}

static int on_curl_socket(CURL *easy, curl_socket_t socket, int what, void *context, void *socket_context)
{
    (void)easy;
    struct http *http = context;
    struct socket_poll *poll = socket_context;
    if (what == CURL_POLL_REMOVE) {
        if (poll) {
            uv_poll_stop(&poll->uv);
            uv_close((uv_handle_t *)&poll->uv, free_data);
            curl_multi_assign(http->multi, socket, NULL);
        }
        return 0;
    }
    if (!poll) {
        poll = xcalloc(1, sizeof *poll);
        poll->http = http;
        poll->socket = socket;
        fcntl(socket, F_SETFD, FD_CLOEXEC); /* a credential plugin is not to have it */
        uv_poll_init_socket(http->uv, &poll->uv, socket);
        poll->uv.data = poll;
        curl_multi_assign(http->multi, socket, poll);
    }
    int events = (what & CURL_POLL_IN ? UV_READABLE : 0) | (what & CURL_POLL_OUT ? UV_WRITABLE : 0);
    uv_poll_start(&poll->uv, events, on_socket_ready);
    return 0;
}

static void on_curl_timeout(uv_timer_t *timer);

/* libuv counts whole milliseconds from a time that it read earlier, so one more keeps a timer from firing
 * early. */
static void arm_timer(struct http *http, long timeout_ms)
{
    uv_update_time(http->uv);
    uv_timer_start(http->timer, on_curl_timeout, timeout_ms > 0 ? (uint64_t)timeout_ms + 1 : 0, 0);
}

static void on_curl_timeout(uv_timer_t *timer)
{
    struct http *http = timer->data;
    int running;
    curl_multi_socket_action(http->multi, CURL_SOCKET_TIMEOUT, 0, &running);
    end_finished(http);
    /* curl tells its next time only when it changes: a call that came too early would otherwise be the last.
     */
    long timeout_ms = -1;
    curl_multi_timeout(http->multi, &timeout_ms);
    if (timeout_ms >= 0 && !uv_is_active((uv_handle_t *)timer))
        arm_timer(http, timeout_ms);
}

static int on_curl_timer(CURLM *multi, long timeout_ms, void *context)
{
    (void)multi;
    struct http *http = context;
    if (timeout_ms < 0)
        uv_timer_stop(http->timer);
    else
        arm_timer(http, timeout_ms);
    return 0;
}

static size_t on_body(char *bytes, size_t size, size_t count, void *context)
{
    struct http_transfer *transfer = context;
    size_t length = size * count;
    long status = 0;
    curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &status);
    transfer->streaming = transfer->request.on_data && status == 200;
    if (buf_append(&transfer->body, bytes, length))
        return length;
    snprintf(transfer->failure, sizeof transfer->failure, "the answer is larger than %u bytes", BODY_MAX);
    return 0;
}

static struct curl_blob blob_of(const char *bytes, size_t length)
{
    return (struct curl_blob){.data = (void *)bytes, .len = length, .flags = CURL_BLOB_COPY};
}

static void set_tls(CURL *easy, const struct kube_access *access)
{
    if (access->ca_pem) {
        struct curl_blob authorities = blob_of(access->ca_pem, strlen(access->ca_pem));
        curl_easy_setopt(easy, CURLOPT_CAINFO_BLOB, &authorities);
        curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
    }
    if (access->insecure) {
        curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 0L);
        curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 0L);
    }
}

/* The environment is not asked again: an empty proxy is none. Clients in Go verify a proxy by the cluster's
 * authorities, so these count here beside the system's. */
static void set_proxy(CURL *easy, const struct kube_access *access)
{
    curl_easy_setopt(easy, CURLOPT_PROXY, access->proxy_url ? secret_reveal(access->proxy_url) : "");
    curl_easy_setopt(easy, CURLOPT_NOPROXY, "");
    if (access->ca_pem) {
        struct curl_blob authorities = blob_of(access->ca_pem, strlen(access->ca_pem));
        curl_easy_setopt(easy, CURLOPT_PROXY_CAINFO_BLOB, &authorities);
    }
    if (access->insecure) {
        curl_easy_setopt(easy, CURLOPT_PROXY_SSL_VERIFYPEER, 0L);
        curl_easy_setopt(easy, CURLOPT_PROXY_SSL_VERIFYHOST, 0L);
    }
}

/* Where the URL's host is the name to verify (tls-server-name), the connection still goes to the server's
 * address. */
static void set_target(struct http_transfer *transfer, const struct http_request *request)
{
    const struct kube_access *access = transfer->http->access;
    const char *name = access->tls_server_name ? access->tls_server_name : access->host;
    bool bracket = strchr(name, ':') != NULL;
    cleanup_free char *url =
        xasprintf("%s://%s%s%s:%u%s%s", access->tls ? "https" : "http", bracket ? "[" : "", name,
                  bracket ? "]" : "", access->port, access->path_prefix, request->path);
    curl_easy_setopt(transfer->easy, CURLOPT_URL, url);
    if (!access->tls_server_name)
        return;
    bool bracket_host = strchr(access->host, ':') != NULL;
    cleanup_free char *target = xasprintf("::%s%s%s:%u", bracket_host ? "[" : "", access->host,
                                          bracket_host ? "]" : "", access->port);
    cleanup_free char *host = xasprintf("Host: %s", target + strlen("::"));
    transfer->connect_to = curl_slist_append(NULL, target);
    strings_add(&transfer->fixed_headers, host);
    curl_easy_setopt(transfer->easy, CURLOPT_CONNECT_TO, transfer->connect_to);
}

static void fix_headers(struct http_transfer *transfer, const struct http_request *request)
{
    const struct kube_access *access = transfer->http->access;
    cleanup_free char *type =
        xasprintf("Content-Type: %s", request->content_type ? request->content_type : "application/json");
    strings_add(&transfer->fixed_headers, "Accept: application/json");
    strings_add(&transfer->fixed_headers, "Expect:");
    if (request->body)
        strings_add(&transfer->fixed_headers, type);
    strings_add_all(&transfer->fixed_headers, &access->impersonation);
}

static int set_credential(struct http_transfer *transfer, struct error **err)
{
    struct credential *credential = transfer->http->kube->credential;
    char *authorization = credential_authorization(credential, err);
    if (!authorization && *err)
        return -1;
    transfer->generation = credential_generation(credential);
    wipe_headers(transfer);
    for (size_t i = 0; i < transfer->fixed_headers.count; i++)
        transfer->headers = curl_slist_append(transfer->headers, transfer->fixed_headers.items[i]);
    if (authorization) {
        transfer->headers = curl_slist_append(transfer->headers, authorization);
        secret_wipe(authorization, strlen(authorization));
        free(authorization);
    }
    curl_easy_setopt(transfer->easy, CURLOPT_HTTPHEADER, transfer->headers);
    const char *pem = credential_certificate(credential);
    if (!pem)
        return 0;
    const struct secret *key_pem = credential_key(credential);
    struct curl_blob certificate = blob_of(pem, strlen(pem));
    struct curl_blob key = blob_of(secret_reveal(key_pem), secret_length(key_pem));
    curl_easy_setopt(transfer->easy, CURLOPT_SSLCERT_BLOB, &certificate);
    curl_easy_setopt(transfer->easy, CURLOPT_SSLKEY_BLOB, &key);
    return 0;
}

static void set_options(struct http_transfer *transfer, const struct http_request *request)
{
    CURL *easy = transfer->easy;
    const struct kube_access *access = transfer->http->access;
    curl_easy_setopt(easy, CURLOPT_PRIVATE, transfer);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, transfer->failure);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
    curl_easy_setopt(easy, CURLOPT_PIPEWAIT, 1L);
    cleanup_free char *agent = xasprintf("gvisor-smoke/%s", version_number);
    curl_easy_setopt(easy, CURLOPT_USERAGENT, agent);
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_TIMEOUT_MS);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)request->timeout_ms);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, transfer);
    curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request->method);
    set_proxy(easy, access);
    if (request->body) {
        curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, (long)strlen(request->body));
        curl_easy_setopt(easy, CURLOPT_COPYPOSTFIELDS, request->body);
    }
}

/* No request is made: told from the loop, as any other end. */
static void transfer_fail(void *context)
{
    struct http_transfer *transfer = context;
    transfer->failing = NULL;
    const struct http_result result = {.unauthorized = transfer->err,
                                       .failure = transfer->err->message,
                                       .retry_after_ms = -1,
                                       .body = transfer->body.bytes};
    transfer->request.on_end(transfer->request.context, &result);
    transfer_free(transfer);
}

static void on_credential(void *context, const struct error *err)
{
    struct http_transfer *transfer = context;
    transfer->wait = NULL;
    if (err)
        transfer->err = error_copy(err);
    else if (set_credential(transfer, &transfer->err) == 0)
        curl_multi_add_handle(transfer->http->multi, transfer->easy);
    if (transfer->err)
        transfer->failing = timer_start(transfer->http->kube->loop, 0, transfer_fail, transfer);
}

static void transfer_begin(struct http_transfer *transfer)
{
    struct credential *credential = transfer->http->kube->credential;
    if (credential_ready(credential))
        on_credential(transfer, NULL);
    else
        transfer->wait = credential_wait(credential, on_credential, transfer);
}

static struct http_transfer *transfer_new(struct http *http, const struct http_request *request)
{
    struct http_transfer *transfer = xcalloc(1, sizeof *transfer);
    transfer->http = http;
    transfer->request = *request;
    transfer->method = xstrdup(request->method);
    transfer->path = xstrdup(request->path);
    transfer->started_ms = clock_monotonic_ms();
    transfer->easy = curl_easy_init();
    buf_init(&transfer->body, BODY_MAX);
    transfer->next = http->transfers;
    transfer->link = &http->transfers;
    if (transfer->next)
        transfer->next->link = &transfer->next;
    http->transfers = transfer;
    set_options(transfer, request);
    return transfer;
}

struct http_transfer *http_start(struct http *http, const struct http_request *request)
{
    struct http_transfer *transfer = transfer_new(http, request);
    set_target(transfer, request);
    set_tls(transfer->easy, http->access);
    fix_headers(transfer, request);
    transfer_begin(transfer);
    return transfer;
}

/* The URL is plain: whoever uses the connection does TLS over it himself. */
struct http_transfer *http_tunnel_start(struct http *http,
                                        void (*on_connected)(void *context, const struct http_result *result),
                                        void *context)
{
    const struct http_request request = {
        .method = "CONNECT", .path = "", .on_end = on_connected, .context = context};
    struct http_transfer *transfer = transfer_new(http, &request);
    const struct kube_access *access = http->access;
    bool bracket = strchr(access->host, ':') != NULL;
    cleanup_free char *url =
        xasprintf("http://%s%s%s:%u/", bracket ? "[" : "", access->host, bracket ? "]" : "", access->port);
    transfer->tunnel = true;
    curl_easy_setopt(transfer->easy, CURLOPT_URL, url);
    curl_easy_setopt(transfer->easy, CURLOPT_CUSTOMREQUEST, NULL);
    curl_easy_setopt(transfer->easy, CURLOPT_HTTPPROXYTUNNEL, 1L);
    curl_easy_setopt(transfer->easy, CURLOPT_CONNECT_ONLY, 1L);
    curl_multi_add_handle(http->multi, transfer->easy);
    return transfer;
}

int http_tunnel_socket(const struct http_transfer *tunnel)
{
    curl_socket_t socket = CURL_SOCKET_BAD;
    curl_easy_getinfo(tunnel->easy, CURLINFO_ACTIVESOCKET, &socket);
    return socket;
}

ssize_t http_tunnel_send(struct http_transfer *tunnel, const char *bytes, size_t length)
{
    size_t sent = 0;
    CURLcode code = curl_easy_send(tunnel->easy, bytes, length, &sent);
    return code == CURLE_OK ? (ssize_t)sent : code == CURLE_AGAIN ? 0 : -1;
}

ssize_t http_tunnel_receive(struct http_transfer *tunnel, char *bytes, size_t length)
{
    size_t received = 0;
    CURLcode code = curl_easy_recv(tunnel->easy, bytes, length, &received);
    if (code == CURLE_AGAIN)
        return 0;
    return code == CURLE_OK && received > 0 ? (ssize_t)received : -1;
}

void http_cancel(struct http_transfer **transfer)
{
    if (*transfer)
        transfer_free(*transfer);
    *transfer = NULL;
}

struct http *http_new(const struct kube *kube, long connections_max, struct error **err)
{
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        error_set(err, ERROR_ENVIRONMENT, "cannot initialise libcurl");
        return NULL;
    }
    struct http *http = xcalloc(1, sizeof *http);
    http->kube = kube;
    http->access = kube->access;
    http->uv = kube->uv;
    http->timer = xcalloc(1, sizeof *http->timer);
    uv_timer_init(http->uv, http->timer);
    http->timer->data = http;
    http->multi = curl_multi_init();
    curl_multi_setopt(http->multi, CURLMOPT_SOCKETFUNCTION, on_curl_socket);
    curl_multi_setopt(http->multi, CURLMOPT_SOCKETDATA, http);
    curl_multi_setopt(http->multi, CURLMOPT_TIMERFUNCTION, on_curl_timer);
    curl_multi_setopt(http->multi, CURLMOPT_TIMERDATA, http);
    curl_multi_setopt(http->multi, CURLMOPT_MAX_HOST_CONNECTIONS, connections_max);
    return http;
}

void http_free(struct http *http)
{
    if (!http)
        return;
    while (http->transfers)
        transfer_free(http->transfers);
    curl_multi_cleanup(http->multi);
    uv_timer_stop(http->timer);
    http->timer->data = http->timer;
    uv_close((uv_handle_t *)http->timer, free_data);
    free(http);
}
