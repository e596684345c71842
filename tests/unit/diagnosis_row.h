/* SPDX-License-Identifier: Apache-2.0
 *
 * What the tests of diagnoses share: a message, and what it must come to.
 */
#ifndef TESTS_UNIT_DIAGNOSIS_ROW_H
#define TESTS_UNIT_DIAGNOSIS_ROW_H

#include "run/run_private.h"

/* A message and what it must come to. The comment says where it was seen, or which source writes it. */
struct row {
    const char *reason, *message;
    enum patience patience; /* at its first coming */
    bool of_node;
    const char *cause, *hint; /* parts; NULL: there is no hint */
};

static inline void expect(const struct row *row, const struct diagnosis *seen)
{
    if (!seen->message || !strstr(seen->message, row->cause) || seen->patience != row->patience ||
        seen->of_node != row->of_node || !row->hint != !seen->hint ||
        (row->hint && !strstr(seen->hint, row->hint)))
        fail_msg("%s: %s\n  came to: %s\n  hint: %s\n  patience %d, of the node %d", row->reason,
                 row->message, seen->message ? seen->message : "nothing", seen->hint ? seen->hint : "none",
                 seen->patience, seen->of_node);
}

static inline struct kube_event event_of(const struct row *row)
{
    return (struct kube_event){.reason = (char *)row->reason,
                               .message = (char *)row->message,
                               .type = (char *)"Warning",
                               .count = 1};
}

#endif
