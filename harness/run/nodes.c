/* SPDX-License-Identifier: Apache-2.0
 *
 * Which nodes the run is on: those that were asked for and that the RuntimeClass' scheduling admits. What is
 * with the others is said, and those that should run gVisor and cannot are nodes of the run all the same.
 */
#include <string.h>

#include "gvisor-smoke/cleanup.h"
#include "gvisor-smoke/clock.h"
#include "gvisor-smoke/log.h"
#include "run_private.h"

#define NAMED_MAX 20 /* nodes that a sentence names; the others are counted */

struct node_list {
    struct kube_node *items;
    size_t count;
};

/* What keeps pods of this RuntimeClass from a node, and whose business it is. */
enum obstacle {
    OBSTACLE_NONE,
    OBSTACLE_ELSEWHERE,   /* the RuntimeClass' scheduling does not admit it: it need not run gVisor */
    OBSTACLE_KEPT_FREE,   /* cordoned on purpose, or of an architecture that gVisor does not have */
    OBSTACLE_UNAVAILABLE, /* not ready */
    OBSTACLE_NO_HANDLER,  /* its kubelet says that the handler is missing */
};

/* Taints that say what the node's own fields say better. */
static bool is_told_otherwise(const char *taint)
{
    return text_starts_with(taint, "node.kubernetes.io/not-ready:") ||
           text_starts_with(taint, "node.kubernetes.io/unreachable:") ||
           text_starts_with(taint, "node.kubernetes.io/unschedulable:");
}

/* A taint that no toleration of the RuntimeClass covers. Texts are "key=value:Effect", with parts left out.
 */
static const char *untolerated_taint(const struct kube_node *node,
                                     const struct kube_runtime_class *runtime_class)
{
    for (size_t i = 0; i < node->taints.count; i++) {
        const char *taint = node->taints.items[i];
        bool tolerated = is_told_otherwise(taint);
        for (size_t k = 0; k < runtime_class->tolerations.count && !tolerated; k++) {
            const char *toleration = runtime_class->tolerations.items[k];
            tolerated = *toleration == '\0' || strncmp(taint, toleration, strcspn(toleration, ":=")) == 0;
        }
        if (!tolerated)
            return taint;
    }
    return NULL;
}

/* gVisor is made for these two: https://gvisor.dev/docs/architecture_guide/platforms/. */
static bool has_gvisor(const struct kube_node *node)
{
    return !node->architecture || strcmp(node->architecture, "amd64") == 0 ||
           strcmp(node->architecture, "arm64") == 0;
}

static bool has_handler(const struct run *run, const struct kube_node *node)
{
    return !node->has_handlers || strings_contain(&node->handlers, run->runtime_class.handler);
}

/* The first obstacle, whose words the caller frees. */
static enum obstacle find_obstacle(const struct run *run, const struct kube_node *node, char **ret_words)
{
    for (size_t i = 0; i < run->runtime_class.node_selector.count; i++)
        if (!strings_contain(&node->labels, run->runtime_class.node_selector.items[i])) {
            *ret_words = xasprintf("lacks the label %s that the RuntimeClass%s selects",
                                   run->runtime_class.node_selector.items[i],
                                   run->options->pod_patch ? " or --pod-patch" : "");
            return OBSTACLE_ELSEWHERE;
        }
    const char *taint = untolerated_taint(node, &run->runtime_class);
    if (taint) {
        *ret_words = xasprintf("has the taint %s", taint);
        /* Kubernetes' own taints are conditions that pass, such as a full disk. */
        return text_starts_with(taint, "node.kubernetes.io/") ? OBSTACLE_UNAVAILABLE : OBSTACLE_ELSEWHERE;
    }
    if (!has_gvisor(node)) {
        *ret_words = xasprintf("is of architecture %s, which gVisor does not have", node->architecture);
        return OBSTACLE_KEPT_FREE;
    }
    if (!node->ready) {
        *ret_words = diagnose_node(node);
        return OBSTACLE_UNAVAILABLE;
    }
    if (node->unschedulable) {
        *ret_words = xstrdup("is cordoned");
        return OBSTACLE_KEPT_FREE;
    }
    if (!has_handler(run, node)) {
        *ret_words = xasprintf("has no handler \"%s\" in its container runtime", run->runtime_class.handler);
        return OBSTACLE_NO_HANDLER;
    }
    return OBSTACLE_NONE;
}

