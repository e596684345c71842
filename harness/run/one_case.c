/* SPDX-License-Identifier: Apache-2.0
 *
 * One case in one pod: started, heard to its end, judged.
 *
 *     WAITING -> RUNNING -> ENDED
 */
#include <string.h>

#include "gvisor-smoke/cleanup.h"
#include "gvisor-smoke/clock.h"
#include "gvisor-smoke/log.h"
#include "run_private.h"

/* The case's own timeout is enforced in the pod; the connection gets this much longer. */
#define DEADLINE_MARGIN_MS 15000
/* What the `timeout` program exits with when it ended the script. */
#define EXIT_TIMEOUT 124
#define SIGNAL_EXIT 128
/* A pod's end is seen by the API up to some seconds after the connection to it broke. */
#define NEWS_PATIENCE_MS 8000

static void execution_set_state(struct execution *execution, enum execution_state state)
{
    static const char *const names[] = {"waiting", "running", "ended"};
    log_info("case %s: %s -> %s", execution->owner->test_case->name, names[execution->state], names[state]);
    execution->state = state;
}

/* The name of the node that events carry. */
static const char *node_name(const struct node_run *node)
{
    return node->name ? node->name : "";
}

void run_emit_verdict(struct run *run, const char *name, const char *node, const struct verdict *verdict,
                      int64_t duration_ms)
{
    struct event event = {
        .kind = EVENT_VERDICT,
        .verdict = {.name = name, .node = node, .verdict = verdict, .duration_ms = duration_ms},
    };
    event_emit(run->events, &event);
}

struct run_case *node_find_case(const struct node_run *node, const char *name)
{
    for (size_t i = 0; name && i < node->case_count; i++)
        if (strcmp(node->cases[i].test_case->name, name) == 0)
            return &node->cases[i];
    return NULL;
}

bool execution_is_ok(const struct execution *execution)
{
    const struct evidence *evidence = &execution->evidence;
    bool exited_well =
        execution->state == EXECUTION_ENDED && evidence->ending == ENDING_EXITED && evidence->exit_code == 0;
    const struct test_case *test_case = execution->owner->test_case;
    bool shown = test_case->expect != EXPECT_WORKS || !test_case->evidence || evidence->match;
    return exited_well && shown;
}

bool execution_uses_fixture(const struct execution *execution)
{
    return execution->owner->node->run->fixture &&
           strings_contain(&execution->owner->test_case->uses, "fixture");
}

bool execution_is_asked_for(const struct execution *execution)
{
    return execution->runtime == RUNTIME_GVISOR || run_case_wants_control(execution->owner);
}

/* Whether the verdict of this case itself depends on a control. */
static bool verdict_needs_control(const struct run_case *run_case)
{
    const struct execution *gvisor = &run_case->gvisor;
    if (run_case->test_case->expect == EXPECT_REPORTED)
        return false;
    if (run_case->test_case->expect == EXPECT_BLOCKED)
        return gvisor->state != EXECUTION_ENDED || gvisor->evidence.ending == ENDING_EXITED;
    bool ran = gvisor->state == EXECUTION_ENDED &&
               (gvisor->evidence.ending == ENDING_EXITED || gvisor->evidence.ending == ENDING_TIMEOUT);
    return ran && !execution_is_ok(gvisor);
}

bool run_case_wants_control(const struct run_case *run_case)
{
    const struct node_run *node = run_case->node;
    switch (node->run->options->control) {
    case CONTROL_NONE:
        return false;
    case CONTROL_ALL:
        return true;
    case CONTROL_NEEDED:
        break;
    }
    if (verdict_needs_control(run_case))
        return true;
    /* What a wanted control runs after is wanted too. */
    for (size_t i = 0; i < node->case_count; i++) {
        const char *after = node->cases[i].test_case->after;
        if (after && strcmp(after, run_case->test_case->name) == 0 && run_case_wants_control(&node->cases[i]))
            return true;
    }
    return false;
}

static void say_changed_expectation(const struct test_case *test_case, struct verdict *verdict)
{
    if (!test_case->expect_changed)
        return;
    char *message = xasprintf("%s (expectation changed by --expect: the case says \"%s\")", verdict->message,
                              expectation_name(test_case->expect_written));
    free(verdict->message);
    verdict->message = message;
}

void run_case_judge(struct run_case *run_case)
{
    struct run *run = run_case->node->run;
    bool wants_control = run_case_wants_control(run_case);
    if (run_case->judged || run_case->gvisor.state != EXECUTION_ENDED ||
        (wants_control && run_case->control.state != EXECUTION_ENDED))
        return;
    const struct evidence *control =
        run_case->control.state == EXECUTION_ENDED ? &run_case->control.evidence : NULL;
    struct verdict verdict = verdict_decide(run_case->test_case, &run_case->gvisor.evidence, control);
    say_changed_expectation(run_case->test_case, &verdict);
    run_case->judged = true;
    run_emit_verdict(run, run_case->test_case->name, node_name(run_case->node), &verdict,
                     run_case->gvisor.evidence.duration_ms);
    verdict_release(&verdict);
}

