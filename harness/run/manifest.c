/* SPDX-License-Identifier: Apache-2.0
 *
 * The objects that a run creates: templates (manifests/) filled by JSON pointer.
 */
#include <assert.h>
#include <string.h>

#include <json-c/json.h>
#include <json-c/json_pointer.h>

#include "gvisor-smoke/cleanup.h"
#include "gvisor-smoke/embedded.h"
#include "gvisor-smoke/pod_patch.h"
#include "run_private.h"

/* How long a pod may live when nobody is left to delete it. */
#define POD_LIFE_MARGIN_S 600

static struct json_object *load(const char *file)
{
    for (const struct embedded_file *row = embedded_manifests; row->name; row++)
        if (strcmp(row->name, file) == 0) {
            struct json_object *template = json_tokener_parse(row->bytes);
            assert(template);
            return template;
        }
    assert(false && "no such manifest");
    return NULL;
}

/* The value at a pointer that the template has. */
static struct json_object *at(struct json_object *object, const char *pointer)
{
    struct json_object *value = NULL;
    int failed = json_pointer_get(object, pointer, &value);
    assert(failed == 0);
    (void)failed;
    return value;
}

static void set(struct json_object *object, const char *pointer, struct json_object *value)
{
    int failed = json_pointer_set(&object, pointer, value);
    assert(failed == 0);
    (void)failed;
}

static void set_text(struct json_object *object, const char *pointer, const char *text)
{
    set(object, pointer, json_object_new_string(text));
}

static char *finish(struct json_object *object)
{
    char *text = xstrdup(json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN));
    json_object_put(object);
    return text;
}

/* json-c 0.16 does not unescape the last part of a pointer that it sets, so names with a slash go in by hand.
 */
static void set_label(struct json_object *object, const char *map_pointer, const char *key, const char *value)
{
    json_object_object_add(at(object, map_pointer), key, json_object_new_string(value));
}

/* The garbage collector deletes what is owned by a pod of another namespace, so nothing is there. */
static void set_owner(struct json_object *object, const struct run *run)
{
    const struct run_options *options = run->options;
    if (!options->owner_pod || !options->owner_uid || strcmp(options->name_space, run->home_namespace) != 0)
        return;
    struct json_object *owner = json_object_new_object(), *owners = json_object_new_array();
    json_object_object_add(owner, "apiVersion", json_object_new_string("v1"));
    json_object_object_add(owner, "kind", json_object_new_string("Pod"));
    json_object_object_add(owner, "name", json_object_new_string(options->owner_pod));
    json_object_object_add(owner, "uid", json_object_new_string(options->owner_uid));
    json_object_array_add(owners, owner);
    set(object, "/metadata/ownerReferences", owners);
}

/* The name, and the labels that everything carries. */
static void set_label_of_run(struct json_object *object, const struct run *run, const char *name)
{
    set_text(object, "/metadata/name", name);
    set_label(object, "/metadata/labels", "gvisor-smoke/run", run->id);
}

static void set_identity(struct json_object *object, const struct run *run, const char *name)
{
    set_label_of_run(object, run, name);
    set_owner(object, run);
}

char *manifest_namespace(const struct run *run)
{
    struct json_object *object = load("namespace.json");
    set_label_of_run(object, run, run->options->name_space);
    return finish(object);
}

char *manifest_secret(const struct run *run)
{
    struct json_object *object = load("secret.json");
    set_identity(object, run, run->fixture_secret);
    set_text(object, "/stringData/tls.crt", run->certificate.certificate_pem);
    set_text(object, "/stringData/tls.key", secret_reveal(run->certificate.key_pem));
    return finish(object);
}

char *manifest_service(const struct run *run)
{
    struct json_object *object = load("service.json");
    set_identity(object, run, run->fixture_service);
    set_label(object, "/spec/selector", "gvisor-smoke/run", run->id);
    return finish(object);
}

