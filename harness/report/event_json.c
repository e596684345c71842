/* SPDX-License-Identifier: Apache-2.0
 *
 * Events to JSON objects and back, by the table of event_fields.c.
 *
 * Values are copied in and out of the structs with memcpy(), because the table knows only their offsets.
 */
#include <string.h>

#include "event_fields.h"
#include "event_json.h"
#include "gvisor-smoke/cleanup.h"
#include "gvisor-smoke/clock.h"
#include "gvisor-smoke/text.h"

/* --- writing --- */

static struct json_object *json_text(const char *text)
{
    cleanup_free char *valid = text_from_bytes(text, strlen(text));
    return json_object_new_string(valid);
}

/* The value of a field as JSON, or NULL when it is left out. */
static struct json_object *field_to_json(const struct field *field, const void *base)
{
    const char *from = (const char *)base + field->offset;
    const char *text = NULL;
    int64_t number = 0;
    int small = 0;
    switch (field->type) {
    case FIELD_TEXT:
    case FIELD_NAME:
        memcpy(&text, from, sizeof text);
        if (!text && field->type == FIELD_NAME)
            text = "";
        return text ? json_text(text) : NULL;
    case FIELD_INT64:
        memcpy(&number, from, sizeof number);
        return json_object_new_int64(number);
    case FIELD_UINT64: {
        uint64_t count;
        memcpy(&count, from, sizeof count);
        return json_object_new_uint64(count);
    }
    case FIELD_STAMP: {
        char stamp[CLOCK_STAMP_SIZE];
        memcpy(&number, from, sizeof number);
        return json_object_new_string(clock_stamp(number, stamp));
    }
    case FIELD_BOOL: {
        bool truth;
        memcpy(&truth, from, sizeof truth);
        return json_object_new_boolean(truth);
    }
    case FIELD_INT:
        memcpy(&small, from, sizeof small);
        return json_object_new_int(small);
    case FIELD_EXPECT:
    case FIELD_RUNTIME:
    case FIELD_ERROR:
    case FIELD_ENDING:
    case FIELD_VERDICT:
    case FIELD_SAYS:
        break;
    }
    memcpy(&small, from, sizeof small);
    return json_object_new_string(field_word(field->type, small));
}

void event_fields_to_json(struct json_object *json, const struct field *fields, const void *base)
{
    for (const struct field *field = fields; field->key; field++) {
        struct json_object *value = field_to_json(field, base);
        if (value)
            json_object_object_add(json, field->key, value);
    }
}

static struct json_object *nested_to_json(const struct field *fields, const void *base)
{
    struct json_object *json = json_object_new_object();
    event_fields_to_json(json, fields, base);
    return json;
}

struct json_object *attestation_to_json(const struct attestation *attestation)
{
    struct json_object *json = nested_to_json(attestation_fields, attestation);
    struct json_object *signs = json_object_new_array();
    for (size_t i = 0; i < attestation->count; i++)
        json_object_array_add(signs, nested_to_json(sign_fields, &attestation->signs[i]));
    json_object_object_add(json, "signs", signs);
    return json;
}

struct json_object *event_to_json(const struct event *event)
{
    struct json_object *json = json_object_new_object();
    char stamp[CLOCK_STAMP_SIZE];
    json_object_object_add(json, "event", json_object_new_string(event_forms[event->kind].word));
    json_object_object_add(json, "time", json_object_new_string(clock_stamp(event->wall_ms, stamp)));
    if (event->kind == EVENT_RUN)
        json_object_object_add(json, "schema", json_object_new_int(JOURNAL_SCHEMA));
    event_fields_to_json(json, event_forms[event->kind].fields, event);
    if (event->kind == EVENT_EVIDENCE)
        json_object_object_add(json, "evidence", nested_to_json(evidence_fields, event->evidence.evidence));
    if (event->kind == EVENT_VERDICT)
        json_object_object_add(json, "verdict", nested_to_json(verdict_fields, event->verdict.verdict));
    if (event->kind == EVENT_ATTESTATION)
        json_object_object_add(json, "attestation", attestation_to_json(event->attestation.attestation));
    return json;
}

/* --- reading --- */

static int wrong(struct error **err, const char *key, const char *what)
{
    error_set(err, ERROR_USAGE, "the key \"%s\" %s", key, what);
    return -1;
}

static int word_from_json(const struct field *field, struct json_object *value, char *to, struct error **err)
{
    if (!json_object_is_type(value, json_type_string))
        return wrong(err, field->key, "is missing or is not a word");
    const char *word;
    for (int i = 0; (word = field_word(field->type, i)); i++)
        if (strcmp(word, json_object_get_string(value)) == 0) {
            memcpy(to, &i, sizeof i);
            return 0;
        }
    return wrong(err, field->key, "has a word that is not known");
}

static int number_from_json(const struct field *field, struct json_object *value, char *to,
                            struct error **err)
{
    if (value && !json_object_is_type(value, json_type_int))
        return wrong(err, field->key, "is not a number");
    int64_t number = json_object_get_int64(value);
    uint64_t count = json_object_get_uint64(value);
    int small = json_object_get_int(value);
    if (field->type == FIELD_INT)
        memcpy(to, &small, sizeof small);
    else if (field->type == FIELD_INT64)
        memcpy(to, &number, sizeof number);
    else
        memcpy(to, &count, sizeof count);
    return 0;
}

static int text_from_json(const struct field *field, struct json_object *value, char *to, struct error **err)
{
    if (!value && field->type == FIELD_NAME)
        return wrong(err, field->key, "is missing");
    if (value && !json_object_is_type(value, json_type_string))
        return wrong(err, field->key, "is not a text");
    const char *text = json_object_get_string(value);
    memcpy(to, &text, sizeof text);
    return 0;
}

