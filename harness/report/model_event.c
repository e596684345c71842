/* SPDX-License-Identifier: Apache-2.0
 *
 * What a model holds, as the events that it is told by.
 */
#include "model.h"

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
                                      .digest = planned->digest}};
}
