/* SPDX-License-Identifier: Apache-2.0
 *
 * The pace at which a client asks.
 */
#include "pace.h"

#include "gvisor-smoke/cleanup.h"
#include "gvisor-smoke/clock.h"

#define SECOND_US 1000000

struct pace_wait {
    struct pace *pace;
    struct pace_wait *next, **link;
    void (*go)(void *context);
    void *context;
};

struct pace {
    struct loop *loop;
    struct bucket bucket;
    struct pace_wait *first, **last;
    struct timer *timer; /* for the first of them */
};

void bucket_set(struct bucket *bucket, unsigned per_second, unsigned burst)
{
    bucket->interval_us = per_second ? SECOND_US / per_second : 0;
    bucket->burst_us = bucket->interval_us * (burst ? burst : 1);
}

int64_t bucket_take(struct bucket *bucket, int64_t now_ms)
{
    int64_t now_us = now_ms * 1000;
    int64_t paid_us = (bucket->paid_us > now_us ? bucket->paid_us : now_us) + bucket->interval_us;
    int64_t early_us = paid_us - now_us - bucket->burst_us;
    if (bucket->interval_us && early_us > 0)
        return (early_us + 999) / 1000;
    bucket->paid_us = paid_us;
    return 0;
}

struct pace *pace_new(struct loop *loop, unsigned per_second, unsigned burst)
{
    struct pace *pace = xcalloc(1, sizeof *pace);
    pace->loop = loop;
    pace->last = &pace->first;
    bucket_set(&pace->bucket, per_second, burst);
    return pace;
}

/* It leaves the queue. */
static void wait_free(struct pace_wait *wait)
{
    *wait->link = wait->next;
    if (wait->next)
        wait->next->link = wait->link;
    else
        wait->pace->last = wait->link;
    free(wait);
}

/* Takes the first out of the queue, which has one; the caller frees it. */
static struct pace_wait *take_first(struct pace *pace)
{
    struct pace_wait *wait = pace->first;
    pace->first = wait->next;
    if (wait->next)
        wait->next->link = &pace->first;
    else
        pace->last = &pace->first;
    return wait;
}

void pace_free(struct pace *pace)
{
    if (!pace)
        return;
    while (pace->first)
        free(take_first(pace));
    timer_cancel(&pace->timer);
    free(pace);
}

void pace_set(struct pace *pace, unsigned per_second, unsigned burst)
{
    bucket_set(&pace->bucket, per_second, burst);
}

static void on_time(void *context)
{
    struct pace *pace = context;
    int64_t later_ms = 0;
    pace->timer = NULL;
    while (pace->first && (later_ms = bucket_take(&pace->bucket, clock_monotonic_ms())) == 0) {
        cleanup_free struct pace_wait *next = take_first(pace);
        next->go(next->context);
    }
    if (pace->first && !pace->timer)
        pace->timer = timer_start(pace->loop, later_ms, on_time, pace);
}

struct pace_wait *pace_wait(struct pace *pace, void (*go)(void *context), void *context)
{
    int64_t later_ms = 0;
    if (!pace->first && (later_ms = bucket_take(&pace->bucket, clock_monotonic_ms())) == 0) {
        go(context);
        return NULL;
    }
    struct pace_wait *wait = xcalloc(1, sizeof *wait);
    *wait = (struct pace_wait){.pace = pace, .link = pace->last, .go = go, .context = context};
    *pace->last = wait;
    pace->last = &wait->next;
    if (!pace->timer)
        pace->timer = timer_start(pace->loop, later_ms, on_time, pace);
    return wait;
}

void pace_cancel(struct pace_wait **wait)
{
    if (*wait)
        wait_free(*wait);
    *wait = NULL;
}
