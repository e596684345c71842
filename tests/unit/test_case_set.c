/* SPDX-License-Identifier: Apache-2.0
 *
 * Tests of the set of cases: embedded ones, folders, selection, and what must hold between cases.
 */
#include "unit.h"

#include "gvisor-smoke/case.h"
#include "gvisor-smoke/embedded.h"

/* A case file of the name, reporting as test_NAME, with more header lines. */
static void write_case(const char *folder, const char *name, const char *report, const char *more)
{
    cleanup_free char *file = xasprintf("%s.sh", name);
    cleanup_free char *text = xasprintf(
        "#!/bin/sh\n# summary: %s\n# reports: TestX %s\n# expect: works\n%s\ntrue\n", name, report, more);
    folder_write(folder, file, text, strlen(text));
}

static char *names_of(const struct case_set *set)
{
    cleanup_strings struct strings names = {0};
    for (size_t i = 0; i < set->count; i++)
        strings_add(&names, set->cases[i]->name);
    return strings_join(&names, " ");
}

struct fixture {
    char *folder;
    struct case_set set;
};

/* one, two (after one), three (after two), four[x], four[y] */
static int setup(void **state)
{
    struct fixture *fixture = xcalloc(1, sizeof *fixture);
    fixture->folder = folder_make();
    write_case(fixture->folder, "one", "test_one", "");
    write_case(fixture->folder, "two", "test_two", "# after: one\n");
    write_case(fixture->folder, "three", "test_three", "# after: two\n");
    write_case(fixture->folder, "four-x", "test_four[x]", "");
    write_case(fixture->folder, "four-y", "test_four[y]", "");
    folder_write(fixture->folder, "README.md", "no case", 7);
    cleanup_error struct error *err = NULL;
    if (case_set_add_directory(&fixture->set, fixture->folder, &err) < 0)
        fail_msg("%s", err->message);
    *state = fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;
    case_set_release(&fixture->set);
    folder_remove(fixture->folder);
    free(fixture);
    return 0;
}

static void embedded_cases_are_all_right(void **state)
{
    (void)state;
    struct case_set set = {0};
    cleanup_error struct error *err = NULL;
    if (case_set_load_embedded(&set, &err) < 0 || case_set_check(&set, &err) < 0)
        fail_msg("%s", err->message);
    assert_int_equal(set.count, embedded_cases_count + 2);
    assert_int_equal(set.cases[0]->kind, CASE_RUNTIME_CLASS);
    assert_int_equal(set.cases[1]->kind, CASE_APP_PODS);
    for (size_t i = 2; i < set.count; i++) {
        assert_int_equal(set.cases[i]->kind, CASE_SCRIPT);
        assert_string_equal(set.cases[i]->origin, "embedded");
        assert_true(i == 2 || strcmp(set.cases[i - 1]->name, set.cases[i]->name) < 0);
    }
    case_set_release(&set);
}

static void the_checks_bear_the_names_of_the_original(void **state)
{
    (void)state;
    struct case_set set = {0};
    cleanup_error struct error *err = NULL;
    assert_int_equal(case_set_load_embedded(&set, &err), 0);
    static const char *const rows[][2] = {{"runtime-class", "test_runtime_class_exists_in_cluster"},
                                          {"app-pods", "test_pods_have_gvisor_runtimeclass"}};
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct test_case *check = case_set_find(&set, rows[i][0]);
        assert_non_null(check);
        assert_string_equal(check->report_class, "TestGvisorRuntimeClassOnCluster");
        assert_string_equal(check->report_name, rows[i][1]);
        assert_null(check->report_param);
    }
    case_set_release(&set);
}

static void a_folder_is_read_in_order(void **state)
{
    struct fixture *fixture = *state;
    cleanup_free char *names = names_of(&fixture->set);
    assert_string_equal(names, "four-x four-y one three two");
    assert_null(case_set_find(&fixture->set, "README"));
    cleanup_error struct error *err = NULL;
    assert_int_equal(case_set_check(&fixture->set, &err), 0);
}

