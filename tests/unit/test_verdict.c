/* SPDX-License-Identifier: Apache-2.0
 *
 * Tests of the judge: every line of the table, and what the messages say.
 */
#include "unit.h"

#include "gvisor-smoke/verdict.h"

/* An execution in one word of C. */
#define EXIT(code)                                                                                           \
    {                                                                                                        \
        .ending = ENDING_EXITED, .exit_code = (code), .duration_ms = 800                                     \
    }
#define REFUSED                                                                                              \
    {                                                                                                        \
        .ending = ENDING_EXITED, .exit_code = 1, .errors = (char *)"tcpdump: not permitted\n",               \
        .duration_ms = 90                                                                                    \
    }
#define SAYS(code, line)                                                                                     \
    {                                                                                                        \
        .ending = ENDING_EXITED, .exit_code = (code), .errors = (char *)(line), .duration_ms = 500           \
    }
#define ENDED(how)                                                                                           \
    {                                                                                                        \
        .ending = (how), .duration_ms = 60000, .cause = (char *)"the cause"                                  \
    }

#define WANTED (char *)"not permitted"

struct row {
    const char *name;
    enum expectation expect;
    char *wanted; /* the header's evidence */
    struct evidence gvisor, control;
    bool no_control;
    enum verdict_kind kind;
    const char *reason;
    const char *parts[4]; /* that the message holds */
};

