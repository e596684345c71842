/* SPDX-License-Identifier: Apache-2.0
 *
 * A client and its parts.
 */
#include "client.h"
#include "credential.h"
#include "gvisor-smoke/cleanup.h"
#include "gvisor-smoke/clock.h"
#include "pace.h"

/* Above 100 streams curl would open one more connection for each request. Where there is only HTTP/1.1, each
 * watch has one of its own, and requests need some beside them. */
#define CONNECTIONS_MAX 16L

struct kube *kube_new(struct loop *loop, const struct kube_access *access, struct error **err)
{
    struct kube *kube = xcalloc(1, sizeof *kube);
    kube->loop = loop;
    kube->uv = loop_native(loop);
    kube->access = access;
    kube->credential = credential_new(kube);
    kube->pace = pace_new(loop, PACE_PER_SECOND, PACE_BURST);
    kube->http = http_new(kube, CONNECTIONS_MAX, err);
    if (kube->http)
        return kube;
    kube_free(kube);
    return NULL;
}

void kube_free(struct kube *kube)
{
    if (!kube)
        return;
    exec_pool_free(kube->exec_pool);
    http_free(kube->http);
    pace_free(kube->pace);
    credential_free(kube->credential);
    free(kube);
}

void kube_hurry(struct kube *kube, int64_t within_ms)
{
    int64_t until_ms = clock_monotonic_ms() + within_ms;
    if (!kube->hurry_ms || until_ms < kube->hurry_ms)
        kube->hurry_ms = until_ms;
}

bool kube_is_in_doubt(const struct kube *kube)
{
    return http_is_in_doubt(kube->http);
}

int64_t kube_calm_ms(const struct kube *kube)
{
    return http_calm_ms(kube->http);
}

void kube_interrupt(struct kube *kube)
{
    kube->interrupted = kube->waiting;
}
