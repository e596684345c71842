/* SPDX-License-Identifier: Apache-2.0
 *
 * The fold: events into the model.
 */
#include <string.h>

#include "gvisor-smoke/cleanup.h"
#include "model.h"

char *model_text(struct report_model *model, const char *text)
{
    cleanup_free char *valid = text ? text_from_bytes(text, strlen(text)) : NULL;
    return valid ? texts_add(&model->texts, valid) : NULL;
}

static void put(struct report_model *model, char **place, const char *text)
{
    *place = model_text(model, text);
}

static struct stream_place keep_end(struct report_model *model, const char *text)
{
    cleanup_free char *valid = text ? text_from_bytes(text, strlen(text)) : NULL;
    cleanup_free char *end = valid ? text_end(valid, MODEL_STREAM_MAX) : NULL;
    return streams_put(&model->streams, end);
}

/* Appends a zeroed element to a list and returns it. */
#define list_add(list, count)                                                                                \
    __extension__({                                                                                          \
        (list) = xrealloc((list), (count) + 1, sizeof *(list));                                              \
        memset(&(list)[(count)], 0, sizeof *(list));                                                         \
        &(list)[(count)++];                                                                                  \
    })

static struct model_node *get_node(struct report_model *model, const char *name)
{
    size_t at;
    if (index_get(&model->node_index, name, &at))
        return &model->nodes[at];
    index_set(&model->node_index, name, model->node_count);
    struct model_node *added = list_add(model->nodes, model->node_count);
    put(model, &added->name, name);
    return added;
}

/* A case that was not planned is not lost: it reports under its own name. */
static struct model_case *get_case(struct report_model *model, const char *name)
{
    size_t at;
    if (index_get(&model->case_index, name, &at))
        return &model->cases[at];
    index_set(&model->case_index, name, model->case_count);
    struct model_case *added = list_add(model->cases, model->case_count);
    put(model, &added->name, name);
    put(model, &added->report_class, "TestGvisorUnplanned");
    put(model, &added->report_name, name);
    put(model, &added->summary, "");
    return added;
}

/* The place of a node in by_node of a case. */
static bool node_place(const struct report_model *model, const char *node, size_t *ret_place)
{
    size_t number = 0;
    bool known = !*node || index_get(&model->node_index, node, &number);
    *ret_place = *node ? number + 1 : 0;
    return known;
}

/* A result that has come to know its node is no longer under the name that it had. */
bool model_result_find(const struct report_model *model, const struct model_case *model_case,
                       const char *node, size_t *ret_at)
{
    size_t place;
    if (!node_place(model, node, &place) || place >= model_case->place_count || !model_case->by_node[place])
        return false;
    *ret_at = model_case->by_node[place] - 1;
    return strcmp(model_case->results[*ret_at].node, node) == 0;
}

static void set_place(const struct report_model *model, struct model_case *model_case, size_t at)
{
    size_t place;
    if (!node_place(model, model_case->results[at].node, &place))
        return;
    if (place >= model_case->place_count) {
        size_t count = model->node_count + 1;
        if (count < model_case->place_count * 2)
            count = model_case->place_count * 2;
        model_case->by_node = xrealloc(model_case->by_node, count, sizeof *model_case->by_node);
        memset(model_case->by_node + model_case->place_count, 0,
               (count - model_case->place_count) * sizeof *model_case->by_node);
        model_case->place_count = count;
    }
    model_case->by_node[place] = (uint32_t)at + 1;
}

/* The result that has no verdict yet and whose node fits, where one side does not know the node: a verdict on
 * a case whose pod never came to a node belongs to what was started without one. */
static struct model_result *find_open_result(const struct report_model *model, struct model_case *model_case,
                                             const char *node)
{
    struct model_result *found = NULL;
    size_t at;
    if (*node)
        return model_result_find(model, model_case, "", &at) && !model_case->results[at].judged
                   ? &model_case->results[at]
                   : NULL;
    for (size_t i = 0; i < model_case->count; i++) {
        if (model_case->results[i].judged)
            continue;
        if (found)
            return NULL;
        found = &model_case->results[i];
    }
    return found;
}

static struct model_result *add_result(struct report_model *model, struct model_case *model_case,
                                       const char *node)
{
    struct model_result *result = find_open_result(model, model_case, node);
    if (!result) {
        result = list_add(model_case->results, model_case->count);
        put(model, &result->node, "");
    }
    if (*node) {
        put(model, &result->node, node);
        get_node(model, node);
    }
    set_place(model, model_case, (size_t)(result - model_case->results));
    return result;
}

