/* SPDX-License-Identifier: Apache-2.0
 *
 * A Job or CronJob that makes a run from inside the cluster.
 */
#ifndef GVISOR_SMOKE_WORKLOAD_H
#define GVISOR_SMOKE_WORKLOAD_H

#include "gvisor-smoke/run.h"

/* Where the pod has room for the reports; its root cannot be written. */
#define WORKLOAD_REPORTS "/reports"

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
