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
    assert_string_equal(secret_reveal(access->proxy_url), "socks5h://127.0.0.1:1080");
    assert_string_equal(access->proxy_name, "socks5://127.0.0.1:1080");
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
        {"host:6443", "host", "", 6443, NULL}, /* http, as in kubectl */
        {"host", "host", "", 80, NULL},
        {"https://host/a?b=" SECRET, "host", "/a", 443, NULL}, /* a query has no use */
        {"https://host#a", "host", "", 443, NULL},
        {"host:6443/a", NULL, NULL, 0, "must begin with https://"},
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
        assert_null(strstr(load.access->server, SECRET));
    }
}

/* Neither the kubeconfig's proxy nor a message about it holds the password. */
static void test_proxies(void **state)
{
    static const struct {
        const char *url, *curl_url, *name; /* NULL: refused */
    } proxies[] = {
        {"http://proxy:3128", "http://proxy:3128", "http://proxy:3128"},
        {"https://proxy", "https://proxy:443", "https://proxy:443"},
        {"http://proxy:/", "http://proxy:80", "http://proxy:80"},
        {"socks5://u:" SECRET "@p:1", "socks5h://u:" SECRET "@p:1", "socks5://p:1"},
        {"HTTP://u:" SECRET "@[fd00::1]/x", "http://u:" SECRET "@[fd00::1]:80", "http://[fd00::1]:80"},
        {"proxy:3128", NULL, NULL},
        {"ftp://u:" SECRET "@p", NULL, NULL},
        {"http://", NULL, NULL},
        {"http://u:" SECRET "@:80", NULL, NULL},
        {"http://u:" SECRET " @p", NULL, NULL},
        {"http://u:" SECRET "@p:x", NULL, NULL},
        {"http://[fd00::1", NULL, NULL}};
    (void)state;
    for (size_t i = 0; i < COUNT(proxies); i++) {
        cleanup_free char *text = xasprintf(
            "clusters: [{name: c, cluster: {server: 'https://host', proxy-url: '%s'}}]\n" CONTEXTS USERS,
            proxies[i].url);
        cleanup_load struct load load = load_text(text, NULL);
        if (!proxies[i].name) {
            check_error(&load, "proxy-url of cluster \"c\"");
            continue;
        }
        check_loaded(&load);
        assert_string_equal(secret_reveal(load.access->proxy_url), proxies[i].curl_url);
        assert_string_equal(load.access->proxy_name, proxies[i].name);
    }
}

