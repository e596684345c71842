/* SPDX-License-Identifier: Apache-2.0
 *
 * The operator's patch of pods: what it may not touch, and how it is merged.
 */
#include "gvisor-smoke/pod_patch.h"

#include <assert.h>
#include <string.h>

#include <json-c/json.h>

#include "gvisor-smoke/cleanup.h"
#include "gvisor-smoke/index.h"

struct pod_patch {
    struct json_object *object;
};

/* --- what is the run's own --- */

#define USE_NODE "--node chooses the node, and nodeSelector and tolerations are free"

/* Members that a patch must not have, by the path of the object around them. */
static const struct {
    const char *path, *member, *hint;
} owned[] = {
    {"", "status", "a patch is for metadata and spec"},
    {"/metadata", "name", "the run names its pods"},
    {"/metadata", "generateName", "the run names its pods"},
    {"/metadata", "namespace", "-n names the namespace"},
    {"/metadata/labels", "app.kubernetes.io/managed-by", "sweep finds pods by it"},
    {"/metadata/labels", "gvisor-smoke/run", "the run finds its pods by it"},
    {"/metadata/labels", "gvisor-smoke/role", "the fixture's service finds its pod by it"},
    {"/spec", "runtimeClassName", "--runtime-class names it; the control must have none"},
    {"/spec", "nodeName", USE_NODE},
    {"/spec/affinity", "nodeAffinity", USE_NODE},
};

/* Objects that hold something of the run's, so that a patch may add to them and not replace or remove them.
 */
static const char *const kept_objects[] = {"/metadata", "/metadata/labels", "/spec", "/spec/affinity"};

static int refuse(struct error **err, const char *hint, char *message /* taken */)
{
    error_set(err, ERROR_USAGE, "%s", message);
    error_hint(err, "%s", hint);
    free(message);
    return -1;
}

static int check_object(const char *path, struct json_object *object, struct error **err)
{
    for (size_t i = 0; i < sizeof owned / sizeof *owned; i++)
        if (strcmp(owned[i].path, path) == 0 && json_object_object_get_ex(object, owned[i].member, NULL))
            return refuse(err, owned[i].hint,
                          xasprintf("it sets %s/%s, which is the run's own", path, owned[i].member));
    /* json-c's own loop is a statement expression, which clang does not take for C. */
    for (struct lh_entry *entry = json_object_get_object(object)->head; entry; entry = entry->next) {
        const char *name = lh_entry_k(entry);
        struct json_object *value = (struct json_object *)lh_entry_v(entry);
        cleanup_free char *inner = xasprintf("%s/%s", path, name);
        for (size_t i = 0; i < sizeof kept_objects / sizeof *kept_objects; i++) {
            if (strcmp(kept_objects[i], inner) != 0)
                continue;
            if (!json_object_is_type(value, json_type_object))
                return refuse(err, "name only what is to change in it",
                              xasprintf("%s is not an object: what the run has in it would be lost", inner));
            if (check_object(inner, value, err) < 0)
                return -1;
        }
    }
    return 0;
}

static const char *text_member(struct json_object *object, const char *name)
{
    struct json_object *value = json_object_object_get(object, name);
    return json_object_is_type(value, json_type_string) ? json_object_get_string(value) : NULL;
}

/* Whether an item of `containers` is for a container of the run. */
static bool is_own(struct json_object *container)
{
    const char *name = text_member(container, "name");
    return !name || strcmp(name, "case") == 0 || strcmp(name, "fixture") == 0;
}

static int check_containers(struct json_object *patch, struct error **err)
{
    struct json_object *containers = NULL;
    struct json_object *spec = json_object_object_get(patch, "spec");
    if (!spec || !json_object_object_get_ex(spec, "containers", &containers))
        return 0;
    if (!json_object_is_type(containers, json_type_array))
        return refuse(err, "an item without a name is for the run's own container",
                      xstrdup("/spec/containers is not a list"));
    for (size_t i = 0; i < json_object_array_length(containers); i++) {
        struct json_object *container = json_object_array_get_idx(containers, i);
        if (!json_object_is_type(container, json_type_object))
            return refuse(err, "an item without a name is for the run's own container",
                          xasprintf("/spec/containers/%zu is not an object", i));
        if (is_own(container) && json_object_object_get_ex(container, "image", NULL))
            return refuse(err, "--image names it, or the key \"image\" of a case",
                          xasprintf("it sets /spec/containers/%zu/image, which is the run's own", i));
    }
    return 0;
}

