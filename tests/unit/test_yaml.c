/* SPDX-License-Identifier: Apache-2.0
 *
 * Trees of YAML documents: several in one text, and the bounds of each. (What single documents hold and how
 * wrong ones are told is tested with kubeconfigs.)
 */
#include "unit.h"

#include "gvisor-smoke/buf.h"
#include "gvisor-smoke/yaml_tree.h"

static const struct yaml_limits limits = {
    .noun = "thing", .nodes = 20, .expanded_nodes = 40, .anchors = 3, .depth = 5};

/* Reads all documents; gives the value of "k" of each, joined by commas, and the message of the error. */
static char *read_all(const char *text, char **ret_problem)
{
    cleanup_error struct error *err = NULL;
    struct yaml_reader *reader = yaml_reader_new("file", text, strlen(text), &limits);
    struct strings values = {0};
    struct yaml_tree *tree;
    while (yaml_reader_next(reader, &tree, &err) == 0 && tree) {
        const struct yaml_node *value = yaml_node_get(tree->root, "k");
        cleanup_free char *item = xasprintf("%s@%zu", value ? value->text : "-", tree->root->line);
        strings_add(&values, item);
        yaml_tree_free(tree);
    }
    *ret_problem = err ? xstrdup(err->message) : NULL;
    /* Asked once more, it is at its end. */
    assert_int_equal(yaml_reader_next(reader, &tree, &err), 0);
    assert_null(tree);
    yaml_reader_free(reader);
    char *joined = strings_join(&values, ",");
    strings_release(&values);
    return joined;
}

static void test_documents(void **state)
{
    static const struct {
        const char *text, *values, *problem;
    } rows[] = {
        {"", "", NULL},
        {"# nothing\n", "", NULL},
        {"k: a\n", "a@1", NULL},
        {"---\nk: a\n---\n# only a comment\n---\nk: b\n...\n", "a@2,-@5,b@6", NULL},
        {"\xEF\xBB\xBFk: a\r\n---\r\nk: b\r\n", "a@1,b@3", NULL},
        {"{\"k\": \"a\"}\n---\n{\n\t\"k\": \"b\"}\n", "a@1,b@3", NULL},
        {"k: a\n---\nk: [b\n", "a@1", "thing \"file\", line 4: not YAML: "},
        {"k: a\n---\nk: *x\n", "a@1", "line 3: an alias without its anchor"},
        {"x: &x b\nk: *x\n---\nk: *x\n", "b@1", "line 4: an alias without its anchor"},
        {"k: a\n---\nk: [[[[[[b]]]]]]\n", "a@1", "line 3: nested too deeply for a thing"},
        {"k: a\n---\nk: [1,2,3,4,5,6,7,8,9,0,1,2,3,4,5,6,7,8,9]\n", "a@1", "too many values for a thing"},
        {"k: a\n---\nk: [&a 1,&b 2,&c 3,&d 4]\n", "a@1", "too many anchors for a thing"},
        {"a: &a [1,2,3,4]\nb: &b [*a,*a,*a]\nk: [*b,*b,*b]\n", "", "aliases that stand for too many values"},
        {"k: a\n---\n\tk: b\n", "a@1", "line 3: not YAML: "},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        cleanup_free char *problem = NULL;
        cleanup_free char *values = read_all(rows[i].text, &problem);
        assert_string_equal(values, rows[i].values);
        if (rows[i].problem)
            assert_contains(problem, rows[i].problem);
        else
            assert_null(problem);
    }
}

/* The bounds are each document's own: many small ones are fine. */
static void test_many_documents(void **state)
{
    (void)state;
    cleanup_buf struct buf text;
    buf_init(&text, 1 << 20);
    for (int i = 0; i < 1000; i++)
        buf_printf(&text, "---\nx: &a [1, 2, 3, 4, 5]\nk: *a\n");
    struct yaml_reader *reader = yaml_reader_new("file", text.bytes, text.length, &limits);
    cleanup_error struct error *err = NULL;
    struct yaml_tree *tree;
    size_t count = 0;
    while (yaml_reader_next(reader, &tree, &err) == 0 && tree) {
        assert_int_equal(tree->root->line, 3 * count + 2);
        yaml_tree_free(tree);
        count++;
    }
    assert_null(err);
    assert_int_equal(count, 1000);
    yaml_reader_free(reader);
}

static void test_only_the_first(void **state)
{
    static const char *const texts[] = {"k: a\n", "k: a\n---\nk: b\n", "", "k: a\n} rubbish"};
    static const char *const values[] = {"a", "a", NULL, NULL};
    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++) {
        cleanup_error struct error *err = NULL;
        struct yaml_tree *tree = yaml_tree_parse("file", texts[i], strlen(texts[i]), &limits, &err);
        const struct yaml_node *value = tree ? yaml_node_get(tree->root, "k") : NULL;
        assert_int_equal(tree == NULL, i == 3);
        assert_int_equal(err != NULL, i == 3);
        if (values[i])
            assert_string_equal(value ? value->text : "(none)", values[i]);
        yaml_tree_free(tree);
    }
}

static void test_printable(void **state)
{
    static const struct {
        const char *name, *printable;
    } rows[] = {
        {"name", "name"},
        {"", ""},
        {"a\nb\x1b[31m\x7f", "a?b?[31m?"},
        {"\xE2\x80\xAE"
         "evil",
         "?evil"},
        {"12345678901234567890123456789012345678901234567890123456789012345678901234567890",
         "12345678901234567890123456789012345678901234567890123456789012345678901234567890"},
        {"1234567890123456789012345678901234567890123456789012345678901234567890123456789\xC3\xA9",
         "1234567890123456789012345678901234567890123456789012345678901234567890123456789..."},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        cleanup_free char *printable = text_printable(rows[i].name);
        assert_string_equal(printable, rows[i].printable);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_documents),
        cmocka_unit_test(test_many_documents),
        cmocka_unit_test(test_only_the_first),
        cmocka_unit_test(test_printable),
    };
    return cmocka_run_group_tests_name("trees of YAML documents", tests, NULL, NULL);
}