/* The table of the design, line by line, and the lines between. */
static const struct row rows[] = {
    {"works, control ok",
     EXPECT_WORKS,
     NULL,
     EXIT(0),
     EXIT(0),
     false,
     VERDICT_PASSED,
     "works",
     {"works in 800 ms (800 ms under the default runtime)"}},
    {"works, no control",
     EXPECT_WORKS,
     NULL,
     EXIT(0),
     EXIT(0),
     true,
     VERDICT_PASSED,
     "works",
     {"works in 800 ms"}},
    {"works, control fails",
     EXPECT_WORKS,
     NULL,
     EXIT(0),
     EXIT(1),
     false,
     VERDICT_PASSED,
     "works",
     {"though it fails under the default runtime"}},
    {"works, control lost",
     EXPECT_WORKS,
     NULL,
     EXIT(0),
     ENDED(ENDING_LOST),
     false,
     VERDICT_PASSED,
     "works",
     {NULL}},
    {"works with its evidence",
     EXPECT_WORKS,
     WANTED,
     SAYS(0, "Not Permitted"),
     EXIT(0),
     true,
     VERDICT_PASSED,
     "works",
     {NULL}},

    {"fails, control ok",
     EXPECT_WORKS,
     NULL,
     SAYS(7, "a\nfatal: x\n\n"),
     EXIT(0),
     false,
     VERDICT_FAILED,
     "finding",
     {"exit code 7: \"fatal: x\" (last line of stderr)",
      "works under the default runtime on the same node in 800 ms", "gVisor is the cause"}},
    {"exit 0 without its evidence",
     EXPECT_WORKS,
     WANTED,
     EXIT(0),
     SAYS(0, "not permitted"),
     false,
     VERDICT_FAILED,
     "finding",
     {"exit code 0", "no line matches the evidence \"not permitted\""}},

    {"fails in both",
     EXPECT_WORKS,
     NULL,
     SAYS(7, "no route"),
     SAYS(6, "no dns"),
     false,
     VERDICT_ERROR,
     "environment",
     {"exit code 7: \"no route\"", "exit code 6: \"no dns\"", "not gVisor"}},
    {"fails, control timed out",
     EXPECT_WORKS,
     NULL,
     EXIT(7),
     ENDED(ENDING_TIMEOUT),
     false,
     VERDICT_ERROR,
     "environment",
     {"ended by its timeout"}},
    {"exit 0 without its evidence in both",
     EXPECT_WORKS,
     WANTED,
     EXIT(0),
     EXIT(0),
     false,
     VERDICT_ERROR,
     "environment",
     {NULL}},

    {"fails, no control",
     EXPECT_WORKS,
     NULL,
     SAYS(7, "no route"),
     EXIT(0),
     true,
     VERDICT_FAILED,
     "unattributed",
     {"exit code 7: \"no route\" (last line of stderr)", "not run under the default runtime",
      "gVisor is not yet to blame"}},
    {"fails, control not run",
     EXPECT_WORKS,
     NULL,
     EXIT(7),
     ENDED(ENDING_NOT_RUN),
     false,
     VERDICT_FAILED,
     "unattributed",
     {"no output", "nothing known from the default runtime (not run: the cause)"}},
    {"fails, control lost",
     EXPECT_WORKS,
     NULL,
     EXIT(7),
     ENDED(ENDING_LOST),
     false,
     VERDICT_FAILED,
     "unattributed",
     {NULL}},

    {"blocked, control ok",
     EXPECT_BLOCKED,
     WANTED,
     REFUSED,
     EXIT(0),
     false,
     VERDICT_PASSED,
     "blocked",
     {"expected failure: \"tcpdump: not permitted\"", "it is gVisor that refuses"}},
    {"blocked, no control",
     EXPECT_BLOCKED,
     WANTED,
     REFUSED,
     EXIT(0),
     true,
     VERDICT_PASSED,
     "blocked",
     {"expected failure: \"tcpdump: not permitted\"", "not run under the default runtime"}},
    {"blocked, refused by the control too",
     EXPECT_BLOCKED,
     WANTED,
     REFUSED,
     REFUSED,
     false,
     VERDICT_PASSED,
     "blocked-anyway",
     {"expected failure: ", "refused under the default runtime as well"}},
    {"blocked, control fails otherwise",
     EXPECT_BLOCKED,
     WANTED,
     REFUSED,
     SAYS(1, "no iptables"),
     false,
     VERDICT_PASSED,
     "blocked-anyway",
     {"expected failure: ", "does not work under the default runtime either", "no iptables"}},

    {"the tool is missing",
     EXPECT_BLOCKED,
     WANTED,
     SAYS(127, "tcpdump: not found"),
     EXIT(0),
     false,
     VERDICT_ERROR,
     "wrong-failure",
     {"not by the refusal that is expected", "tcpdump: not found"}},
    {"blocked, timed out",
     EXPECT_BLOCKED,
     WANTED,
     ENDED(ENDING_TIMEOUT),
     EXIT(0),
     false,
     VERDICT_ERROR,
     "wrong-failure",
     {"ended by its timeout of 1 min 0 s after 1 min 0 s"}},
    {"killed",
     EXPECT_BLOCKED,
     WANTED,
     EXIT(137),
     EXIT(0),
     false,
     VERDICT_ERROR,
     "wrong-failure",
     {"exit code 137 (signal 9)"}},

    {"not blocked",
     EXPECT_BLOCKED,
     WANTED,
     SAYS(0, "1 packet captured"),
     EXIT(0),
     false,
     VERDICT_FAILED,
     "not-blocked",
     {"the posture changed", "1 packet captured"}},
    {"not blocked, though it is printed",
     EXPECT_BLOCKED,
     WANTED,
     SAYS(0, "not permitted"),
     EXIT(0),
     true,
     VERDICT_FAILED,
     "not-blocked",
     {"printed all the same"}},

    {"reported",
     EXPECT_REPORTED,
     NULL,
     SAYS(1, "ENODEV"),
     EXIT(0),
     false,
     VERDICT_PASSED,
     "reported",
     {"seen: exit code 1: \"ENODEV\""}},
    {"reported within the limit",
     EXPECT_REPORTED,
     WANTED,
     REFUSED,
     EXIT(0),
     true,
     VERDICT_PASSED,
     "reported",
     {"seen: \"tcpdump: not permitted\""}},
    {"reported, the limit is broken",
     EXPECT_REPORTED,
     WANTED,
     SAYS(0, "12 counters"),
     EXIT(0),
     true,
     VERDICT_FAILED,
     "reported",
     {"the limit is broken", "12 counters"}},
    {"reported, timed out",
     EXPECT_REPORTED,
     NULL,
     ENDED(ENDING_TIMEOUT),
     EXIT(0),
     true,
     VERDICT_ERROR,
     "timeout",
     {NULL}},

    {"lost",
     EXPECT_WORKS,
     NULL,
     ENDED(ENDING_LOST),
     EXIT(0),
     false,
     VERDICT_ERROR,
     "lost",
     {"the connection was lost: the cause"}},
    {"lost, blocked",
     EXPECT_BLOCKED,
     WANTED,
     ENDED(ENDING_LOST),
     EXIT(0),
     false,
     VERDICT_ERROR,
     "lost",
     {NULL}},
    {"lost, reported",
     EXPECT_REPORTED,
     NULL,
     ENDED(ENDING_LOST),
     EXIT(0),
     false,
     VERDICT_ERROR,
     "lost",
     {NULL}},
    {"timeout",
     EXPECT_WORKS,
     NULL,
     ENDED(ENDING_TIMEOUT),
     EXIT(0),
     false,
     VERDICT_ERROR,
     "timeout",
     {"ended by its timeout of 1 min 0 s after 1 min 0 s", "ends under the default runtime in 800 ms"}},
    {"timeout in both",
     EXPECT_WORKS,
     NULL,
     ENDED(ENDING_TIMEOUT),
     ENDED(ENDING_TIMEOUT),
     false,
     VERDICT_ERROR,
     "timeout",
     {NULL}},
    {"not started",
     EXPECT_WORKS,
     NULL,
     ENDED(ENDING_NOT_STARTED),
     EXIT(0),
     false,
     VERDICT_ERROR,
     "not-run",
     {"could not start: the cause"}},
    {"not run",
     EXPECT_BLOCKED,
     WANTED,
     ENDED(ENDING_NOT_RUN),
     EXIT(0),
     true,
     VERDICT_ERROR,
     "not-run",
     {"not run: the cause"}},
    {"not gVisor",
     EXPECT_WORKS,
     NULL,
     ENDED(ENDING_NOT_GVISOR),
     EXIT(0),
     false,
     VERDICT_ERROR,
     "not-gvisor",
     {"NOT GVISOR: the cause"}},
    {"not gVisor, blocked",
     EXPECT_BLOCKED,
     WANTED,
     ENDED(ENDING_NOT_GVISOR),
     EXIT(0),
     true,
     VERDICT_ERROR,
     "not-gvisor",
     {NULL}},
    {"unmet",
     EXPECT_BLOCKED,
     WANTED,
     ENDED(ENDING_UNMET),
     EXIT(0),
     true,
     VERDICT_SKIPPED,
     "unmet",
     {"the cause"}},
    {"unmet in the control",
     EXPECT_BLOCKED,
     WANTED,
     REFUSED,
     ENDED(ENDING_UNMET),
     false,
     VERDICT_PASSED,
     "blocked",
     {"nothing known from the default runtime (the cause)"}},
    {"not gVisor, reported",
     EXPECT_REPORTED,
     WANTED,
     ENDED(ENDING_NOT_GVISOR),
     EXIT(0),
     true,
     VERDICT_ERROR,
     "not-gvisor",
     {NULL}},
};

