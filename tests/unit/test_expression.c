/* SPDX-License-Identifier: Apache-2.0
 *
 * Tests of the bounds of regular expressions: what is taken, and what is refused before it is compiled.
 */
#include "unit.h"

#include "gvisor-smoke/buf.h"
#include "gvisor-smoke/expression.h"

static void expect_taken(const char *expression)
{
    cleanup_error struct error *err = NULL;
    regex_t compiled;
    if (expression_compile(expression, 0, &compiled, &err) < 0)
        fail_msg("%s", err ? err->message : "no error");
    regfree(&compiled);
    if (expression_compile_presence(expression, &compiled, &err) < 0)
        fail_msg("by presence: %s", err ? err->message : "no error");
    regfree(&compiled);
}

static void expect_refused(const char *expression, const char *problem)
{
    cleanup_error struct error *err = NULL;
    regex_t compiled;
    if (expression_compile(expression, 0, &compiled, &err) == 0)
        fail_msg("taken: %s", expression);
    assert_non_null(err);
    assert_int_equal(err->kind, ERROR_USAGE);
    assert_contains(err->message, problem);
    cleanup_error struct error *by_presence = NULL;
    if (expression_compile_presence(expression, &compiled, &by_presence) == 0)
        fail_msg("taken by presence: %s", expression);
    assert_contains(by_presence->message, problem);
}

static void what_is_written_out_within_the_bound_is_taken(void **state)
{
    (void)state;
    static const char *const expressions[] = {
        "a{1000}",        "(a{10}){90}",    "a{20}b{40}c{60,}",
        "a+++++++++",     "a{0}b",          "a{2,3}{4}",
        "(abc?|d*e)+f",   "a)+b",           "(^|b)(^|a)b",
        "[*+?{(]{999}",   "[]+{9999}]+",    "[^]{9999}]+",
        "[[.].]{9999}]+", "[[=]=]{9999}]+", "[[:alpha:]{9999}]+",
        "\\{9999}",       "\\+\\+\\+\\+a",  "\\\\1",
        "[\\1]",          "\\(\\(a",
    };
    for (size_t i = 0; i < COUNT(expressions); i++)
        expect_taken(expressions[i]);
    cleanup_free char *long_one = repeated("abc [x] .", 111), *alternatives = repeated("(ab|c)", 165);
    expect_taken(long_one);
    cleanup_free char *many = xasprintf("%.*sb", 990, alternatives);
    expect_taken(many);
}

static void what_is_more_is_refused(void **state)
{
    (void)state;
    static const char *const expressions[] = {
        "a{1001}",
        "(a{10}){91}",
        "a{,1001}",
        "a{1000,}",
        "a{600,}{2}",
        "a++++++++++",
        "(a++)+{300}",
        "[]a]{501}{2}",
        "[^]a]{501}{2}",
        "[a{2}]{501}{2}",
        "a{32}{32}",
        "a{99999999999999}",
        "((((((((((a+)+)+)+)+)+)+)+)+)+",
        "x|y{1000}",
        "(a{999}){2}",
        "[[:alpha:]]{1001}",
        "\\w{1001}",
        "\\+{1001}",
        "a){1001}",
        "a{501}b{500}",
    };
    for (size_t i = 0; i < COUNT(expressions); i++)
        expect_refused(expressions[i], "repeats something too often");
}

static void length_and_nesting_are_bounded(void **state)
{
    (void)state;
    cleanup_free char *open = repeated("(", 51), *closed = repeated(")", 51), *longest = repeated("a", 1000);
    cleanup_free char *nested = xasprintf("%.50sa%.50s", open, closed);
    expect_taken(nested);
    cleanup_free char *deeper = xasprintf("%sa%s", open, closed);
    expect_refused(deeper, "has too many parentheses within each other");
    expect_taken(longest);
    cleanup_free char *longer = xasprintf("%sb", longest);
    expect_refused(longer, "is too long");
    cleanup_free char *siblings = repeated("(a)", 200);
    expect_taken(siblings);
}

