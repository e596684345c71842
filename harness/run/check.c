/* SPDX-License-Identifier: Apache-2.0
 *
 * The cases that need no pod: what API objects declare.
 */
#include <string.h>

#include "gvisor-smoke/cleanup.h"
#include "gvisor-smoke/clock.h"
#include "run_private.h"

static struct verdict verdict_of(enum verdict_kind kind, const char *reason, char *message)
{
    return (struct verdict){.kind = kind, .reason = reason, .message = message};
}

static struct verdict check_runtime_class(const struct run *run, const struct error *problem)
{
    const char *name = run->options->runtime_class;
    if (!run->has_runtime_class && problem && problem->http_status != 404)
        return verdict_of(VERDICT_ERROR, "not-run", xstrdup(problem->message));
    if (!run->has_runtime_class)
        return verdict_of(VERDICT_FAILED, "not-declared",
                          xasprintf("the cluster has no RuntimeClass \"%s\"", name));
    if (strcmp(run->runtime_class.handler, run->options->handler) != 0)
        return verdict_of(
            VERDICT_FAILED, "not-declared",
            xasprintf(
                "RuntimeClass \"%s\" has the handler \"%s\", expected \"%s\" (--handler says what is right)",
                name, run->runtime_class.handler, run->options->handler));
    return verdict_of(
        VERDICT_PASSED, "declared",
        xasprintf("RuntimeClass \"%s\" has the handler \"%s\"", name, run->runtime_class.handler));
}

/* The application's pods: how many there are, and those of another RuntimeClass or none. */
struct app_pods {
    const char *runtime_class;
    size_t count;
    struct strings bare;
};

static int take_page(void *context, const char *body, struct error **err)
{
    struct app_pods *app = context;
    struct kube_pod *pods = NULL;
    size_t count = 0;
    if (kube_pod_list_parse(body, &pods, &count, err) < 0)
        return -1;
    app->count += count;
    for (size_t i = 0; i < count; i++)
        if (!pods[i].runtime_class || strcmp(pods[i].runtime_class, app->runtime_class) != 0)
            strings_add(&app->bare, pods[i].name);
    kube_pod_list_free(pods, count);
    return 0;
}

static struct verdict judge_app_pods(const struct run *run, const struct app_pods *app)
{
    const struct run_options *options = run->options;
    size_t count = app->count, bare_count = app->bare.count;
    cleanup_free char *names = strings_join(&app->bare, ", ");
    if (bare_count > 0)
        return verdict_of(VERDICT_FAILED, "not-declared",
                          xasprintf("%zu of %zu pods with label %s in namespace \"%s\" do not declare "
                                    "runtimeClassName \"%s\": %s",
                                    bare_count, count, options->app_selector, options->app_namespace,
                                    options->runtime_class, names));
    cleanup_free char *pods_text = text_count(count, "pod", "pods");
    return verdict_of(VERDICT_PASSED, "declared",
                      xasprintf("%s with label %s in namespace \"%s\" declare runtimeClassName \"%s\"",
                                pods_text, options->app_selector, options->app_namespace,
                                options->runtime_class));
}

static struct verdict say_unlisted(const struct run_options *options, const struct error *err)
{
    if (err->http_status == 403 && !options->app_explicit) /* nobody said that there is an application */
        return verdict_of(
            VERDICT_SKIPPED, "nothing-to-check",
            xasprintf("the account may not look for pods in namespace \"%s\" (name the application's with "
                      "--app-namespace, if there is one)",
                      options->app_namespace));
    return verdict_of(VERDICT_ERROR, "not-run",
                      xasprintf("cannot list the application's pods: %s", err->message));
}

static struct verdict say_none(const struct run_options *options)
{
    return verdict_of(options->app_explicit ? VERDICT_ERROR : VERDICT_SKIPPED,
                      options->app_explicit ? "not-run" : "nothing-to-check",
                      xasprintf("there is no pod with label %s in namespace \"%s\" (name the "
                                "application's with --app-namespace and --app-selector)",
                                options->app_selector, options->app_namespace));
}

static struct verdict check_app_pods(struct run *run)
{
    const struct run_options *options = run->options;
    cleanup_free char *selector = kube_escape(options->app_selector);
    cleanup_free char *path =
        xasprintf("/api/v1/namespaces/%s/pods?labelSelector=%s", options->app_namespace, selector);
    const struct kube_request_options request = {.method = "GET", .path = path};
    cleanup_error struct error *err = NULL;
    struct app_pods app = {.runtime_class = options->runtime_class};
    bool failed = kube_call_list(run->kube, &request, take_page, &app, &err) < 0;
    struct verdict verdict = failed      ? say_unlisted(options, err)
                             : app.count ? judge_app_pods(run, &app)
                                         : say_none(options);
    strings_release(&app.bare);
    return verdict;
}

/* NULL when the API answers; else why it cannot be asked. */
static const char *why_unreachable(const struct run *run)
{
    if (run->signal)
        return RUN_INTERRUPTED;
    bool answered = !run->broken || run->broken->http_status != 0 || run->has_runtime_class;
    return answered ? NULL : run->broken->message;
}

static struct verdict check(struct run *run, const struct test_case *test_case)
{
    const char *unreachable = why_unreachable(run);
    if (unreachable)
        return verdict_of(VERDICT_ERROR, "not-run", xasprintf("not run: %s", unreachable));
    return test_case->kind == CASE_APP_PODS
               ? check_app_pods(run)
               : check_runtime_class(run, run->class_problem ? run->class_problem : run->broken);
}

void run_check_api(struct run *run)
{
    run->api_checked = true;
    for (size_t i = 0; i < run->cases->count; i++) {
        const struct test_case *test_case = run->cases->cases[i];
        if (test_case->kind == CASE_SCRIPT)
            continue;
        int64_t started_ms = clock_monotonic_ms();
        struct verdict verdict = check(run, test_case);
        run_emit_verdict(run, test_case->name, "", &verdict, clock_monotonic_ms() - started_ms);
        verdict_release(&verdict);
    }
}
