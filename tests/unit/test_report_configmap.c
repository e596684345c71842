/* SPDX-License-Identifier: Apache-2.0
 *
 * Reports in a ConfigMap: what fits into 1 MiB, and what is said of the rest.
 */
#include <json-c/json.h>

#include "unit.h"

#include "gvisor-smoke/kube.h"
#include "gvisor-smoke/report_configmap.h"

static struct json_object *object;
static struct strings notes;

static const char *value_of(const char *key)
{
    struct json_object *data = NULL, *value = NULL;
    assert_true(json_object_object_get_ex(object, "data", &data));
    return json_object_object_get_ex(data, key, &value) ? json_object_get_string(value) : NULL;
}

static size_t length_of(const char *key)
{
    const char *value = value_of(key);
    if (!value)
        fail_msg("there is no %s", key);
    return strlen(value);
}

static void make(const struct report_configmap_text *texts, size_t count)
{
    json_object_put(object);
    strings_release(&notes);
    cleanup_free char *text = report_configmap_object("smoke", "report", texts, count, &notes);
    object = json_tokener_parse(text);
    assert_non_null(object);
}

static size_t size_of_all(void)
{
    struct json_object *data = NULL;
    size_t sum = 0;
    assert_true(json_object_object_get_ex(object, "data", &data));
    for (struct lh_entry *entry = json_object_get_object(data)->head; entry; entry = entry->next)
        sum += strlen((const char *)lh_entry_k(entry)) +
               (size_t)json_object_get_string_len((struct json_object *)lh_entry_v(entry));
    return sum;
}

/* Lines of ten bytes. */
static char *lines_of(size_t size)
{
    char *text = xcalloc(size + 1, 1);
    for (size_t i = 0; i < size; i++)
        text[i] = i % 10 == 9 ? '\n' : 'x';
    return text;
}

static void what_fits_is_there_whole_and_nothing_is_noted(void **state)
{
    (void)state;
    const struct report_configmap_text texts[] = {
        {"junit.xml", "<a \"ä\"/>\n", 10, false}, {"run.jsonl", "1\n2\n", 4, true}, {"empty", "", 0, false}};
    make(texts, COUNT(texts));
    assert_string_equal(value_of("junit.xml"), "<a \"ä\"/>\n");
    assert_string_equal(value_of("run.jsonl"), "1\n2\n");
    assert_string_equal(value_of("empty"), "");
    assert_null(value_of("note"));
    assert_int_equal(notes.count, 0);
}

static void a_journal_is_cut_behind_a_line_and_junit_never(void **state)
{
    (void)state;
    const size_t large = 3 * REPORT_CONFIGMAP_MAX;
    cleanup_free char *text = lines_of(large);
    const struct report_configmap_text texts[] = {{"junit.xml", text, 600005, false},
                                                  {"other.xml", text, 600005, false},
                                                  {"run.jsonl", text, large, true}};
    make(texts, COUNT(texts));
    assert_int_equal(length_of("junit.xml"), 600005);
    assert_null(value_of("other.xml"));
    size_t kept = length_of("run.jsonl");
    assert_true(kept > 390000);
    assert_int_equal(kept % 10, 0);
    assert_int_equal(notes.count, 2);
    assert_string_equal(notes.items[0], "other.xml: left out, it has 600005 bytes");
    cleanup_free char *note = xasprintf("run.jsonl: the first %zu of %zu bytes", kept, large);
    assert_string_equal(notes.items[1], note);
    assert_contains(value_of("note"), note);
    assert_true(size_of_all() <= REPORT_CONFIGMAP_MAX);
}

static void one_line_that_does_not_fit_is_left_out(void **state)
{
    (void)state;
    cleanup_free char *text = xcalloc(REPORT_CONFIGMAP_MAX + 2, 1);
    memset(text, 'x', REPORT_CONFIGMAP_MAX + 1);
    const struct report_configmap_text texts[] = {{"run.jsonl", text, REPORT_CONFIGMAP_MAX + 1, true}};
    make(texts, COUNT(texts));
    assert_null(value_of("run.jsonl"));
    assert_non_null(value_of("note"));
}

static void names_that_the_api_would_refuse_are_known(void **state)
{
    (void)state;
    static const char *const good[] = {"a", "0", "a-b", "a--b", "a.b-c.9"};
    static const char *const bad[] = {"",     "-a",   "a-", ".a",  "a.",  "a..b",
                                      "a.-b", "a-.b", "A",  "a_b", "a/b", "ä"};
    for (size_t i = 0; i < COUNT(good); i++)
        assert_true(kube_is_object_name(good[i]));
    for (size_t i = 0; i < COUNT(bad); i++)
        assert_false(kube_is_object_name(bad[i]));
    char longest[255];
    memset(longest, 'a', sizeof longest);
    longest[254] = '\0';
    assert_false(kube_is_object_name(longest));
    longest[253] = '\0';
    assert_true(kube_is_object_name(longest));
}

static int release(void **state)
{
    (void)state;
    json_object_put(object);
    strings_release(&notes);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_fits_is_there_whole_and_nothing_is_noted),
        cmocka_unit_test(a_journal_is_cut_behind_a_line_and_junit_never),
        cmocka_unit_test(one_line_that_does_not_fit_is_left_out),
        cmocka_unit_test(names_that_the_api_would_refuse_are_known),
    };
    return cmocka_run_group_tests(tests, NULL, release);
}