static struct model_result *get_result(struct report_model *model, const char *name, const char *node_or_null)
{
    struct model_case *model_case = get_case(model, name);
    const char *node = node_or_null ? node_or_null : "";
    size_t at;
    struct model_result *result = model_result_find(model, model_case, node, &at)
                                      ? &model_case->results[at]
                                      : add_result(model, model_case, node);
    model->last_case = (size_t)(model_case - model->cases);
    model->last_result = (size_t)(result - model_case->results);
    return result;
}

static void fold_run(struct report_model *model, const struct event *event)
{
    put(model, &model->run.id, event->run.id);
    put(model, &model->run.version, event->run.version);
    put(model, &model->run.server, event->run.server);
    put(model, &model->run.context, event->run.context);
    put(model, &model->run.name_space, event->run.name_space);
    put(model, &model->run.runtime_class, event->run.runtime_class);
    put(model, &model->run.handler, event->run.handler);
    put(model, &model->run.image, event->run.image);
    put(model, &model->run.hostname, event->run.hostname);
    put(model, &model->run.nodes, event->run.nodes);
    put(model, &model->run.settings, event->run.settings);
    put(model, &model->run.resumes, event->run.resumes);
}

static void fold_source(struct report_model *model, const struct event *event)
{
    struct model_source *source = list_add(model->sources, model->source_count);
    put(model, &source->id, event->source.id);
    put(model, &source->version, event->source.version);
    source->started_ms = event->source.started_ms;
    source->ended_ms = event->source.ended_ms;
    source->duration_ms = event->source.duration_ms;
    source->exit_code = event->source.exit_code;
    source->signal = event->source.signal;
    source->complete = event->source.complete;
}

static void fold_case(struct report_model *model, const struct event *event)
{
    struct model_case *model_case = get_case(model, event->planned.name);
    put(model, &model_case->report_class, event->planned.report_class);
    put(model, &model_case->report_name, event->planned.report_name);
    put(model, &model_case->report_param, event->planned.report_param);
    put(model, &model_case->summary, event->planned.summary ? event->planned.summary : "");
    model_case->expect = event->planned.expect;
    model_case->timeout_ms = event->planned.timeout_ms;
    put(model, &model_case->digest, event->planned.digest);
    put(model, &model_case->after, event->planned.after);
}

static void fold_nodes(struct report_model *model, const struct event *event)
{
    model->choice.usable = event->nodes.usable;
    model->choice.obstructed = event->nodes.obstructed;
    model->choice.elsewhere = event->nodes.elsewhere;
    put(model, &model->choice.message, event->nodes.message);
}

static void fold_node(struct report_model *model, const struct event *event)
{
    struct model_node *node = get_node(model, event->node.name);
    put(model, &node->kernel, event->node.kernel);
    put(model, &node->os_image, event->node.os_image);
    put(model, &node->container_runtime, event->node.container_runtime);
    put(model, &node->architecture, event->node.architecture);
    put(model, &node->obstacle, event->node.obstacle);
}

static void fold_pod(struct report_model *model, const struct event *event)
{
    size_t at;
    struct model_pod *pod;
    if (index_get(&model->pod_index, event->pod.name, &at)) {
        pod = &model->pods[at];
    } else {
        index_set(&model->pod_index, event->pod.name, model->pod_count);
        pod = list_add(model->pods, model->pod_count);
        put(model, &pod->name, event->pod.name);
        put(model, &pod->role, event->pod.role);
    }
    if (event->pod.node && *event->pod.node)
        put(model, &pod->node, event->pod.node);
    put(model, &pod->state, event->pod.state);
    if (event->pod.message)
        put(model, &pod->message, event->pod.message);
    pod->since_creation_ms = event->pod.since_creation_ms;
}

static bool is_control(const struct report_model *model, const char *pod)
{
    size_t at;
    return index_get(&model->pod_index, pod, &at) && strcmp(model->pods[at].role, "control") == 0;
}

static struct model_attestation *get_attestation(struct report_model *model, const char *pod)
{
    size_t at;
    if (index_get(&model->attestation_index, pod, &at))
        return &model->attestations[at];
    index_set(&model->attestation_index, pod, model->attestation_count);
    struct model_attestation *added = list_add(model->attestations, model->attestation_count);
    put(model, &added->pod, pod);
    return added;
}

