/* SPDX-License-Identifier: Apache-2.0
 *
 * A case's start, and the connection to it until it has come to its end.
 *
 * Under the supervisor a case outlives its connection: when that breaks, another one takes the reply up at
 * the byte where it was. A start that may not have arrived is sent again, for the supervisor starts no ID
 * twice. Without the supervisor only what was surely never asked for is tried again.
 */
#include <string.h>

#include <sys/random.h>

#include "gvisor-smoke/cleanup.h"
#include "gvisor-smoke/clock.h"
#include "gvisor-smoke/log.h"
#include "one_case.h"

/* The case's own timeout is enforced in the pod; the connection gets this much longer. */
#define DEADLINE_MARGIN_MS 15000
/* For a reply that should be complete when the connection to it is made. */
#define SETTLE_MS 15000
/* A connection that has lasted this long was one, even if nothing was said. */
#define STABLE_MS 5000
/* How long a case may be without a connection, all in all. */
#define AWAY_MOST_MS 180000
/* A pod's end is seen by the API up to some seconds after the connection to it broke. */
#define NEWS_PATIENCE_MS 8000
#define ID_BYTES 16
#define KEPT_MOST 64 /* replies that are remembered to be forgotten in the pod */

static void on_output(void *context, enum kube_stream stream, const char *bytes, size_t length)
{
    struct execution *execution = context;
    if (stream == KUBE_STDOUT && execution->pod->supervised) {
        execution->link.heard = true;
        supervisor_decoder_feed(&execution->reply, bytes, length);
        if (execution->reply.over && execution->call)
            stand_call_settle(execution->call);
        return;
    }
    buf_append(stream == KUBE_STDOUT ? &execution->output : &execution->errors, bytes, length);
    if (stream == KUBE_STDERR)
        execution_keep_end(execution, bytes, length);
    *(stream == KUBE_STDOUT ? &execution->output_bytes : &execution->errors_bytes) += length;
}

/* --- the end --- */

/* What fails while the fixture is gone says nothing of gVisor. */
static void blame_fixture(struct execution *execution)
{
    struct evidence *evidence = &execution->evidence;
    if (!execution_uses_fixture(execution) || (evidence->ending == ENDING_EXITED && evidence->exit_code == 0))
        return;
    const struct error *failure = execution->owner->node->run->fixture->failure;
    if (!failure)
        return;
    free(evidence->cause);
    evidence->cause = xasprintf("its fixture was gone: %s", failure->message);
    evidence->ending = ENDING_LOST;
}

/* A connection that broke because the pod ended says so. */
static void blame_pod(struct execution *execution)
{
    struct evidence *evidence = &execution->evidence;
    const struct error *failure = execution->pod->failure;
    if (evidence->ending != ENDING_LOST || !failure)
        return;
    char *cause = xasprintf("%s (%s)", failure->message, evidence->cause ? evidence->cause : "lost");
    free(evidence->cause);
    evidence->cause = cause;
}

static void finish(struct execution *execution)
{
    execution_stop_listening(execution);
    execution->owner->node->executing--;
    blame_pod(execution);
    blame_fixture(execution);
    execution_end(execution);
}

static void on_no_news(void *context)
{
    struct execution *execution = context;
    execution->news = NULL;
    finish(execution);
}

void execution_stop_listening(struct execution *execution)
{
    kube_exec_cancel(&execution->exec);
    stand_call_cancel(&execution->call);
    again_cancel(&execution->link.again);
    timer_cancel(&execution->news);
    free(execution->link.cause);
    execution->link.cause = NULL;
}

/* The supervisor need not keep a reply that is here; the next case in the pod tells it so. */
static void mark_arrived(struct execution *execution)
{
    struct index *arrived = &execution->pod->arrived;
    for (size_t i = 0; i < execution->forgotten.count; i++)
        index_remove(arrived, execution->forgotten.items[i]);
    if (arrived->count < KEPT_MOST)
        index_set(arrived, execution->id, 0);
}

static void note_breaks(struct execution *execution)
{
    const struct link *link = &execution->link;
    bool whole = execution->reply.result.ending != SUPERVISOR_BROKEN;
    if (link->breaks == 0 || (execution->pod->supervised && !whole))
        return; /* the cause tells it */
    cleanup_free char *times = text_count(link->breaks, "time", "times");
    cleanup_free char *away = text_duration(link->away_ms);
    execution->evidence.reconnects = link->breaks;
    execution_add_note(&execution->evidence,
                       xasprintf("its connection was lost %s, for %s in all, and made again (%s)", times,
                                 away, link->cause));
}

