/* SPDX-License-Identifier: Apache-2.0
 *
 * Short access to JSON values.
 */
#include <limits.h>
#include <stdarg.h>

#include "gvisor-smoke/cleanup.h"
#include "json.h"

#define MAX_DEPTH 64

struct json_object *json_parse(const char *text, size_t length)
{
    if (length > INT_MAX)
        return NULL;
    struct json_tokener *tokener = json_tokener_new_ex(MAX_DEPTH);
    struct json_object *value = json_tokener_parse_ex(tokener, text, (int)length);
    if (json_tokener_get_error(tokener) != json_tokener_success) {
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
