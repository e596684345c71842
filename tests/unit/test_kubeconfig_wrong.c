/* SPDX-License-Identifier: Apache-2.0
 *
 * Kubeconfigs: what each wrong file is told, and that hostile ones do no harm.
 */
#include "kubeconfig_world.h"

static void test_wrong_files(void **state)
{
    static const struct {
        const char *text, *problem;
    } wrong[] = {
        {"", "is empty"},
        {"# nothing\n", "is empty"},
        {"null", "is empty"},
        {"{}", "is empty"},
        {"hello", "line 1: not a kubeconfig: it must be a mapping"},
        {"- a\n- b\n", "line 1: not a kubeconfig: it must be a mapping"},
        {"a: [b\nc: d\n", "line 2: not YAML: "},
        {"a: b\n c: d\n", "line 2: not YAML: "},
        {"a: '" SECRET "\n", "line 2: not YAML: "},
        {"a: *nothing\n", "line 1: an alias without its anchor"},
        {"\x01", "is not YAML: "},
        {"a: \xFF\xFE\n", "is not YAML: "},
        {"apiVersion: v1\nkind: Pod\n", "line 2: kind is \"Pod\", a kubeconfig has \"Config\""},
        {"apiVersion: v2\nkind: Config\n", "line 1: apiVersion is \"v2\", a kubeconfig has \"v1\""},
        {"kind: Config\n", "has no current-context; its contexts: none"},
        {"current-context: [x]\n", "current-context of the file must be text"},
        {"contexts: text\n", "line 1: contexts must be a list"},
        {"users:\n- " SECRET "\n", "line 2: each of users must be a mapping with name and user"},
        {"users:\n- name: u\n  user: " SECRET "\n", "line 3: user must be a mapping"},
        {"users:\n- name: [u]\n", "name of users must be text"},
        {CLUSTERS CONTEXTS "users: [{name: u}, {name: v}, {name: u}]\n",
         "line 4: users has two entries of the name \"u\""},
        {CLUSTERS USERS "current-context: other\n",
         "has no context \"other\", which is its current-context; its contexts: none"},
        {USERS CONTEXTS, "cluster of context \"x\": the cluster \"c\" does not exist; clusters: none"},
        {CLUSTERS CONTEXTS, "line 2: user of context \"x\": the user \"u\" does not exist; users: none"},
        {CLUSTERS "contexts: [{name: x}]\ncurrent-context: x\n",
         "context \"x\" names no cluster; clusters: \"c\""},
        {CONTEXTS USERS "clusters: [{name: c}]\n", "line 4: cluster \"c\" has no server"},
        {CONTEXTS USERS "clusters: [{name: c, cluster: {server: ''}}]\n", "cluster \"c\" has no server"},
        {CONTEXTS USERS "clusters: [{name: c, cluster: {server: {a: b}}}]\n",
         "server of cluster \"c\" must be text"},
        {CLUSTERS CONTEXTS "users: [{name: u, user: {auth-provider: {name: gcp}}}]\n",
         "uses the auth-provider \"gcp\""},
        {CLUSTERS CONTEXTS "users: [{name: u, user: {as-groups: [g]}}]\n",
         "user \"u\" impersonates a uid, groups or extras, but no user"},
        {CLUSTERS CONTEXTS "users: [{name: u, user: {as: admin, as-groups: g}}]\n",
         "line 4: as-groups of user \"u\" must be a list of texts"},
        {CLUSTERS CONTEXTS "users: [{name: u, user: {as: admin, as-user-extra: [a]}}]\n",
         "line 4: as-user-extra of user \"u\" must be a mapping"},
        {CLUSTERS CONTEXTS "users: [{name: u, user: {as: \"" SECRET "\\nX: y\"}}]\n",
         "line 4: as of user \"u\" has a line break"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(wrong); i++) {
        cleanup_load struct load load = load_text(wrong[i].text, NULL);
        check_error(&load, wrong[i].problem);
        assert_non_null(strstr(load.err->message, "/config\""));
    }
}

static void test_many_contexts_are_cut(void **state)
{
    (void)state;
    cleanup_buf struct buf text;
    buf_init(&text, 1 << 20);
    buf_append_text(&text, "contexts:\n");
    for (int i = 0; i < 1000; i++)
        buf_printf(&text, "- name: \"%d%0200d\\n\"\n", i, i);
    cleanup_load struct load load = load_text(text.bytes, NULL);
    check_error(&load, ", ...");
    assert_true(strlen(load.err->message) < 3000);
}

/* --- what is hostile --- */

/* A node repeated: prefix, then text count times, then suffix. */
static struct load load_repeated(const char *prefix, const char *text, size_t count, const char *suffix)
{
    cleanup_buf struct buf whole;
    buf_init(&whole, (size_t)64 << 20);
    buf_append_text(&whole, prefix);
    for (size_t i = 0; i < count; i++)
        buf_append_text(&whole, text);
    buf_append_text(&whole, suffix);
    return load_text(whole.bytes, NULL);
}

static void test_bounds(void **state)
{
    static const struct {
        const char *prefix, *text;
        size_t count;
        const char *suffix, *problem;
    } bombs[] = {
        {"a: &a [*a]\n", "", 0, "", "line 1: an alias that contains itself"},
        {"&a {b: {c: *a}}\n", "", 0, "", "line 1: an alias that contains itself"},
        {"&a {<<: *a}\n", "", 0, "", "an alias that contains itself"},
        {"a: ", "[", 60, "", "not YAML"},
        {"a: ", "[", 100000, "", "nested too deeply"},
        {"", "{a: ", 100000, "", "nested too deeply"},
        {"", "- ", 100000, "", "nested too deeply"},
        {"a: [", "x,", 300000, "]\n", "too many values"},
        {"a: [", "&b x,", 2000, "]\n", "too many anchors"},
        {"", "#123456789012345\n", 700000, "", "larger than 10485760 bytes"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(bombs); i++) {
        cleanup_load struct load load =
            load_repeated(bombs[i].prefix, bombs[i].text, bombs[i].count, bombs[i].suffix);
        check_error(&load, bombs[i].problem);
    }
}

static void test_billion_laughs(void **state)
{
    (void)state;
    cleanup_buf struct buf wide, deep;
    buf_init(&wide, 1 << 20);
    buf_init(&deep, 1 << 20);
    buf_append_text(&wide, "a0: &a0 [lol, lol]\n");
    buf_append_text(&deep, "a0: &a0 [lol]\n");
    for (int i = 1; i < 90; i++) {
        buf_printf(&wide, "a%d: &a%d [*a%d, *a%d]\n", i, i, i - 1, i - 1);
        buf_printf(&deep, "a%d: &a%d [*a%d]\n", i, i, i - 1);
    }
    cleanup_load struct load laughs = load_text(wide.bytes, NULL);
    check_error(&laughs, "aliases that stand for too many values");
    cleanup_load struct load tower = load_text(deep.bytes, NULL);
    check_error(&tower, "nested too deeply");
}

static char *good_text(void)
{
    return xasprintf(
        "apiVersion: v1\nkind: Config\nanchor: &a {x: [1, \"two\", 'three', ~]}\nuse: *a\n"
        "clusters:\n- name: c\n  cluster:\n    server: https://[fd00::1]:6443\n"
        "    certificate-authority-data: %s\n"
        "contexts:\n- name: x\n  context: {cluster: c, user: u}\ncurrent-context: x\n"
        "users:\n- name: u\n  user:\n    client-certificate-data: %s\n    client-key-data: |\n      %s\n",
        world.ca_data, world.certificate_data, world.key_data);
}

/* Either it loads, or it says clearly why not. */
static bool check_survives(const char *bytes, size_t length)
{
    write_bytes("config", bytes, length);
    cleanup_load struct load load = load_file("config", NULL);
    if (load.access)
        return true;
    check_error(&load, "");
    assert_true(strlen(load.err->message) > 20);
    return false;
}

static void test_cut_at_every_byte(void **state)
{
    (void)state;
    cleanup_free char *text = good_text();
    size_t length = strlen(text);
    assert_true(check_survives(text, length));
    for (size_t i = 0; i < length; i++)
        check_survives(text, i);
}

static void test_every_byte_replaced(void **state)
{
    static const char replacements[] = {'\0', ':', '\n', '*', '\xFF'};
    (void)state;
    cleanup_free char *text = good_text();
    size_t length = strlen(text);
    for (size_t i = 0; i < length; i++) {
        char original = text[i];
        text[i] = replacements[i % COUNT(replacements)];
        check_survives(text, length);
        text[i] = original;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_wrong_files),
        cmocka_unit_test(test_many_contexts_are_cut),
        cmocka_unit_test(test_bounds),
        cmocka_unit_test(test_billion_laughs),
        cmocka_unit_test(test_cut_at_every_byte),
        cmocka_unit_test(test_every_byte_replaced),
    };
    return cmocka_run_group_tests_name("wrong kubeconfigs", tests, set_up, tear_down);
}
