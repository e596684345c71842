/* SPDX-License-Identifier: Apache-2.0
 *
 * The operator's patch of pods: how it is merged, and what it may not touch.
 */
#include "unit.h"

#include "gvisor-smoke/cleanup.h"
#include "gvisor-smoke/pod_patch.h"

#define POD(spec)                                                                                            \
    "{\"metadata\":{\"name\":\"p\",\"labels\":{\"gvisor-smoke/run\":\"r\"}},\"spec\":{" spec "}}"
#define CASE "\"containers\":[{\"name\":\"case\",\"image\":\"i\",\"command\":[\"sh\"]}]"
#define FIXTURE                                                                                              \
    "\"containers\":[{\"name\":\"fixture\",\"env\":[{\"name\":\"FIXTURE_URL\",\"value\":\"u\"}],"            \
    "\"volumeMounts\":[{\"name\":\"tmp\",\"mountPath\":\"/tmp\"}]}],"                                        \
    "\"volumes\":[{\"name\":\"tmp\",\"emptyDir\":{}}]"

static const struct {
    const char *pod, *patch, *expected;
} merges[] = {
    {POD(CASE), "{}", POD(CASE)},
    /* RFC 7386: objects are merged, null removes, other values replace. */
    {POD(CASE), "{\"metadata\":{\"labels\":{\"team\":\"a\"},\"annotations\":{\"x\":\"y\"}}}",
     "{\"metadata\":{\"name\":\"p\",\"labels\":{\"gvisor-smoke/run\":\"r\",\"team\":\"a\"},"
     "\"annotations\":{\"x\":\"y\"}},\"spec\":{" CASE "}}"},
    {POD("\"a\":1,\"b\":{\"c\":2,\"d\":3}," CASE),
     "{\"spec\":{\"a\":null,\"b\":{\"c\":null,\"e\":{\"f\":null}}}}", POD("\"b\":{\"d\":3,\"e\":{}}," CASE)},
    {POD(CASE), "{\"apiVersion\":\"v1\",\"spec\":{\"tolerations\":[{\"operator\":\"Exists\"}]}}",
     "{\"metadata\":{\"name\":\"p\",\"labels\":{\"gvisor-smoke/run\":\"r\"}},\"spec\":{" CASE
     ",\"tolerations\":[{\"operator\":\"Exists\"}]},\"apiVersion\":\"v1\"}"},
    {POD("\"tolerations\":[{\"key\":\"a\"}]," CASE), "{\"spec\":{\"tolerations\":[{\"key\":\"b\"}]}}",
     POD("\"tolerations\":[{\"key\":\"b\"}]," CASE)},
    /* Lists with a key are merged by it: the pod keeps its command, its image, its own variables. */
    {POD(CASE), "{\"spec\":{\"containers\":[{\"env\":[{\"name\":\"HTTPS_PROXY\",\"value\":\"p\"}]}]}}",
     POD("\"containers\":[{\"name\":\"case\",\"image\":\"i\",\"command\":[\"sh\"],"
         "\"env\":[{\"name\":\"HTTPS_PROXY\",\"value\":\"p\"}]}]")},
    {POD(FIXTURE),
     "{\"spec\":{\"containers\":[{\"env\":[{\"name\":\"A\",\"value\":\"b\"}],"
     "\"volumeMounts\":[{\"name\":\"tmp\",\"mountPath\":\"/run\"},{\"mountPath\":\"/"
     "tmp\",\"readOnly\":true}]}],"
     "\"volumes\":[{\"name\":\"tmp\",\"emptyDir\":{\"medium\":\"Memory\"}},{\"name\":\"new\",\"emptyDir\":{}}"
     "]}}",
     POD("\"containers\":[{\"name\":\"fixture\",\"env\":[{\"name\":\"FIXTURE_URL\",\"value\":\"u\"},"
         "{\"name\":\"A\",\"value\":\"b\"}],\"volumeMounts\":[{\"name\":\"tmp\",\"mountPath\":\"/"
         "tmp\",\"readOnly\":true},"
         "{\"name\":\"tmp\",\"mountPath\":\"/run\"}]}],"
         "\"volumes\":[{\"name\":\"tmp\",\"emptyDir\":{\"medium\":\"Memory\"}},{\"name\":\"new\","
         "\"emptyDir\":{}}]")},
    /* A name chooses the kind of pod, another one adds a container. */
    {POD(CASE),
     "{\"spec\":{\"containers\":[{\"name\":\"fixture\",\"x\":1},{\"name\":\"case\",\"x\":2},"
     "{\"name\":\"proxy\",\"image\":\"p\"}]}}",
     POD("\"containers\":[{\"name\":\"case\",\"image\":\"i\",\"command\":[\"sh\"],\"x\":2},"
         "{\"name\":\"proxy\",\"image\":\"p\"}]")},
};

static void it_is_merged(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(merges); i++) {
        cleanup_error struct error *err = NULL;
        struct pod_patch *patch = pod_patch_parse(merges[i].patch, strlen(merges[i].patch), &err);
        if (!patch)
            fail_msg("%s: %s", merges[i].patch, err->message);
        cleanup_free char *seen = pod_patch_apply(patch, merges[i].pod);
        cleanup_free char *again = pod_patch_apply(patch, merges[i].pod);
        pod_patch_free(patch);
        assert_string_equal(seen, merges[i].expected);
        assert_string_equal(again, merges[i].expected); /* the patch itself did not change */
    }
}

