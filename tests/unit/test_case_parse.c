/* SPDX-License-Identifier: Apache-2.0
 *
 * Tests of the header of a case file: what it gives, and what each mistake says.
 */
#include "unit.h"

#include "gvisor-smoke/buf.h"
#include "gvisor-smoke/case.h"

#define HEAD "#!/bin/sh\n# summary: s\n# reports: TestGvisorCompatibilityMatrix test_x\n# expect: works\n"
#define BODY "\ntrue\n"

static struct test_case *parse_text(const char *text, struct error **err)
{
    return case_parse("dir/some-case.sh", text, strlen(text), err);
}

static struct test_case *must_parse(const char *text)
{
    cleanup_error struct error *err = NULL;
    struct test_case *test_case = parse_text(text, &err);
    if (!test_case)
        fail_msg("%s", err->message);
    assert_null(err);
    return test_case;
}

/* The header is refused at the line, and the message holds the part. */
static void must_refuse(const char *path, const char *text, size_t length, size_t line, const char *part)
{
    cleanup_error struct error *err = NULL;
    struct test_case *test_case = case_parse(path, text, length, &err);
    if (test_case)
        fail_msg("accepted: %s", text);
    assert_int_equal(err->kind, ERROR_USAGE);
    cleanup_free char *place = xasprintf("%s:%zu: ", path, line);
    if (!text_starts_with(err->message, place))
        fail_msg("\"%s\" does not begin with \"%s\"", err->message, place);
    assert_contains(err->message, part);
}

static void refuse_header(const char *header, size_t line, const char *part)
{
    cleanup_free char *text = xasprintf("%s%s", header, BODY);
    must_refuse("dir/some-case.sh", text, strlen(text), line, part);
}

/* One more line after a complete header, which is line 5. */
static void refuse_line(const char *added, const char *part)
{
    cleanup_free char *header = xasprintf(HEAD "%s\n", added);
    refuse_header(header, 5, part);
}

static void every_key_is_read(void **state)
{
    (void)state;
    const char text[] =
        "#!/bin/sh\n"
        "# SPDX-License-Identifier: Apache-2.0\n"
        "#\n"
        "# summary:  packet capture is refused: it would cross the border  \n"
        "# reports:  TestGvisorExpectedFailures test_tcpdump_is_blocked_under_gvisor[lo-2.x]\n"
        "# expect:   blocked\n"
        "# evidence: Operation not permitted|permission to (perform this )?capture\n"
        "# needs:    tcpdump g++, timeout\n"
        "# uses:     fixture\n"
        "# grant:    volume NET_RAW, root privileged device:/dev/kvm tmpfs:/var/lib/docker\n"
        "# image:    registry.example:5000/tools/toolbox@sha256:0123\n"
        "# timeout:  1500ms\n"
        "# after:    other-case\n"
        "# pod:      second\n"
        "timeout 5 tcpdump -i lo -c 1\n";
    struct test_case *test_case = must_parse(text);
    assert_int_equal(test_case->kind, CASE_SCRIPT);
    assert_string_equal(test_case->name, "some-case");
    assert_string_equal(test_case->summary, "packet capture is refused: it would cross the border");
    assert_string_equal(test_case->report_class, "TestGvisorExpectedFailures");
    assert_string_equal(test_case->report_name, "test_tcpdump_is_blocked_under_gvisor");
    assert_string_equal(test_case->report_param, "lo-2.x");
    assert_int_equal(test_case->expect, EXPECT_BLOCKED);
    assert_string_equal(test_case->evidence, "Operation not permitted|permission to (perform this )?capture");
    cleanup_free char *needs = strings_join(&test_case->needs, "|");
    cleanup_free char *grants = strings_join(&test_case->grants, "|");
    cleanup_free char *uses = strings_join(&test_case->uses, "|");
    assert_string_equal(needs, "tcpdump|g++|timeout");
    assert_string_equal(grants, "NET_RAW|device:/dev/kvm|privileged|root|tmpfs:/var/lib/docker|volume");
    assert_string_equal(uses, "fixture");
    assert_string_equal(test_case->image, "registry.example:5000/tools/toolbox@sha256:0123");
    assert_int_equal(test_case->timeout_ms, 1500);
    assert_string_equal(test_case->after, "other-case");
    assert_true(test_case->second_pod);
    assert_string_equal(test_case->script, text);
    assert_int_equal(test_case->script_length, sizeof text - 1);
    assert_string_equal(test_case->origin, "dir/some-case.sh");
    cleanup_free char *id = test_case_report_id(test_case);
    assert_string_equal(id, "test_tcpdump_is_blocked_under_gvisor[lo-2.x]");
    test_case_free(test_case);
}