static void check_row(const struct row *row)
{
    const struct test_case test_case = {
        .name = (char *)"x", .expect = row->expect, .evidence = row->wanted, .timeout_ms = 60000};
    struct verdict verdict = verdict_decide(&test_case, &row->gvisor, row->no_control ? NULL : &row->control);
    if (verdict.kind != row->kind || strcmp(verdict.reason, row->reason) != 0)
        fail_msg("%s: %s (%s), expected %s (%s): %s", row->name, verdict_kind_name(verdict.kind),
                 verdict.reason, verdict_kind_name(row->kind), row->reason, verdict.message);
    for (size_t i = 0; i < COUNT(row->parts) && row->parts[i]; i++)
        assert_contains(verdict.message, row->parts[i]);
    assert_null(strchr(verdict.message, '\n'));
    if (row->expect == EXPECT_BLOCKED && verdict.kind == VERDICT_PASSED)
        assert_true(text_starts_with(verdict.message, "expected failure: "));
    verdict_release(&verdict);
}

static void every_line_of_the_table(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        check_row(&rows[i]);
}

/* Whatever comes back: a pass needs an exit, and a blocked case needs its evidence. */
static void no_pass_without_proof(void **state)
{
    (void)state;
    static const char *const outputs[] = {"", "something else", "it is not permitted"};
    for (int expect = EXPECT_WORKS; expect <= EXPECT_REPORTED; expect++)
        for (int ending = ENDING_EXITED; ending <= ENDING_UNMET; ending++)
            for (int code = 0; code < 3; code++)
                for (size_t i = 0; i < COUNT(outputs); i++) {
                    const struct test_case test_case = {.expect = (enum expectation)expect,
                                                        .evidence = WANTED};
                    const struct evidence evidence = {
                        .ending = (enum ending)ending, .exit_code = code, .output = (char *)outputs[i]};
                    struct verdict verdict = verdict_decide(&test_case, &evidence, NULL);
                    if (verdict.kind == VERDICT_PASSED) {
                        assert_int_equal(ending, ENDING_EXITED);
                        assert_int_equal(i, 2);
                        assert_true(expect != EXPECT_WORKS || code == 0);
                        assert_true(expect != EXPECT_BLOCKED || code != 0);
                    }
                    verdict_release(&verdict);
                }
}

