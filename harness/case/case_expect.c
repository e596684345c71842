/* SPDX-License-Identifier: Apache-2.0
 *
 * Changed expectations: an operator who knows the cluster's posture says so, and every report shows it.
 */
#include <string.h>

#include "case.h"
#include "gvisor-smoke/cleanup.h"

static struct test_case *find(const struct case_set *set, const char *name)
{
    for (size_t i = 0; i < set->count; i++)
        if (strcmp(set->cases[i]->name, name) == 0)
            return set->cases[i];
    return NULL;
}

static int apply(struct test_case *test_case, const char *word, struct error **err)
{
    enum expectation expect = EXPECT_REPORTED;
    if (strcmp(word, "any") != 0 && (!expectation_parse(word, &expect) || expect == EXPECT_REPORTED)) {
        error_set(err, ERROR_USAGE,
                  "--expect %s: \"%s\" is not an expectation; there are: works, blocked, any",
                  test_case->name, word);
        return -1;
    }
    if (expect == EXPECT_BLOCKED && test_case->expect != EXPECT_BLOCKED) {
        error_set(err, ERROR_USAGE, "--expect %s=blocked: the case does not say what a refusal looks like",
                  test_case->name);
        error_hint(err, "give it a file with `evidence:` in a folder named by --cases");
        return -1;
    }
    if (expect == test_case->expect)
        return 0;
    test_case->expect_changed = true;
    test_case->expect_written = test_case->expect;
    test_case->expect = expect;
    free(test_case->evidence); /* it shows what is no longer expected */
    test_case->evidence = NULL;
    return 0;
}

int case_set_expect(struct case_set *set, const char *rule, struct error **err)
{
    const char *equals = strchr(rule, '=');
    if (!equals) {
        error_set(err, ERROR_USAGE, "--expect takes CASE=works, CASE=blocked or CASE=any, not \"%s\"", rule);
        return -1;
    }
    cleanup_free char *name = xstrndup(rule, (size_t)(equals - rule));
    struct test_case *test_case = find(set, name);
    if (!test_case) {
        error_set(err, ERROR_USAGE, "--expect: there is no case \"%s\" in this run", name);
        error_hint(err, "gvisor-smoke list shows the cases");
        return -1;
    }
    return apply(test_case, equals + 1, err);
}

void case_set_drop_overhead(struct case_set *set)
{
    size_t kept = 0;
    for (size_t i = 0; i < set->count; i++)
        if (set->cases[i]->overhead_only)
            test_case_free(set->cases[i]);
        else
            set->cases[kept++] = set->cases[i];
    set->count = kept;
}
