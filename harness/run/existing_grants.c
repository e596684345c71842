/* SPDX-License-Identifier: Apache-2.0
 *
 * Which grants a pod has that somebody else made, as its specification says. Pure.
 *
 * Not as the sandbox shows: gVisor takes CAP_NET_RAW from a pod that was granted it, and that is what a case
 * is to find out.
 */
#include <string.h>

#include <json-c/json.h>

#include "gvisor-smoke/cleanup.h"
#include "run_private.h"

/* What container runtimes give when nothing is said: containerd's oci/spec.go, CRI-O's defaults are a part of
 * it. */
static const char *const default_capabilities[] = {
    "CHOWN",  "DAC_OVERRIDE", "FSETID",  "FOWNER",           "MKNOD",      "NET_RAW", "SETGID",
    "SETUID", "SETFCAP",      "SETPCAP", "NET_BIND_SERVICE", "SYS_CHROOT", "KILL",    "AUDIT_WRITE",
};

static struct json_object *member(struct json_object *object, const char *name)
{
    return json_object_is_type(object, json_type_object) ? json_object_object_get(object, name) : NULL;
}

static size_t length(struct json_object *list)
{
    return json_object_is_type(list, json_type_array) ? json_object_array_length(list) : 0;
}

static bool is_text(struct json_object *value, const char *text)
{
    return json_object_is_type(value, json_type_string) && strcmp(json_object_get_string(value), text) == 0;
}

static bool has_text(struct json_object *list, const char *text)
{
    for (size_t i = 0; i < length(list); i++)
        if (is_text(json_object_array_get_idx(list, i), text))
            return true;
    return false;
}

static struct json_object *find_container(struct json_object *pod, const char *name)
{
    struct json_object *containers = member(member(pod, "spec"), "containers");
    for (size_t i = 0; i < length(containers); i++) {
        struct json_object *container = json_object_array_get_idx(containers, i);
        if (is_text(member(container, "name"), name))
            return container;
    }
    return NULL;
}

static bool has_mount(struct json_object *container, const char *path)
{
    struct json_object *mounts = member(container, "volumeMounts");
    for (size_t i = 0; i < length(mounts); i++) {
        struct json_object *mount = json_object_array_get_idx(mounts, i);
        if (is_text(member(mount, "mountPath"), path) && !json_object_get_boolean(member(mount, "readOnly")))
            return true;
    }
    return false;
}

static bool is_privileged(struct json_object *container)
{
    return json_object_get_boolean(member(member(container, "securityContext"), "privileged"));
}

/* Dropped first, then added, as the runtimes do. */
static bool has_capability(struct json_object *container, const char *capability)
{
    struct json_object *sets = member(member(container, "securityContext"), "capabilities");
    struct json_object *added = member(sets, "add"), *dropped = member(sets, "drop");
    if (is_privileged(container) || has_text(added, capability) || has_text(added, "ALL"))
        return true;
    if (has_text(dropped, capability) || has_text(dropped, "ALL"))
        return false;
    for (size_t i = 0; i < sizeof default_capabilities / sizeof *default_capabilities; i++)
        if (strcmp(default_capabilities[i], capability) == 0)
            return true;
    return false;
}

static bool has_grant(struct json_object *container, const char *grant)
{
    if (strcmp(grant, "volume") == 0)
        return has_mount(container, WORKSPACE_PATH);
    if (strcmp(grant, "privileged") == 0)
        return is_privileged(container);
    if (text_starts_with(grant, "device:"))
        return is_privileged(container) || has_mount(container, grant + strlen("device:"));
    if (text_starts_with(grant, "tmpfs:"))
        return has_mount(container, grant + strlen("tmpfs:"));
    return strcmp(grant, "root") == 0 || has_capability(container, grant);
}

/* Of all but volumes only root has the use; the runtimes give no ambient capabilities. */
static bool wants_root(const char *grant)
{
    return strcmp(grant, "volume") != 0;
}

struct strings existing_lacks(const char *pod, const char *container_name, int64_t uid,
                              const struct strings *grants)
{
    struct strings lacking = {0};
    struct json_object *object = json_tokener_parse(pod);
    struct json_object *container = find_container(object, container_name);
    for (size_t i = 0; i < grants->count; i++) {
        if (!has_grant(container, grants->items[i]))
            strings_add(&lacking, grants->items[i]);
        if (wants_root(grants->items[i]) && uid != 0 && !strings_contain(&lacking, "root"))
            strings_add(&lacking, "root");
    }
    json_object_put(object);
    return lacking;
}
