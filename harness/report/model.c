/* SPDX-License-Identifier: Apache-2.0
 *
 * The fold: events into the model.
 */
#include <string.h>

#include "gvisor-smoke/cleanup.h"
#include "model.h"

struct report_model *report_model_new(void)
{
    return xcalloc(1, sizeof(struct report_model));
}

static void evidence_free(struct evidence *evidence)
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
        evidence_free(result->gvisor);
        evidence_free(result->control);
    }
    free(model_case->results);
    free(model_case->name);
    free(model_case->report_class);
    free(model_case->report_name);
    free(model_case->report_param);
    free(model_case->summary);
}

static void node_release(struct model_node *node)
{
    free(node->name);
    free(node->kernel);
    free(node->os_image);
    free(node->container_runtime);
    free(node->architecture);
}

static void attestation_free(struct model_attestation *attestation)
{
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
    free(model->cluster.version);
    free(model->cluster.platform);
}

void report_model_free(struct report_model *model)
{
    if (!model)
        return;
    run_release(model);
    for (size_t i = 0; i < model->case_count; i++)
        case_release(&model->cases[i]);
    for (size_t i = 0; i < model->node_count; i++)
        node_release(&model->nodes[i]);
    for (size_t i = 0; i < model->attestation_count; i++)
        attestation_free(&model->attestations[i]);
    for (size_t i = 0; i < model->problem_count; i++) {
        free(model->problems[i].message);
        free(model->problems[i].hint);
    }
    for (size_t i = 0; i < model->pod_count; i++) {
        free(model->pods[i].name);
        free(model->pods[i].role);
    }
    for (size_t i = 0; i < model->measure_count; i++) {
        free(model->measures[i].name);
        free(model->measures[i].node);
    }
    free(model->measures);
    free(model->cases);
    free(model->nodes);
    free(model->pods);
    free(model->attestations);
    free(model->problems);
    free(model);
}

/* Replaces a text by a valid copy; NULL stays NULL. */
static void put(char **place, const char *text)
{
    free(*place);
    *place = text ? text_from_bytes(text, strlen(text)) : NULL;
}

static void put_end(char **place, const char *text)
{
    cleanup_free char *end = text ? text_end(text, MODEL_STREAM_MAX) : NULL;
    put(place, end);
}

/* Appends a zeroed element to a list and returns it. */
#define list_add(list, count)                                                                                \
    __extension__({                                                                                          \
        (list) = xrealloc((list), (count) + 1, sizeof *(list));                                              \
        memset(&(list)[(count)], 0, sizeof *(list));                                                         \
        &(list)[(count)++];                                                                                  \
    })

static struct model_case *find_case(struct report_model *model, const char *name)
{
    for (size_t i = 0; i < model->case_count; i++)
        if (strcmp(model->cases[i].name, name) == 0)
            return &model->cases[i];
    return NULL;
}

/* A case that was not planned is not lost: it reports under its own name. */
static struct model_case *get_case(struct report_model *model, const char *name)
{
    struct model_case *found = find_case(model, name);
    if (found)
        return found;
    struct model_case *added = list_add(model->cases, model->case_count);
    put(&added->name, name);
    put(&added->report_class, "TestGvisorUnplanned");
    put(&added->report_name, name);
    put(&added->summary, "");
    return added;
}

/* The result that has no verdict yet and whose node fits, where one side does not know the node: a verdict on
 * a case whose pod never came to a node belongs to what was started without one. */
static struct model_result *find_open_result(struct model_case *model_case, const char *node)
{
    struct model_result *found = NULL;
    for (size_t i = 0; i < model_case->count; i++) {
        struct model_result *result = &model_case->results[i];
        if (result->judged || (*node && *result->node))
            continue;
        if (found)
            return NULL;
        found = result;
    }
    return found;
}

static struct model_result *get_result(struct report_model *model, const char *name, const char *node_or_null)
{
    struct model_case *model_case = get_case(model, name);
    const char *node = node_or_null ? node_or_null : "";
    for (size_t i = 0; i < model_case->count; i++)
        if (strcmp(model_case->results[i].node, node) == 0)
            return &model_case->results[i];
    struct model_result *result = find_open_result(model_case, node);
    if (!result) {
        result = list_add(model_case->results, model_case->count);
        put(&result->node, "");
    }
    if (*node)
        put(&result->node, node);
    return result;
}

static void fold_run(struct report_model *model, const struct event *event)
{
    put(&model->run.id, event->run.id);
    put(&model->run.version, event->run.version);
    put(&model->run.server, event->run.server);
    put(&model->run.context, event->run.context);
    put(&model->run.name_space, event->run.name_space);
    put(&model->run.runtime_class, event->run.runtime_class);
    put(&model->run.handler, event->run.handler);
    put(&model->run.image, event->run.image);
    put(&model->run.hostname, event->run.hostname);
}

static void fold_case(struct report_model *model, const struct event *event)
{
    struct model_case *model_case = get_case(model, event->planned.name);
    put(&model_case->report_class, event->planned.report_class);
    put(&model_case->report_name, event->planned.report_name);
    put(&model_case->report_param, event->planned.report_param);
    put(&model_case->summary, event->planned.summary ? event->planned.summary : "");
    model_case->expect = event->planned.expect;
}

static void fold_node(struct report_model *model, const struct event *event)
{
    struct model_node *node = NULL;
    for (size_t i = 0; i < model->node_count; i++)
        if (strcmp(model->nodes[i].name, event->node.name) == 0)
            node = &model->nodes[i];
    if (!node)
        node = list_add(model->nodes, model->node_count);
    put(&node->name, event->node.name);
    put(&node->kernel, event->node.kernel);
    put(&node->os_image, event->node.os_image);
    put(&node->container_runtime, event->node.container_runtime);
    put(&node->architecture, event->node.architecture);
}

