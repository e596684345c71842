/* SPDX-License-Identifier: Apache-2.0
 *
 * Short access to JSON values.
 */
#include <limits.h>
#include <stdarg.h>
#include <string.h>

#include "gvisor-smoke/cleanup.h"
#include "json.h"

#define MAX_DEPTH 64
/* What the parsed values may take, counted as json-c 0.16 allocates them: an object or array has places for
 * 16 members or 32 items at once, so three bytes of text can take 400. */
#define COST_MAX ((size_t)128 * 1024 * 1024)
#define OBJECT_COST 800
#define ARRAY_COST 400
#define VALUE_COST 64

/* Sets *ret_cost to what the values take, counted up to COST_MAX. False when it is no JSON: json-c takes keys
 * in single quotes also where it is strict, and what they hide would not be counted. */
static bool count_cost(const char *text, size_t length, size_t *ret_cost)
{
    bool quoted = false;
    *ret_cost = length;
    for (size_t i = 0; i < length && *ret_cost <= COST_MAX; i++) {
        char c = text[i];
        if (quoted && c == '\\')
            i++;
        else if (c == '"')
            quoted = !quoted;
        else if (!quoted && c == '\'')
            return false;
        else if (!quoted)
            *ret_cost += c == '{'               ? OBJECT_COST
                         : c == '['             ? ARRAY_COST
                         : c == ',' || c == ':' ? VALUE_COST
                                                : 0;
    }
    return true;
}

bool json_is_too_large(const char *text, size_t length)
{
    size_t cost;
    return length > INT_MAX || (count_cost(text, length, &cost) && cost > COST_MAX);
}

struct json_object *json_parse(const char *text, size_t length)
{
    size_t cost;
    if (length > INT_MAX || !count_cost(text, length, &cost) || cost > COST_MAX)
        return NULL;
    struct json_tokener *tokener = json_tokener_new_ex(MAX_DEPTH);
    json_tokener_set_flags(tokener, JSON_TOKENER_STRICT);
    struct json_object *value = json_tokener_parse_ex(tokener, text, (int)length);
    size_t end = json_tokener_get_parse_end(tokener);
    while (end < length && strchr(" \t\r\n", text[end]) && text[end])
        end++;
    if (json_tokener_get_error(tokener) != json_tokener_success || end < length) {
        json_object_put(value);
        value = NULL;
    }
    json_tokener_free(tokener);
    return value;
}

struct json_object *json_member(struct json_object *object, const char *name)
{
    struct json_object *value = NULL;
    if (json_object_is_type(object, json_type_object))
        json_object_object_get_ex(object, name, &value);
    return value;
}

struct json_object *json_path(struct json_object *object, ...)
{
    va_list names;
    va_start(names, object);
    for (const char *name; object && (name = va_arg(names, const char *));)
        object = json_member(object, name);
    va_end(names);
    return object;
}

const char *json_string(struct json_object *value)
{
    return json_object_is_type(value, json_type_string) ? json_object_get_string(value) : NULL;
}

char *json_string_copy(struct json_object *object, const char *name)
{
    return xstrdup(json_string(json_member(object, name)));
}

bool json_is_true(struct json_object *value)
{
    return json_object_is_type(value, json_type_boolean) && json_object_get_boolean(value);
}

size_t json_length(struct json_object *array)
{
    return json_object_is_type(array, json_type_array) ? json_object_array_length(array) : 0;
}

struct json_object *json_item(struct json_object *array, size_t index)
{
    return json_object_array_get_idx(array, index);
}
