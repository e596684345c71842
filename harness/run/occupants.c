/* SPDX-License-Identifier: Apache-2.0
 *
 * What a namespace holds beside what Kubernetes itself puts into each: whoever removes it looks first.
 */
#include "occupants.h"

#include "gvisor-smoke/cleanup.h"

/* Of each kind so many are looked at: one is enough to know that the namespace is in use. */
#define LIMIT 20
#define NAMED_MAX 4

/* The kinds that people and controllers make by themselves; what stands behind them (ReplicaSets,
 * EndpointSlices) goes with them. Fields leave out what each namespace has: the cluster's authorities, and
 * the tokens and pull secrets of its service accounts. */
static const struct {
    const char *group, *kind, *fields;
} kinds[] = {
    {"/api/v1", "pods", NULL},
    {"/api/v1", "persistentvolumeclaims", NULL},
    {"/api/v1", "services", NULL},
    {"/api/v1", "secrets", "type!=kubernetes.io/service-account-token,type!=kubernetes.io/dockercfg"},
    {"/api/v1", "configmaps", "metadata.name!=kube-root-ca.crt,metadata.name!=openshift-service-ca.crt"},
    {"/apis/apps/v1", "deployments", NULL},
    {"/apis/apps/v1", "statefulsets", NULL},
    {"/apis/apps/v1", "daemonsets", NULL},
    {"/apis/batch/v1", "jobs", NULL},
    {"/apis/batch/v1", "cronjobs", NULL},
};

static void take(const char *kind, const struct kube_object *objects, size_t count, bool ignore_deleting,
                 struct strings *found)
{
    for (size_t i = 0; i < count; i++) {
        if (ignore_deleting && objects[i].deleting)
            continue;
        cleanup_free char *name = xasprintf("%s %s", kind, objects[i].name);
        strings_add(found, name);
    }
}

static int look_at(struct kube *kube, const char *name_space, size_t row, bool ignore_deleting,
                   struct occupants *occupants, struct error **err)
{
    cleanup_free char *fields = kube_escape(kinds[row].fields ? kinds[row].fields : "");
    cleanup_free char *path = xasprintf("%s/namespaces/%s/%s?limit=%d&fieldSelector=%s", kinds[row].group,
                                        name_space, kinds[row].kind, LIMIT, fields);
    const struct kube_request_options options = {
        .method = "GET", .path = path, .patience_ms = KUBE_PATIENCE_MS};
    cleanup_free char *body = NULL;
    struct error *failure = NULL;
    struct kube_object *objects = NULL;
    size_t count = 0;
    if (kube_call(kube, &options, &body, &failure) == 0 &&
        kube_object_list_parse(body, &objects, &count, &failure) == 0) {
        take(kinds[row].kind, objects, count, ignore_deleting, &occupants->found);
        kube_object_list_free(objects, count);
        return 0;
    }
    if (failure->http_status == 403) {
        strings_add(&occupants->unseen, kinds[row].kind);
        error_free(failure);
        return 0;
    }
    *err = failure;
    return -1;
}

int occupants_look(struct kube *kube, const char *name_space, bool ignore_deleting,
                   struct occupants *ret_occupants, struct error **err)
{
    struct occupants occupants = {0};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (look_at(kube, name_space, i, ignore_deleting, &occupants, err) < 0) {
            occupants_release(&occupants);
            return -1;
        }
    *ret_occupants = occupants;
    return 0;
}

char *occupants_describe(const struct occupants *occupants)
{
    if (occupants->found.count == 0) {
        cleanup_free char *unseen = strings_join(&occupants->unseen, ", ");
        return occupants->unseen.count
                   ? xasprintf("this account may not look whether it holds %s of others", unseen)
                   : NULL;
    }
    struct strings named = {0};
    for (size_t i = 0; i < occupants->found.count && i < NAMED_MAX; i++)
        strings_add(&named, occupants->found.items[i]);
    cleanup_free char *names = strings_join(&named, ", ");
    strings_release(&named);
    return xasprintf("it holds %s%s", names, occupants->found.count > NAMED_MAX ? ", and more" : "");
}

void occupants_release(struct occupants *occupants)
{
    strings_release(&occupants->found);
    strings_release(&occupants->unseen);
}
