/* SPDX-License-Identifier: Apache-2.0
 *
 * The smallest Role and the Job: what options and cases make of them, and that they are YAML.
 */
#include "unit.h"

#include "gvisor-smoke/rbac.h"
#include "gvisor-smoke/workload.h"
#include "gvisor-smoke/yaml_tree.h"

static const struct yaml_limits limits = {
    .noun = "manifest", .nodes = 2000, .expanded_nodes = 2000, .anchors = 1, .depth = 40};
static const struct rbac_subject account = {.service_account = "robot"};

static struct test_case plain = {.kind = CASE_SCRIPT, .name = (char *)"a"};
static struct test_case fetches = {.kind = CASE_SCRIPT, .name = (char *)"b"};
static struct test_case stores = {.kind = CASE_SCRIPT, .name = (char *)"c"};
static struct test_case looks = {.kind = CASE_APP_PODS, .name = (char *)"d"};
static struct test_case *all_cases[] = {&plain, &fetches, &stores, &looks};
static const struct case_set all = {.cases = all_cases, .count = COUNT(all_cases)};
static const struct case_set one = {.cases = all_cases, .count = 1};

static const char pods[] = "resources: [pods], verbs: [create, list, watch, delete]}";
static const char claims[] = "resources: [persistentvolumeclaims]";
static const char report_rule[] =
    "resources: [configmaps], resourceNames: [\"report\"], verbs: [create, patch]}";

static struct run_options usual(void)
{
    return (struct run_options){.name_space = "smoke", .app_namespace = "app", .fixture = true};
}

/* The document of the kind and name, as text; "" when there is none. The caller frees it. */
static char *document(const char *yaml, const char *kind, const char *name_space)
{
    cleanup_free char *head = xasprintf("\nkind: %s\n", kind);
    cleanup_free char *where = xasprintf("namespace: \"%s\"", name_space);
    for (const char *start = strstr(yaml, "---\n"); start;) {
        const char *next = strstr(start + 1, "---\n");
        cleanup_free char *text = next ? xstrndup(start, (size_t)(next - start)) : xstrdup(start);
        if (strstr(text, head) && (!*name_space || strstr(text, where)))
            return steal(&text);
        start = next;
    }
    return xstrdup("");
}

static void expect_yaml(const char *yaml, size_t documents)
{
    cleanup_error struct error *err = NULL;
    struct yaml_reader *reader = yaml_reader_new("manifest", yaml, strlen(yaml), &limits);
    struct yaml_tree *tree;
    size_t seen = 0;
    while (yaml_reader_next(reader, &tree, &err) == 0 && tree) {
        assert_non_null(yaml_node_get(tree->root, "kind"));
        assert_non_null(yaml_node_get(yaml_node_get(tree->root, "metadata"), "name"));
        yaml_tree_free(tree);
        seen++;
    }
    if (err)
        fail_msg("%s", err->message);
    yaml_reader_free(reader);
    assert_int_equal(seen, documents);
}

static void cases_decide_what_is_granted(void **state)
{
    (void)state;
    struct run_options options = usual();
    cleanup_free char *small = rbac_manifest(&options, &one, &account, "r");
    expect_yaml(small, 5);
    assert_contains(small, pods);
    assert_lacks(small, claims);
    assert_lacks(small, "secrets");
    assert_lacks(small, "configmaps");

    options.app_explicit = true;
    cleanup_free char *large = rbac_manifest(&options, &all, &account, "r");
    expect_yaml(large, 7);
    assert_contains(large, claims);
    assert_contains(large, "resources: [secrets], verbs: [create, delete]}");
    cleanup_free char *app = document(large, "Role", "app");
    assert_contains(app, "resources: [pods], verbs: [list]}");

    options.existing_claim = "mine";
    options.fixture = false;
    cleanup_free char *without = rbac_manifest(&options, &all, &account, "r");
    assert_lacks(without, claims);
    assert_lacks(without, "secrets");
}

static void the_report_is_granted_by_its_name_where_the_caller_named_it(void **state)
{
    (void)state;
    struct run_options options = usual();
    options.report_configmap = "report";
    cleanup_free char *yaml = rbac_manifest(&options, &one, &account, "r");
    cleanup_free char *role = document(yaml, "Role", "smoke");
    assert_contains(role, report_rule);
    assert_contains(role, pods);

    options.own_namespace = true; /* all else is in a namespace that is not there yet */
    cleanup_free char *own = rbac_manifest(&options, &one, &account, "r");
    cleanup_free char *own_role = document(own, "Role", "smoke");
    cleanup_free char *cluster_role = document(own, "ClusterRole", "");
    assert_contains(own_role, report_rule);
    assert_lacks(own_role, pods);
    assert_contains(cluster_role, pods);
    assert_lacks(cluster_role, "configmaps");
}

static void a_user_or_group_is_bound_and_no_account_made(void **state)
{
    (void)state;
    const struct run_options options = usual();
    const struct rbac_subject user = {.user = "ada"}, group = {.group = "ci"};
    cleanup_free char *for_user = rbac_manifest(&options, &one, &user, "r");
    cleanup_free char *for_group = rbac_manifest(&options, &one, &group, "r");
    assert_contains(for_user, "{kind: User, name: \"ada\", ");
    assert_contains(for_group, "{kind: Group, name: \"ci\", ");
    assert_lacks(for_user, "ServiceAccount");
}

static void a_job_has_the_arguments_as_they_are(void **state)
{
    (void)state;
    struct run_options options = usual();
    options.timeout_ms = 60000;
    struct workload workload = {
        .name = "n", .name_space = "smoke", .service_account = "robot", .image = "i:1", .run = &options};
    strings_add(&workload.arguments, "run");
    strings_add(&workload.arguments, "a \"b\" 'c' {{d}}: #e\n");
    cleanup_free char *job = workload_manifest(&workload);
    expect_yaml(job, 1);
    assert_contains(job, "args: [\"run\", \"a \\\"b\\\" 'c' {{d}}: #e\\n\"]");
    assert_contains(job, "activeDeadlineSeconds: 360\n");
    assert_lacks(job, "imagePullSecrets");
    assert_contains(job, "name: GVISOR_SMOKE_OWNER_UID\n");

    strings_add(&options.pull_secrets, "s");
    workload.schedule = "0 3 * * *";
    cleanup_free char *cron = workload_manifest(&workload);
    expect_yaml(cron, 1);
    assert_contains(cron, "kind: CronJob\n");
    assert_contains(cron, "schedule: \"0 3 * * *\"\n");
    assert_contains(cron, "imagePullSecrets: [{name: \"s\"}]\n");
    strings_release(&options.pull_secrets);
    strings_release(&workload.arguments);
}

static int prepare(void **state)
{
    (void)state;
    strings_add(&fetches.uses, "fixture");
    strings_add(&stores.grants, "volume");
    return 0;
}

static int release(void **state)
{
    (void)state;
    strings_release(&fetches.uses);
    strings_release(&stores.grants);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cases_decide_what_is_granted),
        cmocka_unit_test(the_report_is_granted_by_its_name_where_the_caller_named_it),
        cmocka_unit_test(a_user_or_group_is_bound_and_no_account_made),
        cmocka_unit_test(a_job_has_the_arguments_as_they_are),
    };
    return cmocka_run_group_tests(tests, prepare, release);
}