static void a_case_of_the_same_name_replaces(void **state)
{
    struct fixture *fixture = *state;
    char *other = folder_make();
    write_case(other, "one", "test_other", "");
    cleanup_free char *with_slash = xasprintf("%s/", other);
    cleanup_error struct error *err = NULL;
    assert_int_equal(case_set_add_directory(&fixture->set, with_slash, &err), 0);
    assert_int_equal(fixture->set.count, 5);
    const struct test_case *one = case_set_find(&fixture->set, "one");
    assert_string_equal(one->report_name, "test_other");
    assert_lacks(one->origin, "//");
    folder_remove(other);
}

static void refuse_folder(struct case_set *set, const char *folder, const char *part)
{
    cleanup_error struct error *err = NULL;
    size_t before = set->count;
    assert_int_equal(case_set_add_directory(set, folder, &err), -1);
    assert_int_equal(err->kind, ERROR_USAGE);
    assert_contains(err->message, part);
    assert_int_equal(set->count, before);
}

static void a_folder_can_be_wrong(void **state)
{
    struct fixture *fixture = *state;
    char *other = folder_make();
    cleanup_free char *missing = xasprintf("%s/missing", other);
    refuse_folder(&fixture->set, missing, "No such file or directory");
    refuse_folder(&fixture->set, other, "has no file that ends with .sh");
    write_case(other, "runtime-class", "test_z", "");
    refuse_folder(&fixture->set, other, "the name of a built-in check");
    write_case(other, "a-good-one", "test_z", "");
    write_case(other, "runtime-class", "test_z", "# nonsense: x\n");
    refuse_folder(&fixture->set, other, "runtime-class.sh:5: unknown key \"nonsense\"");
    folder_remove(other);
}

static void check_selection(struct case_set *set, const char *patterns_text, const char *names)
{
    cleanup_strings struct strings patterns = strings_split(patterns_text, " ");
    cleanup_error struct error *err = NULL;
    if (case_set_select(set, &patterns, &err) < 0)
        fail_msg("%s", err->message);
    cleanup_free char *selected = names_of(set);
    assert_string_equal(selected, names);
}

