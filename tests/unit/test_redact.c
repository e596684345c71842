/* SPDX-License-Identifier: Apache-2.0
 *
 * Tests of the redaction: what is found, what is not, and that nothing of it comes through.
 *
 * The secrets here are made up; parts of them are put together so that no scanner of sources takes them for
 * real ones.
 */
#include <time.h>

#include "gvisor-smoke/event.h"
#include "gvisor-smoke/redact.h"
#include "gvisor-smoke/secret.h"
#include "unit.h"

#define A20 "AbCdEfGhIj0123456789"
#define A40 A20 A20
#define U16 "ABCDEFGH01234567"
#define JWT "eyJhbGciOiJSUzI1NiIsImtpZCI6IngifQ.eyJpc3MiOiJrdWJlcm5ldGVzIn0.c2lnbmF0dXJl_x-Y"
#define KEY_BEGIN                                                                                            \
    ("-----BEGIN "                                                                                           \
     "PRIVATE KEY-----\n")
#define PEM_BODY                                                                                             \
    "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7\nVJTUt9Us8cKjMzEfYyjiWA4R4/M2bS1GB4t7\n"
#define PEM                                                                                                  \
    "-----BEGIN "                                                                                            \
    "PRIVATE KEY-----\n" PEM_BODY "-----END "                                                                \
    "PRIVATE KEY-----"

static char *clean(const struct redaction *redaction, const char *text)
{
    char *changed = redaction_text(redaction, text);
    return changed ? changed : xstrdup(text);
}

static void expect_clean(const struct redaction *redaction, const char *text, const char *wanted)
{
    cleanup_free char *once = clean(redaction, text);
    assert_string_equal(once, wanted);
    cleanup_free char *twice = clean(redaction, once);
    assert_string_equal(twice, wanted);
}

