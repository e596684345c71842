/* SPDX-License-Identifier: Apache-2.0
 *
 * What must be known before the first pod: the server, the RuntimeClass, the nodes.
 */
#include <string.h>

#include "gvisor-smoke/cleanup.h"
#include "gvisor-smoke/clock.h"
#include "gvisor-smoke/pod_patch.h"
#include "run_private.h"

/* Somebody is there and is not ready. */
#define FIRST_PATIENCE_MS 20000

/* A server that nobody has spoken to yet and that is not there may be a wrong address: that is told soon. */
int run_get(struct run *run, const char *path, char **ret_body, struct error **err)
{
    int64_t asked_ms = run->options->api_patience_ms;
    int64_t first_ms = asked_ms > FIRST_PATIENCE_MS ? asked_ms : FIRST_PATIENCE_MS;
    const struct kube_request_options options = {
        .method = "GET",
        .path = path,
        .timeout_ms = 10000,
        .patience_ms = run->reached ? KUBE_PATIENCE_MS : first_ms,
        .absent_patience_ms = run->reached ? 0 : asked_ms,
    };
    return kube_call(run->kube, &options, ret_body, err);
}

int run_get_list(struct run *run, const char *path, kube_page on_page, void *context, struct error **err)
{
    const struct kube_request_options options = {
        .method = "GET", .path = path, .timeout_ms = 10000, .patience_ms = KUBE_PATIENCE_MS};
    return kube_call_list(run->kube, &options, on_page, context, err);
}

static int learn_server(struct run *run, struct error **err)
{
    cleanup_free char *body = NULL;
    int failed = run_get(run, "/version", &body, err);
    run_emit_span(run, "access", NULL, NULL, run->started_ms);
    if (failed) {
        run_emit_step(run->events, "access", NULL, *err);
        return -1;
    }
    run->reached = true;
    cleanup_free char *version = kube_json_text(body, "/gitVersion");
    cleanup_free char *platform = kube_json_text(body, "/platform");
    struct event event = {
        .kind = EVENT_CLUSTER,
        .cluster = {.version = version ? version : "unknown", .platform = platform ? platform : "unknown"},
    };
    event_emit(run->events, &event);
    cleanup_free char *message =
        xasprintf("%s answers: Kubernetes %s", run->access->server, event.cluster.version);
    run_emit_step(run->events, "access", message, NULL);
    return 0;
}

static int read_runtime_class(struct run *run, struct error **err)
{
    cleanup_free char *path =
        xasprintf("/apis/node.k8s.io/v1/runtimeclasses/%s", run->options->runtime_class);
    cleanup_free char *body = NULL;
    if (run_get(run, path, &body, err) < 0) {
        if ((*err)->http_status == 404)
            error_hint(
                err,
                "gVisor is not switched on in this cluster: create a RuntimeClass with handler \"%s\", or "
                "name yours with --runtime-class",
                run->options->handler);
        error_wrap(err, "cannot read RuntimeClass \"%s\"", run->options->runtime_class);
        return -1;
    }
    if (kube_runtime_class_parse(body, &run->runtime_class, err) < 0)
        return -1;
    if (!run->runtime_class.handler)
        run->runtime_class.handler = xstrdup("");
    run->has_runtime_class = true;
    if (run->options->pod_patch)
        pod_patch_add_scheduling(run->options->pod_patch, &run->runtime_class);
    return 0;
}

/* Tells what was read; err is why it could not be, or NULL. */
static void tell_runtime_class(struct run *run, const struct error *err)
{
    if (err) {
        run_emit_step(run->events, "runtime-class", NULL, err);
        return;
    }
    cleanup_error struct error *wrong = NULL;
    if (strcmp(run->runtime_class.handler, run->options->handler) != 0) {
        error_set(&wrong, ERROR_ENVIRONMENT, "RuntimeClass \"%s\" has the handler \"%s\", expected \"%s\"",
                  run->options->runtime_class, run->runtime_class.handler, run->options->handler);
        error_hint(&wrong, "if \"%s\" is right, say so with --handler; else correct the RuntimeClass",
                   run->runtime_class.handler);
    }
    cleanup_free char *message = xasprintf("RuntimeClass \"%s\" has the handler \"%s\"",
                                           run->options->runtime_class, run->runtime_class.handler);
    run_emit_step(run->events, "runtime-class", message, wrong);
}

/* While the questions for the rights are under way, which are told first. */
static int learn_runtime_class(struct run *run, struct error **ret_missing, struct error **err)
{
    struct rights_round *rights = rights_ask(run);
    int64_t began_ms = clock_monotonic_ms();
    int failed = read_runtime_class(run, err);
    run_emit_span(run, "runtime-class", NULL, NULL, began_ms);
    rights_tell(rights, ret_missing);
    tell_runtime_class(run, failed ? *err : NULL);
    return failed;
}

int run_prepare(struct run *run, struct error **err)
{
    if (learn_server(run, err) < 0)
        return -1;
    cleanup_error struct error *missing = NULL;
    if (learn_runtime_class(run, &missing, err) < 0) {
        if (!run->options->existing_pod) {
            if (missing && *err &&
                (*err)->http_status == 403) { /* it is one of those, and they are told together */
                error_free(*err);
                *err = steal(&missing);
            }
            return -1;
        }
        run->class_problem = steal(err); /* a pod that is there may be gVisor's all the same */
    }
    run->node_count = 1;
    run->nodes = xcalloc(1, sizeof *run->nodes);
    run->nodes[0].run = run;
    if ((run->options->existing_pod ? existing_prepare(run, err) : nodes_choose(run, err)) < 0)
        return -1;
    *err = steal(&missing); /* what could be looked at without them was */
    return *err ? -1 : 0;
}
