/* SPDX-License-Identifier: Apache-2.0
 *
 * The event loop: libuv behind timers, signals and a wait.
 */
#include <uv.h>

#include "gvisor-smoke/cleanup.h"
#include "gvisor-smoke/loop.h"

struct loop {
    uv_loop_t uv;
    uv_prepare_t before_poll;
    bool (*done)(void *context);
    void *done_context;
};

struct timer {
    uv_timer_t uv;
    void (*function)(void *context);
    void *context;
};

struct signal_watch {
    uv_signal_t uv;
    void (*function)(void *context, int signal_number);
    void *context;
};

struct loop *loop_new(void)
{
    struct loop *loop = xcalloc(1, sizeof *loop);
    if (uv_loop_init(&loop->uv) != 0)
        abort();
    uv_prepare_init(&loop->uv, &loop->before_poll);
    loop->before_poll.data = loop;
    return loop;
}

void loop_free(struct loop *loop)
{
    if (!loop)
        return;
    uv_close((uv_handle_t *)&loop->before_poll, NULL);
    uv_run(&loop->uv, UV_RUN_DEFAULT);
    if (uv_loop_close(&loop->uv) == 0)
        free(loop);
    /* else a handle is still open: what points into the loop must stay valid until the program ends */
}

/* A timer may have made it come true in the same round: then the poll that follows must not wait. */
static void on_before_poll(uv_prepare_t *prepare)
{
    struct loop *loop = prepare->data;
    if (loop->done(loop->done_context))
        uv_stop(&loop->uv);
}

void loop_run_until(struct loop *loop, bool (*done)(void *context), void *context)
{
    loop->done = done;
    loop->done_context = context;
    uv_prepare_start(&loop->before_poll, on_before_poll);
    while (!done(context))
        uv_run(&loop->uv, UV_RUN_ONCE);
    uv_prepare_stop(&loop->before_poll);
}

void *loop_native(struct loop *loop)
{
    return &loop->uv;
}

static void on_closed(uv_handle_t *handle)
{
    free(handle->data);
}

static void on_timer(uv_timer_t *uv)
{
    struct timer *timer = uv->data;
    uv_close((uv_handle_t *)uv, on_closed);
    timer->function(timer->context);
}

struct timer *timer_start(struct loop *loop, int64_t delay_ms, void (*function)(void *context), void *context)
{
    struct timer *timer = xcalloc(1, sizeof *timer);
    timer->function = function;
    timer->context = context;
    uv_timer_init(&loop->uv, &timer->uv);
    timer->uv.data = timer;
    uv_update_time(&loop->uv);
    uv_timer_start(&timer->uv, on_timer, delay_ms > 0 ? (uint64_t)delay_ms : 0, 0);
    return timer;
}

void timer_cancel(struct timer **timer)
{
    if (!*timer)
        return;
    uv_timer_stop(&(*timer)->uv);
    uv_close((uv_handle_t *)&(*timer)->uv, on_closed);
    *timer = NULL;
}

static void on_signal(uv_signal_t *uv, int signal_number)
{
    struct signal_watch *watch = uv->data;
    watch->function(watch->context, signal_number);
}

struct signal_watch *signal_watch_start(struct loop *loop, int signal_number,
                                        void (*function)(void *context, int signal_number), void *context)
{
    struct signal_watch *watch = xcalloc(1, sizeof *watch);
    watch->function = function;
    watch->context = context;
    uv_signal_init(&loop->uv, &watch->uv);
    watch->uv.data = watch;
    uv_signal_start(&watch->uv, on_signal, signal_number);
    uv_unref((uv_handle_t *)&watch->uv);
    return watch;
}

void signal_watch_stop(struct signal_watch **watch)
{
    if (!*watch)
        return;
    uv_close((uv_handle_t *)&(*watch)->uv, on_closed);
    *watch = NULL;
}
