/* SPDX-License-Identifier: Apache-2.0
 *
 * Credential plugins: what the kubeconfig says of them, what they print, and how a run of one ends.
 */
#include "kubeconfig_world.h"

#include "../../harness/kube/plugin.h"
#include "gvisor-smoke/clock.h"
#include "gvisor-smoke/loop.h"

#define V1 "client.authentication.k8s.io/v1"
#define V1BETA1 "client.authentication.k8s.io/v1beta1"
#define EXEC(fields) CLUSTERS CONTEXTS "users: [{name: u, user: {exec: {" fields "}}}]\n"

static void test_accepted(void **state)
{
    (void)state;
    cleanup_load struct load load = load_text(
        EXEC("apiVersion: " V1BETA1 ", command: ./bin/get, args: [a, 'b c'], env: [{name: A, value: 'b=c'}, "
             "{name: D}], installHint: \"line\\nline\", provideClusterInfo: false"),
        NULL);
    check_loaded(&load);
    const struct kube_plugin *plugin = load.access->plugin;
    assert_non_null(plugin);
    assert_true(text_starts_with(plugin->command, world.folder)); /* relative to the kubeconfig */
    assert_true(text_ends_with(plugin->command, "/bin/get"));
    cleanup_free char *arguments = strings_join(&plugin->arguments, "|");
    cleanup_free char *environment = strings_join(&plugin->environment, "|");
    assert_string_equal(arguments, "a|b c");
    assert_string_equal(environment, "A=b=c|D=");
    assert_int_equal(plugin->mode, PLUGIN_IF_AVAILABLE);
    assert_null(strchr(plugin->install_hint, '\n'));
    assert_null(plugin->cluster_json);
}

static void test_cluster_info(void **state)
{
    (void)state;
    cleanup_load struct load load = load_text(
        "clusters: [{name: c, cluster: {server: 'https://host:6443', tls-server-name: t.test, "
        "proxy-url: 'http://me:" SECRET "@p:1', insecure-skip-tls-verify: true, extensions: ["
        "{name: other, extension: {no: 1}}, {name: client.authentication.k8s.io/exec, extension: "
        "{audience: 06e3fbd18de8, n: 7, f: 1.5, t: true, q: 'true', z: null, l: [a]}}]}}]\n" CONTEXTS
        "users: [{name: u, user: {exec: {apiVersion: " V1 ", command: get, interactiveMode: Never, "
        "provideClusterInfo: true}}}]\n",
        NULL);
    check_loaded(&load);
    assert_string_equal(secret_reveal(load.access->plugin->cluster_json),
                        "{\"server\":\"https://host:6443\",\"tls-server-name\":\"t.test\","
                        "\"insecure-skip-tls-verify\":true,\"proxy-url\":\"http://me:" SECRET "@p:1\","
                        "\"config\":{\"audience\":\"06e3fbd18de8\",\"n\":7,\"f\":1.5,\"t\":true,"
                        "\"q\":\"true\",\"z\":null,\"l\":[\"a\"]}}");
}

/* Beside another credential it is not run, and over http nothing is asked of it. */
static void test_other_credentials_count_first(void **state)
{
    static const char *const users[] = {"token: t", "username: me",
                                        "client-certificate: good.crt, client-key: good.key"};
    (void)state;
    for (size_t i = 0; i < COUNT(users); i++) {
        cleanup_free char *text =
            xasprintf(CLUSTERS CONTEXTS "users: [{name: u, user: {%s, exec: {apiVersion: " V1BETA1
                                        ", command: get}}}]\n",
                      users[i]);
        cleanup_load struct load load = load_text(text, NULL);
        check_loaded(&load);
        assert_null(load.access->plugin);
    }
    cleanup_load struct load plain =
        load_text("clusters: [{name: c, cluster: {server: 'http://host'}}]\n" CONTEXTS
                  "users: [{name: u, user: {exec: {apiVersion: " V1BETA1 ", command: get}}}]\n",
                  NULL);
    check_loaded(&plain);
    assert_null(plain.access->plugin);
}

