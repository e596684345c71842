/* SPDX-License-Identifier: Apache-2.0
 *
 * Events into the model that reports are made from, and into the journal.
 */
#include "command.h"

void recorder_sink(void *context, const struct event *event)
{
    struct recorder *recorder = context;
    struct event copy = *event;
    report_model_sink(recorder->model, event);
    if (event->kind == EVENT_END)
        copy.end.exit_code = report_model_exit_code(recorder->model);
    if (!recorder->journal)
        return;
    journal_sink(recorder->journal, &copy);
    const struct error *err = journal_error(recorder->journal);
    if (err && !recorder->told) /* now: there may be time to make room */
        command_fail(error_copy(err));
    recorder->told = err != NULL;
}
