/* SPDX-License-Identifier: Apache-2.0
 *
 * A Job or CronJob that makes a run from inside the cluster.
 */
#ifndef GVISOR_SMOKE_WORKLOAD_H
#define GVISOR_SMOKE_WORKLOAD_H

#include "gvisor-smoke/run.h"

/* Where the pod has room for the reports; its root cannot be written. */
#define WORKLOAD_REPORTS "/reports"

/* What the pod of the Job is told of itself, so that it can own what its run makes (run_options.owner_pod).
 */
#define WORKLOAD_OWNER_POD "GVISOR_SMOKE_OWNER_POD"
#define WORKLOAD_OWNER_UID "GVISOR_SMOKE_OWNER_UID"

struct workload {
    const char *name, *name_space, *service_account;
    const char *image;             /* that holds gvisor-smoke, in its PATH */
    const char *schedule;          /* of a CronJob; NULL: a Job, which runs at once */
    struct strings arguments;      /* of gvisor-smoke */
    const struct run_options *run; /* what the arguments ask for */
};

/* YAML for `kubectl apply -f -`, which the caller frees. The pod satisfies Pod Security level restricted. */
char *workload_manifest(const struct workload *workload);

#endif
