/* SPDX-License-Identifier: Apache-2.0
 *
 * One case in one pod, from its plan to its verdict.
 *
 *     WAITING -> RUNNING -> ENDED
 *
 * one_case_reply.c starts it and hears it to its end, one_case_result.c makes evidence of what came.
 */
#include <string.h>

#include "gvisor-smoke/cleanup.h"
#include "gvisor-smoke/log.h"
#include "one_case.h"

void execution_set_state(struct execution *execution, enum execution_state state)
{
    static const char *const names[] = {"waiting", "running", "ended"};
    log_info("case %s: %s -> %s", execution->owner->test_case->name, names[execution->state], names[state]);
    execution->state = state;
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
    run_emit_verdict(run, run_case->test_case->name, node_event_name(run_case->node), &verdict,
                     run_case->gvisor.evidence.duration_ms);
    verdict_release(&verdict);
}

/* What came back is in the evidence. */
static void release_reply(struct execution *execution)
{
    buf_release(&execution->output);
    buf_release(&execution->errors);
    supervisor_decoder_release(&execution->reply);
    strings_release(&execution->forgotten);
}

/* What a case printed is told, and nothing asks for it any more once its verdict is spoken: of many cases
 * that print much it would be most of the memory. */
static void forget_streams(struct execution *execution)
{
    if (execution->state != EXECUTION_ENDED)
        return;
    free(steal(&execution->evidence.output));
    free(steal(&execution->evidence.errors));
}

void execution_end(struct execution *execution)
{
    struct run_case *owner = execution->owner;
    struct run *run = owner->node->run;
    execution->evidence.keeps_net_raw = execution->pod && execution->pod->keeps_net_raw;
    evidence_redact(&execution->evidence, owner->test_case->evidence, run->options->redaction);
    release_reply(execution);
    execution_set_state(execution, EXECUTION_ENDED);
    if (execution->timed_only)
        return;
    struct event event = {
        .kind = EVENT_EVIDENCE,
        .evidence = {.name = owner->test_case->name,
                     .node = node_event_name(owner->node),
                     .pod = execution->pod ? execution->pod->name : NULL,
                     .runtime = execution->runtime,
                     .evidence = &execution->evidence},
    };
    event_emit(run->events, &event);
    run_case_judge(owner);
    if (owner->judged) {
        forget_streams(&owner->gvisor);
        forget_streams(&owner->control);
    }
    run_schedule(run);
}

void execution_end_without_run(struct execution *execution, enum ending ending, const char *cause)
{
    if (execution->state == EXECUTION_ENDED)
        return;
    if (execution->state == EXECUTION_RUNNING)
        execution->owner->node->executing--;
    execution_stop_listening(execution);
    execution->evidence.ending = ending;
    free(execution->evidence.cause);
    execution->evidence.cause = xstrdup(cause);
    execution_end(execution);
}

void execution_release(struct execution *execution)
{
    execution_stop_listening(execution);
    free(execution->id);
    release_reply(execution);
    evidence_release(&execution->evidence);
}
