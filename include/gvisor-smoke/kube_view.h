/* SPDX-License-Identifier: Apache-2.0
 *
 * Typed views of the API objects that a run reads: only the fields that somebody uses. A view owns its
 * strings; a field that the object does not have is NULL, 0 or false.
 */
#ifndef GVISOR_SMOKE_KUBE_VIEW_H
#define GVISOR_SMOKE_KUBE_VIEW_H

#include <stdbool.h>
#include <stddef.h>

#include "gvisor-smoke/error.h"
#include "gvisor-smoke/text.h"

struct kube_pod {
    char *name, *node, *phase, *runtime_class;
    bool deleting;                          /* metadata.deletionTimestamp is set */
    bool ready;                             /* condition Ready is True */
    char *reason, *message;                 /* status.reason and message: Evicted, DeadlineExceeded, ... */
    char *unscheduled_reason;               /* message of condition PodScheduled=False */
    char *waiting_reason, *waiting_message; /* of the first container or init container that waits */
    char *terminated_reason, *terminated_message; /* of the first container that has terminated */
    int exit_code;                                /* of that container */
    bool running;                                 /* all containers are running */
};
void kube_pod_release(struct kube_pod *pod);

struct kube_node {
    char *name, *kernel_version, *boot_id, *os_image, *container_runtime, *architecture;
    bool ready, unschedulable;
    char *not_ready;         /* "since TIME: REASON: MESSAGE" of its condition Ready; NULL when it is */
    bool has_handlers;       /* status.runtimeHandlers is there (kubelet 1.31 and later) */
    struct strings handlers; /* names; "" is the default handler */
    struct strings taints;   /* "key=value:Effect", those that keep pods away (NoSchedule, NoExecute) */
    struct strings labels;   /* "key=value" */
};
void kube_node_release(struct kube_node *node);

struct kube_runtime_class {
    char *name, *handler;
    struct strings node_selector; /* "key=value" */
    struct strings tolerations;   /* "key=value:Effect", empty parts left out ("key" for Exists) */
};
void kube_runtime_class_release(struct kube_runtime_class *runtime_class);

/* What every object has. */
struct kube_object {
    char *name, *created; /* metadata.creationTimestamp, RFC 3339 */
    bool deleting;
    struct strings labels; /* "key=value" */
};
void kube_object_release(struct kube_object *object);
/* The value of a label in a list of "key=value", borrowed, or NULL. */
const char *kube_label(const struct strings *labels, const char *key);

/* An Event object: what a component says about a pod. */
struct kube_event {
    char *object_kind, *object_name, *reason, *message, *type;
    int count;
};
void kube_event_release(struct kube_event *event);

/* Parses one object; ERROR_ENVIRONMENT when the text is not JSON or not an object. */
int kube_pod_parse(const char *json, struct kube_pod *ret_pod, struct error **err);
int kube_runtime_class_parse(const char *json, struct kube_runtime_class *ret_runtime_class,
                             struct error **err);

/* Lists: an array that the caller hands to the list's own free. */
int kube_pod_list_parse(const char *json, struct kube_pod **ret_list, size_t *ret_count, struct error **err);
int kube_node_list_parse(const char *json, struct kube_node **ret_list, size_t *ret_count,
                         struct error **err);

int kube_object_list_parse(const char *json, struct kube_object **ret_list, size_t *ret_count,
                           struct error **err);
/* Releases the elements and frees the array. */
void kube_pod_list_free(struct kube_pod *pods, size_t count);
void kube_node_list_free(struct kube_node *nodes, size_t count);
void kube_object_list_free(struct kube_object *objects, size_t count);

/* The value at a JSON pointer as text ("/metadata/name"), or NULL when it is not there. The caller frees it.
 */
char *kube_json_text(const char *json, const char *pointer);

#endif
