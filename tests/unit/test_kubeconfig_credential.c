/* SPDX-License-Identifier: Apache-2.0
 *
 * Kubeconfigs: tokens, passwords, keys and certificates.
 */
#include "kubeconfig_world.h"

static void test_tokens(void **state)
{
    static const struct {
        const char *user, *file; /* file: the content of "token", NULL: no such file */
        const char *token;       /* expected in the access */
        const char *problem;
    } tokens[] = {
        {"token: abc", NULL, "abc", NULL},
        {"token: '12345'", NULL, "12345", NULL},
        {"token: 12e4x", NULL, "12e4x", NULL},
        {"token: 12345", NULL, NULL, "token of user \"u\" must be text, not a number: put it in quotes"},
        {"token: 1.2e3", NULL, NULL, "not a number"},
        {"token: 0x1F", NULL, NULL, "not a number"},
        {"token: yes", NULL, NULL, "not true or false: put it in quotes"},
        {"token: ''", NULL, NULL, NULL},
        {"tokenFile: token", "abc\n", NULL, NULL},
        {"token: abc, tokenFile: token", "def", "abc", NULL}, /* used while the file cannot be read */
        {"token: abc, tokenFile: token", NULL, "abc", NULL},
        {"token: abc, tokenFile: token", "\n", "abc", NULL},
        {"tokenFile: token", NULL, NULL, "token\": No such file"},
        {"tokenFile: token", " \n", NULL, "token\" is empty"},
        {"tokenFile: token", SECRET "\n" SECRET "\n", NULL, "token\" has a line break"},
        {"token: \"" SECRET "\\n\"", NULL, NULL, "line 4: token of user \"u\" has a line break"},
        {"token: \"a\\0" SECRET "\"", NULL, NULL, "NUL character"},
        {"token: [" SECRET "]", NULL, NULL, "token of user \"u\" must be text, not a list"},
        {"token: abc, username: me", NULL, NULL, "username of user \"u\": there is a token too"},
        {"tokenFile: token, password: me", "abc", NULL, "password of user \"u\": there is a token too"},
    };
    (void)state;
    cleanup_free char *path = path_of("token");
    for (size_t i = 0; i < COUNT(tokens); i++) {
        unlink(path);
        if (tokens[i].file)
            write_text("token", tokens[i].file);
        cleanup_free char *text =
            xasprintf(CLUSTERS CONTEXTS "users: [{name: u, user: {%s}}]\n", tokens[i].user);
        cleanup_load struct load load = load_text(text, NULL);
        if (tokens[i].problem) {
            check_error(&load, tokens[i].problem);
            continue;
        }
        check_loaded(&load);
        assert_int_equal(tokens[i].token != NULL, load.access->token != NULL);
        if (tokens[i].token)
            assert_string_equal(secret_reveal(load.access->token), tokens[i].token);
        assert_int_equal(load.access->token_file != NULL, strstr(tokens[i].user, "tokenFile") != NULL);
    }
}

static void test_passwords(void **state)
{
    (void)state;
    cleanup_load struct load user =
        load_text(CLUSTERS CONTEXTS "users: [{name: u, user: {username: me}}]\n", NULL);
    check_loaded(&user);
    assert_string_equal(user.access->username, "me");
    assert_string_equal(secret_reveal(user.access->password), "");
}