static void a_changed_posture_names_what_was_kept(void **state)
{
    (void)state;
    struct test_case test_case = {.expect = EXPECT_BLOCKED, .evidence = WANTED};
    struct evidence evidence = EXIT(0);
    strings_add(&test_case.grants, "NET_RAW");
    struct verdict verdict = verdict_decide(&test_case, &evidence, NULL);
    assert_contains(verdict.message, "CAP_NET_RAW seems to be kept");
    assert_contains(verdict.message, "--net-raw");
    verdict_release(&verdict);
    evidence.keeps_net_raw = true;
    verdict = verdict_decide(&test_case, &evidence, NULL);
    assert_contains(verdict.message, "CapEff keeps CAP_NET_RAW, so runsc runs with --net-raw");
    verdict_release(&verdict);
    strings_release(&test_case.grants);
    strings_add(&test_case.grants, "device:/dev/kvm");
    verdict = verdict_decide(&test_case, &evidence, NULL);
    assert_contains(verdict.message, "the device can be used");
    verdict_release(&verdict);
    strings_release(&test_case.grants);
}

static void a_note_is_passed_on(void **state)
{
    (void)state;
    const struct test_case test_case = {.expect = EXPECT_WORKS};
    const struct evidence evidence = {.ending = ENDING_EXITED, .note = (char *)"the output\nwas cut"};
    struct verdict verdict = verdict_decide(&test_case, &evidence, NULL);
    assert_contains(verdict.message, "works in 0 ms; the output was cut");
    verdict_release(&verdict);
}

/* A match that the caller did not search for is found all the same. */
static void evidence_is_searched_line_by_line(void **state)
{
    (void)state;
    struct evidence evidence = {
        .output =
            xstrdup("first\n  socket: Operation NOT permitted  \nsocket: operation not permitted again\n"),
        .errors = xstrdup("tail")};
    evidence_search(&evidence, "^ *socket: operation not permitted *$");
    assert_string_equal(evidence.match, "socket: Operation NOT permitted");
    evidence_search(&evidence, "^tail$");
    assert_string_equal(evidence.match, "tail");
    evidence_search(&evidence, "first.*socket");
    assert_null(evidence.match);
    evidence_release(&evidence);
    evidence_release(&evidence);
    evidence_search(&evidence, "anything");
    assert_null(evidence.match);
}

/* Quoted lines are bounded and cut between characters. */
static void long_lines_are_cut(void **state)
{
    (void)state;
    cleanup_free char *line = repeated("\xC3\xA4", 100000);
    const struct test_case test_case = {.expect = EXPECT_WORKS};
    const struct evidence evidence = {.ending = ENDING_EXITED, .exit_code = 1, .output = line};
    struct verdict verdict = verdict_decide(&test_case, &evidence, NULL);
    assert_true(strlen(verdict.message) < 500);
    assert_contains(verdict.message, "...\" (last line of stdout)");
    cleanup_free char *valid = text_from_bytes(verdict.message, strlen(verdict.message));
    assert_string_equal(valid, verdict.message);
    verdict_release(&verdict);
}

static void the_worse_of_two(void **state)
{
    (void)state;
    static const enum verdict_kind order[] = {VERDICT_FAILED, VERDICT_ERROR, VERDICT_SKIPPED, VERDICT_PASSED};
    for (size_t i = 0; i < COUNT(order); i++)
        for (size_t j = i; j < COUNT(order); j++) {
            assert_int_equal(verdict_worse(order[i], order[j]), order[i]);
            assert_int_equal(verdict_worse(order[j], order[i]), order[i]);
        }
}

static void words_survive_a_round_trip(void **state)
{
    (void)state;
    enum verdict_kind kind;
    enum ending ending;
    for (int i = VERDICT_PASSED; i <= VERDICT_SKIPPED; i++) {
        assert_true(verdict_kind_parse(verdict_kind_name((enum verdict_kind)i), &kind));
        assert_int_equal(kind, i);
    }
    for (int i = ENDING_EXITED; i <= ENDING_UNMET; i++) {
        assert_true(ending_parse(ending_name((enum ending)i), &ending));
        assert_int_equal(ending, i);
    }
    assert_false(verdict_kind_parse("ok", &kind));
    assert_false(ending_parse("", &ending));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_line_of_the_table),
        cmocka_unit_test(no_pass_without_proof),
        cmocka_unit_test(a_changed_posture_names_what_was_kept),
        cmocka_unit_test(a_note_is_passed_on),
        cmocka_unit_test(evidence_is_searched_line_by_line),
        cmocka_unit_test(long_lines_are_cut),
        cmocka_unit_test(the_worse_of_two),
        cmocka_unit_test(words_survive_a_round_trip),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
