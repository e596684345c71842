/* SPDX-License-Identifier: Apache-2.0
 *
 * Kubeconfigs: which files and entries count by kubectl's rules, and what is read from them.
 */
#include "kubeconfig_world.h"

#include "../../harness/kube/kubeconfig_parts.h"

static void test_complete(void **state)
{
    (void)state;
    cleanup_free char *text =
        xasprintf("apiVersion: v1\nkind: Config\npreferences: {}\n"
                  "clusters:\n- name: c\n  cluster:\n    server: https://[fd00::1]:6443/prefix/\n"
                  "    certificate-authority-data: %s\n    tls-server-name: api.test\n    proxy-url: "
                  "socks5://127.0.0.1:1080\n"
                  "contexts:\n- name: x\n  context: {cluster: c, user: u, namespace: ns}\n"
                  "current-context: x\n"
                  "users:\n- name: u\n  user:\n    client-certificate-data: %s\n    client-key-data: %s\n    "
                  "token: " SECRET "\n",
                  world.ca_data, world.certificate_data, world.key_data);
    cleanup_load struct load load = load_text(text, NULL);
    check_loaded(&load);
    const struct kube_access *access = load.access;
    assert_string_equal(access->context, "x");
    assert_string_equal(access->cluster, "c");
    assert_string_equal(access->user, "u");
    assert_string_equal(access->name_space, "ns");
    assert_string_equal(access->server, "https://[fd00::1]:6443/prefix/");
    assert_string_equal(access->host, "fd00::1");
    assert_int_equal(access->port, 6443);
    assert_string_equal(access->path_prefix, "/prefix");
    assert_true(access->tls);
    assert_false(access->insecure);
    assert_string_equal(access->tls_server_name, "api.test");
    assert_string_equal(access->proxy_url, "socks5://127.0.0.1:1080");
    assert_string_equal(access->ca_pem, world.mine.ca_pem);
    assert_string_equal(access->client_certificate_pem, world.mine.certificate_pem);
    assert_string_equal(secret_reveal(access->client_key_pem), secret_reveal(world.mine.key_pem));
    assert_string_equal(secret_reveal(access->token), SECRET);
    assert_null(access->token_file);
    assert_null(access->username);
    assert_null(access->password);
}

/* Each text is a way to write one and the same access. */
static void test_accepted_forms(void **state)
{
    static const char *const texts[] = {
        CLUSTERS CONTEXTS USERS,
        "---\n" CLUSTERS CONTEXTS USERS "...\n",
        "\xEF\xBB\xBF" CLUSTERS CONTEXTS USERS,
        CLUSTERS CONTEXTS USERS "---\nanother: document\n",
        "{\"apiVersion\": \"v1\", \"kind\": \"Config\", \"current-context\": \"x\",\n"
        "\t\"clusters\": [{\"name\": \"c\", \"cluster\": {\"server\": \"https:\\/\\/host:6443\"}}],\n"
        "\t\"contexts\": [{\"name\": \"x\", \"context\": {\"cluster\": \"c\", \"user\": \"u\", "
        "\"namespace\": \"ns\"}}],\n"
        "\t\"users\": [{\"name\": \"u\", \"user\": {\"token\": \"" SECRET "\"}}]}",
        "unknown: &v {server: 'https://host:6443', x: 1}\n" CONTEXTS USERS
        "clusters: [{name: c, cluster: *v}]\n",
        "unknown: &v {server: 'https://host:6443'}\n" CONTEXTS USERS
        "clusters: [{name: c, cluster: {<<: *v}}]\n",
        "unknown: &v {server: 'https://host:6443'}\n" CONTEXTS USERS
        "clusters: [{name: c, cluster: {<<: [{}, *v]}}]\n",
        "a: &v https://other\nb: &v https://host:6443\n" CONTEXTS USERS
        "clusters: [{name: c, cluster: {server: *v}}]\n",
        CONTEXTS USERS
        "clusters: [{name: c, cluster: {server: 'https://other', server: 'https://host:6443'}}]\n",
        CLUSTERS CONTEXTS "users: [{name: u, user: {token: " SECRET
                          ", exec: null, auth-provider: ~, as: ''}}]\n",
        CLUSTERS CONTEXTS USERS "extensions: [{name: e, extension: [[1, {a: b}], null]}]\nkind: Config\n",
    };
    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++) {
        cleanup_load struct load load = load_text(texts[i], NULL);
        if (load.err)
            fail_msg("text %zu: %s", i, load.err->message);
        assert_string_equal(load.access->server, "https://host:6443");
        assert_string_equal(load.access->name_space, "ns");
        assert_string_equal(secret_reveal(load.access->token), SECRET);
    }
}