/* CERT, KEY and OTHER stand for base64: the certificate, its key, the key of another one. */
static void test_client_certificates(void **state)
{
    static const struct {
        const char *user, *problem;
    } users[] = {
        {"client-certificate-data: CERT, client-key-data: KEY", NULL},
        {"client-certificate: good.crt, client-key: good.key", NULL},
        {"client-certificate: good.crt, client-certificate-data: CERT, client-key-data: KEY",
         "user \"u\" has both client-certificate and client-certificate-data"},
        {"client-certificate-data: CERT, client-key: good.key, client-key-data: KEY",
         "user \"u\" has both client-key and client-key-data"},
        {"client-key-data: KEY", NULL}, /* without a certificate it has no use, as in kubectl */
        {"client-certificate-data: CERT",
         "client-certificate-data of user \"u\" has no client-key beside it"},
        {"client-certificate-data: CERT, client-key-data: OTHER",
         "client-key-data of user \"u\" does not belong"},
        {"client-certificate: absent, client-key: good.key",
         "client-certificate of user \"u\": cannot read \""},
        {"client-certificate: good.crt, client-key: absent", "client-key of user \"u\": cannot read \""},
        {"client-certificate: good.key, client-key: good.key", "good.key\", has no PEM certificate"},
        {"client-certificate: good.crt, client-key: good.crt", "good.crt\", is not a PEM private key"},
        {"client-certificate: good.crt, client-key: locked.key", "locked.key\", is encrypted"},
        {"client-certificate: bad.crt, client-key: good.key", "bad.crt\",: certificate 2 is not one"},
        {"client-certificate: binary, client-key: good.key", "binary\", is not PEM"},
        {"client-certificate-data: '" SECRET "', client-key-data: KEY",
         "line 4: client-certificate-data of user \"u\" is not base64"},
        {"client-certificate-data: CERT, client-key-data: '" SECRET "'",
         "line 4: client-key-data of user \"u\" is not base64"},
        {"client-certificate-data: c2VjcmV0, client-key-data: KEY",
         "client-certificate-data of user \"u\" has no PEM"},
        {"client-certificate: {}, client-key: good.key", "must be text, not a mapping"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(users); i++) {
        cleanup_buf struct buf text;
        buf_init(&text, 1 << 20);
        buf_append_text(&text, CLUSTERS CONTEXTS "users: [{name: u, user: {");
        for (const char *c = users[i].user; *c; c++) {
            if (text_starts_with(c, "CERT") || text_starts_with(c, "KEY") || text_starts_with(c, "OTHER")) {
                buf_append_text(&text, *c == 'C'   ? world.certificate_data
                                       : *c == 'K' ? world.key_data
                                                   : world.other_key_data);
                c += *c == 'C' ? 3 : *c == 'K' ? 2 : 4;
            } else {
                buf_append(&text, c, 1);
            }
        }
        buf_append_text(&text, "}}]\n");
        cleanup_load struct load load = load_text(text.bytes, NULL);
        if (users[i].problem) {
            check_error(&load, users[i].problem);
            assert_null(strstr(load.err->message, world.key_data));
            continue;
        }
        check_loaded(&load);
        bool has = strstr(users[i].user, "client-certificate") != NULL;
        assert_int_equal(load.access->client_certificate_pem != NULL, has);
        assert_int_equal(load.access->client_key_pem != NULL, has);
    }
}

static void test_authorities(void **state)
{
    static const struct {
        const char *cluster, *problem;
    } clusters[] = {
        {"certificate-authority: good.crt", NULL},
        {"certificate-authority: absent", "line 1: certificate-authority of cluster \"c\": cannot read \""},
        {"certificate-authority: bad.crt", NULL}, /* one of its two can be read, as for kubectl */
        {"certificate-authority: worse.crt", "certificate 1 is not one that OpenSSL can read"},
        {"certificate-authority: good.crt, certificate-authority-data: Q0E=",
         "cluster \"c\" has both certificate-authority and certificate-authority-data"},
        {"certificate-authority: /dev/null", "has no PEM certificate"},
        {"certificate-authority-data: '!'", "certificate-authority-data of cluster \"c\" is not base64"},
        {"certificate-authority: good.crt, insecure-skip-tls-verify: true",
         "has both insecure-skip-tls-verify"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(clusters); i++) {
        cleanup_free char *text =
            xasprintf("clusters: [{name: c, cluster: {server: 'https://host', %s}}]\n" CONTEXTS USERS,
                      clusters[i].cluster);
        cleanup_load struct load load = load_text(text, NULL);
        if (clusters[i].problem)
            check_error(&load, clusters[i].problem);
        else
            check_loaded(&load);
    }
}

static void test_unreadable_authority_is_told(void **state)
{
    (void)state;
    cleanup_load struct load load =
        load_text("clusters: [{name: c, cluster: {server: 'https://host', certificate-authority: bad.crt}}]\n"
                  "contexts: [{name: x, context: {cluster: c}}]\ncurrent-context: x\n",
                  NULL);
    check_loaded(&load);
    assert_int_equal(load.access->warnings.count, 1);
    assert_non_null(strstr(load.access->warnings.items[0], "1 of its certificates cannot be read"));
}

/* The only credential: refused. Beside a token: a warning. */
static void test_expired_certificate(void **state)
{
    (void)state;
    write_text("expired.crt", world.expired_pem);
    write_text("expired.key", secret_reveal(world.mine.key_pem));
    cleanup_load struct load alone =
        load_text(CLUSTERS CONTEXTS
                  "users: [{name: u, user: {client-certificate: expired.crt, client-key: expired.key}}]\n",
                  NULL);
    check_error(&alone, "the client certificate of user \"u\" expired at 20");
    assert_non_null(strstr(alone.err->hint, "get a new one"));
    cleanup_load struct load beside = load_text(
        CLUSTERS CONTEXTS
        "users: [{name: u, user: {client-certificate: expired.crt, client-key: expired.key, token: t}}]\n",
        NULL);
    check_loaded(&beside);
    cleanup_free char *warnings = strings_join(&beside.access->warnings, "|");
    assert_non_null(strstr(warnings, "expired at 20"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tokens),
        cmocka_unit_test(test_passwords),
        cmocka_unit_test(test_client_certificates),
        cmocka_unit_test(test_authorities),
        cmocka_unit_test(test_unreadable_authority_is_told),
        cmocka_unit_test(test_expired_certificate),
    };
    return cmocka_run_group_tests_name("kubeconfig credentials", tests, set_up, tear_down);
}
