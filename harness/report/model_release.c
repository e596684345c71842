/* SPDX-License-Identifier: Apache-2.0
 *
 * What a model owns, and how it is given back.
 */
#include "gvisor-smoke/cleanup.h"
#include "model.h"

struct report_model *report_model_new(void)
{
    return xcalloc(1, sizeof(struct report_model));
}

void model_evidence_free(struct evidence *evidence)
{
    if (!evidence)
        return;
    evidence_release(evidence);
    free(evidence);
}

static void case_release(struct model_case *model_case)
{
    for (size_t i = 0; i < model_case->count; i++) {
        struct model_result *result = &model_case->results[i];
        free(result->node);
        free(result->pod);
        free(result->reason);
        free(result->message);
        free(result->taken_from);
        model_evidence_free(result->gvisor);
        model_evidence_free(result->control);
    }
    free(model_case->results);
    index_release(&model_case->by_node);
    free(model_case->name);
    free(model_case->report_class);
    free(model_case->report_name);
    free(model_case->report_param);
    free(model_case->summary);
    free(model_case->digest);
}

static void node_release(struct model_node *node)
{
    free(node->name);
    free(node->kernel);
    free(node->os_image);
    free(node->container_runtime);
    free(node->architecture);
    free(node->obstacle);
    free(node->release);
}

void model_signs_free(struct sign *signs, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free(signs[i].name);
        free(signs[i].value);
    }
    free(signs);
}

static void model_attestation_release(struct model_attestation *attestation)
{
    model_signs_free(attestation->signs, attestation->count);
    free(attestation->pod);
    free(attestation->node);
    free(attestation->release);
    free(attestation->summary);
}

static void run_release(struct report_model *model)
{
    free(model->run.id);
    free(model->run.version);
    free(model->run.server);
    free(model->run.context);
    free(model->run.name_space);
    free(model->run.runtime_class);
    free(model->run.handler);
    free(model->run.image);
    free(model->run.hostname);
    free(model->run.nodes);
    free(model->run.settings);
    free(model->run.resumes);
    free(model->cluster.version);
    free(model->cluster.platform);
    free(model->choice.message);
}

void report_model_free(struct report_model *model)
{
    if (!model)
        return;
    run_release(model);
    for (size_t i = 0; i < model->source_count; i++) {
        free(model->sources[i].id);
        free(model->sources[i].version);
    }
    for (size_t i = 0; i < model->case_count; i++)
        case_release(&model->cases[i]);
    for (size_t i = 0; i < model->node_count; i++)
        node_release(&model->nodes[i]);
    for (size_t i = 0; i < model->attestation_count; i++)
        model_attestation_release(&model->attestations[i]);
    for (size_t i = 0; i < model->problem_count; i++) {
        free(model->problems[i].message);
        free(model->problems[i].hint);
    }
    for (size_t i = 0; i < model->pod_count; i++) {
        free(model->pods[i].name);
        free(model->pods[i].role);
        free(model->pods[i].node);
        free(model->pods[i].state);
        free(model->pods[i].message);
    }
    for (size_t i = 0; i < model->measure_count; i++) {
        free(model->measures[i].name);
        free(model->measures[i].node);
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
    free(model);
}
