/* SPDX-License-Identifier: Apache-2.0
 *
 * The run's namespace: made when it is missing, removed by the last run that used it.
 *
 * Several runs may share one. Whoever made it has put its label on it, and any of them may be the last; so
 * each looks, when it begins to remove its own, whether something of others is there, for Kubernetes takes
 * some seconds for a namespace, in which the pods end. Where something is, it looks again when all of its own
 * is gone. What is left then says who the last one is: of two that end together, the later one sees nothing
 * of the earlier.
 */
#include <string.h>

#include "gvisor-smoke/cleanup.h"
#include "gvisor-smoke/clock.h"
#include "gvisor-smoke/log.h"
#include "occupants.h"
#include "run_private.h"

/* A namespace that another run has just removed is gone after some seconds. */
#define TERMINATING_PATIENCE_MS 60000
#define TERMINATING_PAUSE_MS 500

struct name_space {
    bool exists, terminating;
    bool of_a_run; /* its labels say that a run made it */
    char *uid;     /* NULL when it does not exist or may not be read */
};

static bool is_of_a_run(const char *body)
{
    cleanup_free char *manager = kube_json_text(body, "/metadata/labels/app.kubernetes.io~1managed-by");
    cleanup_free char *run = kube_json_text(body, "/metadata/labels/gvisor-smoke~1run");
    return manager && run && strcmp(manager, "gvisor-smoke") == 0;
}

/* An account that may not look is taken to know that it exists: a create would fail likewise. */
static int look(struct run *run, struct name_space *ret_seen, struct error **err)
{
    cleanup_free char *path = xasprintf("/api/v1/namespaces/%s", run->options->name_space);
    const struct kube_request_options options = {
        .method = "GET", .path = path, .patience_ms = KUBE_PATIENCE_MS};
    cleanup_free char *body = NULL;
    struct error *failure = NULL;
    *ret_seen = (struct name_space){.exists = true};
    if (kube_call(run->kube, &options, &body, &failure) == 0) {
        cleanup_free char *phase = kube_json_text(body, "/status/phase");
        ret_seen->terminating = phase && strcmp(phase, "Terminating") == 0;
        ret_seen->of_a_run = is_of_a_run(body);
        ret_seen->uid = kube_json_text(body, "/metadata/uid");
        return 0;
    }
    if (failure->http_status == 403 || failure->http_status == 404) {
        ret_seen->exists = failure->http_status == 403;
        error_free(failure);
        return 0;
    }
    *err = failure;
    return -1;
}

struct pause {
    const struct run *run;
    bool over;
};

static void on_pause_end(void *context)
{
    ((struct pause *)context)->over = true;
}

static bool pause_is_over(void *context)
{
    const struct pause *pause = context;
    return pause->over || run_must_stop(pause->run);
}

static void pause_for(struct run *run, int64_t duration_ms)
{
    struct pause pause = {.run = run};
    struct timer *timer = timer_start(run->loop, duration_ms, on_pause_end, &pause);
    loop_run_until(run->loop, pause_is_over, &pause);
    if (!pause.over)
        timer_cancel(&timer);
}

/* Hands over whether it exists, after one that is on its way out has gone. */
static int look_until_settled(struct run *run, bool *ret_exists, struct error **err)
{
    int64_t until_ms = clock_monotonic_ms() + TERMINATING_PATIENCE_MS;
    for (;;) {
        struct name_space seen;
        if (look(run, &seen, err) < 0)
            return -1;
        free(seen.uid);
        *ret_exists = seen.exists;
        if (!seen.terminating || run_must_stop(run))
            return 0;
        if (clock_monotonic_ms() >= until_ms)
            break;
        pause_for(run, TERMINATING_PAUSE_MS);
    }
    error_set(err, ERROR_ENVIRONMENT, "the namespace \"%s\" is being deleted, and is not gone after %d s",
              run->options->name_space, TERMINATING_PATIENCE_MS / 1000);
    error_hint(err,
               "see what keeps it with: kubectl describe namespace %s; or name another with -n, or give the "
               "run its own with --own-namespace",
               run->options->name_space);
    return -1;
}

