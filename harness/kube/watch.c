/* SPDX-License-Identifier: Apache-2.0
 *
 * Watches: a list, then the changes from there, for as long as somebody wants them.
 *
 * https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes
 */
#include <string.h>

#include "client.h"
#include "gvisor-smoke/buf.h"
#include "gvisor-smoke/cleanup.h"
#include "gvisor-smoke/clock.h"
#include "gvisor-smoke/index.h"
#include "gvisor-smoke/log.h"
#include "json.h"
#include "view.h"

/* The server ends a watch after this long; we start the next one from where it stopped. */
#define WATCH_SECONDS 240
/* A peer that is silent for longer than it can be: bookmarks come about every minute. */
#define SILENCE_MS 130000
#define LINE_MAX_BYTES (4u * 1024 * 1024)
/* A list comes in pages of so many objects. */
#define PAGE 250
#define PAGES_MAX 1000
/* Objects that are known at once: more than a cluster can have of one kind in a namespace. */
#define KNOWN_MAX ((size_t)200000)
/* After a watch that lasted so long the next one need not wait. */
#define GOOD_MS 10000
#define LIST_TIMEOUT_MS 30000
#define FIRST_BACKOFF_MS 50
/* A server that is away for longer will not be waited for: nothing of the collection is known any more. */
#define AWAY_PATIENCE_MS 180000
#define MAX_BACKOFF_MS 3000
/* What a server may ask for by Retry-After. */
#define MAX_RETRY_AFTER_MS 30000

struct kube_watch {
    struct kube *kube;
    struct kube_watch_options options;
    char *collection, *query;
    struct http_transfer *transfer;
    struct timer *backoff, *silence;
    struct buf line;
    size_t searched;    /* bytes of it that hold no newline */
    char *version;      /* resourceVersion to go on from, or NULL: list first */
    struct index known; /* names seen, to tell what vanished between two lists */
    /* of the list under way */
    char *next; /* where its next page begins, or NULL */
    unsigned pages;
    struct index listed;
    int64_t delay_ms, started_ms;
    int64_t failing_ms; /* monotonic: since when nothing has come of it; 0: it works */
    bool fresh;         /* the next transfer goes over a new connection */
    bool synced, stopped, in_callback;
    bool nonsense; /* the watch under way says what is none, and is to be made again */
};

static void watch_next(void *context);

static void watch_free(struct kube_watch *watch)
{
    http_cancel(&watch->transfer);
    timer_cancel(&watch->backoff);
    timer_cancel(&watch->silence);
    buf_release(&watch->line);
    index_release(&watch->known);
    index_release(&watch->listed);
    free(watch->next);
    free(watch->collection);
    free(watch->query);
    free(watch->version);
    free(watch);
}

static void watch_free_later(void *context)
{
    watch_free(context);
}

static void watch_set_version(struct kube_watch *watch, struct json_object *metadata)
{
    const char *version = json_string(json_member(metadata, "resourceVersion"));
    if (!version || !*version)
        return;
    free(watch->version);
    watch->version = xstrdup(version);
}

static void watch_hand_over(struct kube_watch *watch, enum kube_change change, struct json_object *object)
{
    const char *name = json_string(json_path(object, "metadata", "name", NULL));
    if (!name || !kube_is_object_name(name) || watch->stopped)
        return;
    if (!watch->options.on_pod)
        ; /* nobody asks which Event objects are gone, and there can be very many */
    else if (change == KUBE_DELETED)
        index_remove(&watch->known, name);
    else if (watch->known.count < KNOWN_MAX)
        index_set(&watch->known, name, 0);
    watch->in_callback = true;
    if (watch->options.on_pod) {
        struct kube_pod pod = view_pod(object);
        watch->options.on_pod(watch->options.context, change, &pod);
        kube_pod_release(&pod);
    } else {
        struct kube_event event = view_event(object);
        watch->options.on_event(watch->options.context, change, &event);
        kube_event_release(&event);
    }
    watch->in_callback = false;
}

static void watch_hand_over_deleted(struct kube_watch *watch, const char *name)
{
    cleanup_json struct json_object *object = json_object_new_object();
    struct json_object *metadata = json_object_new_object();
    json_object_object_add(metadata, "name", json_object_new_string(name));
    json_object_object_add(object, "metadata", metadata);
    watch_hand_over(watch, KUBE_DELETED, object);
}

/* What was known and is not in the new list was deleted while nobody watched. */
static void watch_hand_over_vanished(struct kube_watch *watch)
{
    cleanup_strings struct strings vanished = {0};
    size_t at = 0, number;
    for (const char *name; (name = index_next(&watch->known, &at));)
        if (!index_get(&watch->listed, name, &number))
            strings_add(&vanished, name);
    for (size_t i = 0; i < vanished.count; i++)
        watch_hand_over_deleted(watch, vanished.items[i]);
}

static void watch_retry(void *context)
{
    struct kube_watch *watch = context;
    watch->backoff = NULL;
    watch_next(watch);
}

