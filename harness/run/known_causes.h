/* SPDX-License-Identifier: Apache-2.0
 *
 * What kubelet, scheduler, volume controllers and container runtimes say when a pod does not start, each with
 * its cause and its fix. Tables only; diagnosis.c reads them.
 *
 * A row stands for a message when the message contains its parts. The first row that fits counts, so what is
 * certain stands before what a component adds to many messages.
 */
#ifndef KNOWN_CAUSES_H
#define KNOWN_CAUSES_H

#include "run_private.h"

struct known {
    const char *part;  /* of the message; NULL ends a table */
    const char *other; /* part of it too, or NULL */
    const char *cause; /* or NULL: the words say it */
    const char *hint;  /* or NULL */
    enum patience patience;
};

/* known_on_node.c */
extern const struct known known_sandbox[];   /* FailedCreatePodSandBox: the node cannot start the sandbox */
extern const struct known known_pulls[];     /* why an image cannot be pulled */
extern const struct known known_waiting[];   /* the reason for which a container waits, or ended */
extern const struct known known_container[]; /* the message that comes with the reason */
extern const struct known known_ended[];     /* the reason with which the kubelet ended the pod itself */
extern const struct known known_mounts[];    /* FailedMount, FailedAttachVolume, FailedMapVolume */

/* known_in_cluster.c */
extern const struct known known_scheduling[]; /* FailedScheduling */
extern const struct known known_claims[];     /* "REASON: MESSAGE" of an event of a claim */
extern const struct known known_news[];       /* "REASON: MESSAGE" of other events of a pod */
extern const struct known known_refusals[];   /* the API refuses the pod */
extern const struct known known_not_ready[];  /* "REASON: MESSAGE" of a node's condition Ready */

/* The row that fits, or NULL; text may be NULL. */
const struct known *known_find(const struct known *table, const char *text);
/* The same for a text that must begin with the row's first part. */
const struct known *known_find_reason(const struct known *table, const char *text);

#endif
