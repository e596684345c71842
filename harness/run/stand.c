/* SPDX-License-Identifier: Apache-2.0
 *
 * The standing stream of a pod.
 *
 *     OPENING -> OPEN -> (freed)
 *
 * A stream is OPENING until the supervisor greets; requests are sent behind each other from the first moment.
 * Whatever ends it ends in stand_break(), which tells all calls.
 */
#include "stand.h"

#include <string.h>

#include "gvisor-smoke/cleanup.h"
#include "gvisor-smoke/clock.h"
#include "gvisor-smoke/log.h"
#include "run_private.h"

/* A supervisor that has begun a case says so at once; a pod that is busy may take its time. */
#define FIRST_BYTE_MS 20000
#define TICK_MS 1000 /* between looks at the deadlines */
/* Each call has its own deadline; a stream has none. */
#define STREAM_DEADLINE_MS ((int64_t)30 * 24 * 3600 * 1000)
/* Each is a session that stays open: there must be some for other execs. */
#define STREAMS_MAX 64
#define FAILURES_MAX 2 /* streams in a row that brought nothing of any case */

enum stand_state { STAND_OPENING, STAND_OPEN };

struct stand {
    struct run_pod *pod;
    enum stand_state state;
    bool useful; /* it has brought something of a case */
    struct kube_exec *exec;
    struct supervisor_standing standing;
    struct stand_call *calls; /* under way, and not known how they end */
    size_t call_count;
    uint32_t numbers; /* that were given */
    struct timer *tick;
};

struct stand_call {
    struct stand *stand; /* NULL: how it ends is known */
    struct stand_call *next, **link;
    uint32_t number;
    bool heard;
    int64_t started_ms, deadline_ms;
    struct timer *delivery;
    struct kube_exec_end end;
    char *message;
    void (*on_output)(void *context, enum kube_stream stream, const char *bytes, size_t length);
    void (*on_end)(void *context, const struct kube_exec_end *end);
    void *context;
};

/* --- calls --- */

static void call_free(struct stand_call *call)
{
    if (call->stand) {
        call->stand->call_count--;
        *call->link = call->next;
        if (call->next)
            call->next->link = call->link;
    }
    timer_cancel(&call->delivery);
    free(call->message);
    free(call);
}

static void deliver(void *context)
{
    struct stand_call *call = context;
    void (*told)(void *, const struct kube_exec_end *) = call->on_end;
    call->delivery = NULL;
    told(call->context, &call->end);
    call_free(call);
}

/* From here on it is no more the stream's. Who is told may begin or cancel others, or end the pod: that is
 * done from the loop. */
static void call_end(struct stand_call *call, const struct kube_exec_end *end)
{
    struct stand *stand = call->stand;
    stand->call_count--;
    *call->link = call->next;
    if (call->next)
        call->next->link = call->link;
    call->stand = NULL;
    call->message = end->message ? xstrdup(end->message) : NULL;
    call->end = *end;
    call->end.message = call->message;
    call->end.asked = true;
    call->end.open_ms = stand->state == STAND_OPEN ? clock_monotonic_ms() - call->started_ms : 0;
    call->delivery = timer_start(stand->pod->run->loop, 0, deliver, call);
}

void stand_call_settle(struct stand_call *call)
{
    if (call->stand)
        call_end(call, &(struct kube_exec_end){.ending = KUBE_EXEC_EXITED});
}

void stand_call_cancel(struct stand_call **call)
{
    if (*call)
        call_free(*call);
    *call = NULL;
}

static struct stand_call *call_of(const struct stand *stand, uint32_t number)
{
    struct stand_call *call = stand->calls;
    while (call && call->number != number)
        call = call->next;
    return call;
}

/* --- the stream --- */

static void stand_free(struct stand *stand)
{
    stand->pod->stand = NULL;
    stand->pod->run->streams--;
    kube_exec_cancel(&stand->exec);
    timer_cancel(&stand->tick);
    supervisor_standing_release(&stand->standing);
    free(stand);
}

/* The one door. */
static void stand_break(struct stand *stand, const struct kube_exec_end *end)
{
    struct run_pod *pod = stand->pod;
    log_info("pod %s: its standing stream is over, with %zu cases on it: %s", pod->name, stand->call_count,
             end->message ? end->message : "it ended");
    if (!stand->useful)
        pod->stand_failures++;
    while (stand->calls)
        call_end(stand->calls, end);
    stand_free(stand);
}

static void stand_lose(struct stand *stand, const char *cause)
{
    stand_break(stand, &(struct kube_exec_end){.ending = KUBE_EXEC_LOST, .message = cause});
}

void stand_close(struct run_pod *pod)
{
    if (pod->stand)
        stand_lose(pod->stand, "the pod is not needed any more");
}

static void on_reply(void *context, uint32_t number, const char *bytes, size_t length)
{
    struct stand_call *call = call_of(context, number);
    if (!call)
        return; /* it was cancelled, or is over */
    call->heard = true;
    call->stand->useful = true;
    call->stand->pod->stand_failures = 0;
    call->on_output(call->context, KUBE_STDOUT, bytes, length);
}