/* --- reading --- */

static int take_page(void *context, const char *body, struct error **err)
{
    struct node_list *list = context;
    struct kube_node *nodes = NULL;
    size_t count = 0;
    if (kube_node_list_parse(body, &nodes, &count, err) < 0)
        return -1;
    list->items = xrealloc(list->items, list->count + count, sizeof *list->items);
    for (size_t i = 0; i < count; i++)
        list->items[list->count++] = nodes[i];
    free(nodes);
    return 0;
}

/* "all", names with commas between, or a label selector. */
static bool is_selector(const char *wanted)
{
    return strpbrk(wanted, "=!(") != NULL;
}

/* One node, by name or because nothing was said: the scheduler's questions are told before pods are made. */
static bool wants_one(const char *wanted)
{
    return !wanted || (strcmp(wanted, "all") != 0 && !is_selector(wanted) && !strchr(wanted, ','));
}

char *node_path(const char *name)
{
    cleanup_free char *escaped = kube_escape(name);
    return xasprintf("/api/v1/nodes?fieldSelector=metadata.name%%3D%s", escaped);
}

/* No more than the API server can tell apart: of thousands of nodes a list takes its time. */
static char *make_list_path(const char *wanted)
{
    if (wanted && is_selector(wanted)) {
        cleanup_free char *escaped = kube_escape(wanted);
        return xasprintf("/api/v1/nodes?labelSelector=%s", escaped);
    }
    return wanted && wants_one(wanted) ? node_path(wanted) : xstrdup("/api/v1/nodes");
}

static int read_nodes(struct run *run, struct node_list *list, struct error **err)
{
    cleanup_free char *path = make_list_path(run->options->nodes);
    return run_get_list(run, path, take_page, list, err);
}

static void node_list_release(struct node_list *list)
{
    kube_node_list_free(list->items, list->count);
    *list = (struct node_list){0};
}
#define cleanup_node_list __attribute__((cleanup(node_list_release)))

/* --- what was asked for --- */

static bool is_asked_for(const char *wanted, const char *name)
{
    if (!wanted || strcmp(wanted, "all") == 0 || is_selector(wanted))
        return true;
    size_t length = strlen(name);
    for (const char *at = wanted; at; at = strchr(at, ',')) {
        at += *at == ',';
        if (strncmp(at, name, length) == 0 && (at[length] == ',' || at[length] == '\0'))
            return true;
    }
    return false;
}

static const struct kube_node *find_node(const struct node_list *list, const char *name, size_t length)
{
    for (size_t i = 0; i < list->count; i++)
        if (strlen(list->items[i].name) == length && strncmp(list->items[i].name, name, length) == 0)
            return &list->items[i];
    return NULL;
}

/* Every name that was given must be a node's. */
static int check_names(const struct node_list *list, const char *wanted, struct error **err)
{
    if (!wanted || strcmp(wanted, "all") == 0)
        return 0;
    if (is_selector(wanted)) {
        if (list->count)
            return 0;
        error_set(err, ERROR_USAGE, "no node has the labels \"%s\"", wanted);
        return -1;
    }
    for (const char *at = wanted; *at;) {
        size_t length = strcspn(at, ",");
        if (length && !find_node(list, at, length)) {
            error_set(err, ERROR_USAGE, "there is no node \"%.*s\"", (int)length, at);
            error_hint(err, "kubectl get nodes lists them; --nodes takes names, a label selector, or all");
            return -1;
        }
        at += length + (at[length] == ',');
    }
    return 0;
}

/* --- what is said --- */

static void emit_node(struct run *run, const struct kube_node *node, const char *obstacle)
{
    struct event event = {
        .kind = EVENT_NODE,
        .node = {.name = node->name,
                 .kernel = node->kernel_version,
                 .os_image = node->os_image,
                 .container_runtime = node->container_runtime,
                 .architecture = node->architecture,
                 .obstacle = obstacle},
    };
    event_emit(run->events, &event);
}

void run_emit_node(struct run *run, const struct kube_node *node)
{
    emit_node(run, node, NULL);
}

/* A sentence that names some nodes and counts the others. */
struct naming {
    struct buf text;
    size_t count;
    bool whole;
};

static void naming_add(struct naming *naming, const char *node, const char *words)
{
    if (naming->count++ < NAMED_MAX)
        buf_printf(&naming->text, "%s%s %s", naming->text.length ? "; " : "", node, words);
}

