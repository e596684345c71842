/* SPDX-License-Identifier: Apache-2.0
 *
 * A run in a pod that was there before it (--existing-pod): nothing is made in the cluster, cases are run in
 * it by exec alone, and what it is not given they miss.
 */
#include <string.h>

#include "gvisor-smoke/cleanup.h"
#include "gvisor-smoke/log.h"
#include "run_private.h"

/* The end of the run waits so long for its program to be removed from the pod. */
#define TIDY_DEADLINE_MS 5000

static int read_pod(struct run *run, struct error **err)
{
    const struct run_options *options = run->options;
    cleanup_free char *path = objects_path(run, "pods", options->existing_pod);
    if (run_get(run, path, &run->existing.body, err) == 0)
        return kube_pod_parse(run->existing.body, &run->existing.view, err);
    if ((*err)->http_status == 404)
        error_hint(
            err,
            "its namespace is that of the application, \"%s\": --app-namespace, GVISOR_NAMESPACE or -n "
            "name another",
            options->name_space);
    error_wrap(err, "cannot use the pod \"%s\"", options->existing_pod);
    return -1;
}

/* As kubectl exec chooses it. */
static void choose_container(struct run *run)
{
    char *named =
        kube_json_text(run->existing.body, "/metadata/annotations/kubectl.kubernetes.io~1default-container");
    run->existing.container = named ? named : kube_json_text(run->existing.body, "/spec/containers/0/name");
    log_info("pod %s: container %s", run->options->existing_pod, run->existing.container);
}

static int check_pod(struct run *run, struct error **err)
{
    const struct kube_pod *view = &run->existing.view;
    const char *phase = view->phase ? view->phase : "unknown";
    bool over = strcmp(phase, "Succeeded") == 0 || strcmp(phase, "Failed") == 0;
    if (!over && !view->deleting)
        return 0;
    error_set(err, ERROR_ENVIRONMENT, "the pod \"%s\" is %s: no command can be run in it",
              run->options->existing_pod, over ? "over" : "being deleted");
    error_hint(err, "name one that runs; without --existing-pod and GVISOR_COMPAT_POD the run makes its own");
    return -1;
}

/* Two signs of gVisor compare with what the API says of the node; without it there are two less. */
static void learn_node(struct run *run)
{
    struct node_run *node = &run->nodes[0];
    if (!run->existing.view.node)
        return;
    node->name = xstrdup(run->existing.view.node);
    cleanup_free char *path = node_path(node->name);
    cleanup_free char *body = NULL;
    cleanup_error struct error *err = NULL;
    struct kube_node *nodes = NULL;
    size_t count = 0;
    if (run_get(run, path, &body, &err) < 0 || kube_node_list_parse(body, &nodes, &count, &err) < 0) {
        log_info("node %s cannot be read, so two signs of gVisor are missing: %s", node->name, err->message);
        run_emit_warning(run->events, "nodes",
                         "the pod's node cannot be read, so two signs of gVisor are missing", NULL);
        run_emit_warning(run->events, "handler",
                         "the pod's node cannot be read, so its handlers are not known", NULL);
        return;
    }
    if (count > 0) {
        cleanup_free char *message = xasprintf("the pod is on %s", node->name);
        run_emit_step(run->events, "nodes", message, NULL);
        node->facts = nodes[0];
        node->has_facts = true;
        nodes[0] = (struct kube_node){0};
        run_emit_node(run, &node->facts);
        if (run->has_runtime_class)
            run_tell_handler(run, &node->facts);
    }
    kube_node_list_free(nodes, count);
}

int existing_prepare(struct run *run, struct error **err)
{
    if (read_pod(run, err) < 0 || check_pod(run, err) < 0)
        return -1;
    choose_container(run);
    run->supervisor_path = xasprintf("/tmp/.gvisor-smoke-%s", run->id);
    learn_node(run);
    return 0;
}

/* --- what a case misses --- */

/* What the fixture would have served, by the variables that scripts read. npm, pip and go have sources of
 * their own when theirs are not set. */
static const struct {
    const char *variable, *missing;
} urls[] = {
    {"GIT_URL", "a repository to clone (--git-url)"},
    {"GIT_PUSH_URL", "a repository that takes a push (--git-push-url)"},
    {"HTTPS_URL", "a page to fetch (--https-url)"},
    {"FIXTURE_URL", "the run's own fixture"},
};