static void test_wrong_exec(void **state)
{
    static const struct {
        const char *text, *problem;
    } rows[] = {
        {EXEC("apiVersion: " V1BETA1), "exec of user \"u\" has no command"},
        {EXEC("command: get"), "exec of user \"u\" has the apiVersion \"\"; it must be " V1},
        {EXEC("command: get, apiVersion: client.authentication.k8s.io/v1alpha1"), "v1alpha1\"; it must be"},
        {EXEC("command: get, apiVersion: " V1), "must have the interactiveMode"},
        {EXEC("command: get, apiVersion: " V1 ", interactiveMode: Sometimes"),
         "must have the interactiveMode"},
        {EXEC("command: get, apiVersion: " V1BETA1 ", args: a"), "args of exec of user \"u\" must be a list"},
        {EXEC("command: get, apiVersion: " V1BETA1 ", args: [1]"), "not a number: put it in quotes"},
        {EXEC("command: get, apiVersion: " V1BETA1 ", env: {A: b}"),
         "env of exec of user \"u\" must be a list"},
        {EXEC("command: get, apiVersion: " V1BETA1 ", env: [{value: " SECRET "}]"), "entries with name"},
        {CLUSTERS CONTEXTS "users: [{name: u, user: {exec: get}}]\n", "exec of user \"u\" must be a mapping"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        cleanup_load struct load load = load_text(rows[i].text, NULL);
        check_error(&load, rows[i].problem);
    }
}

/* --- answers --- */

#define ANSWER(status) "{\"kind\":\"ExecCredential\",\"apiVersion\":\"" V1 "\",\"status\":" status "}"

static void test_answers(void **state)
{
    static const struct {
        const char *text, *token;
        int64_t expires_ms;
        const char *problem;
    } rows[] = {
        {ANSWER("{\"token\":\"abc\"}"), "abc", 0, NULL},
        {ANSWER("{\"token\":\"a\\/c\",\"expirationTimestamp\":\"2026-11-25T10:00:00Z\"}"), "a/c",
         INT64_C(1795600800000), NULL},
        {ANSWER("{\"token\":\"abc\",\"expirationTimestamp\":\"2026-11-25T11:30:00.5+01:30\"}"), "abc",
         INT64_C(1795600800500), NULL},
        {"kind: ExecCredential\napiVersion: " V1 "\nstatus:\n  token: abc\n  expirationTimestamp: null\n",
         "abc", 0, NULL},
        {"", NULL, 0, "printed nothing"},
        {"{}", NULL, 0, "something else than an ExecCredential"},
        {"[]", NULL, 0, "something else than an ExecCredential"},
        {SECRET, NULL, 0, "something else than an ExecCredential"},
        {"{\"kind\":\"ExecCredential\"", NULL, 0, "not YAML: "},
        {"\x01\x02", NULL, 0, "is not YAML"},
        {"{\"kind\":\"Token\",\"apiVersion\":\"" V1 "\"}", NULL, 0, "something else than an ExecCredential"},
        {"{\"kind\":\"ExecCredential\",\"apiVersion\":\"" V1BETA1 "\",\"status\":{\"token\":\"" SECRET "\"}}",
         NULL, 0, "answers in another apiVersion than the kubeconfig has: " V1},
        {ANSWER("null"), NULL, 0, "gave no status"},
        {ANSWER("[]"), NULL, 0, "gave no status"},
        {ANSWER("{}"), NULL, 0, "neither a token nor a certificate"},
        {ANSWER("{\"token\":\"\"}"), NULL, 0, "neither a token nor a certificate"},
        {ANSWER("{\"token\":12}"), NULL, 0, "not a number"},
        {ANSWER("{\"token\":\"" SECRET "\\nX: y\"}"), NULL, 0, "has a line break"},
        {ANSWER("{\"token\":\"" SECRET "\",\"expirationTimestamp\":\"tomorrow\"}"), NULL, 0, "no RFC 3339"},
        {ANSWER("{\"clientCertificateData\":\"" SECRET "\"}"), NULL, 0, "only one of certificate and key"},
        {ANSWER("{\"clientCertificateData\":\"" SECRET "\",\"clientKeyData\":\"" SECRET "\"}"), NULL, 0,
         "has no PEM certificate"},
    };
    const struct kube_plugin plugin = {.api_version = V1, .command = "get"};
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct plugin_credential credential = {0};
        cleanup_error struct error *err = NULL;
        int result = plugin_answer_read(&plugin, rows[i].text, strlen(rows[i].text), &credential, &err);
        if (rows[i].problem) {
            assert_int_equal(result, -1);
            if (!strstr(err->message, rows[i].problem) || strstr(err->message, SECRET))
                fail_msg("row %zu: %s", i, err->message);
            assert_int_equal(err->kind, ERROR_ENVIRONMENT);
            continue;
        }
        assert_int_equal(result, 0);
        assert_string_equal(secret_reveal(credential.token), rows[i].token);
        assert_int_equal(credential.expires_ms, rows[i].expires_ms);
        plugin_credential_release(&credential);
    }
}

