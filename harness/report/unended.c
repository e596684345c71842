/* SPDX-License-Identifier: Apache-2.0
 *
 * A journal that stops before its run: what is not in it counts as nothing that held.
 */
#include "gvisor-smoke/cleanup.h"
#include "model.h"

bool report_model_tell_unended(struct report_model *model, const char *path)
{
    if (model->ended)
        return false;
    cleanup_free char *message = xasprintf(
        "the journal \"%s\" ends before its run: it was cut, or the run is going on or was killed", path);
    struct event event = {
        .kind = EVENT_PROBLEM,
        .wall_ms = model->last_ms,
        .problem = {.kind = ERROR_ENVIRONMENT,
                    .message = message,
                    .hint = "cases without a verdict in it are errors: run them again"},
    };
    report_model_sink(model, &event);
    return true;
}