static const struct {
    const char *text, *wanted;
} known[] = {
    {JWT, "[redacted token]"},
    {"is " JWT ".", "is [redacted token]."},
    {"{\"token\":\"" JWT "\"}", "{\"token\":\"[redacted secret]\"}"},
    {"[31m" JWT "[0m", "[31m[redacted token][0m"},
    {PEM "\nrest", "[redacted private key]\nrest"},
    {"a\n-----BEGIN RSA "
     "PRIVATE KEY-----\n" PEM_BODY,
     "a\n[redacted private key]"},
    {"-----BEGIN EC "
     "PRIVATE KEY-----\n" PEM_BODY "done, all is well",
     "[redacted private key]done, all is well"},
    {"\"-----BEGIN OPENSSH "
     "PRIVATE KEY-----\\nMIIEvQ\\nAAAA\\n-----END OPENSSH "
     "PRIVATE KEY-----\\n\"",
     "\"[redacted private key]\\n\""},
    {"pod | -----BEGIN "
     "PRIVATE KEY-----\npod | MIIE\npod | -----END "
     "PRIVATE KEY-----\npod | x",
     "pod | [redacted private key]\npod | x"},
    {"key: LS0tLS1CRUdJTiBSU0EgUFJJVkFURSBLRVktLS0tLQpNSUlFCg==, x", "key: [redacted private key], x"},
    {"gh"
     "p_" A40 " x",
     "[redacted GitHub token] x"},
    {"gh"
     "s_" A40,
     "[redacted GitHub token]"},
    {"github_"
     "pat_" A40 "_x",
     "[redacted GitHub token]"},
    {"gl"
     "pat-" A20,
     "[redacted GitLab token]"},
    {"np"
     "m_" A20 U16,
     "[redacted npm token]"},
    {"//registry.example.com/:_authToken=" A20, "//registry.example.com/:_authToken=[redacted secret]"},
    {"_auth=" A20 "==", "_auth=[redacted secret]"},
    {"(AKI"
     "A" U16 ")",
     "([redacted AWS key])"},
    {"\\nASI"
     "A" U16 "\\n",
     "\\n[redacted AWS key]\\n"},
    {"aws_secret_access_key = " A40, "aws_secret_access_key = [redacted secret]"},
    {"AWS_SESSION_TOKEN=" A40 "//=", "AWS_SESSION_TOKEN=[redacted secret]"},
    {"k8s-aws"
     "-v1." A40,
     "[redacted EKS token]"},
    {"ya"
     "29." A20 "-x",
     "[redacted Google token]"},
    {"AIz"
     "a" A20 "AbCdEfGhIj01234",
     "[redacted Google key]"},
    {"sha"
     "256~" A40 "xyz",
     "[redacted OpenShift token]"},
    {"{\"auths\":{\"r.example.com\":{\"auth\":\"dXNlcjpwYXNz\"}}}",
     "{\"auths\":{\"r.example.com\":{\"auth\":\"[redacted Docker credentials]\"}}}"},
    {".dockerconfigjson: eyJhdXRocyI6eyJyLmV4YW1wbGUuY29tIjp7fX19",
     ".dockerconfigjson: [redacted Docker credentials]"},
    {"token: ZXlKaGJHY2lPaUpTVXpJMU5pSXNJbXRwWkNJNkluZ2lmUS5leUpwYzNNaU9pSnJkV0psY201bGRHVnpJbjAuYzJs",
     "token: [redacted secret]"},
    {"> Authorization: Bearer abc.def", "> Authorization: Bearer [redacted credential]"},
    {"curl -H 'Authorization: Basic dTpw' x", "curl -H 'Authorization: Basic [redacted credential]' x"},
    {"{\"authorization\": \"Bearer abcdef\"}", "{\"authorization\": \"Bearer [redacted credential]\"}"},
    {"authorization: secretsecret\r\nHost: x", "authorization: [redacted credential]\r\nHost: x"},
    {"< set-cookie: session=1; path=/\n<", "< set-cookie: [redacted cookie]\n<"},
    {"sent Bearer abcdefghij0123456789 there", "sent Bearer [redacted token] there"},
    {"https://user:pa55@host/x", "https://user:[redacted password]@host/x"},
    {"https://" A20 "xyz@github.com/a", "https://[redacted token]@github.com/a"},
    {"postgres://u:p%40ss:w@db:5432/x", "postgres://u:[redacted password]@db:5432/x"},
    {"GET /x?token=abcdef123&page=2", "GET /x?token=[redacted secret]&page=2"},
    {"DB_PASSWORD=a b c\nX=1", "DB_PASSWORD=[redacted password]\nX=1"},
    {"export API_KEY=\"abc def\" # x", "export API_KEY=\"[redacted secret]\" # x"},
    {"{\"env\":[\"PASSWORD=abc\"]}", "{\"env\":[\"PASSWORD=[redacted password]\"]}"},
    {"{\\\"password\\\": \\\"abc\\\"}", "{\\\"password\\\": \\\"[redacted password]\\\"}"},
    {"{\"log\":\"a\\nPASSWORD=abc\\nb\"}", "{\"log\":\"a\\nPASSWORD=[redacted password]\\nb\"}"},
    {"  client-key-data: QUJDREVG", "  client-key-data: [redacted private key]"},
    {"  password: hunter2 # old", "  password: [redacted password] # old"},
    {"- client_secret: abcdefgh", "- client_secret: [redacted secret]"},
    {"tool --password hunter2 --x", "tool --password [redacted password] --x"},
    {"tool --token 'abc def' --x", "tool --token '[redacted secret]' --x"},
};

static void known_shapes_are_found(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(known); i++)
        expect_clean(NULL, known[i].text, known[i].wanted);
}

