/* SPDX-License-Identifier: Apache-2.0
 *
 * One remote command over a websocket.
 *
 * libwebsockets may end a session by CONNECTION_ERROR, CLOSED, both or neither; WSI_DESTROY is the only sure
 * end. exec_finish() takes the first result and ignores the rest; the exec is freed when its result is
 * delivered and its session is destroyed.
 */
#include <string.h>

#include "credential.h"
#include "exec_pool.h"
#include "gvisor-smoke/cleanup.h"
#include "gvisor-smoke/clock.h"
#include "gvisor-smoke/log.h"
#include "relay.h"

#define WRITE_MAX 16000
#define HTTP_BODY_MAX (64u * 1024)
/* The API server refuses longer request paths with 400; libwebsockets fails without a word from 4 KB. */
#define PATH_MAX_BYTES 2000
/* The time between the status and the end of the stream. */
#define CLOSE_PATIENCE_MS 2000
/* A runtime that was too busy to begin is asked again, after a time. */
#define TRIES_MAX 3
#define AGAIN_AFTER_MS 1000

enum { CHANNEL_STDIN = 0, CHANNEL_CLOSE = 255 };

static void exec_set_state(struct kube_exec *exec, enum exec_state state)
{
    static const char *const names[] = {"queued", "connecting", "open", "ended"};
    log_debug("exec %s: %s -> %s", exec->label, names[exec->state], names[state]);
    exec->state = state;
}

static void exec_free(struct kube_exec *exec)
{
    *exec->link = exec->next;
    if (exec->next)
        exec->next->link = exec->link;
    timer_cancel(&exec->deadline);
    timer_cancel(&exec->delivery);
    exec_demux_release(&exec->demux);
    buf_release(&exec->http_body);
    free(exec->path);
    free(exec->label);
    if (exec->input)
        secret_wipe(exec->input, exec->input_length);
    free(exec->input);
    free(exec->message);
    free(exec);
}

static void exec_free_when_over(struct kube_exec *exec)
{
    if (exec->delivered && !exec->wsi && !exec->in_callback)
        exec_free(exec);
}

/* Ends the session in whatever state it is; WSI_DESTROY follows, at once or from the loop. */
static void exec_kill_session(struct kube_exec *exec)
{
    if (exec->wsi && !exec->in_callback)
        lws_set_timeout(exec->wsi, PENDING_TIMEOUT_USER_REASON_BASE, LWS_TO_KILL_SYNC);
}

static void exec_begin(void *context);
static void on_deadline(void *context);

/* Both are said before the runtime has made a process, so nothing runs twice: containerd loads the
 * container's task, then creates the exec, then starts it (execInternal in its CRI plug-in). Seen on an
 * overloaded node. */
static bool was_too_busy(const struct kube_exec *exec)
{
    return exec->ending == KUBE_EXEC_NOT_STARTED && exec->message &&
           (strstr(exec->message, "failed to load task: context deadline exceeded") ||
            strstr(exec->message, "failed to create exec"));
}

/* Once more from the start, as soon as the old session is gone. */
static void exec_again(void *context)
{
    struct kube_exec *exec = context;
    exec->delivery = NULL;
    if (exec->wsi) {
        exec->delivery = timer_start(exec->pool->kube->loop, AGAIN_AFTER_MS, exec_again, exec);
        return;
    }
    log_info("exec %s: the container runtime was too busy, asked again: %s", exec->label, exec->message);
    free(exec->message);
    exec->message = NULL;
    exec->tries++;
    exec->input_sent = 0;
    exec->input_closed = false;
    exec->http_status = 0;
    buf_clear(&exec->http_body);
    exec_demux_release(&exec->demux);
    exec_demux_init(&exec->demux);
    exec_set_state(exec, EXEC_QUEUED);
    int64_t left_ms = exec->deadline_at_ms - clock_monotonic_ms();
    exec->deadline = timer_start(exec->pool->kube->loop, left_ms > 0 ? left_ms : 0, on_deadline, exec);
    exec->delivery = timer_start(exec->pool->kube->loop, 0, exec_begin, exec);
}

