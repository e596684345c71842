/* SPDX-License-Identifier: Apache-2.0
 *
 * Reports in a ConfigMap of the cluster: where a run inside of it leaves what its pod would take with it.
 *
 * A ConfigMap holds 1 MiB (https://kubernetes.io/docs/concepts/configuration/configmap/). The texts are taken
 * in their order as long as there is room; what is cut or left out is told in the key "note".
 */
#ifndef GVISOR_SMOKE_REPORT_CONFIGMAP_H
#define GVISOR_SMOKE_REPORT_CONFIGMAP_H

#include "gvisor-smoke/kube.h"
#include "gvisor-smoke/text.h"

/* What all values may have together: below 1 MiB, with room for what the API server adds. */
#define REPORT_CONFIGMAP_MAX ((size_t)1000000)

struct report_configmap_text {
    const char *key;
    const char *text; /* UTF-8; not more of it than a bit over REPORT_CONFIGMAP_MAX needs to be there */
    size_t size;      /* of the whole, which the note names */
    bool by_lines; /* of use also when lines are missing at its end; else it is there whole or not at all */
};

/* The object as JSON, which the caller frees. ret_notes says what is cut or left out. */
char *report_configmap_object(const char *name_space, const char *name,
                              const struct report_configmap_text *texts, size_t count,
                              struct strings *ret_notes);

/* Makes the ConfigMap, or replaces what an earlier run has left in it: a server-side apply, which takes the
 * verbs create and patch on this one object
 * (https://kubernetes.io/docs/reference/using-api/server-side-apply/). Waits on the loop of kube. */
int report_configmap_write(struct kube *kube, const char *name_space, const char *name, const char *object,
                           struct error **err);

#endif
