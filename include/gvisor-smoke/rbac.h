/* SPDX-License-Identifier: Apache-2.0
 *
 * The objects that grant an account what a run needs, and nothing else.
 */
#ifndef GVISOR_SMOKE_RBAC_H
#define GVISOR_SMOKE_RBAC_H

#include "gvisor-smoke/case.h"
#include "gvisor-smoke/run.h"

/* Who is granted: exactly one of the three. */
struct rbac_subject {
    const char *service_account; /* in the run's namespace; it is among the objects */
    const char *user, *group;
};

/* YAML for `kubectl apply -f -`: the smallest Role for a run with these options and cases, a ClusterRole for
 * what is not in a namespace, their bindings, and the service account. name is that of the roles. The caller
 * frees it. */
char *rbac_manifest(const struct run_options *options, const struct case_set *cases,
                    const struct rbac_subject *subject, const char *name);

#endif
