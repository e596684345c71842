/* SPDX-License-Identifier: Apache-2.0
 *
 * The built-in cases that look at an object of the API and need no pod.
 */
#include "case.h"
#include "gvisor-smoke/cleanup.h"

static const struct {
    enum case_kind kind;
    const char *name, *report_name, *summary;
} checks[] = {
    {CASE_RUNTIME_CLASS, "runtime-class", "test_runtime_class_exists_in_cluster",
     "the RuntimeClass exists and names the handler of gVisor"},
    {CASE_APP_PODS, "app-pods", "test_pods_have_gvisor_runtimeclass",
     "the application's pods declare the RuntimeClass"},
};

struct test_case *case_check_new(size_t index)
{
    if (index >= sizeof checks / sizeof *checks)
        return NULL;
    struct test_case *test_case = xcalloc(1, sizeof *test_case);
    test_case->kind = checks[index].kind;
    test_case->name = xstrdup(checks[index].name);
    test_case->summary = xstrdup(checks[index].summary);
    test_case->report_class = xstrdup("TestGvisorRuntimeClassOnCluster");
    test_case->report_name = xstrdup(checks[index].report_name);
    test_case->expect = EXPECT_WORKS;
    test_case->image = xstrdup("toolbox");
    test_case->timeout_ms = CASE_TIMEOUT_DEFAULT_MS;
    test_case->script = xstrdup("");
    test_case->origin = xstrdup("built-in");
    return test_case;
}
