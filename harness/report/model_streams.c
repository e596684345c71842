/* SPDX-License-Identifier: Apache-2.0
 *
 * What an execution of the model printed.
 */
#include <stdlib.h>

#include "model.h"

struct model_streams model_streams(const struct report_model *model, const struct model_evidence *evidence)
{
    if (!evidence)
        return (struct model_streams){0};
    return (struct model_streams){.output = streams_get(&model->streams, &evidence->output),
                                  .errors = streams_get(&model->streams, &evidence->errors)};
}

void model_streams_release(struct model_streams *streams)
{
    free(streams->output);
    free(streams->errors);
    *streams = (struct model_streams){0};
}

bool model_printed_something(const struct model_evidence *evidence)
{
    return evidence && !(stream_is_empty(&evidence->output) && stream_is_empty(&evidence->errors));
}