static void other_texts_stay(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        "eyJhbGciOiJSUzI1NiJ9",
        ("-----BEGIN CERTIFICATE-----\n" PEM_BODY "-----END CERTIFICATE-----\n"),
        "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCk1JSUUK",
        "cat: /etc/passwd: Permission denied",
        "passwd: Authentication token manipulation error",
        "SyntaxError: unexpected token: the end of the file",
        "JSON.parse: Unexpected token < in JSON at position 0",
        "automountServiceAccountToken: false",
        "secretName: gvisor-smoke-abc-fixture-tls",
        "max_token=4096",
        "token == other_token_name",
        "if (token != expected) password()",
        "WWW-Authenticate: Bearer realm=\"registry\"",
        "bearer authentication is needed here",
        "_authToken=${NPM_TOKEN}",
        "password: ********",
        "https://registry.example.com:5000/v2/@scope/name",
        "git@github.com:owner/name.git",
        "docker://busybox@sha256:abc",
        "see --token TOKEN, or --password TEXT",
        ("XAKIA" U16 "x"),
        "task-0123456789012345678901234567890123456789-xyz is no key of task-runner",
        "/var/run/secrets/kubernetes.io/serviceaccount/token",
        "socket: Operation not permitted",
        "password=[redacted password]",
        "NOTE: Authorization is on",
        "error in authorization: user may not do it",
        "Authorization: you have to log in first",
        "cookie: none was sent",
    };
    for (size_t i = 0; i < COUNT(texts); i++)
        expect_clean(NULL, texts[i], texts[i]);
}

/* What a secret leaves when it is cut anywhere, or stands anywhere in a long text. */
static void secrets_are_found_at_any_place(void **state)
{
    (void)state;
    for (size_t before = 0; before < 40; before++) {
        char filler[64] = {0};
        memset(filler, '.', before);
        cleanup_free char *text = xasprintf("%s%s\n%s", filler, JWT, filler);
        cleanup_free char *wanted = xasprintf("%s[redacted token]\n%s", filler, filler);
        expect_clean(NULL, text, wanted);
    }
}

static void two_secrets_side_by_side_are_both_found(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(known); i++)
        for (size_t k = 0; k < COUNT(known); k++) {
            cleanup_free char *text = xasprintf("%s\n\n%s", known[i].text, known[k].text);
            cleanup_free char *wanted = xasprintf("%s\n\n%s", known[i].wanted, known[k].wanted);
            if (strstr(known[i].text, "-----BEGIN") && !strstr(known[i].text, "-----END"))
                continue; /* it goes on */
            expect_clean(NULL, text, wanted);
        }
}

static void own_credentials_are_found_plain_and_in_base64(void **state)
{
    (void)state;
    static const char text[] = "a correct-horse b; dXNlcjpjb3JyZWN0LWhvcnNl c; Y29ycmVjdC1ob3JzZQ== d";
    static const char wanted[] =
        "a [redacted credential of this run] b; [redacted credential of this run] c; "
        "[redacted credential of this run] d";
    expect_clean(NULL, text, text);
    struct secret *other = secret_new("another secret", 14), *own = secret_new("correct-horse", 13);
    struct secret *mixed = secret_new_mixed("redirected", 10), *shortest = secret_new("a", 1);
    secret_free(other);
    expect_clean(NULL, text, wanted);
    expect_clean(NULL, "redirected a", "redirected a");
    struct redaction *bare = redaction_new();
    redaction_drop_shapes(bare);
    expect_clean(bare, "correct-horse " JWT, "[redacted credential of this run] " JWT);
    redaction_free(bare);
    secret_free(own);
    secret_free(mixed);
    secret_free(shortest);
    expect_clean(NULL, text, text);
}

static struct redaction *with_pattern(const char *expression)
{
    struct redaction *redaction = redaction_new();
    cleanup_error struct error *err = NULL;
    if (redaction_add_pattern(redaction, expression, &err) < 0)
        fail_msg("%s", err->message);
    return redaction;
}

static void patterns_are_found_in_each_line(void **state)
{
    (void)state;
    struct redaction *redaction = with_pattern("^customer [0-9]+|e+x$");
    expect_clean(redaction, "Customer 12 and customer 13 eex\ncustomer 4\nex x",
                 "[redacted pattern] and customer 13 [redacted pattern]\n[redacted pattern]\nex x");
    redaction_free(redaction);
    redaction = with_pattern("redacted|pattern|[a-d]+");
    expect_clean(redaction, "abcd efgh pattern", "[redacted pattern] efgh [redacted pattern]");
    redaction_free(redaction);
}

