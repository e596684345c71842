/* SPDX-License-Identifier: Apache-2.0
 *
 * An exec that may be run twice, and is when the connection to it fails.
 */
#include <string.h>

#include "again.h"
#include "gvisor-smoke/cleanup.h"
#include "gvisor-smoke/log.h"
#include "run_private.h"

struct steady_exec {
    const struct run_pod *pod;
    struct steady_exec_options options; /* its command and input are the two below */
    struct strings command;
    char *input;
    struct kube_exec *exec;
    struct again again;
};

static void steady_exec_free(struct steady_exec *steady)
{
    kube_exec_cancel(&steady->exec);
    again_cancel(&steady->again);
    if (steady->input)
        secret_wipe(steady->input, steady->options.exec.input_length);
    free(steady->input);
    strings_release(&steady->command);
    free(steady);
}

static void on_output(void *context, enum kube_stream stream, const char *bytes, size_t length)
{
    struct steady_exec *steady = context;
    steady->options.exec.on_output(steady->options.exec.context, stream, bytes, length);
}

static void try_again(void *context);

static bool is_cut(const struct steady_exec *steady, const struct kube_exec_end *end)
{
    return end->ending == KUBE_EXEC_EXITED && end->exit_code == 0 && steady->options.is_whole &&
           !steady->options.is_whole(steady->options.exec.context);
}

static void on_end(void *context, const struct kube_exec_end *end)
{
    struct steady_exec *steady = context;
    steady->exec = NULL;
    bool cut = is_cut(steady, end);
    enum trouble trouble = cut ? TROUBLE_REFUSED : trouble_of(end);
    if ((cut || trouble == TROUBLE_AWAY || trouble == TROUBLE_DENIED) &&
        again_start(&steady->again, steady->pod->run->loop, trouble, try_again, steady)) {
        log_info("pod %s: an exec is tried again: %s", steady->pod->name,
                 end->message ? end->message : "what came is not whole");
        return;
    }
    void (*told)(void *, const struct kube_exec_end *) = steady->options.exec.on_end;
    told(steady->options.exec.context, end);
    steady_exec_free(steady);
}

static void begin(struct steady_exec *steady)
{
    struct kube_exec_options options = steady->options.exec;
    options.on_output = on_output;
    options.on_end = on_end;
    options.context = steady;
    steady->exec = pod_exec(steady->pod, options);
}

static void try_again(void *context)
{
    struct steady_exec *steady = context;
    steady->again.timer = NULL;
    if (steady->options.on_again)
        steady->options.on_again(steady->options.exec.context);
    begin(steady);
}

struct steady_exec *steady_exec_start(const struct run_pod *pod, const struct steady_exec_options *options)
{
    struct steady_exec *steady = xcalloc(1, sizeof *steady);
    steady->pod = pod;
    steady->options = *options;
    for (const char *const *word = options->exec.command; *word; word++)
        strings_add(&steady->command, *word);
    steady->options.exec.command = (const char *const *)steady->command.items;
    if (options->exec.input) {
        steady->input = xcalloc(options->exec.input_length + 1, 1);
        memcpy(steady->input, options->exec.input, options->exec.input_length);
        steady->options.exec.input = steady->input;
    }
    begin(steady);
    return steady;
}

void steady_exec_cancel(struct steady_exec **steady)
{
    if (*steady)
        steady_exec_free(*steady);
    *steady = NULL;
}