static void anchors_are_bounded(void **state)
{
    (void)state;
    static const char *const anchors[] = {"^a|",   "a$|",   "\\ba|", "\\Ba|", "\\<a|",
                                          "\\>a|", "\\`a|", "\\'a|", "(^a)|", "(^a){1}|"};
    for (size_t i = 0; i < COUNT(anchors); i++) {
        cleanup_free char *most = repeated(anchors[i], 10);
        cleanup_free char *taken = xasprintf("%sb", most), *refused = xasprintf("%s%sb", anchors[i], most);
        expect_taken(taken);
        expect_refused(refused, "has too many anchors");
    }
    expect_taken("[$^]{999}");
    expect_taken("(\\^|\\$){100}");
    expect_taken("(\\<a){10}");
    expect_refused("(\\<a){11}", "has too many anchors");
    expect_refused("(((\\<a)+)+)+(b$)+^c", "has too many anchors");
}

static void what_can_be_empty_is_not_repeated(void **state)
{
    (void)state;
    static const char *const refused[] = {
        "(a?)*b",     "(a*)+b",       "a**b",  "a?{2}b",  "(a|)*b", "(|a)+b",       "()*b",
        "(a|b*|c)*d", "(a?b*)*c",     "(^)*b", "(\\b)+b", "$+b",    "((a){0}){3}b", "(a{0,2})*b",
        "((a*)|b)+c", "(a*b?(c|))+d", "*a",    "a|*b",    "(+a)",   "a(^|b)*"};
    static const char *const taken[] = {"(a?b)*c",  "(a*b)+",      "(a|b)*c",   "(a*|b)c",    "(a*)?b",
                                        "a*?b",     "a??b",        "(a|)(b|)c", "((a|b)*c)+", "(()a)*b",
                                        "(^a|b)*c", "(a|b{1,})*c", "(a)*(b)*c"};
    for (size_t i = 0; i < COUNT(refused); i++)
        expect_refused(refused[i], "repeats nothing, or what can be empty");
    for (size_t i = 0; i < COUNT(taken); i++)
        expect_taken(taken[i]);
}

static void references_back_are_refused(void **state)
{
    (void)state;
    expect_refused("(a|b)*\\1c", "refers back to what it has matched");
    expect_refused("((a))x\\2", "refers back");
    expect_refused("\\\\\\1", "refers back");
}

static void what_is_wrong_is_told_in_short(void **state)
{
    (void)state;
    static const char *const wrong[] = {"(",  "a{",       "a{2,1}", "[a",  "[[:nothing:]]",
                                        "\\", "a{1,2,3}", "[[.",    "[[:a"};
    for (size_t i = 0; i < COUNT(wrong); i++)
        expect_refused(wrong[i], "is no extended regular expression: ");
    expect_refused("", "matches an empty line");
    expect_refused("a|b*", "matches an empty line");
    cleanup_free char *text = repeated("\033[1m", 30000);
    cleanup_error struct error *err = NULL;
    regex_t compiled;
    assert_int_equal(expression_compile(text, 0, &compiled, &err), -1);
    assert_lacks(err->message, "\033");
    assert_true(strlen(err->message) < 200);
}

static void case_does_not_matter_and_flags_do(void **state)
{
    (void)state;
    cleanup_error struct error *err = NULL;
    regex_t compiled;
    assert_int_equal(expression_compile("^refused$", REG_NEWLINE, &compiled, &err), 0);
    assert_int_equal(regexec(&compiled, "no\nRefused\n", 0, NULL, 0), 0);
    regfree(&compiled);
    assert_int_equal(expression_compile("^refused$", 0, &compiled, &err), 0);
    assert_int_equal(regexec(&compiled, "no\nRefused\n", 0, NULL, 0), REG_NOMATCH);
    regfree(&compiled);
}

/* By both ways of compiling; they must agree. */
static bool is_found(const char *expression, const char *text)
{
    cleanup_error struct error *err = NULL;
    regex_t anywhere, presence;
    regmatch_t range = {.rm_so = 0, .rm_eo = (regoff_t)strlen(text)};
    if (expression_compile(expression, 0, &anywhere, &err) < 0 ||
        expression_compile_presence(expression, &presence, &err) < 0)
        fail_msg("%s: %s", expression, err ? err->message : "no error");
    bool found = regexec(&presence, text, 0, &range, REG_STARTEND) == 0;
    if (found != (regexec(&anywhere, text, 1, &range, REG_STARTEND) == 0))
        fail_msg("\"%s\" in \"%s\": %s by presence alone", expression, text, found ? "found" : "not found");
    regfree(&anywhere);
    regfree(&presence);
    return found;
}

