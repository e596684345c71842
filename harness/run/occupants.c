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

#define KIND_COUNT (sizeof kinds / sizeof *kinds)

struct look {
    struct round *round;
    struct kube_request *request;
    struct kube_object *objects;
    size_t count;
    bool unseen;
};

/* All kinds are asked for at once: one after the other they would take as many round trips. */
struct round {
    struct look looks[KIND_COUNT];
    size_t open;
    struct error *err; /* the first answer that is none */
};

static void on_answer(void *context, const char *body, size_t length, const struct error *err)
{
    (void)length;
    struct look *look = context;
    struct round *round = look->round;
    struct error *failure = err ? error_copy(err) : NULL;
    look->request = NULL;
    round->open--;
    if (!failure && kube_object_list_parse(body, &look->objects, &look->count, &failure) == 0)
        return;
    look->unseen = failure->http_status == 403;
    if (look->unseen || round->err)
        error_free(failure);
    else
        round->err = failure;
}

static void ask(struct kube *kube, const struct occupants_options *options, size_t row, struct round *round)
{
    cleanup_free char *labels = options->but_of ? xasprintf("gvisor-smoke/run!=%s", options->but_of) : NULL;
    cleanup_free char *selector = kube_escape(labels ? labels : "");
    cleanup_free char *fields = kube_escape(kinds[row].fields ? kinds[row].fields : "");
    cleanup_free char *path =
        xasprintf("%s/namespaces/%s/%s?limit=%d&fieldSelector=%s&labelSelector=%s", kinds[row].group,
                  options->name_space, kinds[row].kind, LIMIT, fields, selector);
    const struct kube_request_options request = {
        .method = "GET", .path = path, .patience_ms = KUBE_PATIENCE_MS};
    struct look *look = &round->looks[row];
    look->round = round;
    round->open++;
    look->request = kube_request_start(kube, &request, on_answer, look);
}

static bool is_answered(void *context)
{
    const struct round *round = context;
    return round->open == 0 || round->err;
}

static void take_all(struct round *round, bool ignore_deleting, struct occupants *occupants)
{
    for (size_t row = 0; row < KIND_COUNT; row++) {
        struct look *look = &round->looks[row];
        if (look->unseen)
            strings_add(&occupants->unseen, kinds[row].kind);
        take(kinds[row].kind, look->objects, look->count, ignore_deleting, &occupants->found);
    }
}

int occupants_look(struct loop *loop, struct kube *kube, const struct occupants_options *options,
                   struct occupants *ret_occupants, struct error **err)
{
    struct round round = {0};
    for (size_t row = 0; row < KIND_COUNT; row++)
        ask(kube, options, row, &round);
    loop_run_until(loop, is_answered, &round);
    struct occupants occupants = {0};
    if (!round.err)
        take_all(&round, options->ignore_deleting, &occupants);
    for (size_t row = 0; row < KIND_COUNT; row++) {
        kube_request_cancel(&round.looks[row].request);
        kube_object_list_free(round.looks[row].objects, round.looks[row].count);
    }
    if (round.err) {
        *err = round.err;
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
