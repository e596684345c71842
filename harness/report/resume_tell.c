/* SPDX-License-Identifier: Apache-2.0
 *
 * What a journal says of the verdicts that are taken over, told again.
 */
#include "gvisor-smoke/cleanup.h"
#include "resume.h"

struct telling {
    const struct resume *resume;
    struct events *events;
    size_t places; /* of events that were read */
};

static bool has_pod(const struct resume *resume, const char *pod)
{
    size_t at;
    return pod && index_get(&resume->pods, pod, &at);
}

/* The result that the event belongs to, if it is taken over: it may know its node better than the event. */
static const struct model_result *next_taken(struct telling *telling)
{
    const struct resume *resume = telling->resume;
    size_t at;
    if (telling->places == resume->place_count)
        return NULL;
    const struct resume_place *place = &resume->places[telling->places++];
    const struct model_case *test_case = &resume->model->cases[place->test_case];
    const struct model_result *result = &test_case->results[place->result];
    cleanup_free char *key = resume_key(test_case->name, result->node);
    return index_get(&resume->taken, key, &at) ? result : NULL;
}

/* Each at the time when it was; what the run had taken over itself keeps saying where it comes from. Pods and
 * starts are not told: this run has had none of them. */
static void tell(void *context, const struct event *event)
{
    struct telling *telling = context;
    struct event copy = *event;
    bool of_pod = event->kind == EVENT_ATTESTATION && has_pod(telling->resume, event->attestation.pod);
    bool of_case = event->kind == EVENT_EVIDENCE || event->kind == EVENT_VERDICT;
    const struct model_result *result = of_case ? next_taken(telling) : NULL;
    if (result && event->kind == EVENT_EVIDENCE) {
        copy.evidence.node = result->node;
    } else if (result) {
        copy.verdict.node = result->node;
        if (!copy.verdict.taken_from)
            copy.verdict.taken_from = telling->resume->model->run.id;
    }
    if (result || of_pod)
        event_emit(telling->events, &copy);
}

int resume_tell(const struct resume *resume, struct events *events, struct error **err)
{
    bool cut;
    struct telling telling = {.resume = resume, .events = events};
    return journal_read(resume->path, tell, &telling, &cut, err);
}
