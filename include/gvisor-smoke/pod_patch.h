/* SPDX-License-Identifier: Apache-2.0
 *
 * A patch of the operator's own for the pods of a run: tolerations, labels, proxies, resources, sidecars.
 *
 * It is a JSON merge patch (RFC 7386), but for the lists that Kubernetes merges by a key as well (containers,
 * env, volumes, volumeMounts, imagePullSecrets; strategic merge patch): RFC 7386 would replace them whole,
 * and a proxy's variable would cost the pod its command. An item of `containers` without a name is for the
 * run's own container in every pod; "case" and "fixture" are those of the one or the other kind of pod; any
 * other name adds a container.
 */
#ifndef GVISOR_SMOKE_POD_PATCH_H
#define GVISOR_SMOKE_POD_PATCH_H

#include <stddef.h>

#include "gvisor-smoke/kube_view.h"

struct pod_patch;

/* ERROR_USAGE when the text is no JSON object, or would change what is the run's own: names, the labels by
 * which it finds and removes its objects, the RuntimeClass, the node, the image. */
struct pod_patch *pod_patch_parse(const char *text, size_t length, struct error **err);
void pod_patch_free(struct pod_patch *patch); /* NULL does nothing */

/* The manifest, a pod in JSON with one container, after the patch. The caller frees it. */
char *pod_patch_apply(const struct pod_patch *patch, const char *manifest);

/* Adds what the patch says of where pods may go (nodeSelector, tolerations) to what the RuntimeClass says. */
void pod_patch_add_scheduling(const struct pod_patch *patch, struct kube_runtime_class *runtime_class);

/* Adds the images of the containers that the patch adds. */
void pod_patch_images(const struct pod_patch *patch, struct strings *images);

#endif
