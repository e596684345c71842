/* SPDX-License-Identifier: Apache-2.0
 *
 * Typed views of API objects.
 */
#include <string.h>

#include <json-c/json_pointer.h>

#include "gvisor-smoke/cleanup.h"
#include "gvisor-smoke/kube.h"
#include "view.h"

static struct strings view_labels(struct json_object *labels)
{
    struct strings list = {0};
    if (!json_object_is_type(labels, json_type_object))
        return list;
    struct json_object_iterator end = json_object_iter_end(labels);
    for (struct json_object_iterator at = json_object_iter_begin(labels); !json_object_iter_equal(&at, &end);
         json_object_iter_next(&at)) {
        const char *text = json_string(json_object_iter_peek_value(&at));
        cleanup_free char *label = xasprintf("%s=%s", json_object_iter_peek_name(&at), text ? text : "");
        strings_add(&list, label);
    }
    return list;
}

/* The condition of that type, or NULL. */
static struct json_object *view_condition(struct json_object *object, const char *type)
{
    struct json_object *conditions = json_path(object, "status", "conditions", NULL);
    for (size_t i = 0; i < json_length(conditions); i++) {
        struct json_object *condition = json_item(conditions, i);
        const char *name = json_string(json_member(condition, "type"));
        if (name && strcmp(name, type) == 0)
            return condition;
    }
    return NULL;
}

static bool condition_is(struct json_object *condition, const char *status)
{
    const char *value = json_string(json_member(condition, "status"));
    return value && strcmp(value, status) == 0;
}

static void view_container(struct kube_pod *pod, struct json_object *container)
{
    struct json_object *waiting = json_path(container, "state", "waiting", NULL);
    struct json_object *terminated = json_path(container, "state", "terminated", NULL);
    if (waiting && !pod->waiting_reason) {
        pod->waiting_reason = json_string_copy(waiting, "reason");
        pod->waiting_message = json_string_copy(waiting, "message");
    }
    if (terminated && !pod->terminated_reason) {
        pod->terminated_reason = json_string_copy(terminated, "reason");
        pod->terminated_message = json_string_copy(terminated, "message");
        pod->exit_code = json_object_get_int(json_member(terminated, "exitCode"));
    }
    if (!json_path(container, "state", "running", NULL))
        pod->running = false;
}

static void view_containers(struct kube_pod *pod, struct json_object *status)
{
    struct json_object *containers = json_member(status, "containerStatuses");
    pod->running = json_length(containers) > 0;
    for (size_t i = 0; i < json_length(containers); i++)
        view_container(pod, json_item(containers, i));
}

struct kube_pod view_pod(struct json_object *object)
{
    struct json_object *metadata = json_member(object, "metadata");
    struct json_object *spec = json_member(object, "spec");
    struct json_object *status = json_member(object, "status");
    struct json_object *scheduled = view_condition(object, "PodScheduled");
    struct kube_pod pod = {
        .name = json_string_copy(metadata, "name"),
        .node = json_string_copy(spec, "nodeName"),
        .phase = json_string_copy(status, "phase"),
        .runtime_class = json_string_copy(spec, "runtimeClassName"),
        .deleting = json_member(metadata, "deletionTimestamp") != NULL,
        .ready = condition_is(view_condition(object, "Ready"), "True"),
        .reason = json_string_copy(status, "reason"),
        .message = json_string_copy(status, "message"),
    };
    if (condition_is(scheduled, "False"))
        pod.unscheduled_reason = json_string_copy(scheduled, "message");
    view_containers(&pod, status);
    return pod;
}

void kube_pod_release(struct kube_pod *pod)
{
    free(pod->name);
    free(pod->node);
    free(pod->phase);
    free(pod->runtime_class);
    free(pod->reason);
    free(pod->message);
    free(pod->unscheduled_reason);
    free(pod->waiting_reason);
    free(pod->waiting_message);
    free(pod->terminated_reason);
    free(pod->terminated_message);
    *pod = (struct kube_pod){0};
}

static char *taint_text(struct json_object *taint, const char *effect)
{
    const char *key = json_string(json_member(taint, "key"));
    const char *value = json_string(json_member(taint, "value"));
    bool has_value = value && *value;
    bool has_effect = effect && *effect;
    return xasprintf("%s%s%s%s%s", key ? key : "", has_value ? "=" : "", has_value ? value : "",
                     has_effect ? ":" : "", has_effect ? effect : "");
}