static void exec_deliver(void *context)
{
    struct kube_exec *exec = context;
    exec->delivery = NULL;
    if (was_too_busy(exec) && exec->tries + 1 < TRIES_MAX && clock_monotonic_ms() < exec->deadline_at_ms) {
        exec_kill_session(exec);
        exec->delivery = timer_start(exec->pool->kube->loop, AGAIN_AFTER_MS, exec_again, exec);
        return;
    }
    const struct kube_exec_end end = {
        .ending = exec->ending,
        .exit_code = exec->exit_code,
        .http_status = exec->http_status,
        .message = exec->message,
    };
    exec->delivered = true;
    exec->on_end(exec->context, &end);
    exec_free_when_over(exec);
}

void exec_finish(struct kube_exec *exec, enum kube_exec_ending ending, int exit_code, char *message)
{
    if (exec->state == EXEC_ENDED) {
        free(message);
        return;
    }
    exec_set_state(exec, EXEC_ENDED);
    timer_cancel(&exec->deadline);
    timer_cancel(&exec->delivery);
    exec->ending = ending;
    exec->exit_code = exit_code;
    exec->message = message;
    log_debug("exec %s: ending %d, exit code %d, %s, %lld ms", exec->label, (int)ending, exit_code,
              message ? message : "-", (long long)(clock_monotonic_ms() - exec->started_ms));
    if (!exec->delivered)
        exec->delivery = timer_start(exec->pool->kube->loop, 0, exec_deliver, exec);
}

void exec_abandon(struct kube_exec *exec)
{
    exec->delivered = true;
    exec->state = EXEC_ENDED;
    timer_cancel(&exec->delivery);
    timer_cancel(&exec->deadline);
    if (exec->wsi)
        exec_kill_session(exec); /* WSI_DESTROY frees the exec */
    else
        exec_free_when_over(exec);
}

void kube_exec_cancel(struct kube_exec **exec)
{
    if (*exec)
        exec_abandon(*exec);
    *exec = NULL;
}

static void on_deadline(void *context)
{
    struct kube_exec *exec = context;
    exec->deadline = NULL;
    exec_finish(exec, KUBE_EXEC_DEADLINE, 0, xstrdup("the deadline passed before the command ended"));
    exec_kill_session(exec);
}

static void exec_begin(void *context)
{
    struct kube_exec *exec = context;
    exec->delivery = NULL;
    if (strlen(exec->path) > PATH_MAX_BYTES)
        exec_finish(exec, KUBE_EXEC_NOT_STARTED, 0,
                    xasprintf("the command is too long for a request path (%zu bytes)", strlen(exec->path)));
    else
        exec_pool_advance(exec->pool);
}

/* --- the session --- */

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

