/* SPDX-License-Identifier: Apache-2.0
 *
 * The sweep: removes what runs have left in a namespace.
 */
#include <string.h>

#include "gvisor-smoke/cleanup.h"
#include "gvisor-smoke/clock.h"
#include "gvisor-smoke/sweep.h"

#define MANAGED "app.kubernetes.io/managed-by=gvisor-smoke"

/* Pods first: the others are in use by them. */
static const char *const kinds[] = {"pods", "services", "secrets", "persistentvolumeclaims"};

static int64_t age_of(const struct kube_object *object)
{
    int64_t created_ms = object->created ? clock_parse_stamp(object->created) : -1;
    return created_ms < 0 ? 0 : clock_wall_ms() - created_ms;
}

static int delete_object(struct kube *kube, const char *path, struct error **err)
{
    const struct kube_request_options options = {.method = "DELETE", .path = path, .patience_ms = 10000};
    struct error *failure = NULL;
    if (kube_call(kube, &options, NULL, &failure) == 0)
        return 0;
    if (failure->http_status == 404) {
        error_free(failure);
        return 0;
    }
    *err = failure;
    return -1;
}

static int list(struct kube *kube, const char *path, struct kube_object **ret_objects, size_t *ret_count,
                struct error **err)
{
    const struct kube_request_options options = {.method = "GET", .path = path, .patience_ms = 10000};
    cleanup_free char *body = NULL;
    if (kube_call(kube, &options, &body, err) < 0)
        return -1;
    return kube_object_list_parse(body, ret_objects, ret_count, err);
}

static int sweep_object(struct kube *kube, const struct sweep_options *options, const char *kind,
                        const struct kube_object *object, size_t *count, struct error **err)
{
    const char *run = kube_label(&object->labels, "gvisor-smoke/run");
    int64_t age_ms = age_of(object);
    if (!run || (!options->run && age_ms < options->older_than_ms))
        return 0;
    (*count)++;
    options->on_object(options->context, kind, object->name, run, age_ms);
    if (options->dry_run || object->deleting)
        return 0;
    cleanup_free char *path =
        xasprintf("/api/v1/namespaces/%s/%s/%s", options->name_space, kind, object->name);
    return delete_object(kube, path, err);
}

static int sweep_kind(struct kube *kube, const struct sweep_options *options, const char *kind, size_t *count,
                      struct error **err)
{
    cleanup_free char *labels =
        xasprintf(MANAGED "%s%s", options->run ? ",gvisor-smoke/run=" : "", options->run ? options->run : "");
    cleanup_free char *selector = kube_escape(labels);
    cleanup_free char *path =
        xasprintf("/api/v1/namespaces/%s/%s?labelSelector=%s", options->name_space, kind, selector);
    struct kube_object *objects = NULL;
    size_t object_count = 0;
    if (list(kube, path, &objects, &object_count, err) < 0) {
        error_wrap(err, "cannot list %s", kind);
        return -1;
    }
    int failed = 0;
    for (size_t i = 0; i < object_count && !failed; i++)
        failed = sweep_object(kube, options, kind, &objects[i], count, err);
    kube_object_list_free(objects, object_count);
    return failed;
}

/* The namespace goes when a run made it and no pod is left in it, whoever's. */
static int sweep_namespace(struct kube *kube, const struct sweep_options *options, size_t *count,
                           struct error **err)
{
    cleanup_free char *pods = xasprintf("/api/v1/namespaces/%s/pods", options->name_space);
    cleanup_free char *path = xasprintf("/api/v1/namespaces/%s", options->name_space);
    cleanup_free char *field = xasprintf("metadata.name=%s", options->name_space);
    cleanup_free char *escaped = kube_escape(field);
    cleanup_free char *query =
        xasprintf("/api/v1/namespaces?labelSelector=app.kubernetes.io%%2Fmanaged-by%%3D"
                  "gvisor-smoke&fieldSelector=%s",
                  escaped);
    struct kube_object *objects = NULL, *left = NULL;
    size_t found = 0, left_count = 0;
    struct error *ignored = NULL; /* an account that may not look at namespaces leaves them alone */
    bool removable = list(kube, query, &objects, &found, &ignored) == 0 && found > 0 &&
                     list(kube, pods, &left, &left_count, &ignored) == 0;
    error_free(ignored);
    for (size_t i = 0; i < left_count; i++)
        removable = removable && left[i].deleting;
    int failed = 0;
    if (removable && (options->run || age_of(&objects[0]) >= options->older_than_ms)) {
        const char *run = kube_label(&objects[0].labels, "gvisor-smoke/run");
        (*count)++;
        options->on_object(options->context, "namespaces", options->name_space, run ? run : "?",
                           age_of(&objects[0]));
        if (!options->dry_run)
            failed = delete_object(kube, path, err);
    }
    kube_object_list_free(objects, found);
    kube_object_list_free(left, left_count);
    return failed;
}

int sweep(struct kube *kube, const struct sweep_options *options, size_t *ret_count, struct error **err)
{
    size_t count = 0;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (sweep_kind(kube, options, kinds[i], &count, err) < 0)
            return -1;
    if (sweep_namespace(kube, options, &count, err) < 0)
        return -1;
    *ret_count = count;
    return 0;
}