static struct strings view_taints(struct json_object *taints)
{
    struct strings list = {0};
    for (size_t i = 0; i < json_length(taints); i++) {
        struct json_object *taint = json_item(taints, i);
        const char *effect = json_string(json_member(taint, "effect"));
        if (!effect || strcmp(effect, "PreferNoSchedule") == 0)
            continue;
        cleanup_free char *text = taint_text(taint, effect);
        strings_add(&list, text);
    }
    return list;
}

/* Why and since when a node is not ready, by its condition Ready; NULL when it is. */
static char *view_not_ready(struct json_object *condition)
{
    if (condition_is(condition, "True"))
        return NULL;
    if (!condition)
        return xstrdup("since it was made: its kubelet has never reported");
    const char *since = json_string(json_member(condition, "lastTransitionTime"));
    const char *reason = json_string(json_member(condition, "reason"));
    const char *message = json_string(json_member(condition, "message"));
    return xasprintf("since %s: %s%s%s", since ? since : "it was made",
                     reason ? reason : "no reason is given", message ? ": " : "", message ? message : "");
}

struct kube_node view_node(struct json_object *object)
{
    struct json_object *ready = view_condition(object, "Ready");
    struct json_object *info = json_path(object, "status", "nodeInfo", NULL);
    struct json_object *handlers = json_path(object, "status", "runtimeHandlers", NULL);
    struct kube_node node = {
        .name = xstrdup(json_string(json_path(object, "metadata", "name", NULL))),
        .kernel_version = json_string_copy(info, "kernelVersion"),
        .boot_id = json_string_copy(info, "bootID"),
        .os_image = json_string_copy(info, "osImage"),
        .container_runtime = json_string_copy(info, "containerRuntimeVersion"),
        .architecture = json_string_copy(info, "architecture"),
        .ready = condition_is(ready, "True"),
        .not_ready = view_not_ready(ready),
        .unschedulable = json_is_true(json_path(object, "spec", "unschedulable", NULL)),
        .has_handlers = json_length(handlers) > 0,
        .taints = view_taints(json_path(object, "spec", "taints", NULL)),
        .labels = view_labels(json_path(object, "metadata", "labels", NULL)),
    };
    for (size_t i = 0; i < json_length(handlers); i++) {
        const char *name = json_string(json_member(json_item(handlers, i), "name"));
        strings_add(&node.handlers, name ? name : "");
    }
    return node;
}

void kube_node_release(struct kube_node *node)
{
    free(node->name);
    free(node->kernel_version);
    free(node->boot_id);
    free(node->os_image);
    free(node->container_runtime);
    free(node->architecture);
    free(node->not_ready);
    strings_release(&node->handlers);
    strings_release(&node->taints);
    strings_release(&node->labels);
    *node = (struct kube_node){0};
}

struct kube_runtime_class view_runtime_class(struct json_object *object)
{
    struct json_object *scheduling = json_member(object, "scheduling");
    struct json_object *tolerations = json_member(scheduling, "tolerations");
    struct kube_runtime_class runtime_class = {
        .name = xstrdup(json_string(json_path(object, "metadata", "name", NULL))),
        .handler = json_string_copy(object, "handler"),
        .node_selector = view_labels(json_member(scheduling, "nodeSelector")),
    };
    for (size_t i = 0; i < json_length(tolerations); i++) {
        struct json_object *toleration = json_item(tolerations, i);
        cleanup_free char *text = taint_text(toleration, json_string(json_member(toleration, "effect")));
        strings_add(&runtime_class.tolerations, text);
    }
    return runtime_class;
}

void kube_runtime_class_release(struct kube_runtime_class *runtime_class)
{
    free(runtime_class->name);
    free(runtime_class->handler);
    strings_release(&runtime_class->node_selector);
    strings_release(&runtime_class->tolerations);
    *runtime_class = (struct kube_runtime_class){0};
}

struct kube_object view_object(struct json_object *object)
{
    struct json_object *metadata = json_member(object, "metadata");
    return (struct kube_object){
        .name = json_string_copy(metadata, "name"),
        .created = json_string_copy(metadata, "creationTimestamp"),
        .deleting = json_member(metadata, "deletionTimestamp") != NULL,
        .labels = view_labels(json_member(metadata, "labels")),
    };
}

void kube_object_release(struct kube_object *object)
{
    free(object->name);
    free(object->created);
    strings_release(&object->labels);
    *object = (struct kube_object){0};
}

const char *kube_label(const struct strings *labels, const char *key)
{
    size_t length = strlen(key);
    for (size_t i = 0; i < labels->count; i++)
        if (strncmp(labels->items[i], key, length) == 0 && labels->items[i][length] == '=')
            return labels->items[i] + length + 1;
    return NULL;
}