static int append_headers(struct kube_exec *exec, char **at, size_t room)
{
    cleanup_error struct error *err = NULL;
    if (append_impersonation(exec, at, &room) < 0)
        return -1;
    char *header = credential_authorization(exec->pool->kube->credential, &err);
    exec->generation = credential_generation(exec->pool->kube->credential);
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
static int on_http_answer(struct kube_exec *exec, struct lws *wsi)
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

static void finish_refused(struct kube_exec *exec)
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
static void on_connection_error(struct kube_exec *exec, struct lws *wsi, const char *text)
{
    if (exec->again)
        return;
    if (exec->http_status) {
        finish_refused(exec);
        return;
    }
    SSL *tls = exec->pool->tls ? lws_get_ssl(wsi) : NULL;
    long verified = tls ? SSL_get_verify_result(tls) : X509_V_OK;
    if (verified != X509_V_OK)
        exec_finish(exec, KUBE_EXEC_NOT_STARTED, 0,
                    xasprintf("the API server's certificate is not accepted: %s",
                              X509_verify_cert_error_string(verified)));
    else {
        const char *proxy = exec->pool->relay ? relay_problem(exec->pool->relay) : NULL;
        exec_finish(exec, KUBE_EXEC_LOST, 0,
                    xasprintf("the websocket connection failed: %s%s%s", proxy ? proxy : "",
                              proxy ? "; " : "", text ? text : "no reason given"));
    }
}

static void on_session_end(struct kube_exec *exec, const char *how)
{
    if (exec->state == EXEC_ENDED || exec->again)
        return;
    if (exec->http_status) {
        finish_refused(exec);
        return;
    }
    int exit_code = 0;
    char *message = NULL;
    enum kube_exec_ending ending =
        exec_status_read(exec->demux.status.bytes, exec->demux.status.length, &exit_code, &message);
    if (ending == KUBE_EXEC_LOST) {
        char *whole = xasprintf("%s (%s)", message, how);
        free(message);
        message = whole;
    }
    exec_finish(exec, ending, exit_code, message);
}

static void on_close_patience(void *context)
{
    struct kube_exec *exec = context;
    exec->deadline = NULL;
    on_session_end(exec, "the server did not close the stream");
    exec_kill_session(exec);
}

static void on_frame(struct kube_exec *exec, struct lws *wsi, const char *bytes, size_t length)
{
    bool last = lws_is_final_fragment(wsi) && lws_remaining_packet_payload(wsi) == 0;
    size_t status_before = exec->demux.status.length;
    if (exec->state == EXEC_OPEN)
        exec_demux_feed(&exec->demux, bytes, length, last);
    if (exec->state == EXEC_OPEN && exec->demux.status.length > status_before && last) {
        /* The command is over; the server closes next. Its close is waited for, but not without end. */
        timer_cancel(&exec->deadline);
        exec->deadline = timer_start(exec->pool->kube->loop, CLOSE_PATIENCE_MS, on_close_patience, exec);
    }
}

static int write_message(struct lws *wsi, unsigned char channel, const char *bytes, size_t length)
{
    unsigned char frame[LWS_PRE + 1 + WRITE_MAX];
    frame[LWS_PRE] = channel;
    if (length)
        memcpy(frame + LWS_PRE + 1, bytes, length);
    return lws_write(wsi, frame + LWS_PRE, length + 1, LWS_WRITE_BINARY) < 0 ? -1 : 0;
}

static int on_writable(struct kube_exec *exec, struct lws *wsi)
{
    if (exec->state == EXEC_ENDED)
        return -1;
    size_t left = exec->input_length - exec->input_sent;
    if (exec->has_input && left > 0) {
        size_t length = left < WRITE_MAX ? left : WRITE_MAX;
        if (write_message(wsi, CHANNEL_STDIN, exec->input + exec->input_sent, length) < 0)
            return -1;
        exec->input_sent += length;
        lws_callback_on_writable(wsi);
        return 0;
    }
    if (exec->has_input && exec->v5 && !exec->input_closed) {
        exec->input_closed = true; /* v4 has no half close */
        const char stdin_channel = CHANNEL_STDIN;
        return write_message(wsi, CHANNEL_CLOSE, &stdin_channel, 1);
    }
    return 0;
}

static void on_established(struct kube_exec *exec, struct lws *wsi)
{
    if (exec->state != EXEC_CONNECTING)
        return;
    exec_set_state(exec, EXEC_OPEN);
    if (exec->has_input)
        lws_callback_on_writable(wsi);
}

static void on_destroyed(struct kube_exec *exec)
{
    exec->wsi = NULL;
    exec->pool->sessions--;
    on_session_end(exec, "the connection was closed");
    if (exec->again && exec->state == EXEC_CONNECTING) {
        exec->again = false;
        exec_set_state(exec, EXEC_QUEUED);
        exec->delivery = timer_start(exec->pool->kube->loop, 0, exec_begin, exec);
    }
}

static int handle(struct kube_exec *exec, struct lws *wsi, enum lws_callback_reasons reason, void *in,
                  size_t length)
{
    switch (reason) {
    case LWS_CALLBACK_CLIENT_APPEND_HANDSHAKE_HEADER:
        return append_headers(exec, in, length);
    case LWS_CALLBACK_CLIENT_FILTER_PRE_ESTABLISH: {
        char chosen[32] = "";
        lws_hdr_copy(wsi, chosen, sizeof chosen, WSI_TOKEN_PROTOCOL);
        exec->v5 = strcmp(chosen, "v5.channel.k8s.io") == 0;
        return 0;
    }
    case LWS_CALLBACK_ESTABLISHED_CLIENT_HTTP:
        return on_http_answer(exec, wsi);
    case LWS_CALLBACK_RECEIVE_CLIENT_HTTP_READ:
        buf_append(&exec->http_body, in, length);
        return -1;
    case LWS_CALLBACK_CLIENT_CONNECTION_ERROR:
        on_connection_error(exec, wsi, in);
        return 0;
    case LWS_CALLBACK_CLIENT_ESTABLISHED:
        on_established(exec, wsi);
        return 0;
    case LWS_CALLBACK_CLIENT_RECEIVE:
        on_frame(exec, wsi, in, length);
        return exec->state == EXEC_ENDED ? -1 : 0;
    case LWS_CALLBACK_CLIENT_WRITEABLE:
        return on_writable(exec, wsi);
    case LWS_CALLBACK_CLIENT_CLOSED:
        on_session_end(exec, "the connection was closed");
        return 0;
    default:
        return 0;
    }
}

int exec_callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t length)
{
    struct kube_exec *exec = user;
    if (!exec)
        return 0;
    bool nested = exec->in_callback;
    exec->in_callback = true;
    int result = reason == LWS_CALLBACK_WSI_DESTROY ? 0 : handle(exec, wsi, reason, in, length);
    if (reason == LWS_CALLBACK_WSI_DESTROY)
        on_destroyed(exec);
    exec->in_callback = nested;
    if (reason == LWS_CALLBACK_WSI_DESTROY) {
        struct exec_pool *pool = exec->pool;
        exec_free_when_over(exec);
        if (!nested)
            exec_pool_advance(pool);
    }
    return result;
}

