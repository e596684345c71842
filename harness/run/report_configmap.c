/* SPDX-License-Identifier: Apache-2.0
 *
 * Reports in a ConfigMap: what fits, and how it gets there.
 */
#include "gvisor-smoke/report_configmap.h"

#include <json-c/json.h>
#include <string.h>

#include "gvisor-smoke/cleanup.h"

#define NOTES_MAX ((size_t)2000) /* of the room, for the key "note" */

/* How much of the text goes into the room: all, whole lines, or nothing. */
static size_t fitting(const struct report_configmap_text *text, size_t room)
{
    if (text->size <= room)
        return text->size;
    if (!text->by_lines)
        return 0;
    const char *last = memrchr(text->text, '\n', room);
    return last ? (size_t)(last - text->text) + 1 : 0;
}

static void add_text(struct json_object *data, const char *key, const char *text, size_t length)
{
    json_object_object_add(data, key, json_object_new_string_len(text, (int)length));
}

static struct json_object *data_of(const struct report_configmap_text *texts, size_t count,
                                   struct strings *notes)
{
    struct json_object *data = json_object_new_object();
    size_t room = REPORT_CONFIGMAP_MAX - NOTES_MAX;
    for (size_t i = 0; i < count; i++) {
        size_t length = fitting(&texts[i], room);
        room -= length;
        if (length > 0 || texts[i].size == 0)
            add_text(data, texts[i].key, texts[i].text, length);
        if (length == texts[i].size)
            continue;
        cleanup_free char *note =
            length ? xasprintf("%s: the first %zu of %zu bytes", texts[i].key, length, texts[i].size)
                   : xasprintf("%s: left out, it has %zu bytes", texts[i].key, texts[i].size);
        strings_add(notes, note);
    }
    if (notes->count > 0) {
        cleanup_free char *joined = strings_join(notes, "\n");
        cleanup_free char *note =
            xasprintf("a ConfigMap holds 1 MiB, so not all of it is here\n%s\n", joined);
        add_text(data, "note", note, strlen(note));
    }
    return data;
}

char *report_configmap_object(const char *name_space, const char *name,
                              const struct report_configmap_text *texts, size_t count,
                              struct strings *ret_notes)
{
    struct json_object *object = json_object_new_object();
    struct json_object *metadata = json_object_new_object();
    struct json_object *labels = json_object_new_object();
    json_object_object_add(labels, "app.kubernetes.io/managed-by", json_object_new_string("gvisor-smoke"));
    json_object_object_add(metadata, "name", json_object_new_string(name));
    json_object_object_add(metadata, "namespace", json_object_new_string(name_space));
    json_object_object_add(metadata, "labels", labels);
    json_object_object_add(object, "apiVersion", json_object_new_string("v1"));
    json_object_object_add(object, "kind", json_object_new_string("ConfigMap"));
    json_object_object_add(object, "metadata", metadata);
    json_object_object_add(object, "data", data_of(texts, count, ret_notes));
    char *text = xstrdup(json_object_to_json_string_ext(object, JSON_C_TO_STRING_NOSLASHESCAPE));
    json_object_put(object);
    return text;
}

int report_configmap_write(struct kube *kube, const char *name_space, const char *name, const char *object,
                           struct error **err)
{
    cleanup_free char *path = xasprintf(
        "/api/v1/namespaces/%s/configmaps/%s?fieldManager=gvisor-smoke&force=true", name_space, name);
    const struct kube_request_options options = {.method = "PATCH",
                                                 .path = path,
                                                 .body = object,
                                                 .content_type = "application/apply-patch+yaml",
                                                 .patience_ms = KUBE_PATIENCE_MS};
    if (kube_call(kube, &options, NULL, err) == 0)
        return 0;
    if ((*err)->http_status == 404)
        error_hint(err, "a namespace that the run has made is removed at its end: make it beforehand");
    error_wrap(err, "cannot write the reports into the ConfigMap \"%s\" of namespace \"%s\"", name,
               name_space);
    return -1;
}