char *manifest_claim(const struct run *run, const char *name)
{
    struct json_object *object = load("claim.json");
    set_identity(object, run, name);
    if (run->options->storage_class)
        set_text(object, "/spec/storageClassName", run->options->storage_class);
    return finish(object);
}

/* Binds to one node by way of the scheduler, which still honours taints, resources and volumes. */
static void pin_to_node(struct json_object *pod, const char *node)
{
    struct json_object *values = json_object_new_array();
    struct json_object *field = json_object_new_object();
    struct json_object *fields = json_object_new_array();
    struct json_object *term = json_object_new_object();
    struct json_object *terms = json_object_new_array();
    json_object_array_add(values, json_object_new_string(node));
    json_object_object_add(field, "key", json_object_new_string("metadata.name"));
    json_object_object_add(field, "operator", json_object_new_string("In"));
    json_object_object_add(field, "values", values);
    json_object_array_add(fields, field);
    json_object_object_add(term, "matchFields", fields);
    json_object_array_add(terms, term);
    struct json_object *required = json_object_new_object();
    struct json_object *selector = json_object_new_object();
    struct json_object *affinity = json_object_new_object();
    json_object_object_add(selector, "nodeSelectorTerms", terms);
    json_object_object_add(required, "requiredDuringSchedulingIgnoredDuringExecution", selector);
    json_object_object_add(affinity, "nodeAffinity", required);
    set(pod, "/spec/affinity", affinity);
}

/* A volume of the pod, in JSON without its name, at a path of the container. */
static void mount(struct json_object *pod, const char *name, const char *source, const char *path)
{
    cleanup_free char *volume = xasprintf("{\"name\":\"%s\",%s}", name, source);
    cleanup_free char *place = xasprintf("{\"name\":\"%s\",\"mountPath\":\"%s\"}", name, path);
    json_object_array_add(at(pod, "/spec/volumes"), json_tokener_parse(volume));
    json_object_array_add(at(pod, "/spec/containers/0/volumeMounts"), json_tokener_parse(place));
}

/* Kubernetes gives the volume's files to the group fsGroup: not those of a claim that was there before. */
static void add_volume(struct json_object *pod, const char *claim, bool existing)
{
    if (existing)
        json_object_object_del(at(pod, "/spec/securityContext"), "fsGroup");
    cleanup_free char *source = xasprintf("\"persistentVolumeClaim\":{\"claimName\":\"%s\"}", claim);
    mount(pod, "workspace", source, WORKSPACE_PATH);
}

/* With its type: without one, container runtimes make an empty folder of that name on a node that lacks it.
 */
static void add_device(struct json_object *pod, const char *device, size_t index)
{
    cleanup_free char *name = xasprintf("device-%zu", index);
    cleanup_free char *source = xasprintf("\"hostPath\":{\"path\":\"%s\",\"type\":\"CharDevice\"}", device);
    mount(pod, name, source, device);
}

static void add_tmpfs(struct json_object *pod, const char *path, size_t index)
{
    cleanup_free char *name = xasprintf("tmpfs-%zu", index);
    mount(pod, name, "\"emptyDir\":{\"medium\":\"Memory\"}", path);
}

static void run_as_root(struct json_object *pod)
{
    set(pod, "/spec/securityContext/runAsNonRoot", json_object_new_boolean(0));
    set(pod, "/spec/securityContext/runAsUser", json_object_new_int(0));
    set(pod, "/spec/securityContext/runAsGroup", json_object_new_int(0));
}

/* All capabilities, the node's devices, no seccomp: as pods that run a Docker of their own are set up. The
 * API refuses it together with allowPrivilegeEscalation: false. */
static void run_privileged(struct json_object *pod)
{
    struct json_object *context = at(pod, "/spec/containers/0/securityContext");
    json_object_object_del(context, "allowPrivilegeEscalation");
    json_object_object_add(context, "privileged", json_object_new_boolean(1));
    run_as_root(pod);
}

