/* SPDX-License-Identifier: Apache-2.0
 *
 * What components of a cluster say of a pod that does not start: a reason in the first line, then the
 * message. It is told of an event, of a claim, of each state of a pod, of a node and of a refusal.
 */
#include "fuzz.h"
#include "run/run_private.h"

static void check(struct diagnosis diagnosis)
{
    if (diagnosis.message) {
        cleanup_free char *line = text_one_line(diagnosis.message);
        assert(*line || !*diagnosis.message);
    }
    diagnosis_release(&diagnosis);
}

static void check_pods(char *reason, char *message)
{
    const struct kube_pod pods[] = {
        {.phase = "Failed", .reason = reason, .message = message},
        {.phase = "Failed"},
        {.terminated_reason = reason, .terminated_message = message, .exit_code = 1},
        {.terminated_reason = reason},
        {.waiting_reason = reason, .waiting_message = message},
        {.waiting_reason = reason},
        {.unscheduled_reason = message},
    };
    for (size_t i = 0; i < sizeof pods / sizeof *pods; i++)
        check(diagnose_pod(&pods[i]));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    const uint8_t *newline = length ? memchr(bytes, '\n', length) : NULL;
    size_t head = newline ? (size_t)(newline - bytes) : length, rest = newline ? head + 1 : head;
    cleanup_free char *reason = fuzz_text(bytes, head);
    cleanup_free char *message = fuzz_text(bytes + rest, length - rest);
    const struct kube_event event = {.object_kind = "Pod", .reason = reason, .message = message, .count = 1};
    const struct kube_event silent = {.object_kind = "Pod", .reason = reason};
    for (unsigned repeats = 0; repeats < 3; repeats++) {
        check(diagnose_event(&event, repeats, "runsc"));
        check(diagnose_event(&silent, repeats, "runsc"));
    }
    check(diagnose_claim(&event));
    check(diagnose_claim(&silent));
    check_pods(reason, message);
    const struct kube_node node = {.not_ready = message};
    free(diagnose_node(&node));
    diagnose_refusal(message);
    return 0;
}
