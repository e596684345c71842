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
#include "http_transfer.h"
#include "pace.h"

/* Lists come in pages, so no answer is as large as this. */
#define BODY_MAX (16u * 1024 * 1024)
#define HEAD_MAX ((size_t)256 * 1024)
#define RETRY_AFTER_MAX_S ((curl_off_t)24 * 3600)
/* A server that has come back is believed after this. */
#define DOUBT_MS 15000

struct socket_poll {
    uv_poll_t uv;
    struct http *http;
    curl_socket_t socket;
};

static void free_data(uv_handle_t *handle)
{
    free(handle->data);
}

/* The transfer that stands at this place of the list. */
static void transfer_free(struct http_transfer **link)
{
    struct http_transfer *transfer = *link;
    *link = transfer->next;
    if (transfer->next)
        transfer->next->link = link;
    curl_multi_remove_handle(transfer->http->multi, transfer->easy);
    curl_easy_cleanup(transfer->easy);
    pace_cancel(&transfer->turn);
    credential_wait_cancel(&transfer->wait);
    timer_cancel(&transfer->failing);
    error_free(transfer->err);
    http_wipe_headers(transfer);
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

int64_t http_calm_ms(const struct http *http)
{
    return http->troubled_ms ? clock_monotonic_ms() - http->troubled_ms : INT64_MAX;
}

bool http_is_in_doubt(const struct http *http)
{
    return http_calm_ms(http) < DOUBT_MS;
}

/* What an admission plug-in says that has not yet read what it decides by; and of a namespace that is so new
 * that its account has not been made (the controllers may be behind the API server). */
static bool is_still_starting(const struct http_result *result)
{
    return !result->failure && (result->status == 401 || result->status == 403) && result->body &&
           (strstr(result->body, "not yet ready to handle request") ||
            strstr(result->body, "serviceaccount \\\"default\\\" not found"));
}

bool http_refusal_passes(const struct http *http, const struct http_result *result)
{
    if (result->failure || (result->status != 401 && result->status != 403))
        return false;
    /* Nobody is refused for good, and the server closes the connections of callers that it does not know,
     * which is no sign of trouble. */
    if (result->body && strstr(result->body, "User \\\"system:anonymous\\\""))
        return false;
    return http_is_in_doubt(http) || is_still_starting(result);
}

static void note_trouble(struct http *http, const struct http_result *result)
{
    /* A cluster that was away is back when its controllers are. */
    bool still_away = http->troubled_ms && is_still_starting(result);
    if (result->passing || (result->status >= 502 && result->status <= 504) || still_away)
        http->troubled_ms = clock_monotonic_ms();
}

static void transfer_begin(struct http_transfer *transfer);

static bool transfer_again(struct http_transfer *transfer, const struct http_result *result)
{
    struct http *http = transfer->http;
    if (result->status != 401 || transfer->again ||
        !credential_refused(http->kube->credential, transfer->generation))
        return false;
    transfer->again = true;
    transfer->head_bytes = 0;
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
        result.retry_after_ms = (retry_after < RETRY_AFTER_MAX_S ? retry_after : RETRY_AFTER_MAX_S) * 1000;
    result.begun = result.status == 200;
    if (code != CURLE_OK) {
        result.status = 0;
        result.failure = *transfer->limit     ? transfer->limit
                         : *transfer->failure ? transfer->failure
                                              : curl_easy_strerror(code);
        result.passing = failure_passes(code);
        result.timed_out = code == CURLE_OPERATION_TIMEDOUT;
        result.unreached =
            result.timed_out || code == CURLE_COULDNT_CONNECT || code == CURLE_COULDNT_RESOLVE_HOST;
    }
    result.body = transfer->body.bytes;
    result.body_length = transfer->body.length;
    note_trouble(transfer->http, &result);
    log_debug("http %s %s: %ld%s%s in %lld ms", transfer->method, transfer->path, result.status,
              result.failure ? " " : "", result.failure ? result.failure : "",
              (long long)(clock_monotonic_ms() - transfer->started_ms));
    bool stays = transfer->tunnel && !result.failure;
    if (!transfer->tunnel && transfer_again(transfer, &result))
        return;
    transfer->request.on_end(transfer->request.context, &result);
    if (!stays)
        transfer_free(transfer->link);
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
    snprintf(transfer->limit, sizeof transfer->limit, "the answer is larger than %u bytes", BODY_MAX);
    return 0;
}

/* libcurl keeps all header lines, and some of its versions have no bound for them. */
static size_t on_header(char *bytes, size_t size, size_t count, void *context)
{
    struct http_transfer *transfer = context;
    (void)bytes;
    transfer->head_bytes += size * count;
    if (transfer->head_bytes <= HEAD_MAX)
        return size * count;
    snprintf(transfer->limit, sizeof transfer->limit, "the head of the answer is larger than %zu bytes",
             HEAD_MAX);
    return 0;
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
    transfer_free(transfer->link);
}

/* A connection that is reset as its request is sent stays in curl 7.88 as one that may yet turn out to take
 * several at once; whoever waits for that waits until his time is up. So nobody does while there is trouble.
 */
static void transfer_add(struct http_transfer *transfer)
{
    curl_easy_setopt(transfer->easy, CURLOPT_PIPEWAIT, http_is_in_doubt(transfer->http) ? 0L : 1L);
    curl_multi_add_handle(transfer->http->multi, transfer->easy);
}

static void on_credential(void *context, const struct error *err)
{
    struct http_transfer *transfer = context;
    transfer->wait = NULL;
    if (err)
        transfer->err = error_copy(err);
    else if (http_set_credential(transfer, &transfer->err) == 0)
        transfer_add(transfer);
    if (transfer->err)
        transfer->failing = timer_start(transfer->http->kube->loop, 0, transfer_fail, transfer);
}

static void on_turn(void *context)
{
    struct http_transfer *transfer = context;
    transfer->turn = NULL;
    struct credential *credential = transfer->http->kube->credential;
    if (credential_ready(credential))
        on_credential(transfer, NULL);
    else
        transfer->wait = credential_wait(credential, on_credential, transfer);
}

static void transfer_begin(struct http_transfer *transfer)
{
    transfer->turn = pace_wait(transfer->http->kube->pace, on_turn, transfer);
}

struct http_transfer *http_transfer_new(struct http *http, const struct http_request *request)
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
    curl_easy_setopt(transfer->easy, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(transfer->easy, CURLOPT_WRITEDATA, transfer);
    curl_easy_setopt(transfer->easy, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(transfer->easy, CURLOPT_HEADERDATA, transfer);
    http_set_options(transfer, request);
    return transfer;
}

struct http_transfer *http_start(struct http *http, const struct http_request *request)
{
    struct http_transfer *transfer = http_transfer_new(http, request);
    http_set_target(transfer, request);
    transfer_begin(transfer);
    return transfer;
}

void http_cancel(struct http_transfer **transfer)
{
    if (*transfer)
        transfer_free((*transfer)->link);
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
        transfer_free(&http->transfers);
    curl_multi_cleanup(http->multi);
    uv_timer_stop(http->timer);
    http->timer->data = http->timer;
    uv_close((uv_handle_t *)http->timer, free_data);
    free(http);
}
