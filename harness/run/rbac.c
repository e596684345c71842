/* SPDX-License-Identifier: Apache-2.0
 *
 * The smallest Role, as YAML, from the table of rights.
 */
#include "gvisor-smoke/rbac.h"

#include <string.h>

#include "gvisor-smoke/buf.h"
#include "gvisor-smoke/cleanup.h"
#include "rights.h"

#define MANIFEST_MAX (256u * 1024)

static bool is_needed_in(const struct right *right, enum right_place place, const struct run_options *options,
                         const struct case_set *cases)
{
    return right_place(right, options) == place && right_is_needed(right, options, cases);
}

static void print_rule(struct buf *yaml, const struct right *right, const struct run_options *options)
{
    buf_printf(yaml, "  - {apiGroups: [\"%s\"], resources: [%s%s%s], ", right->group, right->resource,
               right->subresource ? "/" : "", right->subresource ? right->subresource : "");
    if (right_object(right, options))
        buf_printf(yaml, "resourceNames: [\"%s\"], ", right_object(right, options));
    buf_append_text(yaml, "verbs: [");
    for (const char *verb = right->verbs; *verb;) {
        size_t length = strcspn(verb, " ");
        buf_printf(yaml, "%s%.*s", verb == right->verbs ? "" : ", ", (int)length, verb);
        verb += length + (verb[length] == ' ');
    }
    buf_append_text(yaml, "]}\n");
}

static void print_subject(struct buf *yaml, const struct rbac_subject *subject, const char *name_space)
{
    if (subject->service_account)
        buf_printf(yaml, "subjects: [{kind: ServiceAccount, name: \"%s\", namespace: \"%s\"}]\n",
                   subject->service_account, name_space);
    else
        buf_printf(yaml, "subjects: [{kind: %s, name: \"%s\", apiGroup: rbac.authorization.k8s.io}]\n",
                   subject->user ? "User" : "Group", subject->user ? subject->user : subject->group);
}

/* A role and its binding; in_namespace is NULL for those of the cluster. Nothing when no right is needed. */
static void print_role(struct buf *yaml, enum right_place place, const char *in_namespace, const char *name,
                       const struct run_options *options, const struct case_set *cases,
                       const struct rbac_subject *subject)
{
    cleanup_buf struct buf rules;
    buf_init(&rules, MANIFEST_MAX);
    for (size_t i = 0; i < run_right_count; i++)
        if (is_needed_in(&run_rights[i], place, options, cases))
            print_rule(&rules, &run_rights[i], options);
    if (!rules.length)
        return;
    const char *kind = in_namespace ? "Role" : "ClusterRole";
    cleanup_free char *where = in_namespace ? xasprintf(", namespace: \"%s\"", in_namespace) : xstrdup("");
    buf_printf(
        yaml,
        "---\napiVersion: rbac.authorization.k8s.io/v1\nkind: %s\nmetadata: {name: \"%s\"%s}\nrules:\n%s",
        kind, name, where, rules.bytes);
    buf_printf(yaml,
               "---\napiVersion: rbac.authorization.k8s.io/v1\nkind: %sBinding\nmetadata: {name: \"%s\"%s}\n"
               "roleRef: {apiGroup: rbac.authorization.k8s.io, kind: %s, name: \"%s\"}\n",
               kind, name, where, kind, name);
    print_subject(yaml, subject, options->name_space);
}

char *rbac_manifest(const struct run_options *options, const struct case_set *cases,
                    const struct rbac_subject *subject, const char *name)
{
    cleanup_buf struct buf yaml;
    buf_init(&yaml, MANIFEST_MAX);
    if (subject->service_account)
        buf_printf(&yaml,
                   "---\napiVersion: v1\nkind: ServiceAccount\nmetadata: {name: \"%s\", namespace: \"%s\"}\n",
                   subject->service_account, options->name_space);
    /* Names in the cluster are of all namespaces. */
    cleanup_free char *cluster_name = xasprintf("%s-%s", name, options->name_space);
    print_role(&yaml, PLACE_RUN, options->name_space, name, options, cases, subject);
    cleanup_free char *app_name = xasprintf("%s-%s", name, options->name_space);
    print_role(&yaml, PLACE_APP, options->app_namespace, app_name, options, cases, subject);
    print_role(&yaml, PLACE_CLUSTER, NULL, cluster_name, options, cases, subject);
    return buf_steal(&yaml);
}
