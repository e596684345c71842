/* SPDX-License-Identifier: Apache-2.0
 *
 * A model, empty, and given back.
 */
#include "gvisor-smoke/cleanup.h"
#include "model.h"

struct report_model *report_model_new(void)
{
    return xcalloc(1, sizeof(struct report_model));
}

void report_model_free(struct report_model *model)
{
    if (!model)
        return;
    for (size_t i = 0; i < model->case_count; i++) {
        free(model->cases[i].results);
        free(model->cases[i].by_node);
    }
    free(model->sources);
    free(model->measures);
    free(model->cases);
    free(model->nodes);
    free(model->pods);
    free(model->attestations);
    free(model->problems);
    index_release(&model->case_index);
    index_release(&model->node_index);
    index_release(&model->pod_index);
    index_release(&model->attestation_index);
    texts_release(&model->texts);
    streams_release(&model->streams);
    free(model);
}