static int check_kind(struct json_object *patch, struct error **err)
{
    const char *kind = text_member(patch, "kind"), *version = text_member(patch, "apiVersion");
    bool fits =
        (!json_object_object_get_ex(patch, "kind", NULL) || (kind && strcmp(kind, "Pod") == 0)) &&
        (!json_object_object_get_ex(patch, "apiVersion", NULL) || (version && strcmp(version, "v1") == 0));
    return fits ? 0
                : refuse(err, "it is merged into each pod of the run; see the README for its form",
                         xstrdup("it is for another kind of object than a v1 Pod"));
}

struct pod_patch *pod_patch_parse(const char *text, size_t length, struct error **err)
{
    struct json_tokener *tokener = json_tokener_new();
    json_tokener_set_flags(tokener, JSON_TOKENER_STRICT);
    struct json_object *object = json_tokener_parse_ex(tokener, text, (int)length + 1);
    enum json_tokener_error problem = json_tokener_get_error(tokener);
    size_t end = json_tokener_get_parse_end(tokener);
    json_tokener_free(tokener);
    if (problem != json_tokener_success)
        error_set(err, ERROR_USAGE, "it is not JSON: %s at byte %zu", json_tokener_error_desc(problem), end);
    else if (!json_object_is_type(object, json_type_object))
        error_set(err, ERROR_USAGE, "it is not a JSON object");
    else if (check_kind(object, err) == 0 && check_object("", object, err) == 0 &&
             check_containers(object, err) == 0) {
        struct pod_patch *patch = xcalloc(1, sizeof *patch);
        patch->object = object;
        return patch;
    }
    json_object_put(object);
    return NULL;
}

void pod_patch_free(struct pod_patch *patch)
{
    if (!patch)
        return;
    json_object_put(patch->object);
    free(patch);
}

/* A RuntimeClass has the same two members, so its view reads them. */
void pod_patch_add_scheduling(const struct pod_patch *patch, struct kube_runtime_class *runtime_class)
{
    static const char *const members[] = {"nodeSelector", "tolerations"};
    struct json_object *spec = json_object_object_get(patch->object, "spec");
    struct json_object *like = json_object_new_object(), *scheduling = json_object_new_object();
    for (size_t i = 0; i < sizeof members / sizeof *members; i++)
        json_object_object_add(scheduling, members[i],
                               json_object_get(spec ? json_object_object_get(spec, members[i]) : NULL));
    json_object_object_add(like, "scheduling", scheduling);
    struct kube_runtime_class view = {0};
    cleanup_error struct error *err = NULL;
    if (kube_runtime_class_parse(json_object_to_json_string(like), &view, &err) == 0) {
        strings_add_all(&runtime_class->node_selector, &view.node_selector);
        strings_add_all(&runtime_class->tolerations, &view.tolerations);
    }
    kube_runtime_class_release(&view);
    json_object_put(like);
}

void pod_patch_images(const struct pod_patch *patch, struct strings *images)
{
    static const char *const lists[] = {"initContainers", "containers"};
    struct json_object *spec = json_object_object_get(patch->object, "spec");
    for (size_t i = 0; spec && i < sizeof lists / sizeof *lists; i++) {
        struct json_object *list = json_object_object_get(spec, lists[i]);
        for (size_t k = 0; json_object_is_type(list, json_type_array) && k < json_object_array_length(list);
             k++) {
            const char *image = text_member(json_object_array_get_idx(list, k), "image");
            if (image)
                strings_add(images, image);
        }
    }
}

/* --- the merge --- */

/* Lists whose items Kubernetes knows by a key (patchMergeKey in k8s.io/api/core/v1). */
static const struct {
    const char *list, *key;
} keyed_lists[] = {
    {"containers", "name"}, {"initContainers", "name"},   {"env", "name"},
    {"volumes", "name"},    {"imagePullSecrets", "name"}, {"volumeMounts", "mountPath"},
};

