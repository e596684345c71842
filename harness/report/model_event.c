/* SPDX-License-Identifier: Apache-2.0
 *
 * What a model holds, as the events that it is told by; and events without what most of a journal is.
 */
#include "model.h"

void model_fold_light(struct report_model *model, const struct event *event)
{
    struct event light = *event;
    struct evidence evidence;
    if (event->kind == EVENT_EVIDENCE) {
        evidence = *event->evidence.evidence;
        evidence.output = evidence.errors = evidence.match = evidence.cause = evidence.note = NULL;
        light.evidence.evidence = &evidence;
    }
    report_model_sink(model, &light);
}

struct event model_source_event(const struct model_source *source)
{
    return (struct event){.kind = EVENT_SOURCE,
                          .source = {.id = source->id,
                                     .version = source->version,
                                     .started_ms = source->started_ms,
                                     .ended_ms = source->ended_ms,
                                     .duration_ms = source->duration_ms,
                                     .exit_code = source->exit_code,
                                     .signal = source->signal,
                                     .complete = source->complete}};
}

struct event model_case_event(const struct model_case *planned)
{
    return (struct event){.kind = EVENT_CASE,
                          .planned = {.name = planned->name,
                                      .report_class = planned->report_class,
                                      .report_name = planned->report_name,
                                      .report_param = planned->report_param,
                                      .summary = planned->summary,
                                      .expect = planned->expect,
                                      .timeout_ms = planned->timeout_ms,
                                      .digest = planned->digest,
                                      .after = planned->after}};
}
