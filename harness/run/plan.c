/* SPDX-License-Identifier: Apache-2.0
 *
 * The plan: which cases run on which node, and which pods they need.
 */
#include <string.h>

#include "gvisor-smoke/cleanup.h"
#include "plan_order.h"
#include "take_over.h"

#define OUTPUT_MAX (1024u * 1024)

/* A pod that was there before takes all cases, as far as it has what they need. */
static char *pod_key(const struct run *run, const struct test_case *test_case)
{
    if (run->options->existing_pod)
        return xstrdup("existing");
    cleanup_free char *grants = strings_join(&test_case->grants, " ");
    return xasprintf("%s|%s|%s", test_case->image, grants, test_case->second_pod ? "second" : "first");
}

static struct run_pod *pod_new(struct run *run, struct node_run *node, enum pod_role role)
{
    struct run_pod *pod = xcalloc(1, sizeof *pod);
    pod->run = run;
    pod->node = node;
    pod->role = role;
    pod->uid = -1;
    buf_init(&pod->attest_output, SURVEY_MAX);
    buf_init(&pod->survey_output, SURVEY_MAX);
    buf_init(&pod->install_errors, SURVEY_MAX);
    supervisor_decoder_init(&pod->installed, SURVEY_MAX);
    return pod;
}

struct run_pod *node_add_pod(struct node_run *node, enum pod_role role, const struct test_case *sample)
{
    size_t number = 1;
    for (size_t i = 0; i < node->pod_count; i++)
        number += node->pods[i]->role == role;
    struct run_pod *pod = pod_new(node->run, node, role);
    pod->key = xstrdup("");
    pod->sample = sample;
    pod->name =
        xasprintf("gvisor-smoke-%s-%s-%zu-%zu", node->run->id, role == POD_GVISOR ? "gvisor" : "control",
                  (size_t)(node - node->run->nodes) + 1, number);
    if (role == POD_GVISOR && node->run->options->existing_pod) {
        free(pod->name);
        pod->name = xstrdup(node->run->options->existing_pod);
    }
    node->pods = xrealloc(node->pods, node->pod_count + 1, sizeof(struct run_pod *));
    node->pods[node->pod_count++] = pod;
    return pod;
}

/* The pod of this kind on the node, planned now if there is none yet. */
static struct run_pod *pod_for(struct node_run *node, const struct test_case *test_case, enum pod_role role)
{
    cleanup_free char *key = pod_key(node->run, test_case);
    for (size_t i = 0; i < node->pod_count; i++)
        if (node->pods[i]->role == role && strcmp(node->pods[i]->key, key) == 0)
            return node->pods[i];
    struct run_pod *pod = node_add_pod(node, role, test_case);
    free(pod->key);
    pod->key = steal(&key);
    return pod;
}

void execution_init(struct execution *execution, struct run_case *owner, enum runtime_role runtime)
{
    execution->owner = owner;
    execution->runtime = runtime;
    execution->pod =
        pod_for(owner->node, owner->test_case, runtime == RUNTIME_GVISOR ? POD_GVISOR : POD_CONTROL);
    buf_init(&execution->output, OUTPUT_MAX);
    buf_init(&execution->errors, OUTPUT_MAX);
    supervisor_decoder_init(&execution->reply, OUTPUT_MAX);
}

static void plan_claims(struct node_run *node)
{
    const struct run *run = node->run;
    size_t number = (size_t)(node - run->nodes) + 1;
    if (node->claims[RUNTIME_GVISOR] || run->options->existing_pod)
        return;
    if (run->options->existing_claim) {
        node->claims[RUNTIME_GVISOR] = xstrdup(run->options->existing_claim);
        node->claims[RUNTIME_CONTROL] = xstrdup(run->options->existing_claim);
        return;
    }
    node->claims[RUNTIME_GVISOR] = xasprintf("gvisor-smoke-%s-claim-%zu", run->id, number);
    if (run->options->control != CONTROL_NONE)
        node->claims[RUNTIME_CONTROL] = xasprintf("gvisor-smoke-%s-claim-%zu-control", run->id, number);
}

/* The scripts that are to run on the node, the one that most hangs on first. */
static size_t choose_cases(const struct node_run *node, const struct test_case **ret_cases)
{
    const struct run *run = node->run;
    size_t count = 0;
    for (size_t i = 0; i < run->cases->count; i++) {
        const struct test_case *test_case = run->cases->cases[i];
        if (test_case->kind == CASE_SCRIPT &&
            !resume_is_taken(run->options->resume, test_case->name, node->name))
            ret_cases[count++] = test_case;
    }
    plan_order(ret_cases, count);
    return count;
}

void node_plan(struct node_run *node)
{
    const struct run *run = node->run;
    cleanup_free const struct test_case **chosen =
        xcalloc(run->cases->count, sizeof(const struct test_case *));
    size_t count = choose_cases(node, chosen);
    node->cases = xcalloc(count, sizeof *node->cases);
    for (size_t i = 0; i < count; i++) {
        struct run_case *run_case = &node->cases[node->case_count++];
        run_case->node = node;
        run_case->test_case = chosen[i];
        execution_init(&run_case->gvisor, run_case, RUNTIME_GVISOR);
        execution_init(&run_case->control, run_case, RUNTIME_CONTROL);
        if (strings_contain(&chosen[i]->grants, "volume"))
            plan_claims(node);
    }
}

static bool fixture_is_used(const struct run *run)
{
    for (size_t i = 0; i < run->cases->count; i++)
        if (strings_contain(&run->cases->cases[i]->uses, "fixture") && run_is_left(run, run->cases->cases[i]))
            return true;
    return false;
}

void run_plan(struct run *run)
{
    run->fixture_url = xstrdup("");
    if (!run->options->fixture || !fixture_is_used(run))
        return;
    run->fixture_service = xasprintf("gvisor-smoke-%s-fixture", run->id);
    run->fixture_secret = xasprintf("gvisor-smoke-%s-fixture-tls", run->id);
    free(run->fixture_url);
    run->fixture_url = xasprintf("https://%s.%s.svc", run->fixture_service, run->options->name_space);
    run->fixture = pod_new(run, NULL, POD_FIXTURE);
    run->fixture->name = xasprintf("gvisor-smoke-%s-fixture", run->id);
}

void node_release(struct node_run *node)
{
    for (size_t i = 0; i < node->case_count; i++) {
        execution_release(&node->cases[i].gvisor);
        execution_release(&node->cases[i].control);
    }
    for (size_t i = 0; i < node->pod_count; i++) {
        pod_release(node->pods[i]);
        free(node->pods[i]);
    }
    free(node->cases);
    free(node->pods);
    node->cases = NULL;
    node->pods = NULL;
    node->case_count = node->pod_count = 0;
    kube_node_release(&node->facts);
    node->has_facts = false;
}

void run_plan_release(struct run *run)
{
    for (size_t i = 0; i < run->node_count; i++) {
        struct node_run *node = &run->nodes[i];
        node_release(node);
        claims_release(node);
        free(node->name);
        free(node->obstacle);
    }
    free(run->nodes);
    if (run->fixture)
        pod_release(run->fixture);
    free(run->fixture);
    free(run->fixture_url);
    free(run->fixture_service);
    free(run->fixture_secret);
    free(run->supervisor_path);
    existing_release(run);
    certificate_release(&run->certificate);
}
