/* SPDX-License-Identifier: Apache-2.0
 *
 * Waiting until nothing of a collection is left, as long as that may help.
 */
#include "gvisor-smoke/cleanup.h"
#include "gvisor-smoke/clock.h"
#include "gvisor-smoke/index.h"
#include "run_private.h"

/* A pod that is still there after this is stuck in Terminating: it is named, not waited for. */
#define GONE_PATIENCE_MS 30000
/* The same after a signal, counted from that. */
#define SIGNAL_PATIENCE_MS 7000
/* Of a server that does not answer nobody knows what is still there, nor while the controllers that delete
 * are not back. */
#define DOUBT_PATIENCE_MS 10000
#define DOUBTS_MAX 12
#define TICK_MS 250
/* Whether the server answers at all, while nothing is heard. */
#define QUESTION_EVERY_MS 5000
#define QUESTION_TIMEOUT_MS 5000
#define NAMED_MAX 20 /* of what is still there; the others are counted */

struct wait {
    struct run *run;
    struct index names; /* what is still there */
    struct timer *timer;
    int64_t until_ms; /* monotonic */
    struct kube_request *question;
    char *question_path;
    int64_t asked_ms;
    unsigned doubts; /* how often the time was up while the server did not answer, or was just back */
    bool synced, failed, late;
};

static void on_object(void *context, enum kube_change change, const struct kube_pod *object)
{
    struct wait *wait = context;
    if (change == KUBE_DELETED)
        index_remove(&wait->names, object->name);
    else
        index_set(&wait->names, object->name, 0);
}

static void on_synced(void *context)
{
    ((struct wait *)context)->synced = true;
}

static void on_failed(void *context, const struct error *err)
{
    (void)err;
    ((struct wait *)context)->failed = true;
}

/* When it is waited for no longer. */
static int64_t until_ms(struct wait *wait)
{
    struct run *run = wait->run;
    if (run->signal)
        return run->signal_ms + SIGNAL_PATIENCE_MS;
    if (run->deserted)
        return 0;
    if (clock_monotonic_ms() >= wait->until_ms && kube_calm_ms(run->kube) < CLUSTER_BACK_MS && !run->broken &&
        wait->doubts++ < DOUBTS_MAX)
        wait->until_ms = clock_monotonic_ms() + DOUBT_PATIENCE_MS;
    return wait->until_ms;
}

static void on_answer(void *context, const char *body, size_t length, const struct error *err)
{
    (void)body, (void)length, (void)err;
    ((struct wait *)context)->question = NULL;
}

/* A watch that says nothing may be that of a server that says nothing at all: the client notices by a
 * request. */
static void ask(struct wait *wait)
{
    int64_t now_ms = clock_monotonic_ms();
    if (wait->question || now_ms - wait->asked_ms < QUESTION_EVERY_MS || wait->run->signal)
        return;
    const struct kube_request_options options = {
        .method = "GET", .path = wait->question_path, .timeout_ms = QUESTION_TIMEOUT_MS};
    wait->asked_ms = now_ms;
    wait->question = kube_request_start(wait->run->kube, &options, on_answer, wait);
}

static void on_tick(void *context)
{
    struct wait *wait = context;
    wait->timer = NULL;
    ask(wait);
    if (clock_monotonic_ms() >= until_ms(wait))
        wait->late = true;
    else
        wait->timer = timer_start(wait->run->loop, TICK_MS, on_tick, wait);
}

static bool wait_is_over(void *context)
{
    struct wait *wait = context;
    return wait->failed || wait->late || (wait->synced && wait->names.count == 0);
}

static void report_left(struct run *run, const char *what, const struct index *names, int64_t waited_ms)
{
    if (names->count == 0)
        return;
    run->left_behind += (int)names->count;
    cleanup_strings struct strings all = {0}, named = {0};
    size_t at = 0;
    for (const char *name; (name = index_next(names, &at));)
        strings_add(&all, name);
    strings_sort(&all);
    for (size_t i = 0; i < all.count && i < NAMED_MAX; i++)
        strings_add(&named, all.items[i]);
    cleanup_free char *joined = strings_join(&named, ", ");
    cleanup_free char *words = strings_join(&named, " ");
    cleanup_free char *more =
        all.count > named.count ? xasprintf(" and %zu more", all.count - named.count) : xstrdup("");
    struct error *err = NULL;
    error_set(&err, ERROR_ENVIRONMENT, "still there %lld s after their deletion: %s %s%s",
              (long long)waited_ms / 1000, what, joined, more);
    error_hint(&err, "look at them with: kubectl -n %s describe %s %s", run->options->name_space, what,
               words);
    run_emit_problem(run, err);
    error_free(err);
}

/* Whether it was seen to be empty; hands over how many are left. */
bool cleanup_saw_it_empty(struct run *run, const char *collection, const char *labels, const char *fields,
                          const char *what, size_t *ret_left)
{
    int64_t began_ms = clock_monotonic_ms();
    struct wait wait = {.run = run,
                        .question_path = xasprintf("%s?limit=1", collection),
                        .asked_ms = began_ms,
                        .until_ms = began_ms + GONE_PATIENCE_MS};
    const struct kube_watch_options options = {
        .collection = collection,
        .label_selector = labels,
        .field_selector = fields,
        .on_pod = on_object, /* only the name is read, which every object has */
        .on_synced = on_synced,
        .on_failed = on_failed,
        .context = &wait,
    };
    struct kube_watch *watch = kube_watch_start(run->kube, &options);
    on_tick(&wait);
    loop_run_until(run->loop, wait_is_over, &wait);
    timer_cancel(&wait.timer);
    kube_request_cancel(&wait.question);
    free(wait.question_path);
    kube_watch_stop(&watch);
    report_left(run, what, &wait.names, clock_monotonic_ms() - began_ms);
    bool gone = wait.synced && wait.names.count == 0;
    *ret_left = wait.names.count;
    cleanup_free char *span = xasprintf("wait: no %s", what);
    run_emit_span(run, span, NULL, NULL, began_ms);
    index_release(&wait.names);
    return gone;
}

size_t cleanup_wait_until_gone(struct run *run, const char *collection, const char *labels,
                               const char *fields, const char *what)
{
    size_t left = 0;
    cleanup_saw_it_empty(run, collection, labels, fields, what, &left);
    return left;
}
