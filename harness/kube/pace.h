/* SPDX-License-Identifier: Apache-2.0
 *
 * The pace at which a client asks: so many requests a second over time, and more of them at once after it has
 * asked for less. Each try of a request counts as one, and so do each watch and each exec, since the upgrade
 * of a connection costs the server more than a request does.
 *
 * Whoever may not go yet waits in a queue: first come, first served.
 */
#ifndef KUBE_PACE_H
#define KUBE_PACE_H

#include "gvisor-smoke/loop.h"

/* client-go's clients set such limits for themselves (kubectl: 50 and 300); a run with 10 nodes at once stays
 * below this one. The README states it. */
#define PACE_PER_SECOND 200
#define PACE_BURST 400

struct pace;
struct pace_wait;

/* per_second 0: no limit. */
struct pace *pace_new(struct loop *loop, unsigned per_second, unsigned burst);
/* Nobody who waits is called any more. */
void pace_free(struct pace *pace);

/* From here on; what waits already is let go by the new limit when its time comes. */
void pace_set(struct pace *pace, unsigned per_second, unsigned burst);

/* Calls go(context) when it may: at once, before it returns, and then returns NULL; or later from the loop.
 */
struct pace_wait *pace_wait(struct pace *pace, void (*go)(void *context), void *context);
/* Takes back what has not been called and sets *wait to NULL; NULL does nothing. go must forget the wait
 * itself. */
void pace_cancel(struct pace_wait **wait);

/* --- the count behind it, without a clock of its own --- */

struct bucket {
    int64_t interval_us; /* between two; 0: no limit */
    int64_t burst_us;    /* how far ahead of that pace it may be */
    int64_t paid_us;     /* the time until which what went is paid for */
};

void bucket_set(struct bucket *bucket, unsigned per_second, unsigned burst);
/* 0: it may go, and has been counted; else how many milliseconds later it may. */
int64_t bucket_take(struct bucket *bucket, int64_t now_ms);

#endif