static void watch_wait(struct kube_watch *watch, int64_t at_least_ms)
{
    int64_t asked_ms = at_least_ms < MAX_RETRY_AFTER_MS ? at_least_ms : MAX_RETRY_AFTER_MS;
    int64_t delay_ms = watch->delay_ms > asked_ms ? watch->delay_ms : asked_ms;
    watch->delay_ms = watch->delay_ms * 2 < MAX_BACKOFF_MS ? watch->delay_ms * 2 : MAX_BACKOFF_MS;
    watch->backoff = timer_start(watch->kube->loop, delay_ms, watch_retry, watch);
}

static void watch_fail(struct kube_watch *watch, const struct http_result *result)
{
    cleanup_error struct error *err = NULL;
    api_error(&err, watch->kube, result);
    watch->stopped = true;
    watch->in_callback = true;
    if (watch->options.on_failed)
        watch->options.on_failed(watch->options.context, err);
    watch->in_callback = false;
}

static bool failure_is_for_good(struct kube_watch *watch, const struct http_result *result)
{
    int64_t now_ms = clock_monotonic_ms();
    bool refused = result->status == 401 || result->status == 403 || result->status == 404 ||
                   result->status == 400 || result->status == 405;
    if (!result->failure && refused)
        return !http_refusal_passes(watch->kube->http, result);
    if (result->begun)
        watch->failing_ms = 0;
    else if (!watch->failing_ms)
        watch->failing_ms = now_ms;
    watch->fresh = result->timed_out;
    return watch->failing_ms && now_ms - watch->failing_ms > AWAY_PATIENCE_MS;
}

static void watch_works(struct kube_watch *watch)
{
    watch->failing_ms = 0;
    watch->fresh = false;
}

static void watch_forget_list(struct kube_watch *watch)
{
    index_release(&watch->listed);
    free(watch->next);
    watch->next = NULL;
    watch->pages = 0;
}

/* A page of the list. Returns whether another one follows. */
static bool watch_take_page(struct kube_watch *watch, struct json_object *list)
{
    struct json_object *items = json_member(list, "items"), *metadata = json_member(list, "metadata");
    for (size_t i = 0; i < json_length(items); i++) {
        struct json_object *item = json_item(items, i);
        const char *name = json_string(json_path(item, "metadata", "name", NULL));
        if (name && watch->options.on_pod)
            index_set(&watch->listed, name, 0);
        watch_hand_over(watch, KUBE_ADDED, item);
    }
    free(watch->next);
    watch->next = json_string_copy(metadata, "continue");
    return watch->next && *watch->next && ++watch->pages < PAGES_MAX && watch->listed.count < KNOWN_MAX;
}

static void watch_list(struct kube_watch *watch);

static void watch_take_list(struct kube_watch *watch, struct json_object *list)
{
    if (watch_take_page(watch, list) && !watch->stopped) {
        watch_list(watch);
        return;
    }
    watch_hand_over_vanished(watch);
    watch_forget_list(watch);
    watch_set_version(watch, json_member(list, "metadata"));
    watch_works(watch);
    bool first = !watch->synced;
    watch->synced = true;
    watch->in_callback = true;
    if (first && !watch->stopped && watch->options.on_synced)
        watch->options.on_synced(watch->options.context);
    watch->in_callback = false;
    if (watch->stopped)
        return;
    if (watch->version)
        watch_next(watch);
    else
        watch_wait(watch, 0);
}

static void on_list_end(void *context, const struct http_result *result)
{
    struct kube_watch *watch = context;
    watch->transfer = NULL;
    cleanup_json struct json_object *list = NULL;
    if (!result->failure && result->status == 200)
        list = json_parse(result->body, result->body_length);
    if (list) {
        watch_take_list(watch, list);
        return;
    }
    watch_forget_list(watch);
    if (failure_is_for_good(watch, result))
        watch_fail(watch, result);
    else
        watch_wait(watch, result->retry_after_ms);
}

static void watch_list(struct kube_watch *watch)
{
    cleanup_free char *next = watch->next ? kube_escape(watch->next) : NULL;
    cleanup_free char *path = xasprintf("%s?%s&limit=%d%s%s", watch->collection, watch->query, PAGE,
                                        next ? "&continue=" : "", next ? next : "");
    const struct http_request request = {.method = "GET",
                                         .path = path,
                                         .timeout_ms = LIST_TIMEOUT_MS,
                                         .fresh = watch->fresh,
                                         .on_end = on_list_end,
                                         .context = watch};
    watch->transfer = http_start(watch->kube->http, &request);
}

static void on_silence(void *context)
{
    struct kube_watch *watch = context;
    watch->silence = NULL;
    log_info("watch %s: silent for %d s, starting it again", watch->collection, SILENCE_MS / 1000);
    http_cancel(&watch->transfer);
    watch->fresh = true;
    watch_wait(watch, 0);
}

static void watch_listen(struct kube_watch *watch)
{
    timer_cancel(&watch->silence);
    watch->silence = timer_start(watch->kube->loop, SILENCE_MS, on_silence, watch);
}