static struct sign *copy_signs(struct report_model *model, const struct attestation *seen)
{
    struct sign *signs = texts_room(&model->texts, seen->count * sizeof *signs);
    for (size_t i = 0; i < seen->count; i++) {
        put(model, &signs[i].name, seen->signs[i].name);
        put(model, &signs[i].value, seen->signs[i].value ? seen->signs[i].value : "");
        signs[i].says = seen->signs[i].says;
        signs[i].decisive = seen->signs[i].decisive;
    }
    return signs;
}

static void fold_attestation(struct report_model *model, const struct event *event)
{
    const struct attestation *seen = event->attestation.attestation;
    const char *pod = event->attestation.pod ? event->attestation.pod : "";
    struct model_attestation *attestation = get_attestation(model, pod);
    put(model, &attestation->node, event->attestation.node ? event->attestation.node : "");
    put(model, &attestation->release, seen->release);
    put(model, &attestation->summary, seen->summary ? seen->summary : "");
    attestation->control = is_control(model, pod);
    attestation->attested = seen->attested;
    attestation->gvisor_count = seen->gvisor_count;
    attestation->signs = copy_signs(model, seen);
    attestation->count = seen->count;
    struct model_node *node = *attestation->node ? get_node(model, attestation->node) : NULL;
    if (node && seen->release && (!node->release || model->source_count)) /* of several runs the last */
        put(model, &node->release, seen->release);
}

static void fold_start(struct report_model *model, const struct event *event)
{
    if (event->start.runtime == RUNTIME_CONTROL)
        return;
    struct model_result *result = get_result(model, event->start.name, event->start.node);
    result->started = true;
    put(model, &result->pod, event->start.pod);
}

static void fold_evidence(struct report_model *model, const struct event *event)
{
    const struct evidence *seen = event->evidence.evidence;
    struct model_result *result = get_result(model, event->evidence.name, event->evidence.node);
    bool control = event->evidence.runtime == RUNTIME_CONTROL;
    struct model_evidence **place = control ? &result->control : &result->gvisor;
    struct model_evidence *evidence = *place ? *place : texts_room(&model->texts, sizeof *evidence);
    model_keep_facts(model, evidence, seen);
    evidence->output = keep_end(model, seen->output);
    evidence->errors = keep_end(model, seen->errors);
    *place = evidence;
    if (!control && event->evidence.pod)
        put(model, &result->pod, event->evidence.pod);
}

static void fold_verdict(struct report_model *model, const struct event *event)
{
    const struct verdict *seen = event->verdict.verdict;
    struct model_result *result = get_result(model, event->verdict.name, event->verdict.node);
    result->judged = true;
    result->kind = seen->kind;
    put(model, &result->reason, seen->reason);
    put(model, &result->message, seen->message ? seen->message : seen->reason);
    result->duration_ms = event->verdict.duration_ms;
    result->judged_ms = event->wall_ms;
    put(model, &result->taken_from, event->verdict.taken_from);
}

static void fold_measure(struct report_model *model, const struct event *event)
{
    struct model_measure *measure = list_add(model->measures, model->measure_count);
    put(model, &measure->name, event->measure.name);
    put(model, &measure->node, event->measure.node ? event->measure.node : "");
    measure->runtime = event->measure.runtime;
    measure->duration_us = event->measure.duration_us;
}

static void fold_problem(struct report_model *model, const struct event *event)
{
    struct model_problem *problem = list_add(model->problems, model->problem_count);
    problem->kind = event->problem.kind;
    put(model, &problem->message, event->problem.message);
    put(model, &problem->hint, event->problem.hint);
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
    case EVENT_SOURCE:
        fold_source(model, event);
        break;
    case EVENT_CASE:
        fold_case(model, event);
        break;
    case EVENT_CLUSTER:
        put(model, &model->cluster.version, event->cluster.version);
        put(model, &model->cluster.platform, event->cluster.platform);
        break;
    case EVENT_NODES:
        fold_nodes(model, event);
        break;
    case EVENT_NODE:
        fold_node(model, event);
        break;
    case EVENT_STEP: /* what failed is a problem too */
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
    case EVENT_NOTE: /* for who watches the run */
    case EVENT_SPAN: /* for a trace */
        break;
    case EVENT_END:
        fold_end(model, event);
        break;
    }
}
