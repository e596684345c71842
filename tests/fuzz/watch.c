/* SPDX-License-Identifier: Apache-2.0
 *
 * A watch, over a transport and timers of this file's own. The input is a row of answers, each after a line
 *
 *     === STATUS [BYTES]    the answer to the list or the watch under way; the body comes in pieces of so
 * many bytes
 *     === failure           the connection breaks
 *     === silence           nothing comes until the watch loses patience
 *
 * A pod or event that is named "stop" makes its reader stop the watch.
 */
#include "fuzz.h"
#include "gvisor-smoke/kube.h"
#include "kube/client.h"

#define TIMERS_MAX 8
#define MARK "=== "

struct http_transfer {
    struct http_request request;
};

struct timer {
    int64_t delay_ms;
    void (*function)(void *context);
    void *context;
};

static struct http_transfer *under_way;
static struct timer *timers[TIMERS_MAX];
static struct kube_watch *watch;
static unsigned requests;
static bool synced, failed;

/* --- what the watch stands on --- */

struct http_transfer *http_start(struct http *http, const struct http_request *request)
{
    (void)http;
    assert(!under_way && strncmp(request->path, "/api/v1/pods?", strlen("/api/v1/pods?")) == 0);
    for (const char *at = request->path; *at; at++)
        assert(*at > ' ' && *at < 0x7F); /* it becomes a request line */
    under_way = xcalloc(1, sizeof *under_way);
    under_way->request = *request;
    requests++;
    return under_way;
}

void http_cancel(struct http_transfer **transfer)
{
    if (*transfer) {
        assert(*transfer == under_way);
        free(*transfer);
        under_way = NULL;
    }
    *transfer = NULL;
}

/* Of every refusal it is true once in a while. */
bool http_refusal_passes(const struct http *http, const struct http_result *result)
{
    (void)http;
    return (result->status == 401 || result->status == 403) && requests % 3 == 1;
}

bool http_is_in_doubt(const struct http *http)
{
    (void)http;
    return false;
}

struct timer *timer_start(struct loop *loop, int64_t delay_ms, void (*function)(void *context), void *context)
{
    (void)loop;
    struct timer **slot = timers;
    while (slot < timers + TIMERS_MAX && *slot)
        slot++;
    assert(slot < timers + TIMERS_MAX);
    *slot = xcalloc(1, sizeof **slot);
    **slot = (struct timer){.delay_ms = delay_ms, .function = function, .context = context};
    return *slot;
}

static struct timer **slot_of(const struct timer *timer)
{
    struct timer **slot = timers;
    while (*slot != timer)
        slot++;
    return slot;
}

void timer_cancel(struct timer **timer)
{
    if (!*timer)
        return;
    *slot_of(*timer) = NULL;
    free(*timer);
    *timer = NULL;
}

void loop_run_until(struct loop *loop, bool (*done)(void *context), void *context)
{
    (void)loop, (void)done, (void)context;
    abort(); /* a watch waits for nothing */
}

/* Time passes up to the next timer; false when there is none. */
static bool fire_next(void)
{
    struct timer *next = NULL;
    for (size_t i = 0; i < TIMERS_MAX; i++)
        if (timers[i] && (!next || timers[i]->delay_ms < next->delay_ms))
            next = timers[i];
    if (!next)
        return false;
    struct timer fired = *next;
    *slot_of(next) = NULL;
    free(next);
    fired.function(fired.context);
    return true;
}

/* --- who listens --- */

static void stop_when_asked(const char *name)
{
    assert(watch && !failed && name);
    if (strcmp(name, "stop") == 0)
        kube_watch_stop(&watch);
}

static void on_pod(void *context, enum kube_change change, const struct kube_pod *pod)
{
    (void)context, (void)change;
    stop_when_asked(pod->name);
}

static void on_event(void *context, enum kube_change change, const struct kube_event *event)
{
    (void)context, (void)change;
    stop_when_asked(event->object_name ? event->object_name : "");
}

static void on_synced(void *context)
{
    (void)context;
    assert(!synced && watch);
    synced = true;
}

static void on_failed(void *context, const struct error *err)
{
    (void)context;
    assert_error(err);
    assert(!failed && watch);
    failed = true;
}

/* --- the other side --- */

static void end_transfer(const struct http_result *result)
{
    struct http_transfer *transfer = under_way;
    under_way = NULL;
    transfer->request.on_end(transfer->request.context, result);
    free(transfer);
}

static void send_pieces(const char *body, size_t length, size_t piece)
{
    const struct http_transfer *transfer = under_way;
    while (length > 0 && under_way == transfer) {
        size_t taken = piece < length ? piece : length;
        cleanup_free char *bytes = fuzz_text((const uint8_t *)body, taken);
        transfer->request.on_data(transfer->request.context, bytes, taken);
        body += taken;
        length -= taken;
    }
}

static void answer(const char *head, const char *body, size_t length)
{
    while (!under_way && fire_next())
        ;
    if (!under_way)
        return;
    struct http_result result = {.retry_after_ms = -1, .body = "", .body_length = 0};
    unsigned long piece = 0;
    if (strncmp(head, "silence", strlen("silence")) == 0) {
        fire_next();
        return;
    }
    if (strncmp(head, "failure", strlen("failure")) == 0)
        result.failure = "the connection was reset";
    else if (sscanf(head, "%ld %lu", &result.status, &piece) < 1)
        result.status = 200;
    const struct http_transfer *transfer = under_way;
    if (transfer->request.on_data && result.status == 200) {
        send_pieces(body, length, piece ? piece : length);
        if (under_way != transfer)
            return; /* it was cancelled meanwhile */
    } else {
        result.body = body;
        result.body_length = length;
    }
    end_transfer(&result);
}

static void play(const char *script)
{
    while (*script && (watch || failed)) {
        bool marked = strncmp(script, MARK, strlen(MARK)) == 0;
        cleanup_free char *head =
            xstrndup(marked ? script + strlen(MARK) : "200", marked ? strcspn(script, "\n") : 3);
        if (marked) {
            script += strcspn(script, "\n");
            script += *script == '\n';
        }
        bool bodiless = strncmp(script, MARK, strlen(MARK)) == 0;
        const char *next = strstr(script, "\n" MARK);
        size_t length = bodiless ? 0 : next ? (size_t)(next - script) + 1 : strlen(script);
        cleanup_free char *body = xstrndup(script, length);
        answer(head, body, length);
        script += length;
    }
}

static void watch_through(const char *script, bool pods)
{
    static const struct kube_access access = {.server = (char *)"https://127.0.0.1:6443"};
    static struct kube kube = {.access = &access};
    const struct kube_watch_options options = {
        .collection = "/api/v1/pods",
        .label_selector = "gvisor-smoke/run=a b",
        .on_pod = pods ? on_pod : NULL,
        .on_event = pods ? NULL : on_event,
        .on_synced = on_synced,
        .on_failed = on_failed,
    };
    synced = failed = false;
    requests = 0;
    watch = kube_watch_start(&kube, &options);
    play(script);
    kube_watch_stop(&watch);
    while (fire_next()) /* what a stop from within left to the loop */
        ;
    assert(!under_way);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    cleanup_free char *script = fuzz_text(bytes, length);
    watch_through(script, true);
    watch_through(script, false);
    return 0;
}
