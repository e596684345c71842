/* SPDX-License-Identifier: Apache-2.0
 *
 * Views of API objects: what is read of a node that is not ready.
 */
#include "unit.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_node_that_is_not_ready_says_why_and_since_when),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