static void keys_have_defaults(void **state)
{
    (void)state;
    struct test_case *test_case = must_parse(HEAD "true");
    assert_null(test_case->report_param);
    assert_null(test_case->evidence);
    assert_null(test_case->after);
    assert_int_equal(test_case->needs.count, 0);
    assert_int_equal(test_case->grants.count, 0);
    assert_string_equal(test_case->image, "toolbox");
    assert_int_equal(test_case->timeout_ms, 60000);
    assert_false(test_case->second_pod);
    cleanup_free char *id = test_case_report_id(test_case);
    assert_string_equal(id, "test_x");
    test_case_free(test_case);
    test_case_free(NULL);
}

static void the_header_ends_at_the_first_other_line(void **state)
{
    (void)state;
    struct test_case *test_case = must_parse(HEAD "\n# not a key\ntrue\n");
    test_case_free(test_case);
    test_case = must_parse(HEAD "set -eu\n# unknown: key\n");
    test_case_free(test_case);
}

static void classes_of_the_operator_are_welcome(void **state)
{
    (void)state;
    struct test_case *test_case =
        must_parse("#!/bin/sh\n# summary: s\n# reports: TestOurApp2 test_y\n# expect: reported\ntrue\n");
    assert_string_equal(test_case->report_class, "TestOurApp2");
    assert_int_equal(test_case->expect, EXPECT_REPORTED);
    test_case_free(test_case);
}

/* A literal with its length, which a NUL in it does not end. */
#define REFUSE_FILE(literal, line, part) must_refuse("some-case.sh", literal, sizeof(literal) - 1, line, part)

static void the_form_of_the_file_must_be_right(void **state)
{
    (void)state;
    REFUSE_FILE("", 1, "first line must be \"#!/bin/sh\"");
    REFUSE_FILE("#!/bin/sh", 1, "first line");
    REFUSE_FILE("#!/bin/bash\n# summary: s\n", 1, "first line");
    REFUSE_FILE(BODY, 1, "first line");
    REFUSE_FILE(HEAD "a\0b", 5, "NUL byte");
    REFUSE_FILE(HEAD "true\r\n", 5, "CR LF");
    REFUSE_FILE("#!/bin/sh\r\n", 1, "CR LF");
    REFUSE_FILE(HEAD, 4, "no command");
    REFUSE_FILE(HEAD "\n  \n\t# only a comment\n", 4, "no command");
}

static void lines_must_be_keys(void **state)
{
    (void)state;
    refuse_line("# just prose", "\"# key: value\"");
    refuse_line("#grant: root", "\"# key: value\"");
    refuse_line("# Grant: root", "\"# key: value\"");
    refuse_line("# : root", "\"# key: value\"");
    refuse_line("# grant:", "\"grant\" has no value");
    refuse_line("# grant:   \t", "\"grant\" has no value");
    refuse_line("# grants: root",
                "unknown key \"grants\"; the keys are: summary, reports, expect, evidence, needs, uses, "
                "grant, image, timeout, after, pod");
    refuse_line("# summary: again", "key \"summary\" stands in line 2 already");
    refuse_line("# image: \xFF", "not text in UTF-8");
    refuse_line("# image: a\033b", "not text in UTF-8");
}

