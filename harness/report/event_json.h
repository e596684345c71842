/* SPDX-License-Identifier: Apache-2.0
 *
 * An event as a JSON object and back: the form of a journal's line.
 *
 * {"event":"verdict","time":"2026-11-24T19:56:25.123Z","name":"git-clone","node":"node-a","duration_ms":812,
 *  "verdict":{"kind":"passed","reason":"works","message":"works in 812 ms"}}
 *
 * The first event, "run", carries the number of the schema. A key whose value is unknown is left out.
 */
#ifndef HARNESS_REPORT_EVENT_JSON_H
#define HARNESS_REPORT_EVENT_JSON_H

#include <json-c/json.h>

#include "gvisor-smoke/event.h"

#define JOURNAL_SCHEMA 1

/* The caller drops the object with json_object_put(). Strings are made valid UTF-8. */
struct json_object *event_to_json(const struct event *event);

/* Adds the fields of a table (event_fields.h), read from the struct at base, to an object. */
struct field;
void event_fields_to_json(struct json_object *json, const struct field *fields, const void *base);
/* With its signs. The caller drops the object. */
struct json_object *attestation_to_json(const struct attestation *attestation);

/* An event that was read, with what it points to. */
struct event_reading {
    struct event event; /* its strings are borrowed from the JSON object */
    struct evidence evidence;
    struct verdict verdict;
    struct attestation attestation;
};

/* Fills the reading; json must outlive it. An error says what is wrong with the object, without file and
 * line. */
int event_from_json(struct json_object *json, struct event_reading *ret_reading, struct error **err);
void event_reading_release(struct event_reading *reading);

#endif
