/* SPDX-License-Identifier: Apache-2.0
 *
 * The rights that a run needs, asked of the API before anything is made (SelfSubjectAccessReview, which every
 * account may create).
 */
#include <string.h>

#include "gvisor-smoke/cleanup.h"
#include "run_private.h"

enum right_need {
    NEED_ALWAYS,
    NEED_MAKING,   /* pods */
    NEED_EXISTING, /* to use a pod that is there */
    NEED_FIXTURE,
    NEED_CLAIM,
    NEED_LESS, /* without it the run knows less */
};

struct right {
    const char *group, *resource, *subresource; /* subresource: or NULL */
    const char *verbs;                          /* separated by spaces */
    bool in_cluster;                            /* not in the run's namespace */
    enum right_need need;
};

/* A websocket exec is a GET, and since Kubernetes 1.35 it needs create as well. */
static const struct right rights[] = {
    {"", "pods", NULL, "create list watch delete", false, NEED_MAKING},
    {"", "pods", NULL, "get", false, NEED_EXISTING},
    {"", "pods", "exec", "get create", false, NEED_ALWAYS},
    {"", "services", NULL, "create delete", false, NEED_FIXTURE},
    {"", "secrets", NULL, "create delete", false, NEED_FIXTURE},
    {"", "persistentvolumeclaims", NULL, "create list watch delete", false, NEED_CLAIM},
    {"", "events", NULL, "list watch", false, NEED_LESS},
    {"node.k8s.io", "runtimeclasses", NULL, "get", true, NEED_ALWAYS},
    {"", "nodes", NULL, "list", true, NEED_LESS},
};

static bool is_needed(const struct run *run, enum right_need need)
{
    bool claim = false;
    for (size_t i = 0; i < run->cases->count; i++)
        claim = claim || strings_contain(&run->cases->cases[i]->grants, "volume");
    switch (need) {
    case NEED_FIXTURE:
        return run->options->fixture;
    case NEED_CLAIM:
        return claim && !run->options->existing_claim && !run->options->existing_pod;
    case NEED_MAKING:
        return !run->options->existing_pod;
    case NEED_EXISTING:
        return run->options->existing_pod != NULL;
    case NEED_ALWAYS:
    case NEED_LESS:
        break;
    }
    return true;
}

static int ask(struct run *run, const struct right *right, const char *verb, bool *ret_allowed,
               struct error **err)
{
    cleanup_free char *place =
        right->in_cluster ? xstrdup("") : xasprintf("\"namespace\":\"%s\",", run->options->name_space);
    cleanup_free char *body = xasprintf(
        "{\"apiVersion\":\"authorization.k8s.io/v1\",\"kind\":\"SelfSubjectAccessReview\",\"spec\":{"
        "\"resourceAttributes\":{%s\"verb\":\"%s\",\"group\":\"%s\",\"resource\":\"%s\",\"subresource\":\"%"
        "s\"}}}",
        place, verb, right->group, right->resource, right->subresource ? right->subresource : "");
    const struct kube_request_options options = {.method = "POST",
                                                 .path =
                                                     "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
                                                 .body = body,
                                                 .timeout_ms = 10000};
    cleanup_free char *answer = NULL;
    if (kube_call(run->kube, &options, &answer, err) < 0)
        return -1;
    cleanup_free char *allowed = kube_json_text(answer, "/status/allowed");
    *ret_allowed = allowed && strcmp(allowed, "true") == 0;
    return 0;
}

/* Adds "VERB RESOURCE" to missing for each verb that the account may not. */
static int ask_all(struct run *run, const struct right *right, struct strings *missing, size_t *count,
                   struct error **err)
{
    cleanup_strings struct strings verbs = strings_split(right->verbs, " ");
    for (size_t i = 0; i < verbs.count; i++) {
        bool allowed = false;
        if (ask(run, right, verbs.items[i], &allowed, err) < 0)
            return -1;
        cleanup_free char *name =
            xasprintf("%s %s%s%s", verbs.items[i], right->resource, right->subresource ? "/" : "",
                      right->subresource ? right->subresource : "");
        if (!allowed)
            strings_add(missing, name);
        (*count)++;
    }
    return 0;
}

static void tell_missing(struct run *run, const struct strings *needed, const struct strings *useful,
                         struct error **ret_missing)
{
    cleanup_free char *words = strings_join(needed->count ? needed : useful, ", ");
    static const char hint[] =
        "an administrator grants them by a Role and a ClusterRole (README, Rights), or by: kubectl create "
        "role NAME --verb=VERB --resource=RESOURCE, and a rolebinding";
    if (!needed->count) {
        cleanup_free char *message = xasprintf("the run knows less, for the account may not: %s", words);
        run_emit_warning(run->events, "rights", message, hint);
        return;
    }
    error_set(ret_missing, ERROR_ENVIRONMENT,
              "the account may not do what a run needs in namespace \"%s\": %s", run->options->name_space,
              words);
    error_hint(ret_missing, hint);
    run_emit_step(run->events, "rights", NULL, *ret_missing);
}

void rights_check(struct run *run, struct error **ret_missing)
{
    cleanup_strings struct strings needed = {0}, useful = {0};
    cleanup_error struct error *err = NULL;
    size_t count = 0;
    for (size_t i = 0; i < sizeof rights / sizeof *rights && !err; i++)
        if (is_needed(run, rights[i].need))
            ask_all(run, &rights[i], rights[i].need == NEED_LESS ? &useful : &needed, &count, &err);
    if (err) {
        error_wrap(&err, "it cannot be asked which rights the account has");
        run_emit_warning(run->events, "rights", err->message, err->hint);
    } else if (needed.count || useful.count) {
        tell_missing(run, &needed, &useful, ret_missing);
    } else {
        cleanup_free char *message = xasprintf("the account has all %zu rights that a run needs", count);
        run_emit_step(run->events, "rights", message, NULL);
    }
}
