/* SPDX-License-Identifier: Apache-2.0
 *
 * The table of the fields of all events.
 */
#include "event_fields.h"

#define EVENT(key, type, member)                                                                             \
    {                                                                                                        \
        key, type, offsetof(struct event, member)                                                            \
    }

static const struct field run_fields[] = {
    EVENT("id", FIELD_NAME, run.id),
    EVENT("version", FIELD_TEXT, run.version),
    EVENT("server", FIELD_TEXT, run.server),
    EVENT("context", FIELD_TEXT, run.context),
    EVENT("namespace", FIELD_TEXT, run.name_space),
    EVENT("runtime_class", FIELD_TEXT, run.runtime_class),
    EVENT("handler", FIELD_TEXT, run.handler),
    EVENT("image", FIELD_TEXT, run.image),
    EVENT("hostname", FIELD_TEXT, run.hostname),
    EVENT("nodes", FIELD_TEXT, run.nodes),
    EVENT("settings", FIELD_TEXT, run.settings),
    EVENT("resumes", FIELD_TEXT, run.resumes),
    {0},
};

static const struct field source_fields[] = {
    EVENT("id", FIELD_NAME, source.id),
    EVENT("version", FIELD_TEXT, source.version),
    EVENT("started", FIELD_STAMP, source.started_ms),
    EVENT("ended", FIELD_STAMP, source.ended_ms),
    EVENT("duration_ms", FIELD_INT64, source.duration_ms),
    EVENT("complete", FIELD_BOOL, source.complete),
    EVENT("signal", FIELD_INT, source.signal),
    EVENT("exit_code", FIELD_INT, source.exit_code),
    {0},
};

static const struct field case_fields[] = {
    EVENT("name", FIELD_NAME, planned.name),
    EVENT("class", FIELD_NAME, planned.report_class),
    EVENT("report_name", FIELD_NAME, planned.report_name),
    EVENT("param", FIELD_TEXT, planned.report_param),
    EVENT("summary", FIELD_TEXT, planned.summary),
    EVENT("expect", FIELD_EXPECT, planned.expect),
    EVENT("timeout_ms", FIELD_INT64, planned.timeout_ms),
    EVENT("digest", FIELD_TEXT, planned.digest),
    EVENT("after", FIELD_TEXT, planned.after),
    {0},
};

static const struct field cluster_fields[] = {
    EVENT("version", FIELD_TEXT, cluster.version),
    EVENT("platform", FIELD_TEXT, cluster.platform),
    {0},
};

static const struct field nodes_fields[] = {
    EVENT("usable", FIELD_INT64, nodes.usable),
    EVENT("obstructed", FIELD_INT64, nodes.obstructed),
    EVENT("elsewhere", FIELD_INT64, nodes.elsewhere),
    EVENT("message", FIELD_NAME, nodes.message),
    {0},
};

static const struct field node_fields[] = {
    EVENT("name", FIELD_NAME, node.name),
    EVENT("kernel", FIELD_TEXT, node.kernel),
    EVENT("os_image", FIELD_TEXT, node.os_image),
    EVENT("container_runtime", FIELD_TEXT, node.container_runtime),
    EVENT("architecture", FIELD_TEXT, node.architecture),
    EVENT("obstacle", FIELD_TEXT, node.obstacle),
    {0},
};

static const struct field step_fields[] = {
    EVENT("name", FIELD_NAME, step.name),
    EVENT("state", FIELD_NAME, step.state),
    EVENT("message", FIELD_TEXT, step.message),
    EVENT("hint", FIELD_TEXT, step.hint),
    {0},
};

static const struct field pod_fields[] = {
    EVENT("name", FIELD_NAME, pod.name),
    EVENT("node", FIELD_TEXT, pod.node),
    EVENT("role", FIELD_NAME, pod.role),
    EVENT("state", FIELD_NAME, pod.state),
    EVENT("message", FIELD_TEXT, pod.message),
    EVENT("since_creation_ms", FIELD_INT64, pod.since_creation_ms),
    {0},
};

