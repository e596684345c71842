/* SPDX-License-Identifier: Apache-2.0
 *
 * What cases and pods say of each node.
 */
#include "gvisor-smoke/cleanup.h"
#include "model.h"

const char *report_part_node(const struct report_part *part)
{
    return part->node ? part->node : part->result ? part->result->node : "";
}

struct node_sum *node_sums_make(const struct report_model *model, const struct report_parts *parts)
{
    struct node_sum *sums = xcalloc(model->node_count, sizeof *sums);
    size_t at;
    for (size_t i = 0; i < parts->count; i++)
        if (index_get(&model->node_index, report_part_node(&parts->items[i]), &at))
            report_counts_add(&sums[at].counts, parts->items[i].kind);
    for (size_t i = 0; i < model->attestation_count; i++) {
        const struct model_attestation *seen = &model->attestations[i];
        if (seen->control || !index_get(&model->node_index, seen->node, &at))
            continue;
        sums[at].pods++;
        sums[at].attested_pods += seen->attested;
    }
    return sums;
}