static int bool_from_json(const struct field *field, struct json_object *value, char *to, struct error **err)
{
    if (!json_object_is_type(value, json_type_boolean))
        return wrong(err, field->key, "is missing or is not true or false");
    bool truth = json_object_get_boolean(value);
    memcpy(to, &truth, sizeof truth);
    return 0;
}

static int stamp_from_json(const struct field *field, struct json_object *value, char *to, struct error **err)
{
    bool is_text = json_object_is_type(value, json_type_string);
    int64_t wall_ms = is_text ? clock_parse_stamp(json_object_get_string(value)) : -1;
    if (wall_ms < 0)
        return wrong(err, field->key, "is missing or is not a time like 2026-11-24T19:56:25.123Z");
    memcpy(to, &wall_ms, sizeof wall_ms);
    return 0;
}

static int fields_from_json(struct json_object *json, const struct field *fields, void *base,
                            struct error **err)
{
    for (const struct field *field = fields; field->key; field++) {
        char *to = (char *)base + field->offset;
        struct json_object *value = json_object_object_get(json, field->key);
        int result;
        if (field->type == FIELD_TEXT || field->type == FIELD_NAME)
            result = text_from_json(field, value, to, err);
        else if (field->type == FIELD_INT || field->type == FIELD_INT64 || field->type == FIELD_UINT64)
            result = number_from_json(field, value, to, err);
        else if (field->type == FIELD_STAMP)
            result = stamp_from_json(field, value, to, err);
        else if (field->type == FIELD_BOOL)
            result = bool_from_json(field, value, to, err);
        else
            result = word_from_json(field, value, to, err);
        if (result < 0)
            return -1;
    }
    return 0;
}

static int nested_from_json(struct json_object *json, const char *key, const struct field *fields, void *base,
                            struct error **err)
{
    struct json_object *nested = json_object_object_get(json, key);
    if (!json_object_is_type(nested, json_type_object))
        return wrong(err, key, "is missing or is not an object");
    return fields_from_json(nested, fields, base, err);
}

static int attestation_from_json(struct json_object *json, struct attestation *attestation,
                                 struct error **err)
{
    if (nested_from_json(json, "attestation", attestation_fields, attestation, err) < 0)
        return -1;
    struct json_object *signs = json_object_object_get(json_object_object_get(json, "attestation"), "signs");
    if (!json_object_is_type(signs, json_type_array))
        return wrong(err, "signs", "is missing or is not a list");
    attestation->count = json_object_array_length(signs);
    attestation->signs = xcalloc(attestation->count, sizeof *attestation->signs);
    for (size_t i = 0; i < attestation->count; i++) {
        struct json_object *sign = json_object_array_get_idx(signs, i);
        if (!json_object_is_type(sign, json_type_object))
            return wrong(err, "signs", "holds something that is not an object");
        if (fields_from_json(sign, sign_fields, &attestation->signs[i], err) < 0)
            return -1;
        attestation->gvisor_count += attestation->signs[i].says == SIGN_GVISOR;
    }
    return 0;
}

/* The kind and the time: what all events have. */
static int head_from_json(struct json_object *json, struct event *event, struct error **err)
{
    const char *word = json_object_get_string(json_object_object_get(json, "event"));
    const char *stamp = json_object_get_string(json_object_object_get(json, "time"));
    int kind = 0;
    while (kind < EVENT_KIND_COUNT && (!word || strcmp(word, event_forms[kind].word) != 0))
        kind++;
    if (kind == EVENT_KIND_COUNT)
        return wrong(err, "event", "is missing or names an event that is not known");
    event->kind = (enum event_kind)kind;
    event->wall_ms = stamp ? clock_parse_stamp(stamp) : -1;
    if (event->wall_ms < 0)
        return wrong(err, "time", "is missing or is not a time like 2026-11-24T19:56:25.123Z");
    if (event->kind == EVENT_RUN &&
        json_object_get_int(json_object_object_get(json, "schema")) != JOURNAL_SCHEMA) {
        error_set(err, ERROR_USAGE, "the journal has another schema than this program's (%d)",
                  JOURNAL_SCHEMA);
        error_hint(err, "read it with the version of gvisor-smoke that wrote it");
        return -1;
    }
    return 0;
}

static int body_from_json(struct json_object *json, struct event_reading *reading, struct error **err)
{
    struct event *event = &reading->event;
    if (fields_from_json(json, event_forms[event->kind].fields, event, err) < 0)
        return -1;
    switch (event->kind) {
    case EVENT_EVIDENCE:
        event->evidence.evidence = &reading->evidence;
        return nested_from_json(json, "evidence", evidence_fields, &reading->evidence, err);
    case EVENT_VERDICT:
        event->verdict.verdict = &reading->verdict;
        return nested_from_json(json, "verdict", verdict_fields, &reading->verdict, err);
    case EVENT_ATTESTATION:
        event->attestation.attestation = &reading->attestation;
        return attestation_from_json(json, &reading->attestation, err);
    default:
        return 0;
    }
}

int event_from_json(struct json_object *json, struct event_reading *ret_reading, struct error **err)
{
    struct event_reading *reading = ret_reading;
    *reading = (struct event_reading){0};
    if (!json_object_is_type(json, json_type_object)) {
        error_set(err, ERROR_USAGE, "it is not a JSON object");
        return -1;
    }
    if (head_from_json(json, &reading->event, err) == 0 && body_from_json(json, reading, err) == 0)
        return 0;
    event_reading_release(reading);
    return -1;
}

void event_reading_release(struct event_reading *reading)
{
    free(reading->attestation.signs);
    *reading = (struct event_reading){0};
}
