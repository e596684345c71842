/* SPDX-License-Identifier: Apache-2.0
 *
 * What a run makes beside pods: its namespace, the fixture's certificate, secret and service, the claims.
 */
#include <string.h>

#include "gvisor-smoke/cleanup.h"
#include "gvisor-smoke/log.h"
#include "run_private.h"

#define CERTIFICATE_HOURS 48
#define PATIENCE_MS 20000

char *objects_path(const struct run *run, const char *collection, const char *name)
{
    return xasprintf("/api/v1/namespaces/%s/%s%s%s", run->options->name_space, collection, name ? "/" : "",
                     name ? name : "");
}

static int create(struct run *run, const char *path, const char *body, struct error **err)
{
    const struct kube_request_options options = {
        .method = "POST", .path = path, .body = body, .patience_ms = PATIENCE_MS};
    return kube_call(run->kube, &options, NULL, err);
}

static int create_in_namespace(struct run *run, const char *collection, char *body /* taken */,
                               struct error **err)
{
    cleanup_free char *path = objects_path(run, collection, NULL);
    int failed = create(run, path, body, err);
    secret_wipe(body, strlen(body));
    free(body);
    if (failed)
        error_wrap(err, "cannot create %s", collection);
    return failed;
}

/* True when it exists. An account that may not look is taken to know that it does: a create would fail
 * likewise. */
static int namespace_exists(struct run *run, bool *ret_exists, struct error **err)
{
    cleanup_free char *path = xasprintf("/api/v1/namespaces/%s", run->options->name_space);
    const struct kube_request_options options = {.method = "GET", .path = path, .patience_ms = PATIENCE_MS};
    struct error *failure = NULL;
    *ret_exists = true;
    if (kube_call(run->kube, &options, NULL, &failure) == 0)
        return 0;
    if (failure->http_status == 403) {
        error_free(failure);
        return 0;
    }
    if (failure->http_status == 404) {
        *ret_exists = false;
        error_free(failure);
        return 0;
    }
    *err = failure;
    return -1;
}

static int ensure_namespace(struct run *run, struct error **err)
{
    bool exists;
    if (namespace_exists(run, &exists, err) < 0)
        return -1;
    if (exists)
        return 0;
    cleanup_free char *body = manifest_namespace(run);
    if (create(run, "/api/v1/namespaces", body, err) < 0) {
        error_wrap(err, "cannot create the namespace \"%s\"", run->options->name_space);
        if ((*err)->http_status == 403)
            error_hint(err, "name a namespace that exists with -n, or let an administrator create it");
        return -1;
    }
    run->namespace_made = true;
    log_info("namespace %s created", run->options->name_space);
    return 0;
}

static int create_fixture_objects(struct run *run, struct error **err)
{
    cleanup_free char *full = xasprintf("%s.%s.svc", run->fixture_service, run->options->name_space);
    cleanup_free char *local = xasprintf("%s.cluster.local", full);
    cleanup_strings struct strings names = {0};
    strings_add(&names, full);
    strings_add(&names, local);
    strings_add(&names, run->fixture_service);
    if (certificate_make(&run->certificate, &names, CERTIFICATE_HOURS, err) < 0)
        return -1;
    char *trusted = xasprintf("%s%s", run->certificate.ca_pem, run->ca_pem);
    free(run->ca_pem);
    run->ca_pem = trusted;
    if (create_in_namespace(run, "secrets", manifest_secret(run), err) < 0)
        return -1;
    return create_in_namespace(run, "services", manifest_service(run), err);
}

static int create_claims(struct run *run, struct error **err)
{
    for (size_t i = 0; i < run->node_count; i++) {
        struct node_run *node = &run->nodes[i];
        for (size_t role = 0; role < 2; role++) {
            if (!node->claims[role])
                continue;
            if (create_in_namespace(run, "persistentvolumeclaims", manifest_claim(run, node->claims[role]),
                                    err) < 0)
                return -1;
            node->claims_made = true;
        }
    }
    return 0;
}

int objects_create(struct run *run, struct error **err)
{
    run->touched = true;
    if (ensure_namespace(run, err) < 0)
        return -1;
    if (run->fixture && create_fixture_objects(run, err) < 0)
        return -1;
    return create_claims(run, err);
}