static void required_keys_are_missed(void **state)
{
    (void)state;
    refuse_header("#!/bin/sh\n", 1, "key \"summary\" is missing; required are: summary, reports, expect");
    refuse_header("#!/bin/sh\n# summary: s\n# expect: works\n", 3, "key \"reports\" is missing");
    refuse_header("#!/bin/sh\n# summary: s\n# reports: TestX test_x\n", 3, "key \"expect\" is missing");
    refuse_header("#!/bin/sh\n# summary: s\n# expect: blocked\n# reports: TestX test_x\n", 3, "\"evidence\"");
}

static void report_names_are_an_interface(void **state)
{
    (void)state;
    static const struct {
        const char *value, *part;
    } rows[] = {
        {"test_x", "a class and a name"},
        {"TestX test_x more", "a class and a name"},
        {"testX test_x",
         "no report class; there are: TestGvisorRuntimeClassOnCluster, TestGvisorCompatibilityMatrix, "
         "TestGvisorExpectedFailures"},
        {"Test_X test_x", "no report class"},
        {"TestGvisorCompatibilityMatrx test_x", "is almost \"TestGvisorCompatibilityMatrix\""},
        {"TestX x", "no report name"},
        {"TestX test_", "no report name"},
        {"TestX test_X", "no report name"},
        {"TestX test_x[", "no report name"},
        {"TestX test_x[]", "no report name"},
        {"TestX test_x[a", "no report name"},
        {"TestX test_x[a]b", "no report name"},
        {"TestX test_x[a b]", "a class and a name"},
        {"TestX test_x[a/b]", "no report name"},
        {"TestX test_x]", "no report name"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        cleanup_free char *header = xasprintf("#!/bin/sh\n# reports: %s\n", rows[i].value);
        refuse_header(header, 2, rows[i].part);
    }
}

static void values_are_checked(void **state)
{
    (void)state;
    refuse_header("#!/bin/sh\n# expect: work\n", 2,
                  "unknown expectation \"work\"; there are: works, blocked, reported");
    refuse_line("# evidence: a(b", "no extended regular expression");
    refuse_line("# evidence: [z-a]", "no extended regular expression");
    refuse_line("# evidence: (refused)?", "would prove nothing");
    refuse_line("# evidence: a|", "would prove nothing");
    refuse_line("# evidence: a++++++++++++++++", "repeats something too often");
    refuse_line("# needs: git /bin/sh", "\"/bin/sh\" is no command's name");
    refuse_line("# needs: -x", "\"-x\" is no command's name");
    refuse_line("# needs: a;b", "\"a;b\" is no command's name");
    refuse_line("# uses: internet", "unknown use \"internet\"; there is: fixture");
    refuse_line("# image: a b", "no image reference");
    refuse_line("# timeout: soon", "no duration");
    refuse_line("# timeout: 0", "no duration");
    refuse_line("# timeout: 61m", "up to 1h");
    refuse_line("# after: some-case", "one other case");
    refuse_line("# after: Other", "one other case");
    refuse_line("# pod: third", "unknown pod \"third\"; there are: first, second");
}

static void grants_are_checked(void **state)
{
    (void)state;
    refuse_line("# grant: CAP_NET_RAW", "written without CAP_: NET_RAW");
    refuse_line("# grant: net_raw", "unknown grant \"net_raw\"");
    refuse_line("# grant: NET_RAWW", "nearest: \"NET_RAW\"");
    refuse_line("# grant: everything",
                "there are: a Linux capability without CAP_, root, privileged, volume, device:/dev/NAME, "
                "tmpfs:/PATH");
    refuse_line("# grant: device:/etc/passwd", "unknown grant");
    refuse_line("# grant: device:/dev/", "unknown grant");
    refuse_line("# grant: device:/dev/../etc", "unknown grant");
    refuse_line("# grant: tmpfs:/", "unknown grant");
    refuse_line("# grant: tmpfs:relative", "unknown grant");
    refuse_line("# grant: tmpfs:/a//b", "unknown grant");
    refuse_line("# grant: root SYS_ADMIN root", "grant \"root\" is named twice");
}

static void file_names_are_case_names(void **state)
{
    (void)state;
    static const char *const bad[] = {"case",   "case.txt", ".sh",     "Case.sh", "-case.sh",
                                      "a_b.sh", "a b.sh",   "dir/.sh", "a.b.sh",  "\xC3\xA4.sh"};
    for (size_t i = 0; i < COUNT(bad); i++)
        must_refuse(bad[i], HEAD BODY, sizeof HEAD BODY - 1, 1, "no name for a case file");
    char longest[41] = {0};
    memset(longest, 'a', 40);
    cleanup_free char *file = xasprintf("%s.sh", longest), *too_long = xasprintf("b%s.sh", longest);
    cleanup_error struct error *err = NULL;
    struct test_case *test_case = case_parse(file, HEAD BODY, sizeof HEAD BODY - 1, &err);
    assert_non_null(test_case);
    assert_string_equal(test_case->name, longest);
    test_case_free(test_case);
    must_refuse(too_long, HEAD BODY, sizeof HEAD BODY - 1, 1, "at most 40");
}

static void expectations_have_words(void **state)
{
    (void)state;
    enum expectation parsed;
    for (int i = EXPECT_WORKS; i <= EXPECT_REPORTED; i++) {
        assert_true(expectation_parse(expectation_name((enum expectation)i), &parsed));
        assert_int_equal(parsed, i);
    }
    assert_false(expectation_parse("Works", &parsed));
}

/* Cut anywhere, or with any byte changed, a file gives a case or an error, and nothing else happens. */
static void broken_files_do_no_harm(void **state)
{
    (void)state;
    const char text[] = HEAD "# evidence: a(b|c)+\n# grant: NET_RAW root\n# timeout: 3s\n\ntrue\n";
    for (size_t i = 0; i < sizeof text - 1; i++) {
        cleanup_error struct error *err = NULL, *changed_err = NULL;
        char *cut = xcalloc(i ? i : 1, 1); /* no NUL behind it */
        memcpy(cut, text, i);
        struct test_case *test_case = case_parse("a.sh", cut, i, &err);
        assert_true(test_case || err);
        test_case_free(test_case);
        free(cut);
        cleanup_free char *changed = xstrdup(text);
        changed[i] ^= 0x5A;
        test_case = case_parse("a.sh", changed, sizeof text - 1, &changed_err);
        assert_true(test_case || changed_err);
        test_case_free(test_case);
    }
}

/* The line is repeated text, count times, behind a key. */
static void refuse_repeated(const char *key, const char *text, size_t count, const char *problem)
{
    cleanup_buf struct buf line;
    buf_init(&line, 1 << 20);
    buf_printf(&line, "# %s: ", key);
    for (size_t i = 0; i < count; i++)
        buf_append_text(&line, text);
    refuse_line(line.bytes, problem);
}

static void what_is_too_much_is_refused(void **state)
{
    (void)state;
    refuse_repeated("evidence", "(", 51, "too many parentheses within each other");
    refuse_repeated("evidence", "abc", 334, "is too long");
    refuse_repeated("grant", "NET_RAW ", 201, "201 grants are more than the 200");
    refuse_repeated("needs", "git ", 201, "201 commands are more than the 200");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_key_is_read),
        cmocka_unit_test(keys_have_defaults),
        cmocka_unit_test(the_header_ends_at_the_first_other_line),
        cmocka_unit_test(classes_of_the_operator_are_welcome),
        cmocka_unit_test(the_form_of_the_file_must_be_right),
        cmocka_unit_test(lines_must_be_keys),
        cmocka_unit_test(required_keys_are_missed),
        cmocka_unit_test(report_names_are_an_interface),
        cmocka_unit_test(values_are_checked),
        cmocka_unit_test(grants_are_checked),
        cmocka_unit_test(file_names_are_case_names),
        cmocka_unit_test(expectations_have_words),
        cmocka_unit_test(broken_files_do_no_harm),
        cmocka_unit_test(what_is_too_much_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