static void fold_pod(struct report_model *model, const struct event *event)
{
    for (size_t i = 0; i < model->pod_count; i++)
        if (strcmp(model->pods[i].name, event->pod.name) == 0)
            return;
    struct model_pod *pod = list_add(model->pods, model->pod_count);
    put(&pod->name, event->pod.name);
    put(&pod->role, event->pod.role);
}

static bool is_control(const struct report_model *model, const char *pod)
{
    for (size_t i = 0; i < model->pod_count; i++)
        if (strcmp(model->pods[i].name, pod) == 0)
            return strcmp(model->pods[i].role, "control") == 0;
    return false;
}

static void fold_attestation(struct report_model *model, const struct event *event)
{
    const struct attestation *seen = event->attestation.attestation;
    const char *pod = event->attestation.pod ? event->attestation.pod : "";
    struct model_attestation *attestation = NULL;
    for (size_t i = 0; i < model->attestation_count; i++)
        if (strcmp(model->attestations[i].pod, pod) == 0)
            attestation = &model->attestations[i];
    if (!attestation)
        attestation = list_add(model->attestations, model->attestation_count);
    put(&attestation->pod, pod);
    put(&attestation->node, event->attestation.node ? event->attestation.node : "");
    put(&attestation->release, seen->release);
    put(&attestation->summary, seen->summary ? seen->summary : "");
    attestation->control = is_control(model, pod);
    attestation->attested = seen->attested;
    attestation->gvisor_count = seen->gvisor_count;
    attestation->count = seen->count;
}

static void fold_start(struct report_model *model, const struct event *event)
{
    if (event->start.runtime == RUNTIME_CONTROL)
        return;
    struct model_result *result = get_result(model, event->start.name, event->start.node);
    result->started = true;
    put(&result->pod, event->start.pod);
}

static void fold_evidence(struct report_model *model, const struct event *event)
{
    const struct evidence *seen = event->evidence.evidence;
    struct model_result *result = get_result(model, event->evidence.name, event->evidence.node);
    bool control = event->evidence.runtime == RUNTIME_CONTROL;
    struct evidence **place = control ? &result->control : &result->gvisor;
    evidence_free(*place);
    struct evidence *kept = xcalloc(1, sizeof *kept);
    kept->ending = seen->ending;
    kept->exit_code = seen->exit_code;
    kept->duration_ms = seen->duration_ms;
    kept->output_bytes = seen->output_bytes;
    kept->errors_bytes = seen->errors_bytes;
    kept->wall_us = seen->wall_us;
    kept->user_us = seen->user_us;
    kept->system_us = seen->system_us;
    kept->peak_kib = seen->peak_kib;
    kept->strays = seen->strays;
    put_end(&kept->output, seen->output);
    put_end(&kept->errors, seen->errors);
    put(&kept->match, seen->match);
    put(&kept->cause, seen->cause);
    put(&kept->note, seen->note);
    *place = kept;
    if (!control && event->evidence.pod)
        put(&result->pod, event->evidence.pod);
}

static void fold_verdict(struct report_model *model, const struct event *event)
{
    const struct verdict *seen = event->verdict.verdict;
    struct model_result *result = get_result(model, event->verdict.name, event->verdict.node);
    result->judged = true;
    result->kind = seen->kind;
    put(&result->reason, seen->reason);
    put(&result->message, seen->message ? seen->message : seen->reason);
    result->duration_ms = event->verdict.duration_ms;
}

static void fold_measure(struct report_model *model, const struct event *event)
{
    struct model_measure *measure = list_add(model->measures, model->measure_count);
    put(&measure->name, event->measure.name);
    put(&measure->node, event->measure.node ? event->measure.node : "");
    measure->runtime = event->measure.runtime;
    measure->duration_us = event->measure.duration_us;
}

static void fold_problem(struct report_model *model, const struct event *event)
{
    struct model_problem *problem = list_add(model->problems, model->problem_count);
    problem->kind = event->problem.kind;
    put(&problem->message, event->problem.message);
    put(&problem->hint, event->problem.hint);
}

static void fold_end(struct report_model *model, const struct event *event)
{
    model->ended = true;
    model->signal = event->end.signal;
    model->duration_ms = event->end.duration_ms;
    model->left_behind = event->end.left_behind;
}

static void fold_time(struct report_model *model, const struct event *event)
{
    if (model->first_ms == 0)
        model->first_ms = event->wall_ms;
    if (event->wall_ms > model->last_ms)
        model->last_ms = event->wall_ms;
    if (!model->ended)
        model->duration_ms = model->last_ms - model->first_ms;
}

void report_model_sink(void *context, const struct event *event)
{
    struct report_model *model = context;
    fold_time(model, event);
    switch (event->kind) {
    case EVENT_RUN:
        fold_run(model, event);
        break;
    case EVENT_CASE:
        fold_case(model, event);
        break;
    case EVENT_CLUSTER:
        put(&model->cluster.version, event->cluster.version);
        put(&model->cluster.platform, event->cluster.platform);
        break;
    case EVENT_NODE:
        fold_node(model, event);
        break;
    case EVENT_POD:
        fold_pod(model, event);
        break;
    case EVENT_ATTESTATION:
        fold_attestation(model, event);
        break;
    case EVENT_START:
        fold_start(model, event);
        break;
    case EVENT_EVIDENCE:
        fold_evidence(model, event);
        break;
    case EVENT_VERDICT:
        fold_verdict(model, event);
        break;
    case EVENT_MEASURE:
        fold_measure(model, event);
        break;
    case EVENT_PROBLEM:
        fold_problem(model, event);
        break;
    case EVENT_END:
        fold_end(model, event);
        break;
    }
}