/* Go's rules: golang.org/x/net/http/httpproxy. */
static void test_proxy_of_the_environment(void **state)
{
    static const struct {
        const char *server, *variable, *url, *no_proxy, *proxy; /* proxy NULL: directly; "!": refused */
    } rows[] = {
        {"https://h.test", "HTTPS_PROXY", "http://p:1", "", "http://p:1"},
        {"https://h.test", "https_proxy", "http://p:1", "", "http://p:1"},
        {"https://h.test", "https_proxy", "u:" SECRET "@p:1", "", "http://p:1"},
        {"https://h.test", "HTTPS_PROXY", "socks5h://p", "", "socks5h://p:1080"},
        {"https://h.test", "HTTPS_PROXY", "ftp://p:1", "", "!"},
        {"https://h.test", "HTTP_PROXY", "http://p:1", "", NULL},
        {"http://h.test", "HTTP_PROXY", "http://p:1", "", "http://p:1"},
        {"http://h.test", "HTTPS_PROXY", "http://p:1", "", NULL},
        {"https://h.test", "ALL_PROXY", "http://p:1", "", NULL},
        {"https://localhost", "HTTPS_PROXY", "http://p:1", "", NULL},
        {"https://127.0.0.9", "HTTPS_PROXY", "http://p:1", "", NULL},
        {"https://[::1]", "HTTPS_PROXY", "http://p:1", "", NULL},
        {"https://h.test", "HTTPS_PROXY", "http://p:1", "*", NULL},
        {"https://h.test", "HTTPS_PROXY", "http://p:1", "other, h.test", NULL},
        {"https://h.test", "HTTPS_PROXY", "http://p:1", "other h.test", "http://p:1"},
        {"https://a.h.test", "HTTPS_PROXY", "http://p:1", "h.test", NULL},
        {"https://ah.test", "HTTPS_PROXY", "http://p:1", "h.test", "http://p:1"},
        {"https://A.H.test", "HTTPS_PROXY", "http://p:1", ".h.TEST", NULL},
        {"https://h.test", "HTTPS_PROXY", "http://p:1", ".h.test", "http://p:1"},
        {"https://a.h.test", "HTTPS_PROXY", "http://p:1", "*.h.test", NULL},
        {"https://h.test", "HTTPS_PROXY", "http://p:1", "*.h.test", "http://p:1"},
        {"https://h.test:6443", "HTTPS_PROXY", "http://p:1", "h.test:6443", NULL},
        {"https://h.test:6443", "HTTPS_PROXY", "http://p:1", "h.test:443", "http://p:1"},
        {"https://10.1.2.3", "HTTPS_PROXY", "http://p:1", "10.1.2.3", NULL},
        {"https://10.1.2.3", "HTTPS_PROXY", "http://p:1", "10.1.2.3:443", NULL},
        {"https://10.1.2.3", "HTTPS_PROXY", "http://p:1", "10.0.0.0/8", NULL},
        {"https://10.1.2.3", "HTTPS_PROXY", "http://p:1", "10.1.2.4/31", "http://p:1"},
        {"https://10.1.2.3", "HTTPS_PROXY", "http://p:1", "10.1.2.2/31", NULL},
        {"https://10.1.2.3", "HTTPS_PROXY", "http://p:1", "0.0.0.0/0", NULL},
        {"https://10.1.2.3", "HTTPS_PROXY", "http://p:1", "::/0", "http://p:1"},
        {"https://10.1.2.3", "HTTPS_PROXY", "http://p:1", "2.3", "http://p:1"},
        {"https://[fd00::7]", "HTTPS_PROXY", "http://p:1", "fd00::/16", NULL},
        {"https://[fd00::7]", "HTTPS_PROXY", "http://p:1", "fd00:0::7", NULL},
        {"https://[fd00::7]:1", "HTTPS_PROXY", "http://p:1", "[fd00::7]:1", NULL},
        {"https://[fd00::7]:1", "HTTPS_PROXY", "http://p:1", "[fd00::7]:2", "http://p:1"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        forget_proxies();
        setenv(rows[i].variable, rows[i].url, 1);
        setenv("NO_PROXY", rows[i].no_proxy, 1);
        cleanup_free char *text =
            xasprintf("clusters: [{name: c, cluster: {server: '%s'}}]\n" CONTEXTS USERS, rows[i].server);
        cleanup_load struct load load = load_text(text, NULL);
        if (rows[i].proxy && strcmp(rows[i].proxy, "!") == 0) {
            check_error(&load, "the proxy that HTTPS_PROXY names");
            continue;
        }
        check_loaded(&load);
        const char *name = load.access->proxy_name ? load.access->proxy_name : "directly";
        if (strcmp(name, rows[i].proxy ? rows[i].proxy : "directly") != 0)
            fail_msg("row %zu: %s", i, name);
    }
    forget_proxies();
}

/* What the command line says, over a kubeconfig that says something of all. */
static void test_overrides(void **state)
{
    static const char text[] =
        "clusters: [{name: c, cluster: {server: 'https://one', tls-server-name: one.test, "
        "certificate-authority: good.crt}}, {name: d, cluster: {server: 'https://two'}}]\n"
        "contexts: [{name: x, context: {cluster: c, user: u}}]\ncurrent-context: x\n"
        "users: [{name: u, user: {token: one, as: me, as-groups: [a, b], as-user-extra: {k: [v], l: [w]}}}, "
        "{name: v, user: {token: two}}]\n";
    (void)state;
    write_text("config", text);
    struct kubeconfig_options options = {.kubeconfig = "config", .server = "https://three:1"};
    cleanup_load struct load server = load_options(&options);
    check_loaded(&server);
    assert_string_equal(server.access->host, "three");
    assert_null(server.access->tls_server_name); /* it belongs to the other server */
    assert_non_null(server.access->ca_pem);

    options = (struct kubeconfig_options){
        .kubeconfig = "config", .cluster = "d", .user = "v", .tls_server_name = "two.test"};
    cleanup_load struct load entries = load_options(&options);
    check_loaded(&entries);
    assert_string_equal(entries.access->host, "two");
    assert_string_equal(entries.access->tls_server_name, "two.test");
    assert_string_equal(secret_reveal(entries.access->token), "two");
    assert_int_equal(entries.access->impersonation.count, 0);

    options = (struct kubeconfig_options){
        .kubeconfig = "config", .insecure = true, .token = "three", .proxy_url = "http://p"};
    cleanup_load struct load insecure = load_options(&options);
    check_loaded(&insecure);
    assert_true(insecure.access->insecure);
    assert_null(insecure.access->ca_pem);
    assert_string_equal(insecure.access->tls_server_name, "one.test");
    assert_string_equal(secret_reveal(insecure.access->token), "three");
    assert_string_equal(insecure.access->proxy_name, "http://p:80");

    options = (struct kubeconfig_options){.kubeconfig = "config", .as = "you", .as_uid = "7"};
    strings_add(&options.as_groups, "c");
    strings_add(&options.as_user_extra, "k=z=1");
    strings_add(&options.as_user_extra, "m/n=o");
    cleanup_load struct load as = load_options(&options);
    strings_release(&options.as_groups);
    strings_release(&options.as_user_extra);
    check_loaded(&as);
    cleanup_free char *lines = strings_join(&as.access->impersonation, "|");
    assert_string_equal(lines, "Impersonate-User: you|Impersonate-Uid: 7|Impersonate-Group: c|"
                               "Impersonate-Extra-k: z=1|Impersonate-Extra-m%2Fn: o|Impersonate-Extra-l: w");

    options = (struct kubeconfig_options){.kubeconfig = "/dev/null", .server = "https://four", .token = "t"};
    cleanup_load struct load bare = load_options(&options);
    check_loaded(&bare);
    assert_string_equal(bare.access->host, "four");
    assert_string_equal(secret_reveal(bare.access->token), "t");
    assert_null(bare.access->context);
}

static void test_wrong_overrides(void **state)
{
    static const struct {
        struct kubeconfig_options options;
        const char *problem;
    } rows[] = {
        {{.cluster = "z"}, "--cluster: the cluster \"z\" does not exist; clusters: \"c\""},
        {{.user = "z"}, "--user: the user \"z\" does not exist; users: \"u\""},
        {{.cluster = "z", .server = "https://h"}, "--cluster: the cluster \"z\" does not exist"},
        {{.context = "z", .server = "https://h"}, "has no context \"z\""},
        {{.server = "ftp://h"}, "--server: it must begin with https://"},
        {{.tls_server_name = "a/b"}, "--tls-server-name: \"a/b\" is not the name or address of a server"},
        {{.tls_server_name = "a@b\n"}, "--tls-server-name: \"a@b?\" is not the name"},
        {{.proxy_url = "p:1"}, "--proxy-url: it must begin with http://"},
        {{.certificate_authority = "absent"}, "--certificate-authority: cannot read \"absent\""},
        {{.certificate_authority = "good.crt", .insecure = true}, "exclude each other"},
        {{.username = "me"}, "--username: there is a token too"},
        {{.token = "a\nb"}, "--token has a line break"},
        {{.as = "a\r\nX: y"}, "--as has a line break"},
        {{.as_uid = "7"}, "user \"u\" impersonates a uid, groups or extras, but no user"},
        {{.client_certificate = "good.crt"}, "\"good.crt\", has no client-key beside it"},
        {{.client_certificate = "good.crt", .client_key = "absent"}, "--client-key: cannot read"},
    };
    (void)state;
    write_text("config", CLUSTERS CONTEXTS USERS);
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct kubeconfig_options options = rows[i].options;
        options.kubeconfig = "config";
        cleanup_load struct load load = load_options(&options);
        check_error(&load, rows[i].problem);
    }
}

