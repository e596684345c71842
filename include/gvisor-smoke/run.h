/* SPDX-License-Identifier: Apache-2.0
 *
 * A run: pods, attestation, cases, and the end that leaves nothing behind. All that it has to say are events.
 */
#ifndef GVISOR_SMOKE_RUN_H
#define GVISOR_SMOKE_RUN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gvisor-smoke/case.h"
#include "gvisor-smoke/event.h"
#include "gvisor-smoke/kube.h"

/* When a case is run under the default runtime too, on the same node. */
enum control_mode {
    CONTROL_NEEDED, /* when its verdict depends on it: a case that must be blocked, and one that did not work
                     */
    CONTROL_ALL,    /* always: also shows what gVisor costs each case */
    CONTROL_NONE,
};

struct resume;

struct run_options {
    const char *name_space;    /* the run's own; made when it is missing, and removed by the last run in it */
    bool own_namespace;        /* a new one, "<name_space>-<id of the run>", that no other run can share */
    const char *runtime_class; /* "gvisor" */
    const char *handler;       /* the handler that the RuntimeClass must name: "runsc" */
    const char *image;         /* the toolbox */
    const char
        *nodes; /* "all", a label selector, or names with commas between; NULL: the first node that can */
    const char *app_namespace; /* of the application whose pods are looked at */
    const char *app_selector;  /* label selector of its pods */
    bool app_explicit;         /* the caller named it: no pods there is then not a skip */
    const char *storage_class; /* of the claim, or NULL: the cluster's default */
    const char *existing_pod;  /* run in this pod of name_space by exec alone, and make nothing; or NULL. Then
                                  there is no fixture, no control, and no repeat */
    const char *existing_claim;  /* used in its place, and left as it was but for what cases write and remove;
                                    or NULL */
    struct strings pull_secrets; /* of the namespace, for the images of all pods */
    const struct pod_patch *pod_patch; /* or NULL */

    /* The pod in whose namespace and for which the run is made, or NULL for both: it owns what the run makes
     * there, so that all of it goes with that pod, however it ends. */
    const char *owner_pod, *owner_uid;

    const char *report_configmap; /* takes the reports afterwards, in name_space; or NULL. The run itself only
                                     asks for the right (report_configmap.h writes it) */

    bool fixture; /* serve git, packages and https from a pod of the run; else the URLs below */
    const char *git_url, *git_push_url, *npm_registry, *pip_index_url, *goproxy,
        *https_url;         /* NULL: not given */
    const char *egress_url; /* an HTTPS page outside the cluster */
    const char *ca_pem;     /* more certificate authorities that pods trust, or NULL */

    struct resume *resume; /* the journal of a run that this one takes up (resume.h), or NULL */

    const struct redaction
        *redaction; /* what is taken out of the output of cases; NULL: known shapes alone */

    enum control_mode control;
    unsigned repeat;         /* repetitions of each timed thing for the overhead table; 0: none is made */
    unsigned parallel;       /* cases at once on a node */
    unsigned parallel_nodes; /* nodes that have pods at once */
    int64_t pod_timeout_ms;  /* from a pod's creation to its being ready */
    int64_t api_patience_ms; /* for a server to be there at all, before it has answered once */
    int64_t timeout_ms;      /* of the whole run */
    bool keep;               /* leave the pods for a look at them */
    bool exec_per_case;      /* in place of one standing stream for each pod */
};

/* Makes a run of the cases (all of the set) and emits its events, from EVENT_RUN to EVENT_END. Whatever
 * happens ends in events and in a cluster without the run's objects. Returns the signal that ended it, or 0.
 */
int run_execute(struct loop *loop, struct kube *kube, const struct kube_access *access,
                const struct run_options *options, const struct case_set *cases, struct events *events);

/* Whether a run of the cases may take up options->resume: ERROR_USAGE names what is not as it was then. */
int run_check_resume(const struct kube_access *access, const struct run_options *options,
                     const struct case_set *cases, struct error **err);

/* A run that cannot even begin (no client, say): its events, with the one problem. */
void run_report_impossible(const struct kube_access *access, const struct run_options *options,
                           const struct case_set *cases, struct events *events, const struct error *err);

#endif
