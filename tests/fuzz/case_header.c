/* SPDX-License-Identifier: Apache-2.0
 *
 * Files of cases.
 */
#include "fuzz.h"
#include "gvisor-smoke/case.h"

static void use(struct test_case *test_case)
{
    cleanup_error struct error *err = NULL;
    cleanup_free char *id = test_case_report_id(test_case);
    assert_text(id);
    assert_text(test_case->summary);
    assert(test_case->timeout_ms > 0);
    assert(test_case->expect != EXPECT_BLOCKED || test_case->evidence);
    assert(*test_case_image(test_case, "toolbox:1"));
    struct test_case *list[] = {test_case};
    struct case_set set = {.cases = list, .count = 1};
    if (case_set_check(&set, &err) < 0)
        assert(test_case->after); /* which is not there */
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    cleanup_error struct error *err = NULL;
    cleanup_free char *text = fuzz_text(bytes, length);
    struct test_case *test_case = case_parse("cases/fuzz.sh", text, length, &err);
    assert(!test_case == (err != NULL));
    if (test_case)
        use(test_case);
    else
        assert(strncmp(err->message, "cases/fuzz.sh:", strlen("cases/fuzz.sh:")) == 0);
    if (err)
        assert_error(err);
    test_case_free(test_case);
    return 0;
}
