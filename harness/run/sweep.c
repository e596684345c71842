/* SPDX-License-Identifier: Apache-2.0
 *
 * The sweep: removes what runs have left in a namespace.
 */
#include <string.h>

#include "gvisor-smoke/cleanup.h"
#include "gvisor-smoke/clock.h"
#include "gvisor-smoke/sweep.h"
#include "occupants.h"

#define MANAGED "app.kubernetes.io/managed-by=gvisor-smoke"

/* Pods first: the others are in use by them. */
static const struct {
    const char *kind, *end; /* end: of the name of the only one that a run makes, or NULL */
} kinds[] = {
    {"pods", NULL}, {"services", "fixture"}, {"secrets", "fixture-tls"}, {"persistentvolumeclaims", NULL}};

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

struct object_list {
    struct kube_object *items;
    size_t count;
};

static void object_list_release(struct object_list *list)
{
    kube_object_list_free(list->items, list->count);
}
#define cleanup_object_list __attribute__((cleanup(object_list_release)))

static int take_page(void *context, const char *body, struct error **err)
{
    struct object_list *list = context;
    struct kube_object *objects = NULL;
    size_t count = 0;
    if (kube_object_list_parse(body, &objects, &count, err) < 0)
        return -1;
    list->items = xrealloc(list->items, list->count + count, sizeof *list->items);
    for (size_t i = 0; i < count; i++)
        list->items[list->count++] = objects[i];
    free(objects);
    return 0;
}

static int read_list(struct kube *kube, const char *path, struct object_list *list, struct error **err)
{
    const struct kube_request_options options = {.method = "GET", .path = path, .patience_ms = 10000};
    return kube_call_list(kube, &options, take_page, list, err);
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

/* An account that makes runs need not be able to list all that these make; and what it may not delete it has
 * not made. */
static int sweep_by_name(struct kube *kube, const struct sweep_options *options, size_t row, size_t *count,
                         struct error **err)
{
    if (!kinds[row].end)
        return 0;
    cleanup_free char *name = xasprintf("gvisor-smoke-%s-%s", options->run, kinds[row].end);
    cleanup_free char *path =
        xasprintf("/api/v1/namespaces/%s/%s/%s", options->name_space, kinds[row].kind, name);
    const struct kube_request_options request = {.method = "DELETE", .path = path, .patience_ms = 10000};
    struct error *failure = NULL;
    if (kube_call(kube, &request, NULL, &failure) == 0) {
        (*count)++;
        options->on_object(options->context, kinds[row].kind, name, options->run, 0);
    } else if (failure->http_status == 403 || failure->http_status == 404) {
        error_free(failure);
    } else {
        *err = failure;
        return -1;
    }
    return 0;
}

static int sweep_kind(struct kube *kube, const struct sweep_options *options, size_t row, size_t *count,
                      struct error **err)
{
    const char *kind = kinds[row].kind;
    cleanup_free char *labels =
        xasprintf(MANAGED "%s%s", options->run ? ",gvisor-smoke/run=" : "", options->run ? options->run : "");
    cleanup_free char *selector = kube_escape(labels);
    cleanup_free char *path =
        xasprintf("/api/v1/namespaces/%s/%s?labelSelector=%s", options->name_space, kind, selector);
    cleanup_object_list struct object_list list = {0};
    struct error *failure = NULL;
    if (read_list(kube, path, &list, &failure) < 0) {
        if (failure->http_status == 403 && options->by_name) {
            error_free(failure);
            return sweep_by_name(kube, options, row, count, err);
        }
        error_wrap(&failure, "cannot list %s", kind);
        *err = failure;
        return -1;
    }
    int failed = 0;
    for (size_t i = 0; i < list.count && !failed; i++)
        failed = sweep_object(kube, options, kind, &list.items[i], count, err);
    return failed;
}

/* The list stays empty when no run has made it, or the account may not look. */
static int find_namespace(struct kube *kube, const char *name_space, struct object_list *list,
                          struct error **err)
{
    cleanup_free char *labels = kube_escape(MANAGED ",gvisor-smoke/run");
    cleanup_free char *fields = xasprintf("metadata.name=%s", name_space);
    cleanup_free char *field = kube_escape(fields);
    cleanup_free char *path =
        xasprintf("/api/v1/namespaces?labelSelector=%s&fieldSelector=%s", labels, field);
    struct error *failure = NULL;
    if (read_list(kube, path, list, &failure) == 0)
        return 0;
    if (failure->http_status == 403) {
        error_free(failure);
        return 0;
    }
    *err = failure;
    return -1;
}

/* Why it must stay, or NULL. */
static int why_it_stays(struct kube *kube, const struct sweep_options *options, char **ret_why,
                        struct error **err)
{
    const struct occupants_options look = {.name_space = options->name_space, .ignore_deleting = true};
    struct occupants occupants;
    if (occupants_look(options->loop, kube, &look, &occupants, err) < 0)
        return -1;
    *ret_why = occupants_describe(&occupants);
    occupants_release(&occupants);
    return 0;
}

/* The namespace goes when a run made it and nothing is left in it, whoever's. */
static int sweep_namespace(struct kube *kube, const struct sweep_options *options, size_t *count,
                           struct error **err)
{
    cleanup_object_list struct object_list list = {0};
    if (find_namespace(kube, options->name_space, &list, err) < 0)
        return -1;
    const struct kube_object *found = list.count ? &list.items[0] : NULL;
    const char *run = found ? kube_label(&found->labels, "gvisor-smoke/run") : NULL;
    int64_t age_ms = found ? age_of(found) : 0;
    int failed = 0;
    bool would_be_empty = options->dry_run && *count > 0; /* by what is only told: not known */
    if (found && !found->deleting && !would_be_empty && (options->run || age_ms >= options->older_than_ms)) {
        cleanup_free char *why = NULL;
        failed = why_it_stays(kube, options, &why, err);
        if (!failed && why) {
            options->on_stays(options->context, options->name_space, why);
        } else if (!failed) {
            cleanup_free char *path = xasprintf("/api/v1/namespaces/%s", options->name_space);
            (*count)++;
            options->on_object(options->context, "namespaces", options->name_space, run ? run : "?", age_ms);
            failed = options->dry_run ? 0 : delete_object(kube, path, err);
        }
    }
    return failed;
}

int sweep(struct kube *kube, const struct sweep_options *options, size_t *ret_count, struct error **err)
{
    size_t count = 0;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (sweep_kind(kube, options, i, &count, err) < 0)
            return -1;
    if (!options->keep_namespace && sweep_namespace(kube, options, &count, err) < 0)
        return -1;
    *ret_count = count;
    return 0;
}