static void watch_forget_version(struct kube_watch *watch)
{
    free(watch->version);
    watch->version = NULL;
}

/* Starts over from a list, after a time: a server may say the same at once again, and for ever. */
static void watch_give_up(struct kube_watch *watch)
{
    watch_forget_version(watch);
    watch->nonsense = true;
}

static void watch_line(struct kube_watch *watch, const char *line, size_t length)
{
    cleanup_json struct json_object *change = json_parse(line, length);
    const char *type = json_string(json_member(change, "type"));
    struct json_object *object = json_member(change, "object");
    if (!type || strcmp(type, "ERROR") == 0) { /* not a watch event; or 410 Gone above all */
        log_debug("watch %s: %s", watch->collection, type ? type : "not an event");
        watch_give_up(watch);
        return;
    }
    log_debug("watch %s: %s", watch->collection, type);
    watch_set_version(watch, json_member(object, "metadata"));
    watch_works(watch);
    if (strcmp(type, "ADDED") == 0)
        watch_hand_over(watch, KUBE_ADDED, object);
    else if (strcmp(type, "MODIFIED") == 0)
        watch_hand_over(watch, KUBE_MODIFIED, object);
    else if (strcmp(type, "DELETED") == 0)
        watch_hand_over(watch, KUBE_DELETED, object);
}

/* Hands over the whole lines that have come. */
static void watch_lines(struct kube_watch *watch)
{
    struct buf *line = &watch->line;
    size_t start = 0, from = watch->searched;
    for (char *end; !watch->stopped && !watch->nonsense &&
                    (end = memchr(line->bytes + from, '\n', line->length - from));) {
        size_t at = (size_t)(end - line->bytes);
        watch_line(watch, line->bytes + start, at - start);
        start = from = at + 1;
    }
    buf_consume(line, start);
    watch->searched = line->length;
}

static void on_watch_data(void *context, const char *bytes, size_t length)
{
    struct kube_watch *watch = context;
    watch_listen(watch);
    if (buf_append(&watch->line, bytes, length))
        watch_lines(watch);
    else
        watch_give_up(watch);
    if (!watch->nonsense || watch->stopped)
        return;
    timer_cancel(&watch->silence);
    http_cancel(&watch->transfer);
    watch_wait(watch, 0);
}

static void on_watch_end(void *context, const struct http_result *result)
{
    struct kube_watch *watch = context;
    watch->transfer = NULL;
    timer_cancel(&watch->silence);
    if (watch->stopped)
        return;
    if (clock_monotonic_ms() - watch->started_ms > GOOD_MS)
        watch->delay_ms = FIRST_BACKOFF_MS;
    if (failure_is_for_good(watch, result)) {
        watch_fail(watch, result);
        return;
    }
    if (!result->failure && result->status == 410)
        watch_forget_version(watch);
    watch_wait(watch, result->retry_after_ms);
}

static void watch_watch(struct kube_watch *watch)
{
    cleanup_free char *version = kube_escape(watch->version);
    cleanup_free char *path =
        xasprintf("%s?%s&watch=true&allowWatchBookmarks=true&timeoutSeconds=%d&resourceVersion=%s",
                  watch->collection, watch->query, WATCH_SECONDS, version);
    const struct http_request request = {.method = "GET",
                                         .path = path,
                                         .fresh = watch->fresh,
                                         .on_data = on_watch_data,
                                         .on_end = on_watch_end,
                                         .context = watch};
    buf_clear(&watch->line);
    watch->searched = 0;
    watch->nonsense = false;
    watch->started_ms = clock_monotonic_ms();
    watch->transfer = http_start(watch->kube->http, &request);
    watch_listen(watch);
}

static void watch_next(void *context)
{
    struct kube_watch *watch = context;
    if (watch->version)
        watch_watch(watch);
    else
        watch_list(watch);
}

static char *make_query(const struct kube_watch_options *options)
{
    cleanup_free char *labels = options->label_selector ? kube_escape(options->label_selector) : NULL;
    cleanup_free char *fields = options->field_selector ? kube_escape(options->field_selector) : NULL;
    return xasprintf("labelSelector=%s&fieldSelector=%s", labels ? labels : "", fields ? fields : "");
}

struct kube_watch *kube_watch_start(struct kube *kube, const struct kube_watch_options *options)
{
    struct kube_watch *watch = xcalloc(1, sizeof *watch);
    watch->kube = kube;
    watch->options = *options;
    watch->collection = xstrdup(options->collection);
    watch->query = make_query(options);
    watch->delay_ms = FIRST_BACKOFF_MS;
    buf_init(&watch->line, LINE_MAX_BYTES);
    watch_next(watch);
    return watch;
}

void kube_watch_stop(struct kube_watch **watch)
{
    if (!*watch)
        return;
    (*watch)->stopped = true;
    /* Inside one of its own callbacks the frames above still use it: the loop frees it afterwards. */
    if ((*watch)->in_callback)
        timer_start((*watch)->kube->loop, 0, watch_free_later, *watch);
    else
        watch_free(*watch);
    *watch = NULL;
}
