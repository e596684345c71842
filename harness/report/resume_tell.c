/* SPDX-License-Identifier: Apache-2.0
 *
 * What a journal says of the verdicts that are taken over, told again.
 */
#include "gvisor-smoke/cleanup.h"
#include "resume.h"

struct telling {
    const struct resume *resume;
    struct events *events;
};

static bool is_taken(const struct resume *resume, const char *name, const char *node)
{
    size_t at;
    cleanup_free char *key = resume_key(name, node);
    return index_get(&resume->taken, key, &at);
}

static bool has_pod(const struct resume *resume, const char *pod)
{
    size_t at;
    return pod && index_get(&resume->pods, pod, &at);
}

/* Each at the time when it was; what the run had taken over itself keeps saying where it comes from. Pods and
 * starts are not told: this run has had none of them. */
static void tell(void *context, const struct event *event)
{
    const struct telling *telling = context;
    const struct resume *resume = telling->resume;
    struct event copy = *event;
    bool told = false;
    if (event->kind == EVENT_ATTESTATION) {
        told = has_pod(resume, event->attestation.pod);
    } else if (event->kind == EVENT_EVIDENCE) {
        told = is_taken(resume, event->evidence.name, event->evidence.node);
    } else if (event->kind == EVENT_VERDICT) {
        told = is_taken(resume, event->verdict.name, event->verdict.node);
        if (!copy.verdict.taken_from)
            copy.verdict.taken_from = resume->model->run.id;
    }
    if (told)
        event_emit(telling->events, &copy);
}

int resume_tell(const struct resume *resume, struct events *events, struct error **err)
{
    bool cut;
    struct telling telling = {.resume = resume, .events = events};
    return journal_read(resume->path, tell, &telling, &cut, err);
}