static void a_pattern_is_found_anywhere_in_a_long_line(void **state)
{
    (void)state;
    struct redaction *redaction = with_pattern("needle-[0-9]+!");
    size_t length = 300000;
    for (size_t at = 0; at + 20 < length; at += 4099) {
        cleanup_free char *before = repeated("x", at), *after = repeated("x", length - at - 15);
        cleanup_free char *text = xasprintf("%sneedle-1234567!%s", before, after);
        cleanup_free char *changed = clean(redaction, text);
        assert_lacks(changed, "needle");
        assert_lacks(changed, "1234");
        assert_contains(changed, "[redacted pattern]");
        assert_int_equal(strlen(changed), length - 15 + strlen("[redacted pattern]"));
    }
    redaction_free(redaction);
}

static void wrong_patterns_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *expression, *part;
    } rows[] = {{"(", "no extended regular expression"},
                {"a*", "matches an empty line"},
                {"", "empty"},
                {"a++++++++++", "too often"}};
    struct redaction *redaction = redaction_new();
    for (size_t i = 0; i < COUNT(rows); i++) {
        cleanup_error struct error *err = NULL;
        assert_int_equal(redaction_add_pattern(redaction, rows[i].expression, &err), -1);
        assert_int_equal(err->kind, ERROR_USAGE);
        assert_contains(err->message, rows[i].part);
    }
    redaction_free(redaction);
}

/* What could make a rule look at the same bytes again and again. */
static void hostile_texts_take_no_time(void **state)
{
    (void)state;
    static const char *const pieces[] = {
        "eyJ",  "eyJ.",  KEY_BEGIN,    "=",     ":",       "://", "token=",  "a:\"",
        "ZXlK", "://a:", "password: ", "'\\\"", "bearer ", "--",  "cookie:", "LS0tLS1CRUdJTi"};
    for (size_t i = 0; i < COUNT(pieces); i++) {
        size_t length = strlen(pieces[i]), count = (size_t)2 * 1024 * 1024 / length;
        cleanup_free char *text = xcalloc(count * length + 1, 1);
        for (size_t k = 0; k < count; k++)
            memcpy(text + k * length, pieces[i], length);
        clock_t started = clock(); /* the time of the processor, which a busy machine does not add to */
        free(clean(NULL, text));
        double seconds = (double)(clock() - started) / CLOCKS_PER_SEC;
        if (seconds > 8)
            fail_msg("\"%s\" takes %.1f s", pieces[i], seconds);
    }
}

/* Any bytes: no read beyond the end (the sanitizers look), and done twice it is the same. */
static void any_bytes_do_no_harm(void **state)
{
    (void)state;
    unsigned seed = 7;
    for (size_t round = 0; round < 3000; round++) {
        struct strings parts = {0};
        for (size_t k = 0; k < 6; k++) {
            seed = seed * 1103515245u + 12345u;
            const char *text = known[(seed >> 8) % COUNT(known)].text;
            size_t length = strlen(text), start = (seed >> 4) % (length + 1);
            cleanup_free char *piece = xstrndup(text + start, (seed >> 12) % (length - start + 1));
            strings_add(&parts, piece);
        }
        static const char *const separators[] = {"", " ", "\n", "=", ": ", "\""};
        cleanup_free char *text = strings_join(&parts, separators[round % COUNT(separators)]);
        cleanup_free char *exact = xstrdup(text); /* no byte behind its NUL */
        cleanup_free char *once = clean(NULL, exact);
        cleanup_free char *twice = clean(NULL, once);
        if (strcmp(once, twice) != 0 && strstr(once, "[redacted"))
            assert_string_equal(once, twice);
        strings_release(&parts);
    }
}

static void a_part_of_a_text_is_cleaned_by_the_spans_of_all_of_it(void **state)
{
    (void)state;
    static const char text[] = "one\n" PEM "\ntwo";
    struct redaction_spans spans = redaction_find(NULL, text, strlen(text));
    assert_int_equal(spans.count, 1);
    const char *line = strstr(text, "VJTU");
    cleanup_free char *part =
        redaction_apply(text, (size_t)(line - text), (size_t)(strchr(line, '\n') - text), &spans);
    assert_string_equal(part, "[redacted private key]");
    cleanup_free char *before = redaction_apply(text, 0, 3, &spans);
    assert_string_equal(before, "one");
    redaction_spans_release(&spans);
}