static void presence_is_what_is_found_anywhere(void **state)
{
    (void)state;
    static const char *const expressions[] = {
        "a.*b",      "^a",    "a$",    "^ab?$",     "(^|b)a",   "a(b|$)", "\\ba",        "a\\B",  "\\<b|b\\>",
        "\\`a|c\\'", "a|b",   "^a|c$", "a)",        "a)+b|c",   "a)b|c",  "(a|b)c)",     "[)a]b", "\\)a|c",
        "\\(a",      "[^a]b", "a{2}",  "(a\\b){2}", "(ab){2}",  "a+++b",  "[[:space:]]", "[])]a", "a)|(b)c",
        "\303\244",  "a.c",   "x*y",   "(x|y)?z",   "^(a|^b)c", "(a$|b)", "a^b",         "a$b",
    };
    static const char *const texts[] = {
        "",    "a",    "b",   "c",        "ab",       "ba",       "aab",   "abc",    "a)",
        "a)b", "a))b", "(a",  "abab",     "b c",      " ab ",     "cab",   "caa",    "bca",
        "A.C", "x)a",  "ac)", "bc)",      "a b",      ")a",       "xab y", "zz",     "y",
        "a^b", "a$b",  "]a",  "\303\244", "\304\244", "\377\376", "b]a",   "aXXXXb", "bXXXXa",
    };
    for (size_t i = 0; i < COUNT(expressions); i++) {
        size_t found = 0;
        for (size_t j = 0; j < COUNT(texts); j++)
            found += is_found(expressions[i], texts[j]);
        if (found == COUNT(texts))
            fail_msg("\"%s\" is found in everything", expressions[i]);
    }
}

/* Expressions and texts of a few letters by chance, always the same: those that are refused aside. */
static void presence_is_what_is_found_in_what_chance_makes(void **state)
{
    (void)state;
    static const char *const words[] = {"a",    "b",    "c",   "(",     ")",   "|",   "*",
                                        "+",    "?",    "{2}", "{0,2}", "^",   "$",   ".",
                                        "[ab]", "[^a]", "\\<", "\\>",   "\\b", "\\B", "\\)"};
    unsigned seed = 1;
    size_t found = 0, compared = 0;
    for (int i = 0; i < 20000; i++) {
        cleanup_buf struct buf expression;
        cleanup_error struct error *err = NULL;
        regex_t compiled;
        buf_init(&expression, 64);
        for (size_t left = 1 + draw(&seed, 9); left > 0; left--)
            buf_append_text(&expression, words[draw(&seed, COUNT(words))]);
        if (expression_compile(expression.bytes, 0, &compiled, &err) < 0)
            continue;
        regfree(&compiled);
        for (int j = 0; j < 4; j++) {
            char text[8] = "";
            for (size_t left = draw(&seed, sizeof text); left > 0; left--)
                text[left - 1] = "abc )"[draw(&seed, 5)];
            found += is_found(expression.bytes, text);
            compared++;
        }
    }
    assert_in_range(compared, 10000, 80000);
    assert_in_range(found, compared / 10, compared / 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_out_within_the_bound_is_taken),
        cmocka_unit_test(what_is_more_is_refused),
        cmocka_unit_test(length_and_nesting_are_bounded),
        cmocka_unit_test(anchors_are_bounded),
        cmocka_unit_test(what_can_be_empty_is_not_repeated),
        cmocka_unit_test(references_back_are_refused),
        cmocka_unit_test(what_is_wrong_is_told_in_short),
        cmocka_unit_test(case_does_not_matter_and_flags_do),
        cmocka_unit_test(presence_is_what_is_found_anywhere),
        cmocka_unit_test(presence_is_what_is_found_in_what_chance_makes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
