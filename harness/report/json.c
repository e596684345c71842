/* SPDX-License-Identifier: Apache-2.0
 *
 * The JSON report: all that the model holds, for programs. docs/report.schema.json describes it.
 *
 * Objects have the keys of the journal's events, from the same table. Lists are written one item a line, as
 * they come, since they can be long.
 */
#include "event_fields.h"
#include "event_json.h"
#include "forms.h"
#include "gvisor-smoke/cleanup.h"
#include "gvisor-smoke/clock.h"

#define SCHEMA "gvisor-smoke.report/1"

/* The object that is being written, and whether its next member is the first. */
struct json_out {
    FILE *out;
    const char *separator;
};

static void write_value(FILE *out, struct json_object *value /* taken */)
{
    fputs(json_object_to_json_string_ext(value, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE),
          out);
    json_object_put(value);
}

static void member(struct json_out *json, const char *key, struct json_object *value /* taken */)
{
    fprintf(json->out, "%s\n  \"%s\": ", json->separator, key);
    write_value(json->out, value);
    json->separator = ",";
}

/* A list: list_begin(), list_item()..., list_end(). */
static void list_begin(struct json_out *json, const char *key)
{
    fprintf(json->out, "%s\n  \"%s\": [", json->separator, key);
    json->separator = "";
}

static void list_item(struct json_out *json, struct json_object *value /* taken */)
{
    fprintf(json->out, "%s\n    ", json->separator);
    write_value(json->out, value);
    json->separator = ",";
}

static void list_end(struct json_out *json)
{
    fputs(*json->separator ? "\n  ]" : "]", json->out);
    json->separator = ",";
}

static void add_text(struct json_object *json, const char *key, const char *text_or_null)
{
    if (text_or_null)
        json_object_object_add(json, key, json_object_new_string(text_or_null));
}

static void add_number(struct json_object *json, const char *key, int64_t number)
{
    json_object_object_add(json, key, json_object_new_int64(number));
}

/* An event's own fields as an object. */
static struct json_object *event_object(const struct event *event)
{
    struct json_object *json = json_object_new_object();
    event_fields_to_json(json, event_forms[event->kind].fields, event);
    return json;
}

/* --- the parts of the document --- */

static void add_stamp(struct json_object *json, const char *key, int64_t wall_ms)
{
    char stamp[CLOCK_STAMP_SIZE];
    if (wall_ms)
        add_text(json, key, clock_stamp(wall_ms, stamp));
}

static struct json_object *run_object(const struct report_model *model)
{
    const struct event event = {.kind = EVENT_RUN,
                                .run = {.id = model->run.id,
                                        .version = model->run.version,
                                        .server = model->run.server,
                                        .context = model->run.context,
                                        .name_space = model->run.name_space,
                                        .runtime_class = model->run.runtime_class,
                                        .handler = model->run.handler,
                                        .image = model->run.image,
                                        .hostname = model->run.hostname,
                                        .nodes = model->run.nodes,
                                        .settings = model->run.settings,
                                        .resumes = model->run.resumes}};
    struct json_object *json = event_object(&event);
    add_stamp(json, "started", model->first_ms);
    add_stamp(json, "ended", model->last_ms);
    add_number(json, "duration_ms", model->duration_ms);
    json_object_object_add(json, "complete", json_object_new_boolean(model->ended && !model->signal));
    add_number(json, "signal", model->signal);
    add_number(json, "exit_code", report_model_exit_code(model));
    add_number(json, "left_behind", model->left_behind);
    return json;
}

static struct json_object *counts_object(const struct report_model *model)
{
    struct report_counts counts = report_model_counts(model);
    struct json_object *json = json_object_new_object();
    add_number(json, "passed", counts.passed);
    add_number(json, "failed", counts.failed);
    add_number(json, "errors", counts.errors);
    add_number(json, "skipped", counts.skipped);
    return json;
}

static struct json_object *cluster_object(const struct report_model *model)
{
    const struct event event = {
        .kind = EVENT_CLUSTER,
        .cluster = {.version = model->cluster.version, .platform = model->cluster.platform}};
    return event_object(&event);
}

static struct json_object *choice_object(const struct report_model *model)
{
    const struct event event = {.kind = EVENT_NODES,
                                .nodes = {.usable = model->choice.usable,
                                          .obstructed = model->choice.obstructed,
                                          .elsewhere = model->choice.elsewhere,
                                          .message = model->choice.message}};
    return event_object(&event);
}

static void write_sources(struct json_out *out, const struct report_model *model)
{
    list_begin(out, "runs");
    for (size_t i = 0; i < model->source_count; i++) {
        const struct event event = model_source_event(&model->sources[i]);
        list_item(out, event_object(&event));
    }
    list_end(out);
}

static void write_nodes(struct json_out *out, const struct report_model *model)
{
    list_begin(out, "nodes");
    for (size_t i = 0; i < model->node_count; i++) {
        const struct model_node *node = &model->nodes[i];
        const struct event event = {.kind = EVENT_NODE,
                                    .node = {.name = node->name,
                                             .kernel = node->kernel,
                                             .os_image = node->os_image,
                                             .container_runtime = node->container_runtime,
                                             .architecture = node->architecture,
                                             .obstacle = node->obstacle}};
        struct json_object *json = event_object(&event);
        add_text(json, "gvisor", node->release);
        list_item(out, json);
    }
    list_end(out);
}

static void write_cases(struct json_out *out, const struct report_model *model)
{
    list_begin(out, "cases");
    for (size_t i = 0; i < model->case_count; i++) {
        const struct event event = model_case_event(&model->cases[i]);
        list_item(out, event_object(&event));
    }
    list_end(out);
}