/* --- evidence --- */

static void evidence_is_searched_before_it_is_redacted(void **state)
{
    (void)state;
    struct evidence evidence = {.output = xstrdup("first\nrefused " JWT " by policy\n" PEM "\n"),
                                .errors = xstrdup("Authorization: Bearer abcdefgh\n"),
                                .cause = xstrdup("because of password=hunter2"),
                                .note = xstrdup("a note")};
    evidence_redact(&evidence, "eyJhb.*by policy", NULL);
    assert_string_equal(evidence.match, "refused [redacted token] by policy");
    assert_string_equal(evidence.output,
                        "first\nrefused [redacted token] by policy\n[redacted private key]\n");
    assert_string_equal(evidence.errors, "Authorization: Bearer [redacted credential]\n");
    assert_string_equal(evidence.cause, "because of password=[redacted password]");
    assert_string_equal(evidence.note,
                        "a note; redacted: token (1), private key (1), credential (1), password (1)");
    evidence_release(&evidence);
}

static void what_a_redaction_says_is_no_evidence(void **state)
{
    (void)state;
    struct evidence evidence = {.ending = ENDING_EXITED, .exit_code = 1, .output = xstrdup(JWT "\n")};
    evidence_redact(&evidence, "redacted token", NULL);
    assert_null(evidence.match);
    assert_string_equal(evidence.output, "[redacted token]\n");
    struct test_case test_case = {.expect = EXPECT_BLOCKED, .evidence = "redacted token", .timeout_ms = 1000};
    struct verdict verdict = verdict_decide(&test_case, &evidence, NULL);
    assert_string_equal(verdict.reason, "wrong-failure");
    verdict_release(&verdict);
    evidence_release(&evidence);
}

static void the_last_word_of_a_cut_stream_goes(void **state)
{
    (void)state;
    struct evidence evidence = {
        .output = xstrdup("all of it eyJhbGci"), .output_cut = true, .errors = xstrdup("kept")};
    evidence_redact(&evidence, NULL, NULL);
    assert_string_equal(evidence.output, "all of it [redacted word that was cut]");
    assert_string_equal(evidence.errors, "kept");
    evidence_release(&evidence);
    evidence = (struct evidence){.output = xcalloc(1000001, 1), .output_cut = true};
    memset(evidence.output, 'x', 1000000);
    evidence_redact(&evidence, NULL, NULL);
    assert_int_equal(strlen(evidence.output), 1000000 - 8192 + strlen("[redacted word that was cut]"));
    evidence_release(&evidence);
    evidence = (struct evidence){.output = xstrdup(""), .output_cut = true};
    evidence_redact(&evidence, NULL, NULL);
    assert_string_equal(evidence.output, "");
    assert_null(evidence.note);
    evidence_release(&evidence);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_shapes_are_found),
        cmocka_unit_test(other_texts_stay),
        cmocka_unit_test(secrets_are_found_at_any_place),
        cmocka_unit_test(two_secrets_side_by_side_are_both_found),
        cmocka_unit_test(own_credentials_are_found_plain_and_in_base64),
        cmocka_unit_test(patterns_are_found_in_each_line),
        cmocka_unit_test(a_pattern_is_found_anywhere_in_a_long_line),
        cmocka_unit_test(wrong_patterns_are_refused),
        cmocka_unit_test(hostile_texts_take_no_time),
        cmocka_unit_test(any_bytes_do_no_harm),
        cmocka_unit_test(a_part_of_a_text_is_cleaned_by_the_spans_of_all_of_it),
        cmocka_unit_test(evidence_is_searched_before_it_is_redacted),
        cmocka_unit_test(what_a_redaction_says_is_no_evidence),
        cmocka_unit_test(the_last_word_of_a_cut_stream_goes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
