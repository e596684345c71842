/* SPDX-License-Identifier: Apache-2.0
 *
 * Views made from parsed JSON, for the watches.
 */
#ifndef KUBE_VIEW_PRIVATE_H
#define KUBE_VIEW_PRIVATE_H

#include "gvisor-smoke/kube_view.h"
#include "json.h"

struct kube_pod view_pod(struct json_object *object);
struct kube_node view_node(struct json_object *object);
struct kube_runtime_class view_runtime_class(struct json_object *object);
struct kube_object view_object(struct json_object *object);
struct kube_event view_event(struct json_object *object);

#endif