/* A capability is of use to root alone: the runtime gives no ambient ones. */
static void add_capability(struct json_object *pod, const char *capability)
{
    struct json_object *capabilities = at(pod, "/spec/containers/0/securityContext/capabilities");
    struct json_object *added = json_object_object_get(capabilities, "add");
    if (!added) {
        added = json_object_new_array();
        json_object_object_add(capabilities, "add", added);
    }
    json_object_array_add(added, json_object_new_string(capability));
    run_as_root(pod);
}

static void add_grants(struct json_object *object, const struct run_pod *pod, const struct strings *grants)
{
    for (size_t i = 0; i < grants->count; i++) {
        const char *grant = grants->items[i];
        if (strcmp(grant, "volume") == 0)
            add_volume(object, pod->node->claims[pod_runtime(pod)], pod->run->options->existing_claim);
        else if (strcmp(grant, "root") == 0)
            run_as_root(object);
        else if (strcmp(grant, "privileged") == 0)
            run_privileged(object);
        else if (text_starts_with(grant, "device:"))
            add_device(object, grant + strlen("device:"), i);
        else if (text_starts_with(grant, "tmpfs:"))
            add_tmpfs(object, grant + strlen("tmpfs:"), i);
        else
            add_capability(object, grant);
    }
}

static void add_pull_secrets(struct json_object *pod, const struct strings *names)
{
    struct json_object *secrets = json_object_new_array();
    for (size_t i = 0; i < names->count; i++) {
        struct json_object *secret = json_object_new_object();
        json_object_object_add(secret, "name", json_object_new_string(names->items[i]));
        json_object_array_add(secrets, secret);
    }
    set(pod, "/spec/imagePullSecrets", secrets);
}

static void set_common(struct json_object *object, const struct run_pod *pod)
{
    const struct run *run = pod->run;
    set_identity(object, run, pod->name);
    set_label(object, "/metadata/labels", "gvisor-smoke/role", pod_role_name(pod->role));
    set(object, "/spec/activeDeadlineSeconds",
        json_object_new_int64(run->options->timeout_ms / 1000 + POD_LIFE_MARGIN_S));
    const char *image = pod->sample ? test_case_image(pod->sample, run->options->image) : run->options->image;
    set_text(object, "/spec/containers/0/image", image);
    if (run->options->pull_secrets.count)
        add_pull_secrets(object, &run->options->pull_secrets);
}

/* The first node that can take pods, or NULL when the scheduler has to find it. */
static const char *fixture_node(const struct run *run)
{
    for (size_t i = 0; i < run->node_count; i++)
        if (!run->nodes[i].obstacle)
            return run->nodes[i].name;
    return NULL;
}

static void make_fixture(struct json_object *object, const struct run *run)
{
    set_text(object, "/spec/containers/0/env/0/value", run->fixture_url);
    set_text(object, "/spec/volumes/1/secret/secretName", run->fixture_secret);
    /* Beside the pods that use it: what happens to other nodes must not end it. */
    const char *node = fixture_node(run);
    if (node)
        pin_to_node(object, node);
}

static void make_case_pod(struct json_object *object, const struct run_pod *pod, const struct strings *grants)
{
    if (pod->role == POD_GVISOR)
        set_text(object, "/spec/runtimeClassName", pod->run->options->runtime_class);
    if (pod->node->name)
        pin_to_node(object, pod->node->name);
    add_grants(object, pod, grants);
}

char *manifest_pod(const struct run_pod *pod)
{
    static const struct strings none = {0};
    return manifest_pod_granted(pod, pod->sample ? &pod->sample->grants : &none);
}

char *manifest_pod_granted(const struct run_pod *pod, const struct strings *grants)
{
    const struct run *run = pod->run;
    bool fixture = pod->role == POD_FIXTURE;
    struct json_object *object = load(fixture ? "fixture-pod.json" : "case-pod.json");
    set_common(object, pod);
    if (fixture)
        make_fixture(object, run);
    else
        make_case_pod(object, pod, grants);
    cleanup_free char *made = finish(object);
    return run->options->pod_patch ? pod_patch_apply(run->options->pod_patch, made) : steal(&made);
}
