/* SPDX-License-Identifier: Apache-2.0
 *
 * Which failures of an exec may pass, and how long they are waited for.
 */
#include <string.h>

#include "again.h"
#include "gvisor-smoke/clock.h"

#define FIRST_DELAY_MS 100
#define MAX_DELAY_MS 3000
/* From the first failure on. A server that restarts is back within a minute. */
#define AWAY_PATIENCE_MS 90000
#define DENIED_PATIENCE_MS 10000
/* A pod's end is seen by the API up to some seconds after the connection to it broke. */
#define REFUSED_PATIENCE_MS 8000

/* In the words of an answer: whoever gave it could not reach the next one on the way to the container. */
static bool says_away(const char *message)
{
    static const char *const words[] = {
        "error dialing backend", "connection refused",   "connection reset",          "connection error",
        "Unavailable",           "transport is closing", "error reading from server", "i/o timeout",
        "TLS handshake timeout", "no route to host",     "context deadline exceeded", "etcdserver:",
        "unexpected EOF",        "broken pipe",
    };
    for (size_t i = 0; message && i < sizeof words / sizeof *words; i++)
        if (strstr(message, words[i]))
            return true;
    return false;
}

static enum trouble trouble_of_answer(const struct kube_exec_end *end)
{
    switch (end->http_status) {
    case 401:
    case 403:
        return TROUBLE_DENIED;
    case 429:
    case 502:
    case 503:
    case 504:
        return TROUBLE_AWAY;
    default:
        return says_away(end->message) ? TROUBLE_AWAY : TROUBLE_REFUSED;
    }
}

enum trouble trouble_of(const struct kube_exec_end *end)
{
    switch (end->ending) {
    case KUBE_EXEC_EXITED:
        return TROUBLE_NONE;
    case KUBE_EXEC_LOST:
        return TROUBLE_AWAY;
    case KUBE_EXEC_DEADLINE:
        return TROUBLE_LATE;
    case KUBE_EXEC_NOT_STARTED:
        break;
    }
    return trouble_of_answer(end);
}

static bool is_patient(const struct again *again, int64_t then_ms)
{
    switch (again->kind) {
    case TROUBLE_AWAY:
        return then_ms - again->since_ms <= AWAY_PATIENCE_MS;
    case TROUBLE_DENIED:
        return then_ms - again->kind_ms <= DENIED_PATIENCE_MS;
    case TROUBLE_REFUSED:
        return then_ms - again->kind_ms <= REFUSED_PATIENCE_MS;
    case TROUBLE_NONE:
    case TROUBLE_LATE:
        break;
    }
    return false;
}

bool again_start(struct again *again, struct loop *loop, enum trouble trouble, void (*function)(void *),
                 void *context)
{
    int64_t now_ms = clock_monotonic_ms();
    if (!again->since_ms) {
        again->since_ms = now_ms;
        again->delay_ms = FIRST_DELAY_MS;
    }
    if (again->kind != trouble) {
        again->kind = trouble;
        again->kind_ms = now_ms;
    }
    if (!is_patient(again, now_ms + again->delay_ms))
        return false;
    again->timer = timer_start(loop, again->delay_ms, function, context);
    again->delay_ms = again->delay_ms * 2 < MAX_DELAY_MS ? again->delay_ms * 2 : MAX_DELAY_MS;
    return true;
}

void again_cancel(struct again *again)
{
    timer_cancel(&again->timer);
    *again = (struct again){0};
}