static char *escaped(const char *pem)
{
    cleanup_buf struct buf text;
    buf_init(&text, 1 << 20);
    for (; *pem; pem++)
        buf_append_text(&text, *pem == '\n' ? "\\n" : (char[]){*pem, '\0'});
    return xstrdup(text.bytes);
}

static void test_answer_with_certificate(void **state)
{
    (void)state;
    const struct kube_plugin plugin = {.api_version = V1, .command = "get"};
    cleanup_free char *certificate = escaped(world.mine.certificate_pem);
    const struct secret *keys[] = {world.mine.key_pem, world.other.key_pem};
    for (size_t i = 0; i < COUNT(keys); i++) {
        struct plugin_credential credential = {0};
        cleanup_error struct error *err = NULL;
        cleanup_free char *key = escaped(secret_reveal(keys[i]));
        cleanup_free char *text = xasprintf(
            ANSWER("{\"clientCertificateData\":\"%s\",\"clientKeyData\":\"%s\"}"), certificate, key);
        int result = plugin_answer_read(&plugin, text, strlen(text), &credential, &err);
        assert_int_equal(result, i == 0 ? 0 : -1);
        if (i == 0)
            assert_string_equal(credential.certificate_pem, world.mine.certificate_pem);
        else
            assert_non_null(strstr(err->message, "does not belong to the client certificate"));
        plugin_credential_release(&credential);
    }
}

/* --- runs --- */

struct outcome {
    bool over;
    char *token;
    struct error *err;
};

static void on_done(void *context, struct plugin_credential *credential, const struct error *err)
{
    struct outcome *outcome = context;
    assert_false(outcome->over);
    outcome->over = true;
    outcome->err = error_copy(err);
    if (credential) {
        outcome->token = xstrdup(secret_reveal(credential->token));
        plugin_credential_release(credential);
    }
}

static bool is_over(void *context)
{
    return ((struct outcome *)context)->over;
}

/* Runs a shell script as the plugin. */
static struct outcome run_script(const char *script, int64_t timeout_ms, const char *variable)
{
    struct kube_plugin plugin = {.api_version = V1, .command = "sh", .install_hint = "install sh"};
    struct outcome outcome = {0};
    struct loop *loop = loop_new();
    strings_add(&plugin.arguments, "-c");
    strings_add(&plugin.arguments, script);
    if (variable)
        strings_add(&plugin.environment, variable);
    plugin_run_start(loop, &plugin, timeout_ms, on_done, &outcome);
    loop_run_until(loop, is_over, &outcome);
    loop_free(loop);
    strings_release(&plugin.arguments);
    strings_release(&plugin.environment);
    return outcome;
}

#define PRINT                                                                                                \
    "printf '{\"kind\":\"ExecCredential\",\"apiVersion\":\"" V1 "\",\"status\":{\"token\":\"%s\"}}' "

