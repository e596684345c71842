/* SPDX-License-Identifier: Apache-2.0
 *
 * What must be known before the first pod: the server, the RuntimeClass, the node.
 */
#include <string.h>

#include "gvisor-smoke/cleanup.h"
#include "gvisor-smoke/log.h"
#include "gvisor-smoke/pod_patch.h"
#include "run_private.h"

/* A server that is only restarting answers within this time; one that is not there is told soon. */
#define FIRST_PATIENCE_MS 3000

static int get(struct run *run, const char *path, char **ret_body, struct error **err)
{
    const struct kube_request_options options = {
        .method = "GET", .path = path, .timeout_ms = 10000, .patience_ms = FIRST_PATIENCE_MS};
    return kube_call(run->kube, &options, ret_body, err);
}

static int learn_server(struct run *run, struct error **err)
{
    cleanup_free char *body = NULL;
    if (get(run, "/version", &body, err) < 0) {
        run_emit_step(run->events, "access", NULL, *err);
        return -1;
    }
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
    if (get(run, path, &body, err) < 0) {
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

static int learn_runtime_class(struct run *run, struct error **err)
{
    if (read_runtime_class(run, err) < 0) {
        run_emit_step(run->events, "runtime-class", NULL, *err);
        return -1;
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
    return 0;
}

/* A taint that no toleration of the RuntimeClass covers. Texts are "key=value:Effect", with parts left out.
 */
static const char *untolerated_taint(const struct kube_node *node,
                                     const struct kube_runtime_class *runtime_class)
{
    for (size_t i = 0; i < node->taints.count; i++) {
        const char *taint = node->taints.items[i];
        bool tolerated = false;
        for (size_t k = 0; k < runtime_class->tolerations.count && !tolerated; k++) {
            const char *toleration = runtime_class->tolerations.items[k];
            tolerated = *toleration == '\0' || strncmp(taint, toleration, strcspn(toleration, ":=")) == 0;
        }
        if (!tolerated)
            return taint;
    }
    return NULL;
}

/* Why no pod of this RuntimeClass can be placed on the node, or NULL when one can. */
static char *why_not(const struct run *run, const struct kube_node *node)
{
    if (!node->ready)
        return diagnose_node(node);
    if (node->unschedulable)
        return xstrdup("is cordoned");
    for (size_t i = 0; i < run->runtime_class.node_selector.count; i++)
        if (!strings_contain(&node->labels, run->runtime_class.node_selector.items[i]))
            return xasprintf("lacks the label %s that the RuntimeClass%s selects",
                             run->runtime_class.node_selector.items[i],
                             run->options->pod_patch ? " or --pod-patch" : "");
    const char *taint = untolerated_taint(node, &run->runtime_class);
    return taint ? xasprintf("has the taint %s", taint) : NULL;
}

static bool has_handler(const struct run *run, const struct kube_node *node)
{
    return !node->has_handlers || strings_contain(&node->handlers, run->runtime_class.handler);
}

void run_tell_handler(struct run *run, const struct kube_node *node)
{
    const char *handler = run->runtime_class.handler;
    cleanup_error struct error *err = NULL;
    cleanup_free char *message = xasprintf("%s has the handler \"%s\"", node->name, handler);
    if (!node->has_handlers) {
        cleanup_free char *unknown = xasprintf("%s does not say which handlers it has", node->name);
        run_emit_warning(run->events, "handler", unknown,
                         "kubelets say so since 1.31; whether a pod starts is seen below");
        return;
    }
    if (!has_handler(run, node)) {
        error_set(&err, ERROR_ENVIRONMENT, "the container runtime of %s has no handler \"%s\"", node->name,
                  handler);
        error_hint(
            &err,
            "install runsc there and add the handler to the configuration of its container runtime, or keep "
            "such nodes away by the RuntimeClass' scheduling");
    }
    run_emit_step(run->events, "handler", message, err);
}

/* Which node was chosen, and what is with the others. */
static void tell_nodes(struct run *run, const char *chosen, size_t count, const struct buf *reasons)
{
    cleanup_free char *nodes = text_count(count, "node", "nodes");
    cleanup_free char *message =
        xasprintf("%s can take the pods (of %s%s%s)", chosen, nodes, reasons->length ? "; " : "",
                  reasons->length ? reasons->bytes : "");
    run_emit_step(run->events, "nodes", message, NULL);
}

void run_emit_node(struct run *run, const struct kube_node *node)
{
    struct event event = {
        .kind = EVENT_NODE,
        .node = {.name = node->name,
                 .kernel = node->kernel_version,
                 .os_image = node->os_image,
                 .container_runtime = node->container_runtime,
                 .architecture = node->architecture},
    };
    event_emit(run->events, &event);
}

/* The first node that can take the pods, one with the handler before one without: the run must not fail on a
 * node that nobody asked for, but when there is no other, what is wrong with it is what the caller wants to
 * know. */
static struct kube_node *choose(const struct run *run, struct kube_node *nodes, size_t count,
                                struct buf *reasons)
{
    struct kube_node *second_best = NULL;
    for (size_t i = 0; i < count; i++) {
        if (run->options->node && strcmp(nodes[i].name, run->options->node) != 0)
            continue;
        cleanup_free char *reason = why_not(run, &nodes[i]);
        if (reason)
            buf_printf(reasons, "%s%s %s", reasons->length ? "; " : "", nodes[i].name, reason);
        else if (has_handler(run, &nodes[i]))
            return &nodes[i];
        else if (!second_best)
            second_best = &nodes[i];
    }
    return second_best;
}

static int choose_node(struct run *run, struct kube_node *nodes, size_t count, struct error **err)
{
    cleanup_buf struct buf reasons;
    buf_init(&reasons, 4096);
    struct kube_node *chosen = choose(run, nodes, count, &reasons);
    if (!chosen && run->options->node && reasons.length == 0) {
        error_set(err, ERROR_USAGE, "there is no node \"%s\"", run->options->node);
        return -1;
    }
    if (!chosen) {
        error_set(err, ERROR_ENVIRONMENT, "no node can take a pod of RuntimeClass \"%s\": %s",
                  run->options->runtime_class, reasons.length ? reasons.bytes : "the cluster has no nodes");
        error_hint(err, "uncordon or repair a node, or give the RuntimeClass the scheduling (nodeSelector, "
                        "tolerations) that its nodes need");
        return -1;
    }
    struct node_run *node = &run->nodes[0];
    node->name = xstrdup(chosen->name);
    node->facts = *chosen;
    node->has_facts = true;
    *chosen = (struct kube_node){0};
    tell_nodes(run, node->name, count, &reasons);
    run_emit_node(run, &node->facts);
    run_tell_handler(run, &node->facts);
    return 0;
}

static int read_nodes(struct run *run, struct error **err)
{
    cleanup_free char *body = NULL;
    struct kube_node *nodes = NULL;
    size_t count = 0;
    if (get(run, "/api/v1/nodes", &body, err) < 0) {
        if ((*err)->http_status != 403)
            return -1;
        /* Less is seen then, and said: the scheduler chooses, and two signs of attestation are missing. */
        struct error *seen = *err;
        *err = NULL;
        error_wrap(&seen,
                   "nodes cannot be read, so the scheduler chooses and two signs of gVisor are missing");
        log_info("%s", seen->message);
        run_emit_warning(run->events, "nodes", seen->message, seen->hint);
        run_emit_warning(run->events, "handler",
                         "nodes cannot be read, so it is not known which has the handler", NULL);
        error_free(seen);
        return 0;
    }
    if (kube_node_list_parse(body, &nodes, &count, err) < 0)
        return -1;
    int failed = choose_node(run, nodes, count, err);
    kube_node_list_free(nodes, count);
    return failed;
}

static int learn_nodes(struct run *run, struct error **err)
{
    int failed = read_nodes(run, err);
    if (failed)
        run_emit_step(run->events, "nodes", NULL, *err);
    return failed;
}

int run_prepare(struct run *run, struct error **err)
{
    if (learn_server(run, err) < 0)
        return -1;
    cleanup_error struct error *missing = NULL;
    if (run->options->check_rights)
        rights_check(run, &missing);
    if (learn_runtime_class(run, err) < 0) {
        if (!run->options->existing_pod)
            return -1;
        run->class_problem = steal(err); /* a pod that is there may be gVisor's all the same */
    }
    run->node_count = 1;
    run->nodes = xcalloc(1, sizeof *run->nodes);
    run->nodes[0].run = run;
    if ((run->options->existing_pod ? existing_prepare(run, err) : learn_nodes(run, err)) < 0)
        return -1;
    *err = steal(&missing); /* what could be looked at without them was */
    return *err ? -1 : 0;
}
