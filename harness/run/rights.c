/* SPDX-License-Identifier: Apache-2.0
 *
 * Which rights a run needs, by its options and cases.
 */
#include "rights.h"

#include "gvisor-smoke/text.h"

/* A websocket exec is a GET, and since Kubernetes 1.35 it needs create as well. */
const struct right run_rights[] = {
    {"", "pods", NULL, "create list watch delete", PLACE_RUN, NEED_MAKING},
    {"", "pods", NULL, "get", PLACE_RUN, NEED_EXISTING},
    {"", "pods", "exec", "get create", PLACE_RUN, NEED_ALWAYS},
    {"", "services", NULL, "create delete", PLACE_RUN, NEED_FIXTURE},
    {"", "secrets", NULL, "create delete", PLACE_RUN, NEED_FIXTURE},
    {"", "persistentvolumeclaims", NULL, "create list watch delete", PLACE_RUN, NEED_CLAIM},
    {"", "events", NULL, "list watch", PLACE_RUN, NEED_LESS},
    {"", "configmaps", NULL, "create patch", PLACE_RUN, NEED_REPORT},
    {"", "pods", NULL, "list", PLACE_APP, NEED_APP},
    {"node.k8s.io", "runtimeclasses", NULL, "get", PLACE_CLUSTER, NEED_ALWAYS},
    {"", "nodes", NULL, "list", PLACE_CLUSTER, NEED_NODES},
    {"", "nodes", NULL, "list", PLACE_CLUSTER, NEED_LESS},
    {"", "namespaces", NULL, "get create list watch delete", PLACE_CLUSTER, NEED_NAMESPACE},
};
const size_t run_right_count = sizeof run_rights / sizeof *run_rights;

static bool has_volume_case(const struct case_set *cases)
{
    for (size_t i = 0; i < cases->count; i++)
        if (strings_contain(&cases->cases[i]->grants, "volume"))
            return true;
    return false;
}

static bool uses_fixture(const struct case_set *cases)
{
    for (size_t i = 0; i < cases->count; i++)
        if (strings_contain(&cases->cases[i]->uses, "fixture"))
            return true;
    return false;
}

static bool looks_at_application(const struct case_set *cases)
{
    for (size_t i = 0; i < cases->count; i++)
        if (cases->cases[i]->kind == CASE_APP_PODS)
            return true;
    return false;
}

bool right_is_needed(const struct right *right, const struct run_options *options,
                     const struct case_set *cases)
{
    bool makes = !options->existing_pod;
    switch (right->need) {
    case NEED_FIXTURE:
        return options->fixture && uses_fixture(cases);
    case NEED_CLAIM:
        return makes && has_volume_case(cases) && !options->existing_claim;
    case NEED_MAKING:
        return makes;
    case NEED_EXISTING:
        return !makes;
    case NEED_NAMESPACE:
        return options->own_namespace;
    case NEED_NODES:
        return options->nodes != NULL;
    case NEED_REPORT:
        return options->report_configmap != NULL;
    case NEED_APP:
        return options->app_explicit && looks_at_application(cases);
    case NEED_LESS:
        return makes && !(right->place == PLACE_CLUSTER && options->nodes);
    case NEED_ALWAYS:
        break;
    }
    return true;
}

const char *right_object(const struct right *right, const struct run_options *options)
{
    return right->need == NEED_REPORT ? options->report_configmap : NULL;
}

enum right_place right_place(const struct right *right, const struct run_options *options)
{
    bool is_in_new_namespace =
        options->own_namespace && right->place == PLACE_RUN && right->need != NEED_REPORT;
    return is_in_new_namespace ? PLACE_CLUSTER : right->place;
}