int namespace_ensure(struct run *run, struct error **err)
{
    bool exists;
    if (look_until_settled(run, &exists, err) < 0)
        return -1;
    if (exists)
        return 0;
    if (run->options->existing_claim || run->options->pull_secrets.count) {
        error_set(err, ERROR_USAGE, "there is no namespace \"%s\", so it cannot hold the %s \"%s\"",
                  run->options->name_space, run->options->existing_claim ? "claim" : "pull secret",
                  run->options->existing_claim ? run->options->existing_claim
                                               : run->options->pull_secrets.items[0]);
        error_hint(err, "name the namespace that does with -n");
        return -1;
    }
    cleanup_free char *body = manifest_namespace(run);
    struct error *failure = NULL;
    if (objects_post(run, "/api/v1/namespaces", body, false, &failure) == 0) {
        run->namespace_made = true;
        log_info("namespace %s created", run->options->name_space);
        return 0;
    }
    if (failure->http_status == 409) { /* another run was faster: it is there */
        error_free(failure);
        return 0;
    }
    error_wrap(&failure, "cannot create the namespace \"%s\"", run->options->name_space);
    if (failure->http_status == 403)
        error_hint(&failure, "name a namespace that exists with -n, or let an administrator create it");
    *err = failure;
    return -1;
}

/* --- the end --- */

static void say_that_it_stays(struct run *run, const char *why)
{
    cleanup_free char *note = xasprintf("the namespace \"%s\" stays: %s", run->options->name_space, why);
    run_emit_note(run, note);
}

/* Why it must stay, or NULL. One that this run made is taken to be empty of what cannot be seen, but for
 * pods: an account that may make namespaces need not be able to look at everything. */
static char *why_it_stays(struct run *run, bool but_for_own)
{
    const struct occupants_options look = {.name_space = run->options->name_space,
                                           .but_of = but_for_own ? run->id : NULL};
    struct occupants occupants;
    struct error *err = NULL;
    if (occupants_look(run->loop, run->kube, &look, &occupants, &err) < 0) {
        char *why = xasprintf("what it holds cannot be seen: %s", err->message);
        error_free(err);
        return why;
    }
    if (run->namespace_made && !strings_contain(&occupants.unseen, "pods"))
        strings_release(&occupants.unseen);
    char *why = occupants_describe(&occupants);
    occupants_release(&occupants);
    return why;
}

static void wait_until_it_is_gone(struct run *run)
{
    cleanup_free char *field = xasprintf("metadata.name=%s", run->options->name_space);
    cleanup_wait_until_gone(run, "/api/v1/namespaces", NULL, field, "namespaces");
}

/* True when it is on its way out. */
static bool delete_it(struct run *run, const char *uid)
{
    cleanup_free char *path = xasprintf("/api/v1/namespaces/%s", run->options->name_space);
    cleanup_free char *body = xasprintf("{\"apiVersion\":\"v1\",\"kind\":\"DeleteOptions\","
                                        "\"preconditions\":{\"uid\":\"%s\"}}",
                                        uid);
    const struct kube_request_options options = {
        .method = "DELETE", .path = path, .body = body, .patience_ms = KUBE_PATIENCE_MS};
    struct error *err = NULL;
    if (kube_call(run->kube, &options, NULL, &err) == 0)
        return true;
    if (err->http_status == 403 && !run->namespace_made) {
        say_that_it_stays(run, err->message);
    } else if (err->http_status != 404 && err->http_status != 409) {
        run_emit_problem(run, err);
        run->left_behind++;
    } /* else another run that ended at the same time has deleted it */
    error_free(err);
    return false;
}

/* Its uid when it may be removed, as far as its own labels say; NULL when not. */
static char *removable(struct run *run, struct error **err)
{
    struct name_space seen;
    if (look(run, &seen, err) < 0)
        return NULL;
    if (seen.uid && !seen.terminating && (run->namespace_made || seen.of_a_run))
        return seen.uid;
    free(seen.uid);
    return NULL;
}

void namespace_remove_early(struct run *run)
{
    cleanup_error struct error *err = NULL;
    cleanup_free char *uid = removable(run, &err);
    cleanup_free char *why = uid ? why_it_stays(run, true) : NULL;
    if (!uid || why)
        return; /* namespace_remove() looks again when the run's own is gone, and says so */
    run->namespace_removed = true;
    run->namespace_goes = delete_it(run, uid);
}

void namespace_remove(struct run *run)
{
    cleanup_error struct error *err = NULL;
    if (run->namespace_removed) {
        if (run->namespace_goes)
            wait_until_it_is_gone(run);
        return;
    }
    cleanup_free char *uid = removable(run, &err);
    cleanup_free char *why = err ? xstrdup(err->message) : uid ? why_it_stays(run, false) : NULL;
    if (why)
        say_that_it_stays(run, why);
    else if (uid && delete_it(run, uid))
        wait_until_it_is_gone(run);
}
