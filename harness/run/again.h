/* SPDX-License-Identifier: Apache-2.0
 *
 * Execs that are tried again: which failures may pass, and how long they are waited for.
 */
#ifndef RUN_AGAIN_H
#define RUN_AGAIN_H

#include "gvisor-smoke/kube.h"

/* What kept an exec from coming to its end. */
enum trouble {
    TROUBLE_NONE,
    TROUBLE_AWAY,    /* no answer: the server, the kubelet, the runtime or the network are not there now */
    TROUBLE_DENIED,  /* 401 or 403: so says a server too that has not yet read who may do what */
    TROUBLE_REFUSED, /* the answer is no: mostly for good, when the pod has ended and nobody has said so yet
                      */
    TROUBLE_LATE,    /* its deadline passed */
};
enum trouble trouble_of(const struct kube_exec_end *end);

/* Tries in a row that all failed. Zeroed it is none; whoever owns it cancels it. */
struct again {
    struct timer *timer; /* until the next try, or NULL */
    int64_t since_ms;    /* monotonic: the first failure of the row, 0 when there is none */
    int64_t kind_ms;     /* the first in a row of the same kind */
    int64_t delay_ms;
    enum trouble kind;
};

/* Calls function once, from the loop, when it is time to try again. False when the patience for this kind of
 * trouble is used up. */
bool again_start(struct again *again, struct loop *loop, enum trouble trouble, void (*function)(void *),
                 void *context);
/* A try went well, or is not wanted any more: the row is over. */
void again_cancel(struct again *again);

/* An exec that does no harm when it is run twice: it is started anew, from its first byte, while nobody
 * answers. */
struct run_pod;
struct steady_exec;
struct steady_exec_options {
    struct kube_exec_options exec;   /* command and input are copied; pod and container are the pod's */
    void (*on_again)(void *context); /* forget what has come; may be NULL */
    /* Whether all has come. Asked after exit code 0, for that is also what the API server makes of a stream
     * to the node that broke. NULL: exit code 0 is taken for good. */
    bool (*is_whole)(void *context);
};
struct steady_exec *steady_exec_start(const struct run_pod *pod, const struct steady_exec_options *options);
/* Ends it without a callback and sets *exec to NULL. It frees itself after on_end. */
void steady_exec_cancel(struct steady_exec **exec);

#endif