static const char *key_of(const char *list)
{
    for (size_t i = 0; i < sizeof keyed_lists / sizeof *keyed_lists; i++)
        if (strcmp(keyed_lists[i].list, list) == 0)
            return keyed_lists[i].key;
    return NULL;
}

static struct json_object *copy(struct json_object *value)
{
    struct json_object *result = NULL;
    if (value && json_object_deep_copy(value, &result, NULL) < 0)
        abort();
    return result;
}

static void merge_object(struct json_object *target, struct json_object *patch);

/* Without the members that are null: what RFC 7386 makes of a patch where there was nothing. */
static struct json_object *fresh(struct json_object *patch)
{
    if (!json_object_is_type(patch, json_type_object))
        return copy(patch);
    struct json_object *made = json_object_new_object();
    merge_object(made, patch);
    return made;
}

static void merge_item(struct json_object *target, struct index *places, const char *key,
                       struct json_object *item)
{
    const char *value = text_member(item, key);
    size_t place;
    if (value && index_get(places, value, &place)) {
        merge_object(json_object_array_get_idx(target, place), item);
        return;
    }
    if (value)
        index_set(places, value, json_object_array_length(target));
    json_object_array_add(target, fresh(item));
}

static void merge_list(struct json_object *target, const char *key, struct json_object *patch)
{
    cleanup_index struct index places = {0};
    size_t number;
    for (size_t i = 0; i < json_object_array_length(target); i++) {
        const char *value = text_member(json_object_array_get_idx(target, i), key);
        if (value && !index_get(&places, value, &number)) /* of two equal keys the first counts */
            index_set(&places, value, i);
    }
    for (size_t i = 0; i < json_object_array_length(patch); i++)
        merge_item(target, &places, key, json_object_array_get_idx(patch, i));
}

static void merge_object(struct json_object *target, struct json_object *patch)
{
    for (struct lh_entry *entry = json_object_get_object(patch)->head; entry; entry = entry->next) {
        const char *name = lh_entry_k(entry);
        struct json_object *value = (struct json_object *)lh_entry_v(entry);
        struct json_object *present = json_object_object_get(target, name);
        if (!value)
            json_object_object_del(target, name);
        else if (json_object_is_type(value, json_type_object) &&
                 json_object_is_type(present, json_type_object))
            merge_object(present, value);
        else if (json_object_is_type(value, json_type_array) &&
                 json_object_is_type(present, json_type_array) && key_of(name))
            merge_list(present, key_of(name), value);
        else
            json_object_object_add(target, name, fresh(value));
    }
}

/* The patch as it is for a pod whose own container has this name: what is for the other kind is left out,
 * what has no name gets it. */
static struct json_object *patch_for(const struct pod_patch *patch, const char *container)
{
    struct json_object *made = copy(patch->object);
    struct json_object *spec = json_object_object_get(made, "spec");
    struct json_object *containers = spec ? json_object_object_get(spec, "containers") : NULL;
    if (!containers)
        return made;
    struct json_object *chosen = json_object_new_array();
    for (size_t i = 0; i < json_object_array_length(containers); i++) {
        struct json_object *item = json_object_array_get_idx(containers, i);
        const char *name = text_member(item, "name");
        if (name && is_own(item) && strcmp(name, container) != 0)
            continue;
        struct json_object *kept = copy(item);
        if (!name)
            json_object_object_add(kept, "name", json_object_new_string(container));
        json_object_array_add(chosen, kept);
    }
    json_object_object_add(spec, "containers", chosen);
    return made;
}

char *pod_patch_apply(const struct pod_patch *patch, const char *manifest)
{
    struct json_object *pod = json_tokener_parse(manifest);
    struct json_object *spec = json_object_object_get(pod, "spec");
    struct json_object *own = json_object_array_get_idx(json_object_object_get(spec, "containers"), 0);
    assert(own);
    struct json_object *fitting = patch_for(patch, text_member(own, "name"));
    merge_object(pod, fitting);
    char *text = xstrdup(json_object_to_json_string_ext(pod, JSON_C_TO_STRING_NOSLASHESCAPE));
    json_object_put(fitting);
    json_object_put(pod);
    return text;
}