static void selection_keeps_what_is_named(void **state)
{
    static const struct {
        const char *patterns, *names;
    } rows[] = {
        {"", "four-x four-y one three two"},
        {"one", "one"},
        {"four-*", "four-x four-y"},
        {"test_four[y]", "four-y"},
        {"test_four", "four-x four-y"},
        {"!four-*", "one three two"},
        {"!four-x four-*", "four-y"},
        {"one four-x", "four-x one"},
        {"three", "one three two"},      /* after two, after one */
        {"three !two", "one three two"}, /* what it needs stays */
        {"* !t* !four-?", "one"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct fixture *fixture = *state;
        struct case_set set = {0};
        cleanup_error struct error *err = NULL;
        assert_int_equal(case_set_add_directory(&set, fixture->folder, &err), 0);
        check_selection(&set, rows[i].patterns, rows[i].names);
        case_set_release(&set);
    }
}

static void selection_refuses_what_matches_nothing(void **state)
{
    struct fixture *fixture = *state;
    static const struct {
        const char *patterns, *part;
    } rows[] = {
        {"thee", "no case matches \"thee\"; nearest: \"three\""},
        {"four", "nearest: \"four-x\""},
        {"one !nine", "no case matches \"nine\""},
        {"zzzzzz", "no case matches \"zzzzzz\""},
        {"!*", "leave no case"},
        {"one !one", "leave no case"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        cleanup_strings struct strings patterns = strings_split(rows[i].patterns, " ");
        cleanup_error struct error *err = NULL;
        assert_int_equal(case_set_select(&fixture->set, &patterns, &err), -1);
        assert_int_equal(err->kind, ERROR_USAGE);
        assert_contains(err->message, rows[i].part);
        assert_int_equal(fixture->set.count, 5);
    }
}

static void refuse_set(const struct case_set *set, const char *part, const char *other_part)
{
    cleanup_error struct error *err = NULL;
    assert_int_equal(case_set_check(set, &err), -1);
    assert_int_equal(err->kind, ERROR_USAGE);
    assert_contains(err->message, part);
    assert_contains(err->message, other_part);
}

static void add_case(struct fixture *fixture, const char *name, const char *report, const char *more)
{
    write_case(fixture->folder, name, report, more);
    cleanup_error struct error *err = NULL;
    if (case_set_add_directory(&fixture->set, fixture->folder, &err) < 0)
        fail_msg("%s", err->message);
}

static void after_must_name_a_case(void **state)
{
    struct fixture *fixture = *state;
    add_case(fixture, "lost", "test_lost", "# after: ones\n");
    refuse_set(&fixture->set, "runs after \"ones\", which does not exist; nearest: \"one\"", "lost.sh");
}

static void after_must_not_go_in_a_circle(void **state)
{
    struct fixture *fixture = *state;
    add_case(fixture, "one", "test_one", "# after: three\n");
    refuse_set(&fixture->set, "runs after itself", "by way of");
}

static void a_case_may_lead_into_a_circle(void **state)
{
    struct fixture *fixture = *state;
    add_case(fixture, "a-lead", "test_lead", "# after: one\n");
    add_case(fixture, "one", "test_one", "# after: three\n");
    refuse_set(&fixture->set, "runs after itself", "by way of");
}

static void report_ids_must_be_unique(void **state)
{
    struct fixture *fixture = *state;
    add_case(fixture, "five", "test_four[x]", "");
    refuse_set(&fixture->set, "both report as TestX test_four[x]", "five.sh");
}

/* The doctor's probes are cases: without them it would look at nothing. */
static void the_probes_are_there(void **state)
{
    (void)state;
    struct case_set set = {0};
    cleanup_error struct error *err = NULL;
    if (case_set_load_probes(&set, &err) < 0 || case_set_check(&set, &err) < 0)
        fail_msg("%s", err->message);
    static const char *const names[] = {"dns", "egress", "start", "storage"};
    assert_int_equal(set.count, COUNT(names));
    for (size_t i = 0; i < COUNT(names); i++)
        assert_string_equal(set.cases[i]->name, names[i]);
    case_set_release(&set);
}

/* What new-case writes is a case of that name, and only a name that is free becomes one. */
static void a_scaffold_is_a_case(void **state)
{
    (void)state;
    cleanup_error struct error *err = NULL;
    cleanup_free char *text = case_scaffold("our-redis", &err);
    assert_non_null(text);
    struct test_case *made = case_parse("x/our-redis.sh", text, strlen(text), &err);
    if (!made)
        fail_msg("%s", err->message);
    cleanup_free char *id = test_case_report_id(made);
    assert_string_equal(id, "test_our_redis_works_under_gvisor");
    assert_string_equal(made->report_class, "TestOurWorkload");
    assert_contains(made->summary, "our-redis works");
    assert_int_equal(made->grants.count, 0);
    assert_lacks(text, "@");
    assert_lacks(text, "SPDX");
    test_case_free(made);
    static const char *const refused[] = {"", "-x", "X", "a_b", "a.sh", "../a", "runtime-class", "git-clone"};
    for (size_t i = 0; i < COUNT(refused); i++) {
        cleanup_error struct error *problem = NULL;
        assert_null(case_scaffold(refused[i], &problem));
        assert_int_equal(problem->kind, ERROR_USAGE);
    }
    cleanup_free char *near = case_scaffold("git-clon", &err);
    assert_non_null(near); /* a part of a name is another name */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_probes_are_there),
        cmocka_unit_test(embedded_cases_are_all_right),
        cmocka_unit_test(the_checks_bear_the_names_of_the_original),
        cmocka_unit_test_setup_teardown(a_folder_is_read_in_order, setup, teardown),
        cmocka_unit_test_setup_teardown(a_case_of_the_same_name_replaces, setup, teardown),
        cmocka_unit_test_setup_teardown(a_folder_can_be_wrong, setup, teardown),
        cmocka_unit_test_setup_teardown(selection_keeps_what_is_named, setup, teardown),
        cmocka_unit_test_setup_teardown(selection_refuses_what_matches_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(after_must_name_a_case, setup, teardown),
        cmocka_unit_test_setup_teardown(after_must_not_go_in_a_circle, setup, teardown),
        cmocka_unit_test_setup_teardown(a_case_may_lead_into_a_circle, setup, teardown),
        cmocka_unit_test_setup_teardown(report_ids_must_be_unique, setup, teardown),
        cmocka_unit_test(a_scaffold_is_a_case),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
