/* SPDX-License-Identifier: Apache-2.0
 *
 * What a session brings: frames in both directions, its end, and the callback by which libwebsockets tells
 * it.
 */
#include <string.h>

#include "exec.h"
#include "gvisor-smoke/cleanup.h"
#include "gvisor-smoke/clock.h"

#define WRITE_MAX 16000
/* The time between the status and the end of the stream. */
#define CLOSE_PATIENCE_MS 2000
#define HEAR_EVERY_MS 1000

enum { CHANNEL_STDIN = 0, CHANNEL_CLOSE = 255 };

static void on_session_end(struct kube_exec *exec, const char *how)
{
    if (exec->state == EXEC_ENDED || exec->again)
        return;
    if (exec->http_status) {
        exec_finish_refused(exec);
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
    bool begun = exec->demux.status.length > 0;
    if (exec->state == EXEC_OPEN)
        exec_demux_feed(&exec->demux, bytes, length, last);
    if (exec->state == EXEC_OPEN && !begun && exec->demux.status.length > 0) {
        /* The command is over; the rest of the status and the close come next. They are waited for, but not
         * without end. */
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

/* v4 has no half close. */
static bool wants_to_close_input(const struct kube_exec *exec)
{
    return exec->has_input && exec->v5 && !exec->keep_input && !exec->input_closed;
}

static int send_input(struct kube_exec *exec, struct lws *wsi)
{
    size_t left = exec->input_length - exec->input_sent;
    size_t length = left < WRITE_MAX ? left : WRITE_MAX;
    if (write_message(wsi, CHANNEL_STDIN, exec->input + exec->input_sent, length) < 0)
        return -1;
    exec->input_sent += length;
    if (length < left || wants_to_close_input(exec)) /* each asking costs two system calls and a wake-up */
        lws_callback_on_writable(wsi);
    return 0;
}

static int on_writable(struct kube_exec *exec, struct lws *wsi)
{
    if (exec->state == EXEC_ENDED)
        return -1;
    if (exec->has_input && exec->input_sent < exec->input_length)
        return send_input(exec, wsi);
    if (!wants_to_close_input(exec))
        return 0;
    exec->input_closed = true;
    const char stdin_channel = CHANNEL_STDIN;
    return write_message(wsi, CHANNEL_CLOSE, &stdin_channel, 1);
}

/* A server that chooses neither would send no status. */
static int choose_protocol(struct kube_exec *exec, struct lws *wsi)
{
    char chosen[32] = "";
    lws_hdr_copy(wsi, chosen, sizeof chosen, WSI_TOKEN_PROTOCOL);
    exec->v5 = strcmp(chosen, "v5.channel.k8s.io") == 0;
    if (exec->v5 || strcmp(chosen, "v4.channel.k8s.io") == 0)
        return 0;
    exec_finish(exec, KUBE_EXEC_NOT_STARTED, 0,
                xstrdup("the server speaks none of the protocols v5.channel.k8s.io and v4.channel.k8s.io"));
    return -1;
}

static void on_established(struct kube_exec *exec, struct lws *wsi)
{
    if (exec->state != EXEC_CONNECTING)
        return;
    exec_set_state(exec, EXEC_OPEN);
    exec->opened_ms = exec->heard_ms = clock_monotonic_ms();
    if (exec->has_input)
        lws_callback_on_writable(wsi);
}

/* For libwebsockets only a pong is a sign of life, and a busy server may send none for long. */
static void hear(struct kube_exec *exec, struct lws *wsi)
{
    int64_t now_ms = clock_monotonic_ms();
    if (now_ms - exec->heard_ms < HEAR_EVERY_MS)
        return; /* the timer of each frame would cost more than the frame */
    lws_validity_confirmed(wsi);
    exec->heard_ms = now_ms;
}

static const char *how_it_ended(const struct kube_exec *exec)
{
    bool silent =
        exec->opened_ms && clock_monotonic_ms() - exec->heard_ms >= (EXEC_HANG_UP_S - EXEC_PING_S) * 1000;
    return silent ? "no sign of life came over the connection" : "the connection was closed";
}

static void on_destroyed(struct kube_exec *exec)
{
    exec->wsi = NULL;
    exec->pool->sessions--;
    on_session_end(exec, how_it_ended(exec));
    if (exec->again && exec->state == EXEC_CONNECTING) {
        exec->again = false;
        exec_queue(exec);
    }
}

static int handle(struct kube_exec *exec, struct lws *wsi, enum lws_callback_reasons reason, void *in,
                  size_t length)
{
    switch (reason) {
    case LWS_CALLBACK_CLIENT_APPEND_HANDSHAKE_HEADER:
        return exec_append_headers(exec, in, length);
    case LWS_CALLBACK_CLIENT_FILTER_PRE_ESTABLISH:
        return choose_protocol(exec, wsi);
    case LWS_CALLBACK_ESTABLISHED_CLIENT_HTTP:
        return exec_on_answer(exec, wsi);
    case LWS_CALLBACK_RECEIVE_CLIENT_HTTP_READ:
        buf_append(&exec->http_body, in, length);
        return -1;
    case LWS_CALLBACK_CLIENT_CONNECTION_ERROR:
        exec_on_connection_error(exec, wsi, in);
        return 0;
    case LWS_CALLBACK_CLIENT_ESTABLISHED:
        on_established(exec, wsi);
        return 0;
    case LWS_CALLBACK_CLIENT_RECEIVE_PONG:
        exec->heard_ms = clock_monotonic_ms();
        return 0;
    case LWS_CALLBACK_CLIENT_RECEIVE:
        hear(exec, wsi);
        on_frame(exec, wsi, in, length);
        return exec->state == EXEC_ENDED ? -1 : 0;
    case LWS_CALLBACK_CLIENT_WRITEABLE:
        return on_writable(exec, wsi);
    case LWS_CALLBACK_CLIENT_CLOSED:
        on_session_end(exec, how_it_ended(exec));
        return 0;
    default:
        return 0;
    }
}

int exec_callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t length)
{
    struct kube_exec *exec = user;
    /* What is told of no session has other things there: a TLS context, for one. */
    if (!exec || !wsi || lws_wsi_user(wsi) != user)
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
