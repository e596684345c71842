/* SPDX-License-Identifier: Apache-2.0
 *
 * What a cluster does not admit: Pod Security levels, OpenShift's security context constraints, policies of
 * all kinds refuse pods in words of their own. Which grants they mean is therefore not read but tried, by
 * creates that are only rehearsed (dryRun=All): first without any grant, then with each by itself.
 *
 * When the pod without grants is refused as well, the grants are not the cause.
 */
#include <string.h>

#include "gvisor-smoke/cleanup.h"
#include "run_private.h"

bool refusal_may_be_of_grants(const struct run_pod *pod, const struct error *refusal)
{
    int status = refusal->http_status;
    return pod->sample && pod->sample->grants.count > 0 && (status == 400 || status == 403 || status == 422);
}

static void ask_next(struct run_pod *pod);

static void fail_otherwise(struct run_pod *pod)
{
    struct error *refusal = steal(&pod->refusal);
    error_wrap(&refusal, "cannot create pod %s", pod->name);
    pod_fail(pod, refusal);
}

/* The API's words without the pod's name in front, which differs where all else is the same. */
static const char *words_of(const struct error *refusal)
{
    static const char before[] = " is forbidden: ";
    const char *at = strstr(refusal->message, before);
    return at ? at + strlen(before) : refusal->message;
}

/* Where each is admitted by itself, it is what they are together. */
static void fail_unmet(struct run_pod *pod)
{
    const struct strings *refused = pod->grants_refused.count ? &pod->grants_refused : &pod->sample->grants;
    cleanup_free char *names = strings_join(refused, ", ");
    struct error *err = NULL;
    error_set(&err, ERROR_ENVIRONMENT, "needs the %s %s, which namespace \"%s\" does not admit: %s",
              refused->count == 1 ? "grant" : "grants", names, pod->run->options->name_space,
              words_of(pod->refusal));
    pod->unmet = true;
    pod_fail(pod, err);
}

static void on_answer(void *context, const char *body, size_t length, const struct error *err)
{
    (void)body;
    (void)length;
    struct run_pod *pod = context;
    pod->request = NULL;
    if (pod_is_over(pod))
        return;
    size_t asked = pod->grants_asked++;
    if (err && (asked == 0 || err->http_status == 0)) {
        fail_otherwise(pod);
        return;
    }
    if (err)
        strings_add(&pod->grants_refused, pod->sample->grants.items[asked - 1]);
    if (pod->grants_asked > pod->sample->grants.count)
        fail_unmet(pod);
    else
        ask_next(pod);
}

static void ask_next(struct run_pod *pod)
{
    struct strings grants = {0};
    if (pod->grants_asked > 0)
        strings_add(&grants, pod->sample->grants.items[pod->grants_asked - 1]);
    cleanup_free char *collection = objects_path(pod->run, "pods", NULL);
    cleanup_free char *path = xasprintf("%s?dryRun=All", collection);
    cleanup_free char *body = manifest_pod_granted(pod, &grants);
    strings_release(&grants);
    const struct kube_request_options options = {
        .method = "POST", .path = path, .body = body, .patience_ms = KUBE_PATIENCE_MS};
    pod->request = kube_request_start(pod->run->kube, &options, on_answer, pod);
}

void pod_find_refused_grants(struct run_pod *pod, struct error *refusal)
{
    pod->refusal = refusal;
    ask_next(pod);
}