/* The one door: evidence is complete, the judge may speak, others may start. */
static void execution_end(struct execution *execution)
{
    struct run_case *owner = execution->owner;
    struct run *run = owner->node->run;
    execution->evidence.keeps_net_raw = execution->pod && execution->pod->keeps_net_raw;
    evidence_redact(&execution->evidence, owner->test_case->evidence, run->options->redaction);
    execution_set_state(execution, EXECUTION_ENDED);
    if (execution->timed_only)
        return;
    struct event event = {
        .kind = EVENT_EVIDENCE,
        .evidence = {.name = owner->test_case->name,
                     .node = node_name(owner->node),
                     .pod = execution->pod ? execution->pod->name : NULL,
                     .runtime = execution->runtime,
                     .evidence = &execution->evidence},
    };
    event_emit(run->events, &event);
    run_case_judge(owner);
    run_schedule(run);
}

void execution_end_without_run(struct execution *execution, enum ending ending, const char *cause)
{
    if (execution->state == EXECUTION_ENDED)
        return;
    if (execution->state == EXECUTION_RUNNING)
        execution->owner->node->executing--;
    kube_exec_cancel(&execution->exec);
    timer_cancel(&execution->news);
    execution->evidence.ending = ending;
    free(execution->evidence.cause);
    execution->evidence.cause = xstrdup(cause);
    execution_end(execution);
}

/* --- what came back --- */

static void add_note(struct evidence *evidence, char *note /* taken, may be NULL */)
{
    if (!note)
        return;
    char *joined = evidence->note ? xasprintf("%s; %s", evidence->note, note) : xstrdup(note);
    free(evidence->note);
    free(note);
    evidence->note = joined;
}

static char *cut_note(uint64_t bytes, size_t kept, const char *stream)
{
    return bytes > kept
               ? xasprintf("%s was cut: %zu of %llu bytes are kept", stream, kept, (unsigned long long)bytes)
               : NULL;
}

static void take_streams(struct evidence *evidence, const struct buf *output, uint64_t output_bytes,
                         const struct buf *errors, uint64_t errors_bytes)
{
    evidence->output = text_from_bytes(output->bytes, output->length);
    evidence->errors = text_from_bytes(errors->bytes, errors->length);
    evidence->output_bytes = output_bytes;
    evidence->errors_bytes = errors_bytes;
    evidence->output_cut = output_bytes > output->length;
    evidence->errors_cut = errors_bytes > errors->length;
    add_note(evidence, cut_note(output_bytes, output->length, "standard output"));
    add_note(evidence, cut_note(errors_bytes, errors->length, "standard error"));
}

/* The end as the API tells it: for a case without supervisor, and where the supervisor's reply is not whole.
 */
static void take_exec_end(struct execution *execution, const struct kube_exec_end *end)
{
    struct evidence *evidence = &execution->evidence;
    evidence->exit_code = end->exit_code;
    switch (end->ending) {
    case KUBE_EXEC_EXITED:
        evidence->ending = ENDING_EXITED;
        break;
    case KUBE_EXEC_NOT_STARTED:
        evidence->ending = ENDING_NOT_STARTED;
        break;
    case KUBE_EXEC_LOST:
        evidence->ending = ENDING_LOST;
        break;
    case KUBE_EXEC_DEADLINE:
        evidence->ending = ENDING_TIMEOUT;
        break;
    }
    if (end->ending != KUBE_EXEC_EXITED)
        evidence->cause = xstrdup(end->message);
}

static void take_plain(struct execution *execution, const struct kube_exec_end *end)
{
    struct evidence *evidence = &execution->evidence;
    take_streams(evidence, &execution->output, execution->output_bytes, &execution->errors,
                 execution->errors_bytes);
    take_exec_end(execution, end);
    bool long_enough = evidence->duration_ms >= execution->owner->test_case->timeout_ms;
    if (evidence->ending == ENDING_EXITED && evidence->exit_code == EXIT_TIMEOUT && long_enough)
        evidence->ending = ENDING_TIMEOUT;
    bool started = evidence->ending != ENDING_EXITED || !strstr(evidence->errors, PRELUDE_NO_FOLDER);
    if (!started) {
        evidence->ending = ENDING_NOT_STARTED;
        evidence->cause = xasprintf("no file can be written in TMPDIR or /tmp: %s", evidence->errors);
    }
    if (execution->pod->plain_note)
        add_note(evidence, xstrdup(execution->pod->plain_note));
}

static void take_costs(struct evidence *evidence, const struct supervisor_result *result)
{
    evidence->wall_us = result->wall_us;
    evidence->user_us = result->user_us;
    evidence->system_us = result->system_us;
    evidence->peak_kib = result->peak_kib;
    evidence->strays = result->strays;
    if (result->strays > 0) {
        const char *name = result->stray_name ? result->stray_name : "";
        cleanup_free char *valid = text_from_bytes(name, strlen(name));
        cleanup_free char *count = text_count((size_t)result->strays, "process", "processes");
        add_note(evidence, *name ? xasprintf("%s that it left running (%s) ended with it", count, valid)
                                 : xasprintf("%s that it left running ended with it", count));
    }
    if (result->strays_left > 0)
        add_note(evidence, xasprintf("%lld processes could not be ended", (long long)result->strays_left));
    if (result->folder_left)
        add_note(evidence, xstrdup("its work folder could not be removed whole"));
}