/* The time without a connection is not the case's. */
static void measure(struct execution *execution)
{
    int64_t inside_ms = execution->reply.result.wall_us / 1000;
    int64_t outside_ms = clock_monotonic_ms() - execution->started_ms - execution->link.away_ms;
    execution->evidence.duration_ms = outside_ms > inside_ms ? outside_ms : inside_ms;
}

static void conclude(struct execution *execution, const struct kube_exec_end *end, bool await_news)
{
    measure(execution);
    if (execution->pod->supervised)
        execution_take_supervised(execution, end);
    else
        execution_take_plain(execution, end);
    note_breaks(execution);
    if (execution->reply.over)
        mark_arrived(execution);
    if (execution->evidence.ending == ENDING_LOST && !pod_is_over(execution->pod) && await_news)
        execution->news =
            timer_start(execution->owner->node->run->loop, NEWS_PATIENCE_MS, on_no_news, execution);
    else
        finish(execution);
}

void execution_on_pod_end(struct execution *execution)
{
    const struct link *link = &execution->link;
    if (execution->news) {
        finish(execution);
    } else if (link->lost_ms) {
        const struct kube_exec_end end = {.ending = KUBE_EXEC_LOST, .message = link->cause};
        conclude(execution, &end, false);
    }
}

/* --- the connection --- */

/* The row of failures is over when something was heard, or could have been. */
static void count_absence(struct execution *execution, const struct kube_exec_end *end)
{
    struct link *link = &execution->link;
    if (!link->lost_ms || !(link->heard || end->open_ms >= STABLE_MS))
        return;
    int64_t away_ms = link->connected_ms - link->lost_ms;
    link->away_ms += away_ms;
    link->deadline_ms += away_ms;
    link->lost_ms = 0;
    again_cancel(&link->again);
}

/* What the end of an exec means for the reply that it was to bring. */
static enum trouble trouble_of_reply(struct execution *execution, const struct kube_exec_end *end)
{
    if (end->ending == KUBE_EXEC_EXITED && end->exit_code == SUPERVISOR_EXIT_UNREAD)
        return TROUBLE_REFUSED; /* the request did not come whole: nothing was started */
    if (execution->reply.over)
        return TROUBLE_NONE;
    if (end->ending != KUBE_EXEC_EXITED)
        return trouble_of(end);
    /* 0 is what the API server makes of a stream to the node that ended without a status. */
    if (end->exit_code == SUPERVISOR_EXIT_LEFT || end->exit_code == 0)
        return TROUBLE_AWAY;
    /* Other codes are of a program that was ended. */
    bool for_good = end->exit_code == SUPERVISOR_EXIT_DEAD || end->exit_code == SUPERVISOR_EXIT_UNKNOWN;
    return for_good ? TROUBLE_NONE : TROUBLE_REFUSED;
}

static enum trouble trouble_of_execution(struct execution *execution, const struct kube_exec_end *end)
{
    struct link *link = &execution->link;
    if (!execution->pod->supervised)
        return end->asked ? TROUBLE_NONE : trouble_of(end);
    enum trouble trouble = trouble_of_reply(execution, end);
    if (trouble != TROUBLE_LATE)
        return trouble;
    /* A silent connection may be one that has broken: the case's end is asked for once more. */
    bool final = link->late && end->open_ms >= STABLE_MS;
    link->late = true;
    return final ? TROUBLE_LATE : TROUBLE_AWAY;
}

static void connect(void *context);

static bool take_up_again(struct execution *execution, enum trouble trouble, const struct kube_exec_end *end)
{
    const char *message = end->message ? end->message : "the stream ended before the reply did";
    struct link *link = &execution->link;
    struct run *run = execution->owner->node->run;
    int64_t now_ms = clock_monotonic_ms();
    int64_t most_ms = execution->started_ms + execution->owner->test_case->timeout_ms + DEADLINE_MARGIN_MS;
    if (pod_is_over(execution->pod) || now_ms > most_ms + AWAY_MOST_MS ||
        !again_start(&link->again, run->loop, trouble, connect, execution))
        return false;
    if (!link->lost_ms) {
        link->lost_ms = now_ms;
        link->breaks++;
        free(link->cause);
        link->cause = xstrdup(message);
    }
    log_info("case %s: connection lost: %s", execution->owner->test_case->name, message);
    return true;
}