static const struct field attestation_event_fields[] = {
    EVENT("pod", FIELD_TEXT, attestation.pod),
    EVENT("node", FIELD_TEXT, attestation.node),
    {0},
};

static const struct field start_fields[] = {
    EVENT("name", FIELD_NAME, start.name),
    EVENT("node", FIELD_TEXT, start.node),
    EVENT("pod", FIELD_TEXT, start.pod),
    EVENT("runtime", FIELD_RUNTIME, start.runtime),
    EVENT("waited_pod_ms", FIELD_INT64, start.waited_pod_ms),
    EVENT("waited_after_ms", FIELD_INT64, start.waited_after_ms),
    EVENT("waited_fixture_ms", FIELD_INT64, start.waited_fixture_ms),
    EVENT("waited_place_ms", FIELD_INT64, start.waited_place_ms),
    {0},
};

static const struct field evidence_event_fields[] = {
    EVENT("name", FIELD_NAME, evidence.name),
    EVENT("node", FIELD_TEXT, evidence.node),
    EVENT("pod", FIELD_TEXT, evidence.pod),
    EVENT("runtime", FIELD_RUNTIME, evidence.runtime),
    {0},
};

static const struct field verdict_event_fields[] = {
    EVENT("name", FIELD_NAME, verdict.name),
    EVENT("node", FIELD_TEXT, verdict.node),
    EVENT("duration_ms", FIELD_INT64, verdict.duration_ms),
    EVENT("taken_from", FIELD_TEXT, verdict.taken_from),
    {0},
};

static const struct field measure_fields[] = {
    EVENT("name", FIELD_NAME, measure.name),
    EVENT("node", FIELD_TEXT, measure.node),
    EVENT("runtime", FIELD_RUNTIME, measure.runtime),
    EVENT("duration_us", FIELD_INT64, measure.duration_us),
    {0},
};

static const struct field problem_fields[] = {
    EVENT("kind", FIELD_ERROR, problem.kind),
    EVENT("message", FIELD_NAME, problem.message),
    EVENT("hint", FIELD_TEXT, problem.hint),
    {0},
};

static const struct field note_fields[] = {
    EVENT("message", FIELD_NAME, note.message),
    {0},
};

static const struct field span_fields[] = {
    EVENT("name", FIELD_NAME, span.name),
    EVENT("node", FIELD_TEXT, span.node),
    EVENT("pod", FIELD_TEXT, span.pod),
    EVENT("duration_us", FIELD_INT64, span.duration_us),
    {0},
};

static const struct field end_fields[] = {
    EVENT("exit_code", FIELD_INT, end.exit_code),
    EVENT("signal", FIELD_INT, end.signal),
    EVENT("duration_ms", FIELD_INT64, end.duration_ms),
    EVENT("left_behind", FIELD_INT, end.left_behind),
    {0},
};

const struct event_form event_forms[EVENT_KIND_COUNT] = {
    [EVENT_RUN] = {"run", run_fields},
    [EVENT_SOURCE] = {"source", source_fields},
    [EVENT_CASE] = {"case", case_fields},
    [EVENT_CLUSTER] = {"cluster", cluster_fields},
    [EVENT_NODES] = {"nodes", nodes_fields},
    [EVENT_NODE] = {"node", node_fields},
    [EVENT_STEP] = {"step", step_fields},
    [EVENT_POD] = {"pod", pod_fields},
    [EVENT_ATTESTATION] = {"attestation", attestation_event_fields},
    [EVENT_START] = {"start", start_fields},
    [EVENT_EVIDENCE] = {"evidence", evidence_event_fields},
    [EVENT_VERDICT] = {"verdict", verdict_event_fields},
    [EVENT_MEASURE] = {"measure", measure_fields},
    [EVENT_PROBLEM] = {"problem", problem_fields},
    [EVENT_NOTE] = {"note", note_fields},
    [EVENT_SPAN] = {"span", span_fields},
    [EVENT_END] = {"end", end_fields},
};

