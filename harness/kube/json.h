/* SPDX-License-Identifier: Apache-2.0
 *
 * Short access to JSON values (json-c): every getter takes a missing or NULL object as "not there".
 */
#ifndef KUBE_JSON_H
#define KUBE_JSON_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>

/* Parses one value with a bounded depth; NULL when the text is not JSON, more than that, or
 * too large. The caller puts it
 * (json_object_put). */
struct json_object *json_parse(const char *text, size_t length);

/* Whether its values would take more memory than an answer is worth. */
bool json_is_too_large(const char *text, size_t length);

struct json_object *json_member(struct json_object *object, const char *name);
/* Follows names, ended by NULL: json_path(pod, "status", "phase", NULL). */
struct json_object *json_path(struct json_object *object, ...) __attribute__((sentinel));
const char *json_string(struct json_object *value); /* borrowed; NULL when it is not a string */
char *json_string_copy(struct json_object *object, const char *name);
bool json_is_true(struct json_object *value);
size_t json_length(struct json_object *array);
struct json_object *json_item(struct json_object *array, size_t index);

static inline void cleanup_json_function(struct json_object **object)
{
    json_object_put(*object);
}
#define cleanup_json __attribute__((cleanup(cleanup_json_function)))

#endif