static bool is_given(const struct run_options *options, const char *variable)
{
    if (strcmp(variable, "GIT_URL") == 0)
        return options->git_url != NULL;
    if (strcmp(variable, "GIT_PUSH_URL") == 0)
        return options->git_push_url != NULL;
    return strcmp(variable, "HTTPS_URL") == 0 && options->https_url != NULL;
}

/* Whether the script reads $NAME or ${NAME...}. */
static bool reads_variable(const char *script, const char *name)
{
    static const char word[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz0123456789";
    size_t length = strlen(name);
    for (const char *at = script; (at = strstr(at, name)); at += length) {
        bool begins = at > script && (at[-1] == '$' || (at[-1] == '{' && at > script + 1 && at[-2] == '$'));
        if (begins && (!at[length] || !strchr(word, at[length])))
            return true;
    }
    return false;
}

static void add_missing_urls(struct strings *missing, const struct run *run,
                             const struct test_case *test_case)
{
    for (size_t i = 0; i < sizeof urls / sizeof *urls; i++)
        if (strings_contain(&test_case->uses, "fixture") &&
            reads_variable(test_case->script, urls[i].variable) && !is_given(run->options, urls[i].variable))
            strings_add(missing, urls[i].missing);
}

static void add_missing_grants(struct strings *missing, const struct run_pod *pod,
                               const struct test_case *test_case)
{
    struct strings grants =
        existing_lacks(pod->run->existing.body, pod->run->existing.container, pod->uid, &test_case->grants);
    cleanup_free char *names = strings_join(&grants, ", ");
    cleanup_free char *text = xasprintf("the %s %s", grants.count == 1 ? "grant" : "grants", names);
    if (grants.count)
        strings_add(missing, text);
    strings_release(&grants);
}

char *existing_unmet(const struct execution *execution)
{
    const struct run_pod *pod = execution->pod;
    const struct test_case *test_case = execution->owner->test_case;
    cleanup_strings struct strings missing = {0};
    if (test_case->second_pod)
        strings_add(&missing, "a second pod");
    add_missing_grants(&missing, pod, test_case);
    add_missing_urls(&missing, pod->run, test_case);
    if (missing.count == 0)
        return NULL;
    cleanup_free char *names = strings_join(&missing, ", and ");
    return xasprintf("needs %s, which pod \"%s\" does not give it", names, pod->name);
}

/* --- the end --- */

struct tidying {
    struct kube_exec *exec;
    bool over;
};

static void ignore_output(void *context, enum kube_stream stream, const char *bytes, size_t length)
{
    (void)context, (void)stream, (void)bytes, (void)length;
}

static void on_tidied(void *context, const struct kube_exec_end *end)
{
    struct tidying *tidying = context;
    tidying->exec = NULL;
    tidying->over = true;
    if (end->ending != KUBE_EXEC_EXITED || end->exit_code != 0)
        log_info("the supervisor could not be removed from the pod: %s",
                 end->message ? end->message : "rm failed");
}

static bool is_tidied(void *context)
{
    return ((const struct tidying *)context)->over;
}

/* The supervisor is all that a run leaves in a pod, or what of it could not be put into its place. */
static void remove_supervisor(struct run_pod *pod)
{
    struct tidying tidying = {0};
    const char *const command[] = {"sh", "-c", "rm -f \"$1\" \"$1\".*", "sh", pod->run->supervisor_path,
                                   NULL};
    const struct kube_exec_options options = {
        .command = command,
        .deadline_ms = TIDY_DEADLINE_MS,
        .on_output = ignore_output,
        .on_end = on_tidied,
        .context = &tidying,
    };
    tidying.exec = pod_exec(pod, options);
    loop_run_until(pod->run->loop, is_tidied, &tidying);
}

void existing_tidy(struct run *run)
{
    for (size_t i = 0; i < run->node_count; i++)
        for (size_t k = 0; k < run->nodes[i].pod_count; k++)
            if (run->nodes[i].pods[k]->placed_on)
                remove_supervisor(run->nodes[i].pods[k]);
}

void existing_release(struct run *run)
{
    free(run->existing.body);
    free(run->existing.container);
    kube_pod_release(&run->existing.view);
}