static void add_evidence(struct json_object *json, const char *key, const struct report_model *model,
                         const struct model_evidence *evidence)
{
    if (!evidence)
        return;
    struct json_object *object = json_object_new_object();
    cleanup_model_streams struct model_streams streams = model_streams(model, evidence);
    struct evidence room, whole = *model_facts(evidence, &room); /* a view: the streams stay their own */
    whole.output = streams.output;
    whole.errors = streams.errors;
    event_fields_to_json(object, evidence_fields, &whole);
    json_object_object_add(json, key, object);
}

static struct json_object *result_object(const struct report_model *model, const struct report_part *part)
{
    const struct model_result *result = part->result;
    const char *node = result && *result->node ? result->node : part->node;
    struct json_object *json = json_object_new_object();
    add_text(json, "case", part->test_case->name);
    add_text(json, "node", node);
    cleanup_free char *id = report_part_id(part);
    add_text(json, "id", id);
    add_text(json, "verdict", verdict_kind_name(part->kind));
    add_text(json, "reason", part->reason);
    add_text(json, "message", part->message);
    add_number(json, "duration_ms", part->duration_ms);
    add_text(json, "taken_from", result ? result->taken_from : NULL);
    add_text(json, "pod", result ? result->pod : NULL);
    add_evidence(json, "gvisor", model, result ? result->gvisor : NULL);
    add_evidence(json, "control", model, result ? result->control : NULL);
    return json;
}

static void write_results(struct json_out *out, const struct report_model *model)
{
    struct report_parts parts = report_parts_make(model);
    list_begin(out, "results");
    for (size_t i = 0; i < parts.count; i++)
        list_item(out, result_object(model, &parts.items[i]));
    list_end(out);
    report_parts_release(&parts);
}

static void write_pods(struct json_out *out, const struct report_model *model)
{
    list_begin(out, "pods");
    for (size_t i = 0; i < model->pod_count; i++) {
        const struct model_pod *pod = &model->pods[i];
        const struct event event = {.kind = EVENT_POD,
                                    .pod = {.name = pod->name,
                                            .node = pod->node,
                                            .role = pod->role,
                                            .state = pod->state,
                                            .message = pod->message,
                                            .since_creation_ms = pod->since_creation_ms}};
        list_item(out, event_object(&event));
    }
    list_end(out);
}

static void write_attestations(struct json_out *out, const struct report_model *model)
{
    list_begin(out, "attestations");
    for (size_t i = 0; i < model->attestation_count; i++) {
        const struct model_attestation *seen = &model->attestations[i];
        const struct attestation attestation = {.signs = seen->signs,
                                                .count = seen->count,
                                                .gvisor_count = seen->gvisor_count,
                                                .attested = seen->attested,
                                                .release = seen->release,
                                                .summary = seen->summary};
        struct json_object *json = attestation_to_json(&attestation);
        add_text(json, "pod", seen->pod);
        add_text(json, "node", seen->node);
        add_text(json, "runtime", seen->control ? "control" : "gvisor");
        add_number(json, "says_gvisor", (int64_t)seen->gvisor_count);
        list_item(out, json);
    }
    list_end(out);
}

static struct json_object *time_object(const struct overhead_time *time)
{
    struct json_object *json = json_object_new_object();
    add_number(json, "count", (int64_t)time->count);
    add_number(json, "median_us", time->median_us);
    add_number(json, "min_us", time->min_us);
    add_number(json, "max_us", time->max_us);
    return json;
}

static void write_overhead(struct json_out *out, const struct report_model *model)
{
    struct overhead_table table = overhead_table_make(model, false);
    list_begin(out, "overhead");
    for (size_t i = 0; i < table.count; i++) {
        const struct overhead_row *row = &table.rows[i];
        struct json_object *json = json_object_new_object();
        add_text(json, "name", row->name);
        add_text(json, "node", row->node);
        json_object_object_add(json, "control", time_object(&row->control));
        json_object_object_add(json, "gvisor", time_object(&row->gvisor));
        if (row->control.count && row->gvisor.count) {
            cleanup_free char *delta = xasprintf("%.1f", row->delta_percent);
            json_object_object_add(json, "delta_percent",
                                   json_object_new_double_s(row->delta_percent, delta));
        }
        list_item(out, json);
    }
    list_end(out);
    overhead_table_release(&table);
}

static void write_problems(struct json_out *out, const struct report_model *model)
{
    list_begin(out, "problems");
    for (size_t i = 0; i < model->problem_count; i++) {
        const struct model_problem *problem = &model->problems[i];
        const struct event event = {
            .kind = EVENT_PROBLEM,
            .problem = {.kind = problem->kind, .message = problem->message, .hint = problem->hint}};
        list_item(out, event_object(&event));
    }
    list_end(out);
}

int json_write(const struct report_model *model, const struct report_options *options, FILE *file)
{
    (void)options;
    struct json_out out = {.out = file, .separator = ""};
    fputs("{", file);
    member(&out, "schema", json_object_new_string(SCHEMA));
    member(&out, "run", run_object(model));
    if (model->source_count)
        write_sources(&out, model);
    member(&out, "counts", counts_object(model));
    member(&out, "cluster", cluster_object(model));
    if (model->choice.message)
        member(&out, "choice", choice_object(model));
    write_nodes(&out, model);
    write_cases(&out, model);
    write_results(&out, model);
    write_attestations(&out, model);
    write_overhead(&out, model);
    write_pods(&out, model);
    write_problems(&out, model);
    fputs("\n}\n", file);
    return 0;
}