struct kube_event view_event(struct json_object *object)
{
    struct json_object *involved = json_member(object, "involvedObject");
    int count = json_object_get_int(json_member(object, "count"));
    int series = json_object_get_int(json_path(object, "series", "count", NULL));
    return (struct kube_event){
        .object_kind = json_string_copy(involved, "kind"),
        .object_name = json_string_copy(involved, "name"),
        .reason = json_string_copy(object, "reason"),
        .message = json_string_copy(object, "message"),
        .type = json_string_copy(object, "type"),
        .count = series > count ? series
                 : count > 0    ? count
                                : 1,
    };
}

void kube_event_release(struct kube_event *event)
{
    free(event->object_kind);
    free(event->object_name);
    free(event->reason);
    free(event->message);
    free(event->type);
    *event = (struct kube_event){0};
}

static struct json_object *parse_object(const char *json, const char *what, struct error **err)
{
    size_t length = strlen(json);
    struct json_object *object = json_parse(json, length);
    if (json_object_is_type(object, json_type_object))
        return object;
    json_object_put(object);
    if (json_is_too_large(json, length))
        error_set(err, ERROR_ENVIRONMENT, "the API server's answer is too large for a %s object", what);
    else
        error_set(err, ERROR_ENVIRONMENT, "the API server's answer is not a %s object", what);
    return NULL;
}

/* Items (null when there is none) must be there; their names become parts of paths and of reports, and
 * nothing is without one. */
static int check_list(struct json_object *list, const char *what, struct error **err)
{
    struct json_object *items = NULL;
    if (!json_object_object_get_ex(list, "items", &items)) {
        error_set(err, ERROR_ENVIRONMENT, "the API server's answer is not a %s object: it has no items",
                  what);
        return -1;
    }
    for (size_t i = 0; i < json_length(items); i++) {
        const char *name = json_string(json_path(json_item(items, i), "metadata", "name", NULL));
        if (name && kube_is_object_name(name))
            continue;
        error_set(err, ERROR_ENVIRONMENT,
                  "item %zu of the API server's %s has no name that an object can have", i, what);
        return -1;
    }
    return 0;
}

#define DEFINE_PARSE(noun, what)                                                                             \
    int kube_##noun##_parse(const char *json, struct kube_##noun *ret_##noun, struct error **err)            \
    {                                                                                                        \
        cleanup_json struct json_object *object = parse_object(json, what, err);                             \
        if (!object)                                                                                         \
            return -1;                                                                                       \
        *ret_##noun = view_##noun(object);                                                                   \
        return 0;                                                                                            \
    }
DEFINE_PARSE(pod, "Pod")
DEFINE_PARSE(runtime_class, "RuntimeClass")

#define DEFINE_LIST_PARSE(noun, what)                                                                        \
    int kube_##noun##_list_parse(const char *json, struct kube_##noun **ret_list, size_t *ret_count,         \
                                 struct error **err)                                                         \
    {                                                                                                        \
        cleanup_json struct json_object *object = parse_object(json, what, err);                             \
        if (!object)                                                                                         \
            return -1;                                                                                       \
        struct json_object *items = json_member(object, "items");                                            \
        if (check_list(object, what, err) < 0)                                                               \
            return -1;                                                                                       \
        *ret_count = json_length(items);                                                                     \
        *ret_list = xcalloc(*ret_count, sizeof **ret_list);                                                  \
        for (size_t i = 0; i < *ret_count; i++)                                                              \
            (*ret_list)[i] = view_##noun(json_item(items, i));                                               \
        return 0;                                                                                            \
    }                                                                                                        \
                                                                                                             \
    void kube_##noun##_list_free(struct kube_##noun *list, size_t count)                                     \
    {                                                                                                        \
        for (size_t i = 0; i < count; i++)                                                                   \
            kube_##noun##_release(&list[i]);                                                                 \
        free(list);                                                                                          \
    }
DEFINE_LIST_PARSE(pod, "PodList")
DEFINE_LIST_PARSE(node, "NodeList")
DEFINE_LIST_PARSE(object, "List")

char *kube_json_text(const char *json, const char *pointer)
{
    cleanup_json struct json_object *object = json_parse(json, strlen(json));
    struct json_object *value = NULL;
    if (!object || json_pointer_get(object, pointer, &value) != 0)
        return NULL;
    return xstrdup(json_object_get_string(value));
}