static const struct {
    const char *patch, *message, *hint;
} refusals[] = {
    {"{\"metadata\":{\"name\":\"x\"}}", "sets /metadata/name", "names its pods"},
    {"{\"metadata\":{\"name\":null}}", "sets /metadata/name", NULL},
    {"{\"metadata\":{\"namespace\":\"x\"}}", "sets /metadata/namespace", "-n"},
    {"{\"metadata\":{\"labels\":{\"gvisor-smoke/run\":null}}}", "sets /metadata/labels/gvisor-smoke/run",
     NULL},
    {"{\"metadata\":{\"labels\":{\"gvisor-smoke/role\":\"x\"}}}", "/gvisor-smoke/role", "fixture"},
    {"{\"metadata\":{\"labels\":{\"app.kubernetes.io/managed-by\":\"helm\"}}}", "managed-by", "sweep"},
    {"{\"metadata\":{\"labels\":null}}", "/metadata/labels is not an object", NULL},
    {"{\"metadata\":[]}", "/metadata is not an object", NULL},
    {"{\"spec\":null}", "/spec is not an object", NULL},
    {"{\"spec\":{\"runtimeClassName\":\"runc\"}}", "sets /spec/runtimeClassName", "--runtime-class"},
    {"{\"spec\":{\"runtimeClassName\":null}}", "sets /spec/runtimeClassName", NULL},
    {"{\"spec\":{\"nodeName\":\"a\"}}", "sets /spec/nodeName", "--node"},
    {"{\"spec\":{\"affinity\":null}}", "/spec/affinity is not an object", NULL},
    {"{\"spec\":{\"affinity\":{\"nodeAffinity\":{}}}}", "sets /spec/affinity/nodeAffinity", "nodeSelector"},
    {"{\"spec\":{\"containers\":null}}", "/spec/containers is not a list", NULL},
    {"{\"spec\":{\"containers\":[3]}}", "/spec/containers/0 is not an object", NULL},
    {"{\"spec\":{\"containers\":[{\"name\":\"a\"},{\"image\":\"x\"}]}}", "sets /spec/containers/1/image",
     "--image"},
    {"{\"kind\":\"Deployment\"}", "another kind of object", NULL},
    {"{\"apiVersion\":\"apps/v1\"}", "another kind of object", NULL},
    {"{\"status\":{}}", "sets /status", NULL},
    {"[]", "not a JSON object", NULL},
    {"null", "not a JSON object", NULL},
    {"", "not JSON", NULL},
    {"spec:\n  tolerations: []\n", "not JSON", NULL},
    {"{\"spec\":{\"tolerations\":[", "not JSON", NULL},
    {"{} {}", "not JSON", NULL},
};

static void what_is_the_runs_own_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(refusals); i++) {
        cleanup_error struct error *err = NULL;
        if (pod_patch_parse(refusals[i].patch, strlen(refusals[i].patch), &err))
            fail_msg("taken: %s", refusals[i].patch);
        assert_int_equal(err->kind, ERROR_USAGE);
        assert_contains(err->message, refusals[i].message);
        if (refusals[i].hint)
            assert_contains(err->hint, refusals[i].hint);
    }
}

/* Cut anywhere, a patch is refused: it must not be taken for a smaller one. */
static void a_patch_cut_short_is_refused(void **state)
{
    (void)state;
    const char *whole = "{\"spec\":{\"tolerations\":[{\"key\":\"a\",\"operator\":\"Exists\"}],\"x\":12}}";
    for (size_t length = 0; length < strlen(whole); length++) {
        cleanup_error struct error *err = NULL;
        cleanup_free char *part = xstrndup(whole, length);
        assert_null(pod_patch_parse(part, length, &err));
        assert_contains(err->message, "not JSON");
    }
}

static void it_says_where_pods_may_go(void **state)
{
    (void)state;
    const char *text =
        "{\"spec\":{\"nodeSelector\":{\"pool\":\"sandbox\"},\"tolerations\":["
        "{\"key\":\"sandbox\",\"operator\":\"Equal\",\"value\":\"yes\",\"effect\":\"NoSchedule\"}]}}";
    cleanup_error struct error *err = NULL;
    struct pod_patch *patch = pod_patch_parse(text, strlen(text), &err);
    assert_non_null(patch);
    struct kube_runtime_class runtime_class = {0};
    strings_add(&runtime_class.node_selector, "class=gvisor");
    pod_patch_add_scheduling(patch, &runtime_class);
    cleanup_free char *selector = strings_join(&runtime_class.node_selector, " ");
    cleanup_free char *tolerations = strings_join(&runtime_class.tolerations, " ");
    assert_string_equal(selector, "class=gvisor pool=sandbox");
    assert_string_equal(tolerations, "sandbox=yes:NoSchedule");
    kube_runtime_class_release(&runtime_class);
    pod_patch_free(patch);

    patch = pod_patch_parse("{}", 2, &err);
    pod_patch_add_scheduling(patch, &runtime_class);
    assert_int_equal(runtime_class.node_selector.count + runtime_class.tolerations.count, 0);
    pod_patch_free(patch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_merged),
        cmocka_unit_test(what_is_the_runs_own_is_refused),
        cmocka_unit_test(a_patch_cut_short_is_refused),
        cmocka_unit_test(it_says_where_pods_may_go),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