static const char *naming_text(struct naming *naming)
{
    if (naming->count > NAMED_MAX && !naming->whole)
        buf_printf(&naming->text, "; and %zu more", naming->count - NAMED_MAX);
    naming->whole = true;
    return naming->text.length ? naming->text.bytes : "";
}

static void set_no_handler(struct error **err, const struct run *run, const char *node)
{
    error_set(err, ERROR_ENVIRONMENT, "the container runtime of %s has no handler \"%s\"", node,
              run->runtime_class.handler);
    error_hint(
        err, "install runsc there and add the handler to the configuration of its container runtime, or keep "
             "such nodes away by the RuntimeClass' scheduling");
}

void run_tell_handler(struct run *run, const struct kube_node *node)
{
    if (!node->has_handlers) {
        cleanup_free char *unknown = xasprintf("%s does not say which handlers it has", node->name);
        run_emit_warning(run->events, "handler", unknown,
                         "kubelets say so since 1.31; whether a pod starts is seen below");
        return;
    }
    cleanup_error struct error *err = NULL;
    cleanup_free char *message =
        xasprintf("%s has the handler \"%s\"", node->name, run->runtime_class.handler);
    if (!has_handler(run, node))
        set_no_handler(&err, run, node->name);
    run_emit_step(run->events, "handler", message, err);
}

/* --- one node --- */

static void take(struct node_run *node, struct run *run, struct kube_node *facts)
{
    node->run = run;
    node->name = xstrdup(facts->name);
    node->facts = *facts;
    node->has_facts = true;
    *facts = (struct kube_node){0};
    /* Lists that chose the node; with thousands of nodes they would take most of the memory. */
    strings_release(&node->facts.labels);
    strings_release(&node->facts.taints);
}

/* The first node that can take the pods, one with the handler before one without: the run must not fail on a
 * node that nobody asked for, but when there is no other, what is wrong with it is what the caller wants to
 * know. */
static struct kube_node *first_of(const struct run *run, struct node_list *list, struct naming *others)
{
    struct kube_node *second_best = NULL;
    for (size_t i = 0; i < list->count; i++) {
        if (!is_asked_for(run->options->nodes, list->items[i].name))
            continue;
        cleanup_free char *words = NULL;
        enum obstacle obstacle = find_obstacle(run, &list->items[i], &words);
        if (obstacle == OBSTACLE_NONE)
            return &list->items[i];
        if (obstacle == OBSTACLE_NO_HANDLER && !second_best)
            second_best = &list->items[i];
        else
            naming_add(others, list->items[i].name, words);
    }
    return second_best;
}

static void set_no_node(struct error **err, const struct run *run, const char *reasons)
{
    error_set(err, ERROR_ENVIRONMENT, "no node can take a pod of RuntimeClass \"%s\": %s",
              run->options->runtime_class, *reasons ? reasons : "the cluster has no nodes");
    error_hint(err, "uncordon or repair a node, or give the RuntimeClass the scheduling (nodeSelector, "
                    "tolerations) that its nodes need");
}

/* Of one that was named the others were not read. */
static char *describe_choice(const struct run *run, size_t listed, struct naming *others)
{
    if (run->options->nodes)
        return xasprintf("%s can take the pods", run->nodes[0].name);
    cleanup_free char *nodes = text_count(listed, "node", "nodes");
    return xasprintf("%s can take the pods (of %s%s%s)", run->nodes[0].name, nodes, others->count ? "; " : "",
                     naming_text(others));
}

static int choose_one(struct run *run, struct node_list *list, struct error **err)
{
    struct naming others = {0};
    buf_init(&others.text, 16384);
    struct kube_node *chosen = first_of(run, list, &others);
    if (chosen) {
        take(&run->nodes[0], run, chosen);
        cleanup_free char *message = describe_choice(run, list->count, &others);
        run_emit_step(run->events, "nodes", message, NULL);
        run_emit_node(run, &run->nodes[0].facts);
        run_tell_handler(run, &run->nodes[0].facts);
    } else {
        set_no_node(err, run, naming_text(&others));
    }
    buf_release(&others.text);
    return chosen ? 0 : -1;
}

/* --- several --- */

/* A node of the run that cannot take pods speaks its verdicts at once. */
static void take_with_obstacle(struct node_run *node, enum obstacle obstacle, const char *words)
{
    node->obstacle = xasprintf("node %s %s", node->name, words);
    node->kept_free = obstacle == OBSTACLE_KEPT_FREE;
}

