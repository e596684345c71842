/* SPDX-License-Identifier: Apache-2.0
 *
 * Objects and lists of the API, as whatever they may be taken for.
 */
#include "fuzz.h"
#include "gvisor-smoke/kube_view.h"

static void read_lists(const char *json)
{
    cleanup_error struct error *no_pods = NULL, *no_nodes = NULL, *no_objects = NULL;
    struct kube_pod *pods = NULL;
    struct kube_node *nodes = NULL;
    struct kube_object *objects = NULL;
    size_t count = 0;
    if (kube_pod_list_parse(json, &pods, &count, &no_pods) == 0)
        kube_pod_list_free(pods, count);
    else
        assert_error(no_pods);
    if (kube_node_list_parse(json, &nodes, &count, &no_nodes) == 0)
        kube_node_list_free(nodes, count);
    if (kube_object_list_parse(json, &objects, &count, &no_objects) == 0) {
        for (size_t i = 0; i < count; i++)
            kube_label(&objects[i].labels, "gvisor-smoke/run");
        kube_object_list_free(objects, count);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    static const char *const pointers[] = {"/metadata/name", "/metadata/continue", "/status/phase", ""};
    cleanup_free char *json = fuzz_text(bytes, length);
    cleanup_error struct error *no_pod = NULL, *no_class = NULL;
    struct kube_pod pod = {0};
    struct kube_runtime_class runtime_class = {0};
    if (kube_pod_parse(json, &pod, &no_pod) == 0)
        kube_pod_release(&pod);
    else
        assert_error(no_pod);
    if (kube_runtime_class_parse(json, &runtime_class, &no_class) == 0)
        kube_runtime_class_release(&runtime_class);
    read_lists(json);
    for (size_t i = 0; i < sizeof pointers / sizeof *pointers; i++)
        free(kube_json_text(json, pointers[i]));
    return 0;
}
