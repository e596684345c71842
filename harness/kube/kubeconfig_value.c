/* SPDX-License-Identifier: Apache-2.0
 *
 * Values of a kubeconfig: from the command line or else from the entry, as data or as the name of a file.
 */
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gvisor-smoke/cleanup.h"
#include "kubeconfig_base64.h"
#include "kubeconfig_load.h"
#include "kubeconfig_parts.h"

#define FILE_MAX_BYTES ((size_t)4 << 20)

int kubeconfig_value_read(struct kubeconfig_entry entry, const char *key, const char *option,
                          struct kubeconfig_value *ret_value, struct error **err)
{
    *ret_value = (struct kubeconfig_value){0};
    if (option && *option) {
        ret_value->text = option;
        ret_value->place = xasprintf("--%s", key);
        return 0;
    }
    if (yaml_node_text(entry.node, entry.what, key, &ret_value->text, err) < 0)
        return -1;
    if (!ret_value->text)
        return 0;
    ret_value->node = yaml_node_get(entry.node, key);
    ret_value->place = xasprintf("kubeconfig \"%s\", line %zu: %s of %s", ret_value->node->tree->path,
                                 ret_value->node->line, key, entry.what);
    return 0;
}

void kubeconfig_value_release(struct kubeconfig_value *value)
{
    free(value->place);
}

/* Who may not change the mode of a file needs no advice to do so. */
static bool may_change(const struct stat *status)
{
    return status->st_uid == geteuid() || geteuid() == 0;
}

void kubeconfig_warn_readable(struct kube_access *access, const char *path)
{
    struct stat status;
    /* A service account's token is made readable by the kubelet, for whatever uid the container has. */
    if (text_starts_with(path, "/var/run/secrets/") || text_starts_with(path, "/run/secrets/"))
        return;
    if (stat(path, &status) < 0 || !S_ISREG(status.st_mode) || !may_change(&status) ||
        !(status.st_mode & (S_IRGRP | S_IROTH)))
        return;
    cleanup_free char *name = text_one_line(path);
    cleanup_free char *quoted = text_shell_quote(name);
    cleanup_free char *warning =
        xasprintf("\"%s\" holds a credential and others may read it (mode %04o): chmod go-r %s", name,
                  (unsigned)status.st_mode & 07777, quoted);
    if (!strings_contain(&access->warnings, warning))
        strings_add(&access->warnings, warning);
}

static int read_data(struct kube_access *access, const struct kubeconfig_value *data, bool is_secret,
                     struct kubeconfig_material *material, struct error **err)
{
    if (is_secret)
        kubeconfig_warn_readable(access, data->node->tree->path);
    material->place = xstrdup(data->place);
    material->text = kubeconfig_base64_decode(data->text, &material->length);
    if (material->text)
        return 0;
    error_set(err, ERROR_USAGE, "%s is not base64", material->place);
    return -1;
}

static int read_named_file(struct kube_access *access, const struct kubeconfig_value *name, bool is_secret,
                           struct kubeconfig_material *material, struct error **err)
{
    cleanup_free char *path =
        name->node ? kubeconfig_resolve_path(name->node->tree, name->text) : xstrdup(name->text);
    material->place = xasprintf("%s, \"%s\",", name->place, path);
    material->text = text_read_file(path, FILE_MAX_BYTES, &material->length, err);
    if (!material->text) {
        (*err)->kind = ERROR_USAGE;
        error_wrap(err, "%s", name->place);
        return -1;
    }
    if (is_secret)
        kubeconfig_warn_readable(access, path);
    return 0;
}

/* kubectl takes one of the two only, and a file that the command line names counts before both. */
static int refuse_both(const struct kubeconfig_value *name, const struct kubeconfig_value *data,
                       struct kubeconfig_entry entry, const char *key, struct error **err)
{
    if (!name->text || !data->text)
        return 0;
    yaml_node_fail(data->node, err, "%s has both %s and %s-data; remove one", entry.what, key, key);
    return -1;
}

int kubeconfig_material_read(struct kube_access *access, struct kubeconfig_entry entry, const char *key,
                             const char *option, bool is_secret, struct kubeconfig_material *ret_material,
                             struct error **err)
{
    cleanup_free char *data_key = xasprintf("%s-data", key);
    cleanup_value struct kubeconfig_value name = {0}, data = {0};
    *ret_material = (struct kubeconfig_material){0};
    if (kubeconfig_value_read(entry, key, option, &name, err) < 0)
        return -1;
    bool by_option = name.text && !name.node;
    if (!by_option && (kubeconfig_value_read(entry, data_key, NULL, &data, err) < 0 ||
                       refuse_both(&name, &data, entry, key, err) < 0))
        return -1;
    int result = data.text   ? read_data(access, &data, is_secret, ret_material, err)
                 : name.text ? read_named_file(access, &name, is_secret, ret_material, err)
                             : 0;
    if (result < 0 || !ret_material->text || strlen(ret_material->text) == ret_material->length)
        return result;
    error_set(err, ERROR_USAGE, "%s is not PEM: it holds bytes that are not text", ret_material->place);
    return -1;
}

void kubeconfig_material_release(struct kubeconfig_material *material)
{
    if (material->text)
        secret_wipe(material->text, material->length);
    free(material->text);
    free(material->place);
}