static void tell_chosen(struct run *run, size_t usable, size_t listed, struct naming *elsewhere,
                        struct naming *obstructed)
{
    cleanup_free char *nodes = text_count(listed, "node", "nodes");
    cleanup_free char *message = xasprintf(
        "%zu of %s can take pods of RuntimeClass \"%s\"%s%s%s%s", usable, nodes, run->options->runtime_class,
        obstructed->count ? "; should and cannot: " : "", naming_text(obstructed),
        elsewhere->count ? "; not for this RuntimeClass: " : "", naming_text(elsewhere));
    run_emit_step(run->events, "nodes", message, NULL);
    struct event event = {
        .kind = EVENT_NODES,
        .nodes = {.usable = (int64_t)usable,
                  .obstructed = (int64_t)obstructed->count,
                  .elsewhere = (int64_t)elsewhere->count,
                  .message = message},
    };
    event_emit(run->events, &event);
}

static int choose_several(struct run *run, struct node_list *list, struct error **err)
{
    struct naming elsewhere = {0}, obstructed = {0};
    size_t usable = 0, asked = 0;
    buf_init(&elsewhere.text, 16384);
    buf_init(&obstructed.text, 16384);
    free(run->nodes);
    run->nodes = xcalloc(list->count ? list->count : 1, sizeof *run->nodes);
    run->node_count = 0;
    run->over_nodes = true;
    for (size_t i = 0; i < list->count; i++) {
        cleanup_free char *words = NULL;
        if (!is_asked_for(run->options->nodes, list->items[i].name))
            continue;
        asked++;
        enum obstacle obstacle = find_obstacle(run, &list->items[i], &words);
        if (obstacle == OBSTACLE_ELSEWHERE) {
            naming_add(&elsewhere, list->items[i].name, words);
            continue;
        }
        struct node_run *node = &run->nodes[run->node_count++];
        take(node, run, &list->items[i]);
        usable += obstacle == OBSTACLE_NONE;
        if (obstacle == OBSTACLE_NONE)
            continue;
        take_with_obstacle(node, obstacle, words);
        naming_add(&obstructed, node->name, words);
    }
    if (run->node_count)
        tell_chosen(run, usable, asked, &elsewhere, &obstructed);
    else
        set_no_node(err, run, naming_text(&elsewhere));
    buf_release(&elsewhere.text);
    buf_release(&obstructed.text);
    return run->node_count ? 0 : -1;
}

void node_tell(const struct node_run *node)
{
    if (node->run->over_nodes)
        emit_node(node->run, &node->facts, node->obstacle);
}

/* --- all together --- */

/* Less is seen then, and said: the scheduler chooses, and two signs of attestation are missing. */
static int go_without_nodes(struct run *run, struct error **err)
{
    if ((*err)->http_status != 403)
        return -1;
    if (!wants_one(run->options->nodes)) {
        error_wrap(err, "--nodes %s needs to read nodes", run->options->nodes);
        return -1;
    }
    cleanup_error struct error *seen = *err;
    *err = NULL;
    error_wrap(&seen, "nodes cannot be read, so the scheduler chooses and two signs of gVisor are missing");
    log_info("%s", seen->message);
    run_emit_warning(run->events, "nodes", seen->message, seen->hint);
    run_emit_warning(run->events, "handler", "nodes cannot be read, so it is not known which has the handler",
                     NULL);
    return 0;
}

static int choose(struct run *run, struct error **err)
{
    const char *wanted = run->options->nodes;
    cleanup_node_list struct node_list list = {0};
    if (read_nodes(run, &list, err) < 0)
        return go_without_nodes(run, err);
    if (check_names(&list, wanted, err) < 0)
        return -1;
    if (wants_one(wanted))
        return choose_one(run, &list, err);
    if (run->options->repeat) {
        error_set(err, ERROR_USAGE, "--repeat measures on one node, not on --nodes %s", wanted);
        error_hint(err, "name one node, and run once for each");
        return -1;
    }
    return choose_several(run, &list, err);
}

int nodes_choose(struct run *run, struct error **err)
{
    int64_t began_ms = clock_monotonic_ms();
    int failed = choose(run, err);
    run_emit_span(run, "nodes", NULL, NULL, began_ms);
    if (failed)
        run_emit_step(run->events, "nodes", NULL, *err);
    return failed;
}
