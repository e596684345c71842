/* SPDX-License-Identifier: Apache-2.0
 *
 * The case itself: its words, its id in reports, its end.
 */
#include <string.h>

#include "case.h"
#include "gvisor-smoke/cleanup.h"

static const char *const expectation_names[] = {
    [EXPECT_WORKS] = "works",
    [EXPECT_BLOCKED] = "blocked",
    [EXPECT_REPORTED] = "reported",
};

const char *expectation_name(enum expectation expectation)
{
    return expectation_names[expectation];
}

bool expectation_parse(const char *word, enum expectation *ret_expectation)
{
    for (size_t i = 0; i < sizeof expectation_names / sizeof *expectation_names; i++)
        if (strcmp(word, expectation_names[i]) == 0) {
            *ret_expectation = (enum expectation)i;
            return true;
        }
    return false;
}

char *test_case_report_id(const struct test_case *test_case)
{
    if (!test_case->report_param)
        return xstrdup(test_case->report_name);
    return xasprintf("%s[%s]", test_case->report_name, test_case->report_param);
}

const char *test_case_image(const struct test_case *test_case, const char *run_image)
{
    return strcmp(test_case->image, "toolbox") == 0 ? run_image : test_case->image;
}

void test_case_free(struct test_case *test_case)
{
    if (!test_case)
        return;
    free(test_case->name);
    free(test_case->summary);
    free(test_case->report_class);
    free(test_case->report_name);
    free(test_case->report_param);
    free(test_case->evidence);
    strings_release(&test_case->needs);
    strings_release(&test_case->uses);
    strings_release(&test_case->grants);
    free(test_case->image);
    free(test_case->after);
    free(test_case->script);
    free(test_case->origin);
    free(test_case);
}

bool case_word_valid(const char *text, const char *more)
{
    const char *at = text;
    for (; *at; at++) {
        bool letter = (*at >= 'a' && *at <= 'z') || (*at >= 'A' && *at <= 'Z');
        if (!letter && !(*at >= '0' && *at <= '9') && !strchr(more, *at))
            return false;
    }
    return at != text;
}

bool case_name_valid(const char *name)
{
    size_t length = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-");
    return length > 0 && length <= CASE_NAME_MAX && name[length] == '\0' && *name != '-';
}
