/* SPDX-License-Identifier: Apache-2.0
 *
 * The parts of a report: which cases on which nodes there are, what is missing, and what that means for the
 * exit code.
 */
#include <string.h>

#include "gvisor-smoke/cleanup.h"
#include "model.h"

/* Borrowed names. */
struct node_list {
    const char **names;
    size_t count;
    struct index known;
};

static void node_list_add(struct node_list *nodes, const char *name)
{
    size_t at;
    if (index_get(&nodes->known, name, &at))
        return;
    index_set(&nodes->known, name, nodes->count);
    nodes->names = xrealloc(nodes->names, nodes->count + 1, sizeof(const char *));
    nodes->names[nodes->count++] = name;
}

static void node_list_release(struct node_list *nodes)
{
    index_release(&nodes->known);
    free(nodes->names);
    *nodes = (struct node_list){0};
}

/* The nodes on which the case has results. */
static void add_nodes_of(struct node_list *nodes, const struct model_case *test_case)
{
    for (size_t i = 0; i < test_case->count; i++)
        if (*test_case->results[i].node)
            node_list_add(nodes, test_case->results[i].node);
}

static bool ran_on_several(const struct model_case *test_case)
{
    size_t nodes = 0;
    for (size_t i = 0; i < test_case->count; i++)
        nodes += *test_case->results[i].node != '\0';
    return nodes > 1;
}

/* The nodes of a run over nodes; none when no case has results on several. */
static struct node_list nodes_of_run(const struct report_model *model)
{
    struct node_list all = {0};
    bool several = false;
    for (size_t i = 0; i < model->case_count; i++) {
        several = several || ran_on_several(&model->cases[i]);
        add_nodes_of(&all, &model->cases[i]);
    }
    if (!several)
        node_list_release(&all);
    return all;
}

/* Why nothing is known of a case. */
static char *missing_message(const struct report_model *model, const struct model_result *result)
{
    const char *what = result && result->started ? "not run to its end" : "not run";
    if (model->signal)
        return xasprintf("%s: the run was ended by signal %d (%s)", what, model->signal,
                         strsignal(model->signal));
    if (model->problem_count)
        return xasprintf("%s: %s", what, model->problems[0].message);
    return xasprintf("%s: the run ended before it", what);
}

static void add_part(struct report_parts *parts, const struct report_model *model,
                     const struct model_case *test_case, const struct model_result *result, const char *node)
{
    parts->items = xrealloc(parts->items, parts->count + 1, sizeof *parts->items);
    struct report_part *part = &parts->items[parts->count++];
    *part = (struct report_part){.test_case = test_case, .result = result, .node = node};
    if (result && result->judged) {
        part->kind = result->kind;
        part->reason = result->reason;
        part->message = result->message;
        part->duration_ms = result->duration_ms;
        return;
    }
    part->kind = VERDICT_ERROR;
    part->reason = "not-run";
    part->message = part->own_message = missing_message(model, result);
}

static const struct model_result *result_on(const struct report_model *model,
                                            const struct model_case *test_case, const char *node)
{
    size_t at;
    return model_result_find(model, test_case, node, &at) ? &test_case->results[at] : NULL;
}

/* The node on which the case has a result, where it has one on no more than one; else NULL. */
static const char *only_node(const struct model_case *test_case)
{
    for (size_t i = 0; i < test_case->count; i++)
        if (*test_case->results[i].node)
            return test_case->results[i].node;
    return NULL;
}

static void add_parts_of(struct report_parts *parts, const struct report_model *model,
                         const struct model_case *test_case, const struct node_list *run_nodes)
{
    const char *only = only_node(test_case);
    const struct model_result *nowhere = result_on(model, test_case, "");
    if (nowhere || !only)
        add_part(parts, model, test_case, nowhere, NULL);
    if (only && !run_nodes->count)
        add_part(parts, model, test_case, result_on(model, test_case, only), nowhere ? only : NULL);
    for (size_t i = 0; only && i < run_nodes->count; i++) {
        const struct model_result *result = result_on(model, test_case, run_nodes->names[i]);
        if (result || !model->source_count)
            add_part(parts, model, test_case, result, run_nodes->names[i]);
    }
}

struct report_parts report_parts_make(const struct report_model *model)
{
    struct report_parts parts = {0};
    struct node_list nodes = nodes_of_run(model);
    for (size_t i = 0; i < model->case_count; i++)
        add_parts_of(&parts, model, &model->cases[i], &nodes);
    node_list_release(&nodes);
    return parts;
}

void report_parts_release(struct report_parts *parts)
{
    for (size_t i = 0; i < parts->count; i++)
        free(parts->items[i].own_message);
    free(parts->items);
    *parts = (struct report_parts){0};
}

char *report_part_id(const struct report_part *part)
{
    const char *name = part->test_case->report_name, *param = part->test_case->report_param;
    if (param && part->node)
        return xasprintf("%s[%s-%s]", name, param, part->node);
    if (param || part->node)
        return xasprintf("%s[%s]", name, param ? param : part->node);
    return xstrdup(name);
}

bool report_part_missing(const struct report_part *part)
{
    return !part->result || !part->result->judged;
}

void report_counts_add(struct report_counts *counts, enum verdict_kind kind)
{
    counts->passed += kind == VERDICT_PASSED;
    counts->failed += kind == VERDICT_FAILED;
    counts->errors += kind == VERDICT_ERROR;
    counts->skipped += kind == VERDICT_SKIPPED;
}

struct report_counts report_parts_count(const struct report_parts *parts)
{
    struct report_counts counts = {0};
    for (size_t i = 0; i < parts->count; i++)
        report_counts_add(&counts, parts->items[i].kind);
    return counts;
}

struct report_counts report_model_counts(const struct report_model *model)
{
    struct report_parts parts = report_parts_make(model);
    struct report_counts counts = report_parts_count(&parts);
    report_parts_release(&parts);
    return counts;
}

static bool has_problem(const struct report_model *model, enum error_kind kind)
{
    for (size_t i = 0; i < model->problem_count; i++)
        if (model->problems[i].kind == kind)
            return true;
    return false;
}

int report_model_exit_code(const struct report_model *model)
{
    bool any_run = false, not_gvisor = has_problem(model, ERROR_NOT_GVISOR);
    struct report_parts parts = report_parts_make(model);
    for (size_t i = 0; i < parts.count; i++) {
        any_run = any_run || strcmp(parts.items[i].reason, "not-run") != 0;
        not_gvisor = not_gvisor || strcmp(parts.items[i].reason, "not-gvisor") == 0;
    }
    struct report_counts counts = report_parts_count(&parts);
    report_parts_release(&parts);
    bool usage = has_problem(model, ERROR_USAGE);
    if (model->signal)
        return 128 + model->signal;
    if (not_gvisor)
        return 4;
    if (usage && !any_run)
        return 2;
    if (counts.errors || usage || has_problem(model, ERROR_ENVIRONMENT))
        return 3;
    return counts.failed ? 1 : 0;
}