static char *problem_of(const struct supervisor_result *result)
{
    return result->problem ? text_from_bytes(result->problem, strlen(result->problem))
                           : xstrdup("no reason given");
}

/* A reply that is not whole: the connection broke, or something came between. */
static void take_broken(struct execution *execution, const struct kube_exec_end *end)
{
    struct evidence *evidence = &execution->evidence;
    take_exec_end(execution, end);
    if (evidence->ending != ENDING_EXITED)
        return;
    cleanup_free char *problem = problem_of(&execution->reply.result);
    evidence->ending = ENDING_LOST;
    evidence->cause = xasprintf("the supervisor's reply is not whole: %s", problem);
}

static void take_supervised(struct execution *execution, const struct kube_exec_end *end)
{
    struct evidence *evidence = &execution->evidence;
    supervisor_decoder_finish(&execution->reply);
    const struct supervisor_result *result = &execution->reply.result;
    take_streams(evidence, &result->output.bytes, result->output.total_bytes, &result->errors.bytes,
                 result->errors.total_bytes);
    take_costs(evidence, result);
    evidence->exit_code = result->signal ? SIGNAL_EXIT + result->signal : result->exit_code;
    switch (result->ending) {
    case SUPERVISOR_SIGNALED:
        add_note(evidence, xasprintf("ended by signal %d", result->signal));
        evidence->ending = ENDING_EXITED;
        return;
    case SUPERVISOR_EXITED:
        evidence->ending = ENDING_EXITED;
        return;
    case SUPERVISOR_TIMED_OUT:
        evidence->ending = ENDING_TIMEOUT;
        return;
    case SUPERVISOR_MISSING:
        evidence->ending = ENDING_NOT_RUN;
        evidence->cause = xstrdup("the image does not have a command that the case needs");
        return;
    case SUPERVISOR_SURVEYED:
    case SUPERVISOR_FAILED:
        evidence->ending = ENDING_NOT_STARTED;
        evidence->cause = problem_of(result);
        return;
    case SUPERVISOR_BROKEN:
        take_broken(execution, end);
        return;
    }
}

static void on_output(void *context, enum kube_stream stream, const char *bytes, size_t length)
{
    struct execution *execution = context;
    if (stream == KUBE_STDOUT && execution->pod->supervised) {
        supervisor_decoder_feed(&execution->reply, bytes, length);
        return;
    }
    buf_append(stream == KUBE_STDOUT ? &execution->output : &execution->errors, bytes, length);
    *(stream == KUBE_STDOUT ? &execution->output_bytes : &execution->errors_bytes) += length;
}

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
    timer_cancel(&execution->news);
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

void execution_on_pod_end(struct execution *execution)
{
    if (execution->news)
        finish(execution);
}

static void on_end(void *context, const struct kube_exec_end *end)
{
    struct execution *execution = context;
    execution->exec = NULL;
    execution->evidence.duration_ms = clock_monotonic_ms() - execution->started_ms;
    if (execution->pod->supervised)
        take_supervised(execution, end);
    else
        take_plain(execution, end);
    if (execution->evidence.ending == ENDING_LOST && !pod_is_over(execution->pod))
        execution->news =
            timer_start(execution->owner->node->run->loop, NEWS_PATIENCE_MS, on_no_news, execution);
    else
        finish(execution);
}

void execution_start(struct execution *execution)
{
    struct run *run = execution->owner->node->run;
    execution_set_state(execution, EXECUTION_RUNNING);
    execution->owner->node->executing++;
    execution->started_ms = clock_monotonic_ms();
    struct event event = {
        .kind = EVENT_START,
        .start = {.name = execution->owner->test_case->name,
                  .node = node_name(execution->owner->node),
                  .pod = execution->pod->name,
                  .runtime = execution->runtime},
    };
    if (!execution->timed_only)
        event_emit(run->events, &event);
    struct prelude prelude;
    prelude_make(&prelude, execution);
    const struct kube_exec_options options = {
        .command = prelude.command,
        .input = prelude.input,
        .input_length = prelude.input_length,
        .deadline_ms = execution->owner->test_case->timeout_ms + DEADLINE_MARGIN_MS,
        .on_output = on_output,
        .on_end = on_end,
        .context = execution,
    };
    execution->exec = pod_exec(execution->pod, options);
    prelude_release(&prelude);
}

void execution_release(struct execution *execution)
{
    kube_exec_cancel(&execution->exec);
    timer_cancel(&execution->news);
    buf_release(&execution->output);
    buf_release(&execution->errors);
    supervisor_decoder_release(&execution->reply);
    evidence_release(&execution->evidence);
}