static void on_close(void *context, uint32_t number, int exit_code)
{
    struct stand_call *call = call_of(context, number);
    if (call)
        call_end(call, &(struct kube_exec_end){.ending = KUBE_EXEC_EXITED, .exit_code = exit_code});
}

static void on_output(void *context, enum kube_stream stream, const char *bytes, size_t length)
{
    struct stand *stand = context;
    if (stream != KUBE_STDOUT)
        return; /* of the container runtime, which says it in its status as well */
    supervisor_standing_feed(&stand->standing, bytes, length);
    if (stand->standing.hello && stand->state == STAND_OPENING) {
        log_info("pod %s: its standing stream stands", stand->pod->name);
        stand->state = STAND_OPEN;
    }
    if (!stand->standing.problem)
        return;
    cleanup_free char *message = xasprintf("the standing stream is broken: %s", stand->standing.problem);
    stand->pod->stand_failures = FAILURES_MAX;
    stand_lose(stand, message);
}

/* What the codes of a front say of a case, the end of the stream says of none. */
static bool is_of_front(const struct kube_exec_end *end)
{
    return end->ending == KUBE_EXEC_EXITED &&
           (end->exit_code == SUPERVISOR_EXIT_UNKNOWN || end->exit_code == SUPERVISOR_EXIT_UNREAD ||
            end->exit_code == SUPERVISOR_EXIT_DEAD);
}

static void on_end(void *context, const struct kube_exec_end *end)
{
    struct stand *stand = context;
    struct kube_exec_end told = *end;
    if (is_of_front(end))
        told.exit_code = SUPERVISOR_EXIT_LEFT;
    stand->exec = NULL;
    stand_break(stand, &told);
}

/* A case that is late may be so because of the stream: it is not trusted any more. */
static void on_tick(void *context)
{
    struct stand *stand = context;
    int64_t now_ms = clock_monotonic_ms();
    bool silent = false;
    const struct kube_exec_end late = {.ending = KUBE_EXEC_DEADLINE,
                                       .message = "the deadline passed before the command ended"};
    stand->tick = NULL;
    for (struct stand_call *call = stand->calls, *next; call; call = next) {
        next = call->next;
        silent = silent || (!call->heard && now_ms - call->started_ms > FIRST_BYTE_MS);
        if (now_ms < call->deadline_ms)
            continue;
        silent = true;
        call_end(call, &late);
    }
    if (silent)
        stand_lose(stand, "the standing stream said nothing in time");
    else if (stand->calls)
        stand->tick = timer_start(stand->pod->run->loop, TICK_MS, on_tick, stand);
}

static struct stand *stand_new(struct run_pod *pod)
{
    struct stand *stand = xcalloc(1, sizeof *stand);
    struct supervisor_exec request = supervisor_serve_make(pod->run->supervisor_path);
    stand->pod = pod;
    supervisor_standing_init(&stand->standing);
    stand->standing.on_reply = on_reply;
    stand->standing.on_close = on_close;
    stand->standing.context = stand;
    stand->exec = pod_exec(pod, (struct kube_exec_options){.command = request.command,
                                                           .input = request.input,
                                                           .keep_input = true,
                                                           .deadline_ms = STREAM_DEADLINE_MS,
                                                           .on_output = on_output,
                                                           .on_end = on_end,
                                                           .context = stand});
    supervisor_exec_release(&request);
    pod->run->streams++;
    return stand;
}

static bool may_call(const struct run_pod *pod)
{
    const struct run *run = pod->run;
    if (!pod->supervised || run->options->exec_per_case || run->options->existing_pod ||
        pod->stand_failures >= FAILURES_MAX)
        return false;
    return pod->stand ? pod->stand->call_count < SUPERVISOR_STANDING_MAX / 2 : run->streams < STREAMS_MAX;
}

struct stand_call *stand_call_start(struct run_pod *pod, const struct stand_call_options *options)
{
    if (!may_call(pod))
        return NULL;
    if (!pod->stand)
        pod->stand = stand_new(pod);
    struct stand *stand = pod->stand;
    struct stand_call *call = xcalloc(1, sizeof *call);
    call->stand = stand;
    call->number = ++stand->numbers;
    call->started_ms = clock_monotonic_ms();
    call->deadline_ms = call->started_ms + options->deadline_ms;
    call->on_output = options->on_output;
    call->on_end = options->on_end;
    call->context = options->context;
    call->next = stand->calls;
    call->link = &stand->calls;
    if (call->next)
        call->next->link = &call->next;
    stand->calls = call;
    stand->call_count++;
    size_t length;
    const char *request = supervisor_standing_request(&stand->standing, call->number, options->run, &length);
    kube_exec_send(stand->exec, request, length, stand->state == STAND_OPEN);
    if (!stand->tick)
        stand->tick = timer_start(pod->run->loop, TICK_MS, on_tick, stand);
    return call;
}