const struct field evidence_fields[] = {
    {"ending", FIELD_ENDING, offsetof(struct evidence, ending)},
    {"exit_code", FIELD_INT, offsetof(struct evidence, exit_code)},
    {"duration_ms", FIELD_INT64, offsetof(struct evidence, duration_ms)},
    {"stdout", FIELD_TEXT, offsetof(struct evidence, output)},
    {"stderr", FIELD_TEXT, offsetof(struct evidence, errors)},
    {"stdout_bytes", FIELD_UINT64, offsetof(struct evidence, output_bytes)},
    {"stderr_bytes", FIELD_UINT64, offsetof(struct evidence, errors_bytes)},
    {"wall_us", FIELD_INT64, offsetof(struct evidence, wall_us)},
    {"user_us", FIELD_INT64, offsetof(struct evidence, user_us)},
    {"system_us", FIELD_INT64, offsetof(struct evidence, system_us)},
    {"peak_kib", FIELD_INT64, offsetof(struct evidence, peak_kib)},
    {"strays", FIELD_INT64, offsetof(struct evidence, strays)},
    {"reconnects", FIELD_INT64, offsetof(struct evidence, reconnects)},
    {"match", FIELD_TEXT, offsetof(struct evidence, match)},
    {"cause", FIELD_TEXT, offsetof(struct evidence, cause)},
    {"note", FIELD_TEXT, offsetof(struct evidence, note)},
    {0},
};

const struct field verdict_fields[] = {
    {"kind", FIELD_VERDICT, offsetof(struct verdict, kind)},
    {"reason", FIELD_NAME, offsetof(struct verdict, reason)},
    {"message", FIELD_TEXT, offsetof(struct verdict, message)},
    {0},
};

const struct field attestation_fields[] = {
    {"attested", FIELD_BOOL, offsetof(struct attestation, attested)},
    {"release", FIELD_TEXT, offsetof(struct attestation, release)},
    {"summary", FIELD_TEXT, offsetof(struct attestation, summary)},
    {0},
};

const struct field sign_fields[] = {
    {"name", FIELD_NAME, offsetof(struct sign, name)},
    {"value", FIELD_TEXT, offsetof(struct sign, value)},
    {"says", FIELD_SAYS, offsetof(struct sign, says)},
    {"decisive", FIELD_BOOL, offsetof(struct sign, decisive)},
    {0},
};

static const char *runtime_word(int value)
{
    static const char *const words[] = {[RUNTIME_GVISOR] = "gvisor", [RUNTIME_CONTROL] = "control"};
    return value <= RUNTIME_CONTROL ? words[value] : NULL;
}

static const char *error_word(int value)
{
    static const char *const words[] = {
        [ERROR_USAGE] = "usage", [ERROR_ENVIRONMENT] = "environment", [ERROR_NOT_GVISOR] = "not-gvisor"};
    return value <= ERROR_NOT_GVISOR ? words[value] : NULL;
}

const char *field_word(enum field_type type, int value)
{
    switch (type) {
    case FIELD_EXPECT:
        return value <= EXPECT_REPORTED ? expectation_name((enum expectation)value) : NULL;
    case FIELD_RUNTIME:
        return runtime_word(value);
    case FIELD_ERROR:
        return error_word(value);
    case FIELD_ENDING:
        return value <= ENDING_UNMET ? ending_name((enum ending)value) : NULL;
    case FIELD_VERDICT:
        return value <= VERDICT_SKIPPED ? verdict_kind_name((enum verdict_kind)value) : NULL;
    case FIELD_SAYS:
        return value <= SIGN_UNKNOWN ? sign_says_name((enum sign_says)value) : NULL;
    case FIELD_TEXT:
    case FIELD_NAME:
    case FIELD_INT:
    case FIELD_INT64:
    case FIELD_UINT64:
    case FIELD_STAMP:
    case FIELD_BOOL:
        break;
    }
    return NULL;
}
