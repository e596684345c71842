/* SPDX-License-Identifier: Apache-2.0
 *
 * A worker of the benchmark (worker.h) that execs by the harness' own client, all in one process:
 * worker_harness NAMESPACE POD CONTAINER, with $KUBECONFIG.
 */
#include "gvisor-smoke/cleanup.h"
#include "gvisor-smoke/kube.h"
#include "gvisor-smoke/text.h"
#include "worker.h"

#define DEADLINE_MS 300000

struct place {
    struct loop *loop;
    struct kube *kube;
    const char *name_space, *container;
    char *pod;
};

struct waiting {
    struct outcome *outcome;
    const char *pod; /* that is waited for */
    bool over;
};

static bool is_over(void *context)
{
    return ((struct waiting *)context)->over;
}

static void on_output(void *context, enum kube_stream stream, const char *bytes, size_t length)
{
    if (stream == KUBE_STDOUT)
        outcome_take(((struct waiting *)context)->outcome, bytes, length);
}

static void on_end(void *context, const struct kube_exec_end *end)
{
    struct waiting *waiting = context;
    waiting->over = true;
    if (end->ending != KUBE_EXEC_EXITED)
        outcome_fail(waiting->outcome, end->message);
    else if (end->exit_code)
        outcome_fail(waiting->outcome, "the command failed");
}

static void run(const struct place *place, const char *const *command, const char *input, size_t input_length,
                struct outcome *outcome)
{
    struct waiting waiting = {.outcome = outcome};
    const struct kube_exec_options options = {.name_space = place->name_space,
                                              .pod = place->pod,
                                              .container = place->container,
                                              .command = command,
                                              .input = input,
                                              .input_length = input_length,
                                              .deadline_ms = DEADLINE_MS,
                                              .on_output = on_output,
                                              .on_end = on_end,
                                              .context = &waiting};
    kube_exec_start(place->kube, &options);
    loop_run_until(place->loop, is_over, &waiting);
}

/* --- a pod's start --- */

static void on_pod(void *context, enum kube_change change, const struct kube_pod *pod)
{
    struct waiting *waiting = context;
    if (change != KUBE_DELETED && pod->ready && strcmp(pod->name, waiting->pod) == 0)
        waiting->over = true;
}

static void on_failed(void *context, const struct error *err)
{
    struct waiting *waiting = context;
    waiting->over = true;
    outcome_fail(waiting->outcome, err->message);
}

static int make_pod(struct place *place, const char *manifest, struct error **err)
{
    cleanup_free char *body = text_read_file(manifest, 1 << 20, NULL, err);
    cleanup_free char *path = xasprintf("/api/v1/namespaces/%s/pods", place->name_space);
    const struct kube_request_options options = {.method = "POST", .path = path, .body = body};
    cleanup_free char *answer = NULL;
    struct kube_pod pod = {0};
    if (!body || kube_call(place->kube, &options, &answer, err) < 0 || kube_pod_parse(answer, &pod, err) < 0)
        return -1;
    free(place->pod);
    place->pod = xstrdup(pod.name);
    kube_pod_release(&pod);
    return 0;
}

static void start_pod(struct place *place, const char *manifest, struct outcome *outcome)
{
    static const char *const command[] = {"echo", "ready", NULL};
    cleanup_error struct error *err = NULL;
    if (make_pod(place, manifest, &err) < 0) {
        outcome_fail(outcome, err->message);
        return;
    }
    struct waiting waiting = {.outcome = outcome, .pod = place->pod};
    cleanup_free char *collection = xasprintf("/api/v1/namespaces/%s/pods", place->name_space);
    cleanup_free char *selector = xasprintf("metadata.name=%s", place->pod);
    const struct kube_watch_options options = {.collection = collection,
                                               .field_selector = selector,
                                               .on_pod = on_pod,
                                               .on_failed = on_failed,
                                               .context = &waiting};
    struct kube_watch *watch = kube_watch_start(place->kube, &options);
    loop_run_until(place->loop, is_over, &waiting);
    kube_watch_stop(&watch);
    if (!*outcome->problem)
        run(place, command, NULL, 0, outcome);
}

/* --- which --- */

static void do_it(void *context, char **words, struct outcome *outcome)
{
    struct place *place = context;
    static const char *const nothing[] = {"true", NULL}, *const count[] = {"wc", "-c", NULL};
    if (strcmp(words[0], "exec") == 0)
        run(place, nothing, NULL, 0, outcome);
    else if (strcmp(words[0], "out") == 0 && words[1]) {
        const char *const command[] = {"head", "-c", words[1], "/dev/zero", NULL};
        run(place, command, NULL, 0, outcome);
    } else if (strcmp(words[0], "in") == 0 && words[1]) {
        size_t length = strtoul(words[1], NULL, 10);
        cleanup_free char *input = xcalloc(length + 1, 1);
        run(place, count, input, length, outcome);
    } else if (strcmp(words[0], "pod") == 0 && words[1])
        start_pod(place, words[1], outcome);
    else
        outcome_fail(outcome, "an unknown request");
}

static int serve(char **words, struct error **err)
{
    const struct kubeconfig_options options = {0};
    struct kube_access *access = kube_access_load(&options, err);
    if (!access)
        return -1;
    struct place place = {
        .loop = loop_new(), .name_space = words[1], .pod = xstrdup(words[2]), .container = words[3]};
    place.kube = kube_new(place.loop, access, err);
    if (place.kube)
        worker_serve(do_it, &place);
    int result = place.kube ? 0 : -1;
    kube_free(place.kube);
    loop_free(place.loop);
    free(place.pod);
    kube_access_free(access);
    return result;
}

int main(int count, char **words)
{
    cleanup_error struct error *err = NULL;
    if (count != 4) {
        fprintf(stderr, "usage: worker_harness NAMESPACE POD CONTAINER\n");
        return 2;
    }
    if (serve(words, &err) == 0)
        return 0;
    fprintf(stderr, "worker_harness: %s\n", err->message);
    return 3;
}