/* A file of one's own that others may read gets a warning, once; what is no secret does not. */
static void test_readable_credentials(void **state)
{
    static const struct {
        const char *user;
        size_t warnings;
    } rows[] = {{"token: abc", 1},
                {"username: me, password: abc", 1},
                {"username: me", 0},
                {"tokenFile: token", 1},
                {"token: abc, tokenFile: token", 2},
                {"client-certificate: good.crt, client-key: good.key", 1}};
    (void)state;
    write_text("token", "abc");
    for (size_t i = 0; i < COUNT(rows); i++) {
        cleanup_free char *text =
            xasprintf(CLUSTERS CONTEXTS "users: [{name: u, user: {%s}}]\n", rows[i].user);
        write_text("config", text);
        for (int open = 0; open < 2; open++) {
            mode_t mode = open ? 0640 : 0600;
            assert_int_equal(chmod("config", mode) | chmod("token", mode) | chmod("good.key", mode), 0);
            cleanup_load struct load load = load_file("config", NULL);
            check_loaded(&load);
            assert_int_equal(load.access->warnings.count, open ? rows[i].warnings : 0);
            if (load.access->warnings.count > 0)
                assert_non_null(strstr(load.access->warnings.items[0], "others may read it (mode 0640)"));
        }
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
    check_error(&lost, "cluster of context \"b\": the cluster \"d\" does not exist; clusters: \"c\"");
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
    const struct kubeconfig_options none = {0};
    cleanup_error struct error *err = NULL;
    mkdir(folder, 0700);
    setenv("KUBERNETES_SERVICE_HOST", "fd00::1", 1);
    setenv("KUBERNETES_SERVICE_PORT", "6443", 1);
    assert_false(kubeconfig_in_cluster_possible(folder));
    write_text("account/token", SECRET "\n");
    assert_true(kubeconfig_in_cluster_possible(folder));
    assert_null(kubeconfig_in_cluster(folder, &none, &err));
    assert_non_null(strstr(err->message, "/account/ca.crt\""));
    write_text("account/ca.crt", world.mine.ca_pem);
    write_text("account/namespace", "smoke\n");
    cleanup_load struct load load = {0};
    load.access = kubeconfig_in_cluster(folder, &none, &load.err);
    check_loaded(&load);
    assert_string_equal(load.access->server, "https://[fd00::1]:6443");
    assert_string_equal(load.access->host, "fd00::1");
    assert_string_equal(load.access->name_space, "smoke");
    assert_string_equal(load.access->ca_pem, world.mine.ca_pem);
    assert_true(text_ends_with(load.access->token_file, "/account/token"));
    assert_null(load.access->token);
    struct kubeconfig_options options = {.token = "other", .insecure = true, .as = "me"};
    cleanup_load struct load overridden = {0};
    overridden.access = kubeconfig_in_cluster(folder, &options, &overridden.err);
    check_loaded(&overridden);
    assert_string_equal(secret_reveal(overridden.access->token), "other");
    assert_null(overridden.access->token_file);
    assert_null(overridden.access->ca_pem);
    assert_true(overridden.access->insecure);
    assert_string_equal(overridden.access->impersonation.items[0], "Impersonate-User: me");
    write_text("account/token", "\n");
    cleanup_load struct load empty = {0};
    empty.access = kubeconfig_in_cluster(folder, &none, &empty.err);
    check_error(&empty, "/account/token\" is empty");
    unsetenv("KUBERNETES_SERVICE_HOST");
    assert_false(kubeconfig_in_cluster_possible(folder));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_complete),
        cmocka_unit_test(test_accepted_forms),
        cmocka_unit_test(test_flags),
        cmocka_unit_test(test_servers),
        cmocka_unit_test(test_proxies),
        cmocka_unit_test(test_proxy_of_the_environment),
        cmocka_unit_test(test_overrides),
        cmocka_unit_test(test_wrong_overrides),
        cmocka_unit_test(test_readable_credentials),
        cmocka_unit_test(test_context_option),
        cmocka_unit_test(test_merging),
        cmocka_unit_test(test_where_files_are_looked_for),
        cmocka_unit_test(test_relative_paths),
        cmocka_unit_test(test_in_cluster),
    };
    return cmocka_run_group_tests_name("kubeconfig", tests, set_up, tear_down);
}
