/* SPDX-License-Identifier: Apache-2.0
 *
 * One remote command over a websocket: its start, its result, its end.
 */
#include <string.h>

#include "exec.h"
#include "gvisor-smoke/cleanup.h"
#include "gvisor-smoke/clock.h"
#include "gvisor-smoke/log.h"
#include "tls.h"

#define HTTP_BODY_MAX (64u * 1024)
/* The API server refuses longer request paths with 400; libwebsockets fails without a word from 4 KB. */
#define PATH_MAX_BYTES 2000

void exec_set_state(struct kube_exec *exec, enum exec_state state)
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
    else
        exec->pool->last = exec->link;
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

void exec_free_when_over(struct kube_exec *exec)
{
    if (exec->delivered && !exec->wsi && !exec->in_callback)
        exec_free(exec);
}

void exec_kill_session(struct kube_exec *exec)
{
    if (exec->wsi && !exec->in_callback)
        lws_set_timeout(exec->wsi, PENDING_TIMEOUT_USER_REASON_BASE, LWS_TO_KILL_SYNC);
}

static void exec_deliver(void *context)
{
    struct kube_exec *exec = context;
    exec->delivery = NULL;
    if (exec_ask_again(exec))
        return;
    const struct kube_exec_end end = {
        .ending = exec->ending,
        .exit_code = exec->exit_code,
        .http_status = exec->http_status,
        .message = exec->message,
        .asked = exec->asked,
        .open_ms = exec->opened_ms ? exec->ended_ms - exec->opened_ms : 0,
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
    if (exec->state == EXEC_CONNECTING && !exec->http_status)
        tls_forget_session(exec->pool->tls); /* it may be what the server does not like */
    exec_set_state(exec, EXEC_ENDED);
    timer_cancel(&exec->deadline);
    timer_cancel(&exec->delivery);
    exec->ending = ending;
    exec->exit_code = exit_code;
    exec->message = message;
    exec->ended_ms = clock_monotonic_ms();
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

void exec_queue(struct kube_exec *exec)
{
    exec_set_state(exec, EXEC_QUEUED);
    exec->delivery = timer_start(exec->pool->kube->loop, 0, exec_begin, exec);
}

void exec_resume_deadline(struct kube_exec *exec)
{
    int64_t left_ms = exec->deadline_at_ms - clock_monotonic_ms();
    exec->deadline = timer_start(exec->pool->kube->loop, left_ms > 0 ? left_ms : 0, on_deadline, exec);
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
    exec->link = pool->last;
    *pool->last = exec;
    pool->last = &exec->next;
    exec->path = make_path(kube->access, options);
    exec->label = xstrdup(options->pod);
    exec->started_ms = clock_monotonic_ms();
    exec->on_output = options->on_output;
    exec->on_end = options->on_end;
    exec->context = options->context;
    exec->has_input = options->input != NULL;
    exec->keep_input = options->keep_input;
    exec->input_length = exec->input_room = options->input_length;
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
