/* SPDX-License-Identifier: Apache-2.0
 *
 * What a run makes beside its namespace and pods: the fixture's certificate, secret and service.
 */
#include <string.h>

#include "gvisor-smoke/cleanup.h"
#include "gvisor-smoke/clock.h"
#include "run_private.h"

#define CERTIFICATE_HOURS 48

char *objects_path(const struct run *run, const char *collection, const char *name)
{
    return xasprintf("/api/v1/namespaces/%s/%s%s%s", run->options->name_space, collection, name ? "/" : "",
                     name ? name : "");
}

int objects_post(struct run *run, const char *path, const char *body, bool own_name, struct error **err)
{
    const struct kube_request_options options = {
        .method = "POST", .path = path, .body = body, .patience_ms = KUBE_PATIENCE_MS, .own_name = own_name};
    return kube_call(run->kube, &options, NULL, err);
}

/* --- the fixture's --- */

static void on_answered(struct run *run, const char *collection, const struct error *err)
{
    run_emit_span(run, collection, NULL, NULL, run->objects_ms);
    if (!err) {
        run_schedule(run);
        return;
    }
    struct error *failure = error_copy(err);
    error_wrap(&failure, "cannot create %s", collection);
    run_break(run, failure);
}

static void on_secret(void *context, const char *body, size_t length, const struct error *err)
{
    (void)body, (void)length;
    struct run *run = context;
    run->secret_request = NULL;
    on_answered(run, "secrets", err);
}

static void on_service(void *context, const char *body, size_t length, const struct error *err)
{
    (void)body, (void)length;
    struct run *run = context;
    run->service_request = NULL;
    on_answered(run, "services", err);
}

static struct kube_request *create(struct run *run, const char *collection, char *body /* taken */,
                                   kube_done on_answer)
{
    cleanup_free char *path = objects_path(run, collection, NULL);
    const struct kube_request_options options = {
        .method = "POST", .path = path, .body = body, .patience_ms = KUBE_PATIENCE_MS, .own_name = true};
    struct kube_request *request = kube_request_start(run->kube, &options, on_answer, run);
    secret_wipe(body, strlen(body));
    free(body);
    return request;
}

static int make_certificate(struct run *run, struct error **err)
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
    return 0;
}

void objects_create_fixture(struct run *run)
{
    struct error *err = NULL;
    int64_t began_ms = clock_monotonic_ms();
    if (make_certificate(run, &err) < 0) {
        run_break(run, err);
        return;
    }
    run_emit_span(run, "certificate", NULL, NULL, began_ms);
    run->objects_ms = clock_monotonic_ms();
    run->fixture_objects_made = true;
    run->secret_request = create(run, "secrets", manifest_secret(run), on_secret);
    run->service_request = create(run, "services", manifest_service(run), on_service);
}

bool objects_are_open(const struct run *run)
{
    return !run->fixture_objects_made || run->secret_request || run->service_request;
}

void objects_release(struct run *run)
{
    kube_request_cancel(&run->secret_request);
    kube_request_cancel(&run->service_request);
}

/* --- what was there before --- */

/* An account that may not look at claims finds out by the pod that waits for one. */
static int check_existing_claim(struct run *run, struct error **err)
{
    const char *name = run->options->existing_claim;
    cleanup_free char *path = objects_path(run, "persistentvolumeclaims", name);
    const struct kube_request_options options = {
        .method = "GET", .path = path, .patience_ms = KUBE_PATIENCE_MS};
    struct error *failure = NULL;
    if (kube_call(run->kube, &options, NULL, &failure) == 0)
        return 0;
    if (failure->http_status == 403) {
        error_free(failure);
        return 0;
    }
    if (failure->http_status == 404)
        error_hint(&failure, "--existing-claim names a claim of the namespace \"%s\", which -n chooses",
                   run->options->name_space);
    error_wrap(&failure, "cannot use the claim \"%s\"", name);
    *err = failure;
    return -1;
}

int objects_create(struct run *run, struct error **err)
{
    run->touched = true;
    int64_t began_ms = clock_monotonic_ms();
    int failed = namespace_ensure(run, err);
    run_emit_span(run, "namespace", NULL, NULL, began_ms);
    if (failed)
        return -1;
    if (run->options->existing_claim)
        return check_existing_claim(run, err);
    return 0;
}
