/* SPDX-License-Identifier: Apache-2.0
 *
 * Execs `true` in the pod "pod" of the namespace "ns", with the options that say which cluster: the exec of
 * the program alone, for a comparison with `kubectl exec`. Prints how it ended. Exit code 0 when the API was
 * asked.
 */
#include <stdio.h>

#include "../../harness/command/command.h"
#include "gvisor-smoke/cleanup.h"
#include "gvisor-smoke/kube.h"

struct outcome {
    bool over;
    int exit_code;
};

static void on_output(void *context, enum kube_stream stream, const char *bytes, size_t length)
{
    (void)context;
    fwrite(bytes, 1, length, stream == KUBE_STDOUT ? stdout : stderr);
}

static void on_end(void *context, const struct kube_exec_end *end)
{
    struct outcome *outcome = context;
    outcome->over = true;
    outcome->exit_code = end->http_status || end->ending == KUBE_EXEC_EXITED ? 0 : 3;
    printf("ending %d, HTTP status %d: %s\n", (int)end->ending, end->http_status,
           end->message ? end->message : "");
}

static bool is_over(void *context)
{
    return ((struct outcome *)context)->over;
}

static int probe(const struct kube_access *access, struct error **err)
{
    static const char *const command[] = {"true", NULL};
    struct outcome outcome = {0};
    struct loop *loop = loop_new();
    struct kube *kube = kube_new(loop, access, err);
    const struct kube_exec_options options = {.name_space = "ns",
                                              .pod = "pod",
                                              .container = "c",
                                              .command = command,
                                              .deadline_ms = 10000,
                                              .on_output = on_output,
                                              .on_end = on_end,
                                              .context = &outcome};
    if (kube) {
        kube_exec_start(kube, &options);
        loop_run_until(loop, is_over, &outcome);
    }
    kube_free(kube);
    loop_free(loop);
    return kube ? outcome.exit_code : 3;
}

int main(int argc, char **argv)
{
    struct access_arguments arguments;
    cleanup_strings struct strings words = {0};
    struct error *err = NULL;
    access_arguments_init(&arguments);
    struct kube_access *access = NULL;
    int exit_code = 3;
    if (options_parse(argc, argv, arguments.rows, "exec_probe [OPTIONS]", &words, &err) == 0 &&
        (access = access_arguments_load(&arguments, &err)))
        exit_code = probe(access, &err);
    if (err)
        exit_code = command_fail(err);
    kube_access_free(access);
    access_arguments_release(&arguments);
    return exit_code;
}
