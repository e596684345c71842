/* SPDX-License-Identifier: Apache-2.0
 *
 * Takes the secrets out of an event, by the table of its fields.
 */
#include <string.h>

#include "event_fields.h"
#include "event_redact.h"
#include "gvisor-smoke/cleanup.h"

/* Names by which events refer to each other, and words of a fixed list: they stay as they are. Any other
 * text, of a field that is added later too, is looked through. */
static const char *const names[] = {"id",     "name",     "node",        "pod",        "role",
                                    "state",  "class",    "report_name", "param",      "reason",
                                    "digest", "settings", "resumes",     "taken_from", "nodes"};

static bool is_name(const char *key)
{
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(key, names[i]) == 0)
            return true;
    return false;
}

static void clean_fields(struct event_clean *clean, const struct redaction *redaction,
                         const struct field *fields, void *base)
{
    for (const struct field *field = fields; field->key; field++) {
        char *place = (char *)base + field->offset;
        const char *text = NULL;
        if ((field->type != FIELD_TEXT && field->type != FIELD_NAME) || is_name(field->key))
            continue;
        memcpy(&text, place, sizeof text);
        char *changed = text ? redaction_text(redaction, text) : NULL;
        if (!changed)
            continue;
        memcpy(place, &changed, sizeof changed);
        clean->texts = xrealloc(clean->texts, clean->count + 1, sizeof *clean->texts);
        clean->texts[clean->count++] = changed;
    }
}

static void clean_attestation(struct event_clean *clean, const struct redaction *redaction)
{
    struct attestation *attestation = &clean->attestation;
    clean->signs = xcalloc(attestation->count, sizeof *clean->signs);
    if (attestation->count)
        memcpy(clean->signs, attestation->signs, attestation->count * sizeof *clean->signs);
    attestation->signs = clean->signs;
    clean_fields(clean, redaction, attestation_fields, attestation);
    for (size_t i = 0; i < attestation->count; i++)
        clean_fields(clean, redaction, sign_fields, &attestation->signs[i]);
}

const struct event *event_redact(const struct event *event, const struct redaction *redaction,
                                 struct event_clean *ret_clean)
{
    struct event_clean *clean = ret_clean;
    *clean = (struct event_clean){.event = *event};
    clean_fields(clean, redaction, event_forms[event->kind].fields, &clean->event);
    if (event->kind == EVENT_EVIDENCE) {
        clean->evidence = *event->evidence.evidence;
        clean->event.evidence.evidence = &clean->evidence;
        clean_fields(clean, redaction, evidence_fields, &clean->evidence);
    } else if (event->kind == EVENT_VERDICT) {
        clean->verdict = *event->verdict.verdict;
        clean->event.verdict.verdict = &clean->verdict;
        clean_fields(clean, redaction, verdict_fields, &clean->verdict);
    } else if (event->kind == EVENT_ATTESTATION) {
        clean->attestation = *event->attestation.attestation;
        clean->event.attestation.attestation = &clean->attestation;
        clean_attestation(clean, redaction);
    }
    return clean->count ? &clean->event : event;
}

void event_clean_release(struct event_clean *clean)
{
    for (size_t i = 0; i < clean->count; i++)
        free(clean->texts[i]);
    free(clean->texts);
    free(clean->signs);
    *clean = (struct event_clean){0};
}
