/* SPDX-License-Identifier: Apache-2.0
 *
 * What a pod shows of itself before it takes cases: the signs of its kernel, and the commands that its image
 * has.
 *
 * The supervisor reads them by system call. Where it cannot be brought in (no writable place, another
 * architecture), the shell's own built-ins read what they can from /proc, and the cases run without its
 * limits; the pod says so.
 */
#include <string.h>

#include "gvisor-smoke/cleanup.h"
#include "gvisor-smoke/clock.h"
#include "gvisor-smoke/embedded.h"
#include "gvisor-smoke/log.h"
#include "run_private.h"

#define EXEC_DEADLINE_MS 60000
/* The fixture's address must be programmed into the node; when it never is, the cases say so themselves. */
#define PROBE_DEADLINE_MS 15000
/* When another pod has waited for that long already. */
#define SECOND_PROBE_DEADLINE_MS 2000
#define CAPABILITY_NET_RAW 13 /* <linux/capability.h> */

/* runsc's and runc's words; the command that they repeat in full hides them. */
static bool says_no_shell(const struct kube_exec_end *end)
{
    static const char *const words[] = {"error finding executable \"sh\"",
                                        "exec: \"sh\": executable file not found"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (end->ending == KUBE_EXEC_NOT_STARTED && strstr(end->message, words[i]))
            return true;
    return false;
}

static struct error *exec_error(const struct run_pod *pod, const char *what, const struct kube_exec_end *end)
{
    struct error *err = NULL;
    if (says_no_shell(end)) {
        log_info("%s", end->message);
        error_set(&err, ERROR_ENVIRONMENT, "cannot %s in pod %s: its image has no shell (sh)", what,
                  pod->name);
    } else if (end->ending == KUBE_EXEC_EXITED) {
        error_set(&err, ERROR_ENVIRONMENT, "cannot %s in pod %s: the shell ended with exit code %d", what,
                  pod->name, end->exit_code);
    } else {
        error_set(&err, ERROR_ENVIRONMENT, "cannot %s in pod %s: %s", what, pod->name, end->message);
    }
    if (end->http_status == 403)
        error_hint(&err, "exec over websocket needs the verbs get and create on pods/exec");
    else if (end->ending == KUBE_EXEC_NOT_STARTED && !strstr(end->message, "not found") &&
             !strstr(end->message, "no such file"))
        error_hint(&err,
                   "the container runtime of the node could not start a command: is the node overloaded? "
                   "Its log says more");
    else
        error_hint(&err, "the image must have a POSIX shell at sh");
    return err;
}

static void on_attest_output(void *context, enum kube_stream stream, const char *bytes, size_t length)
{
    struct run_pod *pod = context;
    if (stream == KUBE_STDOUT)
        buf_append(&pod->attest_output, bytes, length);
}

static void forget_attest(void *context)
{
    struct run_pod *pod = context;
    buf_clear(&pod->attest_output);
}

static bool attest_is_whole(void *context)
{
    const struct run_pod *pod = context;
    return strstr(pod->attest_output.bytes, "\nend=1\n") != NULL;
}

static void judge_signs(struct run_pod *pod, const char *signs)
{
    const struct node_run *node = pod->node;
    const struct attest_facts facts = {
        .node_kernel_version = node->has_facts ? node->facts.kernel_version : NULL,
        .node_boot_id = node->has_facts ? node->facts.boot_id : NULL,
    };
    pod->attestation = attest_judge(signs, &facts);
    pod->uid = attest_uid(signs);
    pod->keeps_net_raw = attest_shows_capability(signs, CAPABILITY_NET_RAW);
    if (pod->role == POD_CONTROL)
        return;
    struct event event = {
        .kind = EVENT_ATTESTATION,
        .attestation = {.pod = pod->name, .node = pod->placed_on, .attestation = &pod->attestation},
    };
    event_emit(pod->run->events, &event);
}

static struct error *existing_is_not_gvisor(const struct run_pod *pod)
{
    struct error *err = NULL;
    error_set(&err, ERROR_NOT_GVISOR, "the existing pod %s on node %s does not run under gVisor (%s)",
              pod->name, pod->placed_on ? pod->placed_on : "?", pod->attestation.summary);
    if (pod->declared)
        error_hint(&err, "it names a RuntimeClass all the same: look at what the node's handler starts");
    else
        error_hint(&err, "it names no RuntimeClass: create it with runtimeClassName: %s",
                   pod->run->options->runtime_class);
    return err;
}

static struct error *not_gvisor_error(const struct run_pod *pod)
{
    struct error *err = NULL;
    if (pod->run->options->existing_pod)
        return existing_is_not_gvisor(pod);
    error_set(&err, ERROR_NOT_GVISOR,
              "pod %s on node %s asked for RuntimeClass \"%s\" and does not run under gVisor (%s)", pod->name,
              pod->placed_on ? pod->placed_on : "?", pod->run->options->runtime_class,
              pod->attestation.summary);
    const struct kube_runtime_class *class = &pod->run->runtime_class;
    if (!pod->declared)
        error_hint(
            &err, "the pod in the API has no runtimeClassName although it was created with one: an admission "
                  "policy or webhook takes it away");
    else if (strcmp(class->handler, pod->run->options->handler) != 0)
        error_hint(&err, "the RuntimeClass has the handler \"%s\", expected \"%s\": correct the RuntimeClass",
                   class->handler, pod->run->options->handler);
    else
        error_hint(&err,
                   "the node's handler \"%s\" starts something else: look at its containerd configuration",
                   class->handler);
    return err;
}

/* Judges what a pod has shown, and lets it on when it is what its role needs. */
static void take_signs(struct run_pod *pod, const char *signs)
{
    judge_signs(pod, signs);
    struct error *err = NULL;
    if (pod->role == POD_CONTROL && pod->attestation.attested) {
        error_set(&err, ERROR_ENVIRONMENT, "the default runtime is gVisor too, so there is no control");
        pod_fail(pod, err);
    } else if (pod->role == POD_GVISOR && !pod->attestation.attested) {
        pod_fail(pod, not_gvisor_error(pod));
    } else {
        pod->attested = true;
        pod_become_ready(pod);
    }
}

static void on_attest_end(void *context, const struct kube_exec_end *end)
{
    struct run_pod *pod = context;
    pod->attest = NULL;
    run_emit_span(pod->run, "attestation", pod->placed_on, pod->name, pod->shown_ms);
    if (end->ending != KUBE_EXEC_EXITED || end->exit_code != 0)
        pod_fail(pod, exec_error(pod, "read the signs of gVisor", end));
    else
        take_signs(pod, pod->attest_output.bytes);
}

static void on_survey_output(void *context, enum kube_stream stream, const char *bytes, size_t length)
{
    struct run_pod *pod = context;
    if (stream == KUBE_STDOUT)
        buf_append(&pod->survey_output, bytes, length);
}

static void forget_survey(void *context)
{
    struct run_pod *pod = context;
    buf_clear(&pod->survey_output);
}

static bool survey_is_whole(void *context)
{
    const struct run_pod *pod = context;
    return text_ends_with(pod->survey_output.bytes, PRELUDE_SURVEY_END "\n");
}

static void on_survey_end(void *context, const struct kube_exec_end *end)
{
    struct run_pod *pod = context;
    pod->survey = NULL;
    run_emit_span(pod->run, "survey", pod->placed_on, pod->name, pod->shown_ms);
    if (end->ending != KUBE_EXEC_EXITED || end->exit_code != 0) {
        pod_fail(pod, exec_error(pod, "look for the commands that the cases need", end));
        return;
    }
    if (survey_is_whole(pod))
        buf_shorten(&pod->survey_output, strlen(PRELUDE_SURVEY_END "\n"));
    pod->missing = strings_split(pod->survey_output.bytes, "\r\n");
    pod->surveyed = true;
    pod_become_ready(pod);
}

/* A script on standard input. Its last line makes the shell end, for v4 cannot close the input. */
static struct steady_exec *start_script(struct run_pod *pod, const char *script, int64_t deadline_ms,
                                        void (*on_output)(void *, enum kube_stream, const char *, size_t),
                                        void (*on_end)(void *, const struct kube_exec_end *),
                                        void (*on_again)(void *), bool (*is_whole)(void *))
{
    static const char *const command[] = {"sh", "-s", NULL};
    cleanup_free char *input = xasprintf("%s\nexit $?\n", script);
    const struct steady_exec_options options = {
        .exec = {.command = command,
                 .input = input,
                 .input_length = strlen(input),
                 .deadline_ms = deadline_ms,
                 .on_output = on_output,
                 .on_end = on_end,
                 .context = pod},
        .on_again = on_again,
        .is_whole = is_whole,
    };
    return steady_exec_start(pod, &options);
}

static void ignore_output(void *context, enum kube_stream stream, const char *bytes, size_t length)
{
    (void)context, (void)stream, (void)bytes, (void)length;
}

static void on_probe_end(void *context, const struct kube_exec_end *end)
{
    struct run_pod *pod = context;
    pod->probe = NULL;
    run_emit_span(pod->run, "probe", pod->placed_on, pod->name, pod->probed_ms);
    bool seen = end->ending == KUBE_EXEC_EXITED && end->exit_code == 0;
    /* The cluster learns of the fixture through the API server. */
    if (!seen && end->ending != KUBE_EXEC_NOT_STARTED && kube_calm_ms(pod->run->kube) < CLUSTER_BACK_MS) {
        log_info("pod %s: the fixture does not answer yet, and the API server was away", pod->name);
        run_schedule(pod->run); /* it is probed anew */
        return;
    }
    pod->probed = true;
    pod->run->fixture_unseen = !seen;
    log_info("pod %s: the fixture %s", pod->name, seen ? "answers" : "does not answer");
    run_schedule(pod->run);
}

/* Called by the scheduler when the fixture and the pod are ready. */
static void pod_probe(struct run_pod *pod)
{
    cleanup_free char *script = prelude_probe(pod->run);
    int64_t deadline_ms = pod->run->fixture_unseen ? SECOND_PROBE_DEADLINE_MS : PROBE_DEADLINE_MS;
    pod->probed_ms = clock_monotonic_ms();
    pod->probe = start_script(pod, script, deadline_ms, ignore_output, on_probe_end, NULL, NULL);
}

bool pod_sees_fixture(struct run_pod *pod)
{
    if (!pod->probed && !pod->probe)
        pod_probe(pod);
    return pod->probed;
}

/* --- with the supervisor --- */

static void attest_by_shell(struct run_pod *pod)
{
    pod->shown_ms = clock_monotonic_ms();
    cleanup_free char *survey = prelude_survey(pod);
    pod->attest = start_script(pod, attest_script(), EXEC_DEADLINE_MS, on_attest_output, on_attest_end,
                               forget_attest, attest_is_whole);
    pod->survey = start_script(pod, survey, EXEC_DEADLINE_MS, on_survey_output, on_survey_end, forget_survey,
                               survey_is_whole);
}

static void on_install_output(void *context, enum kube_stream stream, const char *bytes, size_t length)
{
    struct run_pod *pod = context;
    if (stream == KUBE_STDOUT)
        supervisor_decoder_feed(&pod->installed, bytes, length);
    else
        buf_append(&pod->install_errors, bytes, length);
}

static void forget_install(void *context)
{
    struct run_pod *pod = context;
    supervisor_decoder_release(&pod->installed);
    supervisor_decoder_init(&pod->installed, SURVEY_MAX);
    buf_clear(&pod->install_errors);
}

static bool install_is_whole(void *context)
{
    return ((const struct run_pod *)context)->installed.over;
}

/* Of a node that cannot be read it is tried out: what most are comes first. */
static const char *const guesses[] = {"amd64", "arm64"};

static const char *architecture_of(const struct run_pod *pod)
{
    return pod->node->has_facts ? pod->node->facts.architecture : guesses[pod->guess];
}

/* A program of another architecture is refused by the kernel, or, by some shells, read as a script. */
static bool guess_again(struct run_pod *pod, const struct kube_exec_end *end)
{
    bool started = end->ending != KUBE_EXEC_EXITED || end->exit_code == SUPERVISOR_EXIT_NOT_WRITTEN ||
                   end->exit_code == SUPERVISOR_EXIT_NOT_MODE;
    if (started || pod->node->has_facts || pod->guess + 1 >= sizeof guesses / sizeof *guesses)
        return false;
    log_info("pod %s: the supervisor for %s does not start", pod->name, guesses[pod->guess]);
    pod->guess++;
    forget_install(pod);
    pod_attest(pod);
    return true;
}

/* The supervisor could not be brought in: on without it where that is possible. */
static void go_on_without(struct run_pod *pod, const struct kube_exec_end *end)
{
    bool plain_path = false;
    cleanup_free char *problem =
        supervisor_install_problem(end->exit_code, pod->install_errors.bytes, &plain_path);
    if (end->ending != KUBE_EXEC_EXITED || !plain_path) {
        struct error *err = exec_error(pod, "bring the supervisor into place", end);
        if (end->ending == KUBE_EXEC_EXITED) {
            free(err->message);
            err->message = xasprintf("cannot bring the supervisor into pod %s: %s", pod->name, problem);
        }
        pod_fail(pod, err);
        return;
    }
    pod->plain_note = xasprintf("run by the pod's own shell, without the supervisor: %s", problem);
    log_info("pod %s: %s", pod->name, pod->plain_note);
    attest_by_shell(pod);
}

static void on_install_end(void *context, const struct kube_exec_end *end)
{
    struct run_pod *pod = context;
    pod->installing = NULL;
    run_emit_span(pod->run, "supervisor", pod->placed_on, pod->name, pod->shown_ms);
    supervisor_decoder_finish(&pod->installed);
    struct supervisor_result *result = &pod->installed.result;
    if (result->ending != SUPERVISOR_SURVEYED) {
        if (!guess_again(pod, end))
            go_on_without(pod, end);
        return;
    }
    pod->supervised = true;
    pod->surveyed = true;
    pod->missing = strings_split(result->missing.bytes, "\n");
    take_signs(pod, result->signs.bytes);
}

static void install(struct run_pod *pod, const struct embedded_file *binary)
{
    struct strings needs = prelude_needs(pod);
    struct supervisor_exec request =
        supervisor_install_make(binary, pod->run->supervisor_path, (const char *const *)needs.items);
    const struct steady_exec_options options = {
        .exec = {.command = request.command,
                 .input = request.input,
                 .input_length = request.input_length,
                 .deadline_ms = EXEC_DEADLINE_MS,
                 .on_output = on_install_output,
                 .on_end = on_install_end,
                 .context = pod},
        .on_again = forget_install,
        .is_whole = install_is_whole,
    };
    pod->installing = steady_exec_start(pod, &options);
    supervisor_exec_release(&request);
    strings_release(&needs);
}

void pod_attest(struct run_pod *pod)
{
    const struct embedded_file *binary = supervisor_binary(architecture_of(pod));
    pod->shown_ms = clock_monotonic_ms();
    if (binary) {
        install(pod, binary);
        return;
    }
    pod->plain_note = xasprintf("run by the pod's own shell, without the supervisor: there is none for %s",
                                architecture_of(pod));
    attest_by_shell(pod);
}

void pod_stop_attestation(struct run_pod *pod)
{
    steady_exec_cancel(&pod->installing);
    steady_exec_cancel(&pod->attest);
    steady_exec_cancel(&pod->survey);
    steady_exec_cancel(&pod->probe);
}
