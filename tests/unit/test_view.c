/* SPDX-License-Identifier: Apache-2.0
 *
 * Views of API objects: what is read of a node that is not ready, and what is not taken for a list.
 */
#include "unit.h"

#include "gvisor-smoke/buf.h"
#include "gvisor-smoke/kube_view.h"

struct row {
    const char *conditions; /* of the node's status */
    bool ready;
    const char *not_ready; /* or NULL */
};

static const struct row rows[] = {
    {"{\"type\": \"DiskPressure\", \"status\": \"False\"}, {\"type\": \"Ready\", \"status\": \"True\", "
     "\"reason\": "
     "\"KubeletReady\", \"message\": \"kubelet is posting ready status\", \"lastTransitionTime\": "
     "\"2026-11-25T17:00:00Z\"}",
     true, NULL},
    /* node_lifecycle_controller.go: the kubelet does not report any more */
    {"{\"type\": \"Ready\", \"status\": \"Unknown\", \"reason\": \"NodeStatusUnknown\", \"message\": "
     "\"Kubelet stopped "
     "posting node status.\", \"lastTransitionTime\": \"2026-11-25T17:58:03Z\"}",
     false, "since 2026-11-25T17:58:03Z: NodeStatusUnknown: Kubelet stopped posting node status."},
    /* kubelet/nodestatus/setters.go */
    {"{\"type\": \"Ready\", \"status\": \"False\", \"reason\": \"KubeletNotReady\", \"message\": \"container "
     "runtime "
     "network not ready: cni plugin not initialized\", \"lastTransitionTime\": \"2026-11-25T17:58:03Z\"}",
     false,
     "since 2026-11-25T17:58:03Z: KubeletNotReady: container runtime network not ready: cni plugin not "
     "initialized"},
    {"{\"type\": \"Ready\", \"status\": \"False\"}", false, "since it was made: no reason is given"},
    {"", false, "since it was made: its kubelet has never reported"},
};

static void a_node_that_is_not_ready_says_why_and_since_when(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        cleanup_free char *json = xasprintf(
            "{\"items\": [{\"metadata\": {\"name\": \"node-a\"}, \"status\": {\"conditions\": [%s]}}]}",
            rows[i].conditions);
        cleanup_error struct error *err = NULL;
        struct kube_node *nodes = NULL;
        size_t count = 0;
        assert_int_equal(kube_node_list_parse(json, &nodes, &count, &err), 0);
        assert_int_equal(count, 1);
        assert_int_equal(nodes[0].ready, rows[i].ready);
        if (rows[i].not_ready)
            assert_string_equal(nodes[0].not_ready, rows[i].not_ready);
        else
            assert_null(nodes[0].not_ready);
        kube_node_list_free(nodes, count);
    }
}

static void assert_no_list(const char *json, const char *problem)
{
    cleanup_error struct error *err = NULL;
    struct kube_object *objects = NULL;
    size_t count = 7;
    assert_int_equal(kube_object_list_parse(json, &objects, &count, &err), -1);
    assert_int_equal(err->kind, ERROR_ENVIRONMENT);
    if (!strstr(err->message, problem))
        fail_msg("\"%s\" does not have \"%s\"", err->message, problem);
}

static void a_list_has_items_and_each_a_name(void **state)
{
    (void)state;
    static const char *const names[] = {"\"\"",   "7",       "null",  "\"a/b\"",
                                        "\"..\"", "\"a?b\"", "\"A\"", "\"a\\n\""};
    struct kube_object *objects = NULL;
    size_t count = 7;
    cleanup_error struct error *err = NULL;
    assert_int_equal(kube_object_list_parse(" {\"items\": null}\n", &objects, &count, &err), 0);
    assert_int_equal(count, 0);
    kube_object_list_free(objects, count);
    assert_no_list("{}", "it has no items");
    assert_no_list("[]", "is not a List object");
    assert_no_list("", "is not a List object");
    assert_no_list("{\"items\": []} x", "is not a List object");
    assert_no_list("{'items': []}", "is not a List object");
    assert_no_list("{/* \" */\"items\": []}", "is not a List object");
    assert_no_list("{\"items\": [{\"metadata\": {}}]}", "item 0 of");
    for (size_t i = 0; i < COUNT(names); i++) {
        cleanup_free char *json = xasprintf(
            "{\"items\": [{\"metadata\": {\"name\": \"a.b-1\"}}, {\"metadata\": {\"name\": %s}}]}", names[i]);
        assert_no_list(json, "item 1 of the API server's List has no name that an object can have");
    }
}

/* "[]," is three bytes, and 400 when it is read. */
static void what_costs_too_much_is_not_read(void **state)
{
    (void)state;
    const size_t lists = 400 * 1000;
    cleanup_buf struct buf json;
    buf_init(&json, SIZE_MAX / 2);
    buf_append_text(&json, "{\"items\": [");
    for (size_t i = 0; i < lists; i++)
        buf_append_text(&json, "[],");
    buf_append_text(&json, "[]]}");
    assert_no_list(json.bytes, "is too large for a List object");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_node_that_is_not_ready_says_why_and_since_when),
        cmocka_unit_test(a_list_has_items_and_each_a_name),
        cmocka_unit_test(what_costs_too_much_is_not_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