static void test_flags(void **state)
{
    static const struct {
        const char *text;
        int insecure; /* -1: refused */
    } flags[] = {{"true", 1}, {"yes", 1},    {"On", 1},      {"false", 0}, {"no", 0}, {"null", 0},
                 {"", 0},     {"maybe", -1}, {"'true'", -1}, {"[]", -1},   {"1", -1}};
    (void)state;
    for (size_t i = 0; i < COUNT(flags); i++) {
        cleanup_free char *text = xasprintf("clusters:\n- name: c\n  cluster:\n    server: https://host\n"
                                            "    insecure-skip-tls-verify: %s\n" CONTEXTS USERS,
                                            flags[i].text);
        cleanup_load struct load load = load_text(text, NULL);
        if (flags[i].insecure < 0) {
            check_error(&load, "line 5: insecure-skip-tls-verify of cluster \"c\" must be true or false");
            continue;
        }
        check_loaded(&load);
        assert_int_equal(load.access->insecure, flags[i].insecure);
    }
}

static void test_servers(void **state)
{
    static const struct {
        const char *url, *host, *prefix;
        int port;
        const char *problem; /* or NULL */
    } servers[] = {
        {"https://host", "host", "", 443, NULL},
        {"HTTPS://Host.example:8443/", "Host.example", "", 8443, NULL},
        {"http://127.0.0.1", "127.0.0.1", "", 80, NULL},
        {"https://host:/", "host", "", 443, NULL},
        {"https://[::1]", "::1", "", 443, NULL},
        {"https://[2001:db8::2]:65535//", "2001:db8::2", "", 65535, NULL},
        {"https://host/k8s/clusters/c-1", "host", "/k8s/clusters/c-1", 443, NULL},
        {"https://host:1/a//", "host", "/a", 1, NULL},
        {"host:6443", NULL, NULL, 0, "must begin with https://"},
        {"ftp://host", NULL, NULL, 0, "must begin with https://"},
        {"https:/host", NULL, NULL, 0, "must begin with https://"},
        {"https://", NULL, NULL, 0, "no host"},
        {"https:///path", NULL, NULL, 0, "no host"},
        {"https://:6443", NULL, NULL, 0, "no host"},
        {"https://me:" SECRET "@host", NULL, NULL, 0, "must not have a user or a password"},
        {"https://host:0", NULL, NULL, 0, "between 1 and 65535"},
        {"https://host:65536", NULL, NULL, 0, "between 1 and 65535"},
        {"https://host:99999999999999999999", NULL, NULL, 0, "between 1 and 65535"},
        {"https://host:64x3", NULL, NULL, 0, "port is not a number"},
        {"https://fd00::1", NULL, NULL, 0, "port is not a number"},
        {"https://[fd00::1", NULL, NULL, 0, "closing bracket"},
        {"https://[host]:1", NULL, NULL, 0, "not an IPv6 address"},
        {"https://[]", NULL, NULL, 0, "not an IPv6 address"},
        {"https://[::1]x", NULL, NULL, 0, "between 1 and 65535"},
        {"https://ho$t", NULL, NULL, 0, "not a name or an address"},
        {"https://host/?a=" SECRET, NULL, NULL, 0, "query"},
        {"https://host/#a", NULL, NULL, 0, "fragment"},
        {"https://ho st", NULL, NULL, 0, "a character"},
        {"https://h\xC3\xB6st", NULL, NULL, 0, "a character"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(servers); i++) {
        cleanup_free char *text =
            xasprintf("clusters: [{name: c, cluster: {server: \"%s\"}}]\n" CONTEXTS USERS, servers[i].url);
        cleanup_load struct load load = load_text(text, NULL);
        if (servers[i].problem) {
            check_error(&load, servers[i].problem);
            assert_non_null(strstr(load.err->message, "line 1: server of cluster \"c\": "));
            continue;
        }
        check_loaded(&load);
        assert_string_equal(load.access->host, servers[i].host);
        assert_string_equal(load.access->path_prefix, servers[i].prefix);
        assert_int_equal(load.access->port, servers[i].port);
        assert_int_equal(load.access->tls, strncasecmp(servers[i].url, "https", 5) == 0);
        assert_true(load.access->tls == (load.access->token != NULL)); /* nothing secret over http */
    }
}

static void test_proxies(void **state)
{
    static const struct {
        const char *url;
        bool good;
    } proxies[] = {{"http://proxy:3128", true},         {"https://proxy", true},
                   {"socks5://u:" SECRET "@p:1", true}, {"proxy:3128", false},
                   {"ftp://u:" SECRET "@p", false},     {"http://", false},
                   {"http://u:" SECRET "@:80", false},  {"http://u:" SECRET " @p", false}};
    (void)state;
    for (size_t i = 0; i < COUNT(proxies); i++) {
        cleanup_free char *text = xasprintf(
            "clusters: [{name: c, cluster: {server: 'https://host', proxy-url: '%s'}}]\n" CONTEXTS USERS,
            proxies[i].url);
        cleanup_load struct load load = load_text(text, NULL);
        if (!proxies[i].good) {
            check_error(&load, "proxy-url of cluster \"c\"");
            continue;
        }
        check_loaded(&load);
        assert_string_equal(load.access->proxy_url, proxies[i].url);
    }
}

static void test_context_option(void **state)
{
    (void)state;
    const char *text =
        CLUSTERS "contexts: [{name: a, context: {cluster: c}}, {name: b, context: {cluster: d}}]\n";
    cleanup_load struct load none = load_text(text, NULL);
    check_error(&none, "has no current-context; its contexts: \"a\", \"b\"");
    cleanup_load struct load anonymous = load_text(text, "a");
    check_loaded(&anonymous);
    assert_null(anonymous.access->user);
    assert_null(anonymous.access->token);
    assert_null(anonymous.access->name_space);
    cleanup_load struct load lost = load_text(text, "b");
    check_error(&lost, "context \"b\" names the cluster \"d\", which does not exist; clusters: \"c\"");
    cleanup_load struct load unknown = load_text(text, "e\nvil");
    check_error(&unknown, "has no context \"e?vil\"; its contexts: \"a\", \"b\"");
}

/* --- several files --- */

static void test_merging(void **state)
{
    (void)state;
    cleanup_free char *sub = path_of("sub");
    mkdir(sub, 0700);
    write_text("sub/ca.crt", world.mine.ca_pem);
    write_text("one", "current-context: x\n"
                      "users: [{name: u, user: {username: me, password: " SECRET "}}]\n");
    write_text("sub/two",
               "current-context: z\n"
               "clusters: [{name: c, cluster: {server: 'https://two', certificate-authority: ca.crt}}]\n"
               "contexts: [{name: x, context: {cluster: c, user: u}}]\n"
               "users: [{name: u, user: {token: other}}]\n");
    write_text("three",
               "clusters: [{name: c, cluster: {server: 'https://three', tls-server-name: t}}]\n"
               "contexts: [{name: x, context: {cluster: c, namespace: ns}}, {name: z, context: {}}]\n");
    cleanup_free char *list = xasprintf(":%s/missing::%s/one:%s/sub/two:%s/three:%s/one:", world.folder,
                                        world.folder, world.folder, world.folder, world.folder);
    setenv("KUBECONFIG", list, 1);
    cleanup_load struct load load = load_environment();
    check_loaded(&load);
    assert_string_equal(load.access->context, "x");          /* the first that sets it */
    assert_string_equal(load.access->server, "https://two"); /* the first that has the entry */
    assert_null(load.access->tls_server_name);               /* whose fields are not mixed with another's */
    assert_null(load.access->name_space);
    assert_string_equal(load.access->ca_pem,
                        world.mine.ca_pem); /* from the folder of the file that names it */
    assert_string_equal(load.access->username, "me");
    assert_string_equal(secret_reveal(load.access->password), SECRET);
    assert_null(load.access->token);
    write_text("three", "clusters: {}\n");
    cleanup_load struct load broken = load_environment();
    check_error(&broken, "/three\", line 1: clusters must be a list");
}

static void test_where_files_are_looked_for(void **state)
{
    (void)state;
    cleanup_free char *kube = path_of(".kube");
    mkdir(kube, 0700);
    unlink(".kube/config");
    setenv("HOME", world.folder, 1);
    unsetenv("KUBECONFIG");
    cleanup_load struct load nothing = load_environment();
    check_error(&nothing, "no kubeconfig: \"");
    assert_non_null(strstr(nothing.err->message, "/.kube/config\" does not exist"));
    assert_non_null(strstr(nothing.err->hint, "--kubeconfig"));

    write_text(".kube/config", CLUSTERS CONTEXTS USERS);
    cleanup_load struct load home = load_environment();
    check_loaded(&home);

    setenv("KUBECONFIG", "/nowhere/a:/nowhere/b", 1);
    cleanup_load struct load missing = load_environment();
    check_error(&missing, "no kubeconfig: \"/nowhere/a\", \"/nowhere/b\" of KUBECONFIG cannot be found");

    setenv("KUBECONFIG", "", 1);
    cleanup_load struct load blank = load_environment();
    check_loaded(&blank);

    setenv("KUBECONFIG", "/dev/null", 1);
    cleanup_load struct load empty = load_environment();
    check_error(&empty, "no kubeconfig: \"/dev/null\" is empty");

    unsetenv("KUBECONFIG");
    unsetenv("HOME");
    cleanup_load struct load homeless = load_environment();
    check_error(&homeless, "neither KUBECONFIG nor HOME");

    cleanup_load struct load named = load_file("not-there", NULL);
    check_error(&named, "/not-there\": No such file or directory");
    cleanup_load struct load folder = load_file(".kube", NULL);
    check_error(&folder, "/.kube\": Is a directory");
}

static void test_relative_paths(void **state)
{
    static const char *const names[] = {"relative/config", "./relative/config"};
    (void)state;
    cleanup_free char *sub = path_of("relative");
    mkdir(sub, 0700);
    write_text("relative/config", CLUSTERS CONTEXTS "users: [{name: u, user: {tokenFile: ../token}}]\n");
    write_text("token", SECRET);
    for (size_t i = 0; i < COUNT(names); i++) {
        struct kubeconfig_options options = {.kubeconfig = names[i]};
        cleanup_load struct load load = {0};
        load.access = kube_access_load(&options, &load.err);
        check_loaded(&load);
        assert_int_equal(load.access->token_file[0], '/');
        assert_int_equal(access(load.access->token_file, R_OK), 0);
    }
}

/* --- in a cluster --- */

static void test_in_cluster(void **state)
{
    (void)state;
    cleanup_free char *folder = path_of("account");
    cleanup_error struct error *err = NULL;
    mkdir(folder, 0700);
    setenv("KUBERNETES_SERVICE_HOST", "fd00::1", 1);
    setenv("KUBERNETES_SERVICE_PORT", "6443", 1);
    assert_false(kubeconfig_in_cluster_possible(folder));
    write_text("account/token", SECRET "\n");
    assert_true(kubeconfig_in_cluster_possible(folder));
    assert_null(kubeconfig_in_cluster(folder, &err));
    assert_non_null(strstr(err->message, "/account/ca.crt\""));
    write_text("account/ca.crt", world.mine.ca_pem);
    write_text("account/namespace", "smoke\n");
    cleanup_load struct load load = {0};
    load.access = kubeconfig_in_cluster(folder, &load.err);
    check_loaded(&load);
    assert_string_equal(load.access->server, "https://[fd00::1]:6443");
    assert_string_equal(load.access->host, "fd00::1");
    assert_string_equal(load.access->name_space, "smoke");
    assert_string_equal(load.access->ca_pem, world.mine.ca_pem);
    assert_true(text_ends_with(load.access->token_file, "/account/token"));
    assert_null(load.access->token);
    write_text("account/token", "\n");
    cleanup_load struct load empty = {0};
    empty.access = kubeconfig_in_cluster(folder, &empty.err);
    check_error(&empty, "/account/token\" is empty");
    unsetenv("KUBERNETES_SERVICE_HOST");
    assert_false(kubeconfig_in_cluster_possible(folder));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_complete),       cmocka_unit_test(test_accepted_forms),
        cmocka_unit_test(test_flags),          cmocka_unit_test(test_servers),
        cmocka_unit_test(test_proxies),        cmocka_unit_test(test_context_option),
        cmocka_unit_test(test_merging),        cmocka_unit_test(test_where_files_are_looked_for),
        cmocka_unit_test(test_relative_paths), cmocka_unit_test(test_in_cluster),
    };
    return cmocka_run_group_tests_name("kubeconfig", tests, set_up, tear_down);
}
