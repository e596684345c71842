/* SPDX-License-Identifier: Apache-2.0
 *
 * The output of a case, judged by every case there is: an exit code in the first line, then standard output,
 * a form feed, and standard error.
 */
#include "fuzz.h"
#include "gvisor-smoke/verdict.h"

static const struct case_set *all_cases(void)
{
    static struct case_set set;
    cleanup_error struct error *err = NULL;
    if (!set.count && case_set_load_embedded(&set, &err) < 0)
        abort();
    return &set;
}

static void judge(const struct test_case *test_case, struct evidence *evidence,
                  const struct evidence *control)
{
    if (test_case->evidence)
        evidence_search(evidence, test_case->evidence);
    assert_text(evidence->match);
    struct verdict verdict = verdict_decide(test_case, evidence, control);
    assert(*verdict.reason && verdict.message && !strchr(verdict.message, '\n'));
    assert(*verdict_kind_name(verdict.kind));
    assert_text(verdict.message);
    verdict_release(&verdict);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    const uint8_t *newline = length ? memchr(bytes, '\n', length) : NULL;
    size_t head = newline ? (size_t)(newline - bytes) + 1 : 0;
    cleanup_free char *code = fuzz_text(bytes, head);
    bytes += head;
    length -= head;
    const uint8_t *feed = length ? memchr(bytes, '\f', length) : NULL;
    size_t first = feed ? (size_t)(feed - bytes) : length, rest = feed ? first + 1 : first;
    struct evidence evidence = {
        .exit_code = atoi(code) & 0xFF,
        .output = text_from_bytes((const char *)bytes, first),
        .errors = text_from_bytes((const char *)bytes + rest, length - rest),
    };
    struct evidence control = {.ending = ENDING_EXITED, .output = xstrdup("x"), .errors = xstrdup("")};
    const struct case_set *set = all_cases();
    for (size_t i = 0; i < set->count; i++) {
        judge(set->cases[i], &evidence, NULL);
        judge(set->cases[i], &evidence, &control);
    }
    evidence_release(&evidence);
    evidence_release(&control);
    return 0;
}
