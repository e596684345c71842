/* SPDX-License-Identifier: Apache-2.0
 *
 * The PersistentVolumeClaims of a node: made when the node has its turn, deleted when that is over. One for
 * each runtime, since one must not see what the other wrote.
 */
#include <string.h>

#include "gvisor-smoke/cleanup.h"
#include "run_private.h"

bool claims_are_open(const struct node_run *node)
{
    for (size_t role = 0; role < 2; role++)
        if (node->claim_requests[role])
            return true;
    return false;
}

/* Pods that mount the claim cannot start; the node's other pods can. */
static void fail_pods(struct node_run *node, enum runtime_role role, const struct error *err)
{
    for (size_t i = 0; i < node->pod_count; i++) {
        struct run_pod *pod = node->pods[i];
        if (pod_runtime(pod) == role && strings_contain(&pod->sample->grants, "volume"))
            pod_fail(pod, error_copy(err));
    }
}

static void on_created(struct node_run *node, enum runtime_role role, const struct error *err)
{
    node->claim_requests[role] = NULL;
    run_emit_span(node->run, role == RUNTIME_GVISOR ? "claim" : "control claim", node_event_name(node), NULL,
                  node->began_ms);
    if (!err) {
        node->claim_made[role] = node->run->claims_made = true;
        run_schedule(node->run);
        return;
    }
    cleanup_error struct error *failure = error_copy(err);
    error_wrap(&failure, "cannot create persistentvolumeclaims");
    fail_pods(node, role, failure);
}

static void on_gvisor_created(void *context, const char *body, size_t length, const struct error *err)
{
    (void)body;
    (void)length;
    on_created(context, RUNTIME_GVISOR, err);
}

static void on_control_created(void *context, const char *body, size_t length, const struct error *err)
{
    (void)body;
    (void)length;
    on_created(context, RUNTIME_CONTROL, err);
}

void claims_create(struct node_run *node)
{
    struct run *run = node->run;
    cleanup_free char *path = objects_path(run, "persistentvolumeclaims", NULL);
    for (size_t role = 0; role < 2 && !run->options->existing_claim; role++) {
        if (!node->claims[role])
            continue;
        cleanup_free char *body = manifest_claim(run, node->claims[role]);
        const struct kube_request_options options = {
            .method = "POST", .path = path, .body = body, .patience_ms = KUBE_PATIENCE_MS, .own_name = true};
        node->claim_requests[role] = kube_request_start(
            run->kube, &options, role == RUNTIME_GVISOR ? on_gvisor_created : on_control_created, node);
    }
}

/* Nobody waits for the answer: the end of the run looks for what is still there. */
static void on_gvisor_deleted(void *context, const char *body, size_t length, const struct error *err)
{
    (void)body;
    (void)length;
    struct node_run *node = context;
    node->claim_requests[RUNTIME_GVISOR] = NULL;
    node->claim_made[RUNTIME_GVISOR] = err && err->http_status != 404;
}

static void on_control_deleted(void *context, const char *body, size_t length, const struct error *err)
{
    (void)body;
    (void)length;
    struct node_run *node = context;
    node->claim_requests[RUNTIME_CONTROL] = NULL;
    node->claim_made[RUNTIME_CONTROL] = err && err->http_status != 404;
}

void claims_delete(struct node_run *node)
{
    struct run *run = node->run;
    for (size_t role = 0; role < 2; role++) {
        if (!node->claim_made[role])
            continue;
        cleanup_free char *path = objects_path(run, "persistentvolumeclaims", node->claims[role]);
        const struct kube_request_options options = {
            .method = "DELETE", .path = path, .patience_ms = KUBE_PATIENCE_MS};
        node->claim_requests[role] = kube_request_start(
            run->kube, &options, role == RUNTIME_GVISOR ? on_gvisor_deleted : on_control_deleted, node);
    }
}

void claims_release(struct node_run *node)
{
    for (size_t role = 0; role < 2; role++) {
        kube_request_cancel(&node->claim_requests[role]);
        free(node->claims[role]);
        node->claims[role] = NULL;
    }
}
