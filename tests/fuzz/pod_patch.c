/* SPDX-License-Identifier: Apache-2.0
 *
 * Patches of an operator's own for the pods of a run: whatever is accepted leaves what is the run's.
 */
#include <json-c/json.h>

#include "fuzz.h"
#include "gvisor-smoke/pod_patch.h"

#define LABELS                                                                                               \
    "\"labels\":{\"app.kubernetes.io/managed-by\":\"gvisor-smoke\",\"gvisor-smoke/run\":\"r\","              \
    "\"gvisor-smoke/role\":\"gvisor\"}"
#define POD(container)                                                                                       \
    "{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{\"name\":\"p\",\"namespace\":\"n\"," LABELS       \
    "},\"spec\":{\"runtimeClassName\":\"gvisor\",\"affinity\":{\"nodeAffinity\":{\"own\":true}},"            \
    "\"containers\":[{\"name\":\"" container                                                                 \
    "\",\"image\":\"own\",\"env\":[{\"name\":\"A\",\"value\":\"1\"}],"                                       \
    "\"volumeMounts\":[{\"name\":\"tmp\",\"mountPath\":\"/tmp\"}]}],"                                        \
    "\"volumes\":[{\"name\":\"tmp\",\"emptyDir\":{}}]}}"

static const struct {
    const char *pointer, *value;
} owned[] = {
    {"/apiVersion", "v1"},
    {"/kind", "Pod"},
    {"/metadata/name", "p"},
    {"/metadata/namespace", "n"},
    {"/metadata/labels/app.kubernetes.io~1managed-by", "gvisor-smoke"},
    {"/metadata/labels/gvisor-smoke~1run", "r"},
    {"/metadata/labels/gvisor-smoke~1role", "gvisor"},
    {"/spec/runtimeClassName", "gvisor"},
    {"/spec/affinity/nodeAffinity/own", "true"},
    {"/spec/containers/0/image", "own"},
};

static void check_applied(const struct pod_patch *patch, const char *manifest, const char *container)
{
    cleanup_free char *patched = pod_patch_apply(patch, manifest);
    for (size_t i = 0; i < sizeof owned / sizeof *owned; i++) {
        cleanup_free char *value = kube_json_text(patched, owned[i].pointer);
        assert(value && strcmp(value, owned[i].value) == 0);
    }
    cleanup_free char *name = kube_json_text(patched, "/spec/containers/0/name");
    assert(name && strcmp(name, container) == 0);
    cleanup_free char *status = kube_json_text(patched, "/status");
    assert(!status);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    cleanup_error struct error *err = NULL;
    cleanup_free char *text = fuzz_text(bytes, length);
    struct pod_patch *patch = pod_patch_parse(text, length, &err);
    assert(!patch == (err != NULL));
    if (!patch) {
        assert_error(err);
        return 0;
    }
    check_applied(patch, POD("case"), "case");
    check_applied(patch, POD("fixture"), "fixture");
    struct strings images = {0};
    struct kube_runtime_class runtime_class = {0};
    pod_patch_images(patch, &images);
    pod_patch_add_scheduling(patch, &runtime_class);
    strings_release(&images);
    kube_runtime_class_release(&runtime_class);
    pod_patch_free(patch);
    return 0;
}