static void on_end(void *context, const struct kube_exec_end *end)
{
    struct execution *execution = context;
    execution->exec = NULL;
    execution->call = NULL;
    count_absence(execution, end);
    enum trouble trouble = trouble_of_execution(execution, end);
    if (trouble == TROUBLE_NONE || !take_up_again(execution, trouble, end))
        conclude(execution, end, trouble == TROUBLE_NONE);
}

/* Over the pod's standing stream, where it has one. What has broken once goes by an exec of its own, which
 * knows of nothing but this case. */
static struct stand_call *call(struct execution *execution, const struct kube_exec_options *options)
{
    if (!execution->pod->supervised || execution->link.breaks)
        return NULL;
    struct prelude prelude;
    prelude_make_run(&prelude, execution);
    struct stand_call *call =
        stand_call_start(execution->pod, &(struct stand_call_options){.run = &prelude.run,
                                                                      .deadline_ms = options->deadline_ms,
                                                                      .on_output = options->on_output,
                                                                      .on_end = options->on_end,
                                                                      .context = options->context});
    prelude_release(&prelude);
    return call;
}

static struct kube_exec *start(struct execution *execution, struct kube_exec_options options)
{
    struct prelude prelude;
    prelude_make(&prelude, execution);
    options.command = prelude.command;
    options.input = prelude.input;
    options.input_length = prelude.input_length;
    struct kube_exec *exec = pod_exec(execution->pod, options);
    prelude_release(&prelude);
    return exec;
}

static struct kube_exec *attach(struct execution *execution, struct kube_exec_options options)
{
    struct supervisor_exec request = supervisor_attach_make(execution->pod->run->supervisor_path,
                                                            execution->id, execution->reply.taken_bytes);
    options.command = request.command;
    options.input = request.input;
    struct kube_exec *exec = pod_exec(execution->pod, options);
    supervisor_exec_release(&request);
    return exec;
}

static void connect(void *context)
{
    struct execution *execution = context;
    struct link *link = &execution->link;
    link->again.timer = NULL;
    link->heard = false;
    link->connected_ms = clock_monotonic_ms();
    if (execution->reply.over) { /* it said that nothing was started */
        supervisor_decoder_release(&execution->reply);
        supervisor_decoder_init(&execution->reply, execution->output.max);
    }
    int64_t left_ms = link->deadline_ms - link->connected_ms;
    const struct kube_exec_options options = {
        .keep_input = execution->pod->supervised,
        .deadline_ms = left_ms > SETTLE_MS ? left_ms : SETTLE_MS,
        .on_output = on_output,
        .on_end = on_end,
        .context = execution,
    };
    bool begun = execution->pod->supervised && execution->reply.taken_bytes > 0;
    execution->call = begun ? NULL : call(execution, &options);
    if (!execution->call)
        execution->exec = begun ? attach(execution, options) : start(execution, options);
}

static void make_id(struct execution *execution)
{
    unsigned char bytes[ID_BYTES];
    struct buf id;
    if (getrandom(bytes, sizeof bytes, 0) != sizeof bytes)
        abort();
    buf_init(&id, 4 * ID_BYTES);
    for (size_t i = 0; i < sizeof bytes; i++)
        buf_printf(&id, "%02x", bytes[i]);
    execution->id = buf_steal(&id);
    buf_release(&id);
}

void execution_start(struct execution *execution)
{
    execution_set_state(execution, EXECUTION_RUNNING);
    execution->owner->node->executing++;
    execution->started_ms = clock_monotonic_ms();
    execution->link.deadline_ms =
        execution->started_ms + execution->owner->test_case->timeout_ms + DEADLINE_MARGIN_MS;
    struct event event = {
        .kind = EVENT_START,
        .start = {.name = execution->owner->test_case->name,
                  .node = node_event_name(execution->owner->node),
                  .pod = execution->pod->name,
                  .runtime = execution->runtime,
                  .waited_pod_ms = execution->waited_ms[WAIT_POD],
                  .waited_after_ms = execution->waited_ms[WAIT_AFTER],
                  .waited_fixture_ms = execution->waited_ms[WAIT_FIXTURE],
                  .waited_place_ms = execution->waited_ms[WAIT_PLACE]},
    };
    if (!execution->timed_only)
        event_emit(execution->owner->node->run->events, &event);
    make_id(execution);
    size_t at = 0;
    for (const char *id; (id = index_next(&execution->pod->arrived, &at));)
        strings_add(&execution->forgotten, id);
    connect(execution);
}
