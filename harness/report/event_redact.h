/* SPDX-License-Identifier: Apache-2.0
 *
 * An event without secrets.
 */
#ifndef HARNESS_REPORT_EVENT_REDACT_H
#define HARNESS_REPORT_EVENT_REDACT_H

#include "gvisor-smoke/event.h"

/* What an event became, with what it points to. */
struct event_clean {
    struct event event;
    struct evidence evidence;
    struct verdict verdict;
    struct attestation attestation;
    struct sign *signs; /* owned */
    char **texts;       /* owned: those that were changed */
    size_t count;
};

/* The event itself where nothing is to be changed, else what is in ret_clean; release that in both cases. */
const struct event *event_redact(const struct event *event, const struct redaction *redaction,
                                 struct event_clean *ret_clean);
void event_clean_release(struct event_clean *clean);

#endif