/* --- the request --- */

static void append_parameter(struct buf *path, const char *name, const char *value)
{
    cleanup_free char *escaped = kube_escape(value);
    buf_printf(path, "&%s=%s", name, escaped);
}

static char *make_path(const struct kube_access *access, const struct kube_exec_options *options)
{
    struct buf path;
    buf_init(&path, 64 * 1024);
    buf_printf(&path, "%s/api/v1/namespaces/%s/pods/%s/exec?stdout=true&stderr=true", access->path_prefix,
               options->name_space, options->pod);
    if (options->input)
        buf_append_text(&path, "&stdin=true");
    if (options->container)
        append_parameter(&path, "container", options->container);
    for (const char *const *word = options->command; *word; word++)
        append_parameter(&path, "command", *word);
    char *owned = buf_steal(&path);
    buf_release(&path);
    return owned;
}

struct kube_exec *kube_exec_start(struct kube *kube, const struct kube_exec_options *options)
{
    struct exec_pool *pool = exec_pool_get(kube);
    struct kube_exec *exec = xcalloc(1, sizeof *exec);
    exec->pool = pool;
    exec->next = pool->execs;
    exec->link = &pool->execs;
    if (exec->next)
        exec->next->link = &exec->next;
    pool->execs = exec;
    exec->path = make_path(kube->access, options);
    exec->label = xstrdup(options->pod);
    exec->started_ms = clock_monotonic_ms();
    exec->on_output = options->on_output;
    exec->on_end = options->on_end;
    exec->context = options->context;
    exec->has_input = options->input != NULL;
    exec->input_length = options->input_length;
    exec->input = xcalloc(options->input_length + 1, 1);
    if (options->input)
        memcpy(exec->input, options->input, options->input_length);
    buf_init(&exec->http_body, HTTP_BODY_MAX);
    exec_demux_init(&exec->demux);
    exec->demux.on_output = options->on_output;
    exec->demux.context = options->context;
    exec->deadline_at_ms = exec->started_ms + options->deadline_ms;
    exec->deadline = timer_start(kube->loop, options->deadline_ms, on_deadline, exec);
    exec->delivery = timer_start(kube->loop, 0, exec_begin, exec);
    return exec;
}
