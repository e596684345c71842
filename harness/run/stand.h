/* SPDX-License-Identifier: Apache-2.0
 *
 * The standing stream of a pod: one exec over which the supervisor takes all its cases, so that one more
 * costs no exec of its own.
 *
 * What breaks with the stream is only the way: a case goes on in the pod, and whoever asked for it is told as
 * he is of an exec that broke, and takes its reply up by one. A stream that broke is made anew for the next
 * case; one that cannot be made, or brings nothing, is given up for the pod.
 */
#ifndef RUN_STAND_H
#define RUN_STAND_H

#include "gvisor-smoke/kube.h"
#include "gvisor-smoke/supervisor.h"

struct run_pod;
struct stand_call; /* a case on the stream, from its request to its end */

struct stand_call_options {
    const struct supervisor_run *run; /* borrowed until the call is made */
    int64_t deadline_ms;              /* from now */
    void (*on_output)(void *context, enum kube_stream stream, const char *bytes, size_t length);
    /* Exactly one call for each call that was not cancelled, from the loop; it is freed after it. An end of
     * the reply's front comes as the end of an exec with its exit code. */
    void (*on_end)(void *context, const struct kube_exec_end *end);
    void *context;
};

/* NULL: this pod has no standing stream, or no room on it, and the case needs an exec of its own. */
struct stand_call *stand_call_start(struct run_pod *pod, const struct stand_call_options *options);
/* The reply is whole, so its end need not be waited for: on_end comes with exit code 0. */
void stand_call_settle(struct stand_call *call);
/* Nothing is heard of it any more, and *call becomes NULL. The case goes on. */
void stand_call_cancel(struct stand_call **call);

/* Closes the pod's stream, if it has one. Whoever is on it is told that it was lost. */
void stand_close(struct run_pod *pod);

#endif
