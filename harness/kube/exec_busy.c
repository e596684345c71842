/* SPDX-License-Identifier: Apache-2.0
 *
 * A container runtime that was too busy to begin a command: it is asked again, after a time.
 */
#include <string.h>

#include "exec.h"
#include "gvisor-smoke/clock.h"
#include "gvisor-smoke/log.h"

#define TRIES_MAX 3
#define AGAIN_AFTER_MS 1000

/* Both are said before the runtime has made a process, so nothing runs twice: containerd loads the
 * container's task, then creates the exec, then starts it (execInternal in its CRI plug-in). Seen on an
 * overloaded node. */
static bool was_too_busy(const struct kube_exec *exec)
{
    return exec->ending == KUBE_EXEC_NOT_STARTED && exec->message &&
           (strstr(exec->message, "failed to load task: context deadline exceeded") ||
            strstr(exec->message, "failed to create exec"));
}

/* Once more from the start, as soon as the old session is gone. */
static void exec_again(void *context)
{
    struct kube_exec *exec = context;
    exec->delivery = NULL;
    if (exec->wsi) {
        exec->delivery = timer_start(exec->pool->kube->loop, AGAIN_AFTER_MS, exec_again, exec);
        return;
    }
    log_info("exec %s: the container runtime was too busy, asked again: %s", exec->label, exec->message);
    free(exec->message);
    exec->message = NULL;
    exec->tries++;
    exec->input_sent = 0;
    exec->input_closed = false;
    exec->http_status = 0;
    exec->asked = false;
    exec->opened_ms = 0;
    buf_clear(&exec->http_body);
    exec_demux_release(&exec->demux);
    exec_demux_init(&exec->demux);
    exec_resume_deadline(exec);
    exec_queue(exec);
}

bool exec_ask_again(struct kube_exec *exec)
{
    if (!was_too_busy(exec) || exec->tries + 1 >= TRIES_MAX || clock_monotonic_ms() >= exec->deadline_at_ms)
        return false;
    exec_kill_session(exec);
    exec->delivery = timer_start(exec->pool->kube->loop, AGAIN_AFTER_MS, exec_again, exec);
    return true;
}