static void test_runs(void **state)
{
    static const struct {
        const char *script, *token, *problem;
    } rows[] = {
        {PRINT "abc", "abc", NULL},
        {PRINT "\"$A\"", "mine", NULL},
        {PRINT "\"$(printf '%s' \"$KUBERNETES_EXEC_INFO\" | tr -dc 'a-z0-9.:/')\"",
         "kind:xecredentialapiersion:client.authentication.k8s.io/v1spec:interactive:false", NULL},
        {PRINT "\"$(cat)\"", NULL, "neither a token"}, /* standard input is empty */
        {PRINT "abc; exec >/dev/null; sleep 0.2", "abc", NULL},
        {PRINT "abc; sleep 30 &", "abc", NULL}, /* something that holds the pipe open */
        {"echo " SECRET "; exit 7", NULL, "failed with exit code 7"},
        {"kill -9 $$", NULL, "was ended by signal 9"},
        {"echo " SECRET, NULL, "something else than an ExecCredential"},
        {"yes " SECRET " | head -c 3000000", NULL, "prints too much"},
        {"sleep 30; echo late", NULL, "gave no answer in 2.0 s and was ended"},
        {"trap '' TERM INT; sleep 30 | cat", NULL, "gave no answer in 2.0 s"},
    };
    (void)state;
    setenv("A", "other", 1);
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct outcome outcome = run_script(rows[i].script, 2000, "A=mine");
        const char *seen = outcome.err ? outcome.err->message : outcome.token;
        if (rows[i].token ? !outcome.token || strcmp(outcome.token, rows[i].token) != 0
                          : !strstr(seen, rows[i].problem) || strstr(seen, SECRET) != NULL)
            fail_msg("script %zu: %s", i, seen);
        free(outcome.token);
        error_free(outcome.err);
    }
}

/* What cannot be started is told from the loop, with the hint of the kubeconfig. */
static void test_not_there(void **state)
{
    static const struct {
        const char *command, *problem;
    } rows[] = {{"no-such-plugin", "\"no-such-plugin\" is not there"},
                {"/no/such/plugin", "\"/no/such/plugin\" is not there"},
                {"/etc/passwd", "cannot be started: permission denied"}};
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct kube_plugin plugin = {
            .api_version = V1, .command = (char *)rows[i].command, .install_hint = "install it"};
        struct outcome outcome = {0};
        struct loop *loop = loop_new();
        plugin_run_start(loop, &plugin, 2000, on_done, &outcome);
        assert_false(outcome.over);
        loop_run_until(loop, is_over, &outcome);
        loop_free(loop);
        if (!strstr(outcome.err->message, rows[i].problem))
            fail_msg("%s", outcome.err->message);
        if (i < 2)
            assert_string_equal(outcome.err->hint, "install it");
        error_free(outcome.err);
    }
}

/* A person is needed and there is no terminal. */
static void test_interactive(void **state)
{
    (void)state;
    const struct kube_plugin plugin = {.api_version = V1, .command = "sh", .mode = PLUGIN_ALWAYS};
    struct outcome outcome = {0};
    struct loop *loop = loop_new();
    assert_non_null(freopen("/dev/null", "r", stdin));
    plugin_run_start(loop, &plugin, 2000, on_done, &outcome);
    loop_run_until(loop, is_over, &outcome);
    loop_free(loop);
    assert_non_null(strstr(outcome.err->message, "wants to ask at the terminal"));
    error_free(outcome.err);
}

static void test_cancel(void **state)
{
    (void)state;
    struct kube_plugin plugin = {.api_version = V1, .command = "sh"};
    struct outcome outcome = {0};
    struct loop *loop = loop_new();
    strings_add(&plugin.arguments, "-c");
    strings_add(&plugin.arguments, "sleep 30");
    int64_t started_ms = clock_monotonic_ms();
    struct plugin_run *run = plugin_run_start(loop, &plugin, 20000, on_done, &outcome);
    plugin_run_cancel(&run);
    assert_null(run);
    loop_free(loop); /* waits until the child is reaped */
    assert_true(clock_monotonic_ms() - started_ms < 10000);
    assert_false(outcome.over);
    strings_release(&plugin.arguments);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_accepted),
        cmocka_unit_test(test_cluster_info),
        cmocka_unit_test(test_other_credentials_count_first),
        cmocka_unit_test(test_wrong_exec),
        cmocka_unit_test(test_answers),
        cmocka_unit_test(test_answer_with_certificate),
        cmocka_unit_test(test_runs),
        cmocka_unit_test(test_not_there),
        cmocka_unit_test(test_interactive),
        cmocka_unit_test(test_cancel),
    };
    return cmocka_run_group_tests_name("credential plugins", tests, set_up, tear_down);
}
