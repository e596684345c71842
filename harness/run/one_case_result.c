/* SPDX-License-Identifier: Apache-2.0
 *
 * What came back of a case, made into evidence.
 */
#include <string.h>

#include "gvisor-smoke/cleanup.h"
#include "one_case.h"

/* What the `timeout` program exits with when it ended the script. */
#define EXIT_TIMEOUT 124
#define SIGNAL_EXIT 128

void execution_add_note(struct evidence *evidence, char *note /* taken, may be NULL */)
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
    execution_add_note(evidence, cut_note(output_bytes, output->length, "standard output"));
    execution_add_note(evidence, cut_note(errors_bytes, errors->length, "standard error"));
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

void execution_keep_end(struct execution *execution, const char *bytes, size_t length)
{
    char *end = execution->errors_end;
    size_t size = sizeof execution->errors_end;
    if (length >= size) {
        memcpy(end, bytes + length - size, size);
    } else {
        memmove(end, end + length, size - length);
        memcpy(end + size - length, bytes, length);
    }
}

/* Takes the last line of the shell around a plain case out of its standard error. False when it is not there:
 * exit code 0 is also what the API server makes of a stream to the node that broke. */
static bool take_end_line(struct execution *execution)
{
    static const char mark[] = PRELUDE_END;
    const char *end = execution->errors_end;
    size_t size = sizeof execution->errors_end;
    for (size_t length = sizeof mark + 1; length <= size && end[size - 1] == '\n'; length++) {
        if (memcmp(end + size - length, mark, sizeof mark - 1) != 0)
            continue;
        if (execution->errors.length == execution->errors_bytes)
            buf_shorten(&execution->errors, length);
        execution->errors_bytes -= length;
        return true;
    }
    return false;
}

void execution_take_plain(struct execution *execution, const struct kube_exec_end *end)
{
    struct evidence *evidence = &execution->evidence;
    bool whole = take_end_line(execution);
    take_streams(evidence, &execution->output, execution->output_bytes, &execution->errors,
                 execution->errors_bytes);
    take_exec_end(execution, end);
    bool long_enough = evidence->duration_ms >= execution->owner->test_case->timeout_ms;
    if (evidence->ending == ENDING_EXITED && evidence->exit_code == EXIT_TIMEOUT && long_enough)
        evidence->ending = ENDING_TIMEOUT;
    if (evidence->ending == ENDING_EXITED && evidence->exit_code == 0 && !whole) {
        evidence->ending = ENDING_LOST;
        evidence->cause = xstrdup("the stream ended without the last line of the case's shell");
    }
    bool started = evidence->ending != ENDING_EXITED || !strstr(evidence->errors, PRELUDE_NO_FOLDER);
    if (!started) {
        evidence->ending = ENDING_NOT_STARTED;
        evidence->cause = xasprintf("no file can be written in TMPDIR or /tmp: %s", evidence->errors);
    }
    if (execution->pod->plain_note)
        execution_add_note(evidence, xstrdup(execution->pod->plain_note));
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
        execution_add_note(evidence,
                           *name ? xasprintf("%s that it left running (%s) ended with it", count, valid)
                                 : xasprintf("%s that it left running ended with it", count));
    }
    if (result->strays_left > 0)
        execution_add_note(evidence,
                           xasprintf("%lld processes could not be ended", (long long)result->strays_left));
    if (result->folder_left)
        execution_add_note(evidence, xstrdup("its work folder could not be removed whole"));
}

static char *problem_of(const struct supervisor_result *result)
{
    return result->problem ? text_from_bytes(result->problem, strlen(result->problem))
                           : xstrdup("no reason given");
}

/* Why a reply whose connection was made to its end is not whole. */
static char *words_of_broken(const struct execution *execution, int exit_code)
{
    if (exit_code == SUPERVISOR_EXIT_UNKNOWN)
        return xstrdup("the pod does not keep it any more");
    if (exit_code != SUPERVISOR_EXIT_DEAD)
        return problem_of(&execution->reply.result);
    cleanup_free char *problem = problem_of(&execution->reply.result);
    return xasprintf("%s; the supervisor was killed in the pod, perhaps for want of memory", problem);
}

/* A reply that is not whole: the connection broke, or something came between. */
static void take_broken(struct execution *execution, const struct kube_exec_end *end)
{
    struct evidence *evidence = &execution->evidence;
    const struct link *link = &execution->link;
    take_exec_end(execution, end);
    if (evidence->ending == ENDING_TIMEOUT || (evidence->ending != ENDING_EXITED && !link->cause))
        return;
    char *cause = NULL;
    if (evidence->ending == ENDING_EXITED) {
        cleanup_free char *words = words_of_broken(execution, end->exit_code);
        cause = xasprintf("the supervisor's reply is not whole: %s", words);
    } else {
        cause = strcmp(link->cause, end->message) == 0 ? xstrdup(end->message)
                                                       : xasprintf("%s; then: %s", link->cause, end->message);
    }
    evidence->ending = ENDING_LOST;
    free(evidence->cause);
    evidence->cause = cause;
}

void execution_take_supervised(struct execution *execution, const struct kube_exec_end *end)
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
        execution_add_note(evidence, xasprintf("ended by signal %d", result->signal));
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
