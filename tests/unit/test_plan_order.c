/* SPDX-License-Identifier: Apache-2.0
 *
 * Tests of the order in which cases take free places.
 */
#include "unit.h"

#include "run/plan_order.h"

static struct test_case made(const char *name, const char *after, int64_t seconds)
{
    return (struct test_case){.name = (char *)name, .after = (char *)after, .timeout_ms = seconds * 1000};
}

static void check_order(const struct test_case *cases, size_t count, const char *const *names)
{
    const struct test_case *order[8];
    for (size_t i = 0; i < count; i++)
        order[i] = &cases[i];
    plan_order(order, count);
    for (size_t i = 0; i < count; i++)
        assert_string_equal(order[i]->name, names[i]);
}

static void the_longest_comes_first(void **state)
{
    (void)state;
    const struct test_case cases[] = {made("short", NULL, 60), made("long", NULL, 900),
                                      made("middle", NULL, 180)};
    check_order(cases, 3, (const char *const[]){"long", "middle", "short"});
}

static void what_others_come_after_has_their_time_too(void **state)
{
    (void)state;
    const struct test_case cases[] = {made("alone", NULL, 180), made("third", "second", 60),
                                      made("second", "first", 60), made("first", NULL, 90),
                                      made("branch", "first", 10)};
    check_order(cases, 5, (const char *const[]){"first", "alone", "second", "third", "branch"});
}

static void a_second_pod_takes_time_to_start(void **state)
{
    (void)state;
    struct test_case cases[] = {made("alone", NULL, 160), made("write", NULL, 90), made("read", "write", 60)};
    check_order(cases, 3, (const char *const[]){"alone", "write", "read"});
    cases[2].second_pod = true;
    check_order(cases, 3, (const char *const[]){"write", "alone", "read"});
}

static void what_is_alike_stays_in_its_order(void **state)
{
    (void)state;
    const struct test_case cases[] = {made("c", NULL, 60), made("a", NULL, 60), made("b", NULL, 60),
                                      made("0", "absent", 60)};
    check_order(cases, 4, (const char *const[]){"c", "a", "b", "0"});
    check_order(cases, 0, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_longest_comes_first),
        cmocka_unit_test(what_others_come_after_has_their_time_too),
        cmocka_unit_test(a_second_pod_takes_time_to_start),
        cmocka_unit_test(what_is_alike_stays_in_its_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
