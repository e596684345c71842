/* SPDX-License-Identifier: Apache-2.0
 *
 * The one event loop of the program: timers, signals, and waiting until something has come true. Everything
 * runs on the thread that calls loop_run_until().
 */
#ifndef GVISOR_SMOKE_LOOP_H
#define GVISOR_SMOKE_LOOP_H

#include <stdbool.h>
#include <stdint.h>

struct loop;
struct timer;
struct signal_watch;

struct loop *loop_new(void);
/* Lets everything that is closing end, then frees. All timers and watches must be cancelled before. */
void loop_free(struct loop *loop);

/* Handles events until done(context) is true, which is asked after each round of events. Not to be called
 * from a callback of the loop. */
void loop_run_until(struct loop *loop, bool (*done)(void *context), void *context);

/* Calls function(context) once, after delay_ms. The timer frees itself after the call. */
struct timer *timer_start(struct loop *loop, int64_t delay_ms, void (*function)(void *context),
                          void *context);
/* Takes back a timer that has not fired and sets *timer to NULL; a NULL timer does nothing. A callback must
 * set its owner's pointer to NULL, since the timer is gone after the call. */
void timer_cancel(struct timer **timer);

/* Calls function(context, signal_number) from the loop whenever the signal arrives. */
struct signal_watch *signal_watch_start(struct loop *loop, int signal_number,
                                        void (*function)(void *context, int signal_number), void *context);
void signal_watch_stop(struct signal_watch **watch);

/* The libuv loop behind it, for the client layer only. */
void *loop_native(struct loop *loop);

#endif
