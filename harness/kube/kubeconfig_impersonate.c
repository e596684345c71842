/* SPDX-License-Identifier: Apache-2.0
 *
 * Impersonation: the header lines that ask the API server to take the caller for another
 * (https://kubernetes.io/docs/reference/access-authn-authz/authentication/#user-impersonation).
 */
#include <string.h>

#include "gvisor-smoke/buf.h"
#include "gvisor-smoke/cleanup.h"
#include "kubeconfig_parts.h"

/* A value that would end the header line, or begin another, does not become part of a request. */
static int check_value(const char *value, const char *place, struct error **err)
{
    for (const char *c = value; *c; c++)
        if (((unsigned char)*c < 0x20 && *c != '\t') || *c == 0x7F) {
            error_set(err, ERROR_USAGE, "%s has a line break or another control character", place);
            return -1;
        }
    return 0;
}

static int add_line(struct kube_access *access, const char *name, const char *value, const char *place,
                    struct error **err)
{
    if (check_value(value, place, err) < 0)
        return -1;
    cleanup_free char *line = xasprintf("%s: %s", name, value);
    strings_add(&access->impersonation, line);
    return 0;
}

/* "Impersonate-Extra-" and the key, in which what a header's name cannot have is escaped. */
static char *extra_name(const char *key, size_t length)
{
    static const char legal[] =
        "!#$&'*+-.^_`|~ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    struct buf name;
    buf_init(&name, 64 * 1024);
    buf_append_text(&name, "Impersonate-Extra-");
    for (size_t i = 0; i < length; i++)
        if (strchr(legal, key[i]))
            buf_append(&name, key + i, 1);
        else
            buf_printf(&name, "%%%02X", (unsigned char)key[i]);
    char *owned = buf_steal(&name);
    buf_release(&name);
    return owned;
}

static int add_from_list(struct kube_access *access, const struct yaml_node *list, const char *name,
                         const char *what, struct error **err)
{
    cleanup_strings struct strings texts = {0};
    cleanup_free char *place =
        xasprintf("kubeconfig \"%s\", line %zu: %s", list->tree->path, list->line, what);
    if (yaml_list_texts(list, what, &texts, err) < 0)
        return -1;
    for (size_t i = 0; i < texts.count; i++)
        if (add_line(access, name, texts.items[i], place, err) < 0)
            return -1;
    return 0;
}

static int add_groups(struct kube_access *access, struct kubeconfig_entry user,
                      const struct kubeconfig_options *options, struct error **err)
{
    const struct yaml_node *list = yaml_node_get(user.node, "as-groups");
    for (size_t i = 0; i < options->as_groups.count; i++)
        if (add_line(access, "Impersonate-Group", options->as_groups.items[i], "--as-group", err) < 0)
            return -1;
    if (options->as_groups.count > 0 || !list)
        return 0;
    cleanup_free char *what = xasprintf("as-groups of %s", user.what);
    return add_from_list(access, list, "Impersonate-Group", what, err);
}

static bool option_has_key(const struct kubeconfig_options *options, const char *key)
{
    size_t length = strlen(key);
    for (size_t i = 0; i < options->as_user_extra.count; i++)
        if (strncmp(options->as_user_extra.items[i], key, length) == 0 &&
            options->as_user_extra.items[i][length] == '=')
            return true;
    return false;
}

/* The kubeconfig's, key by key; a key that the command line has counts there alone. */
static int add_extra_of_user(struct kube_access *access, struct kubeconfig_entry user,
                             const struct kubeconfig_options *options, struct error **err)
{
    const struct yaml_node *extra = yaml_node_get(user.node, "as-user-extra");
    cleanup_free char *what = xasprintf("as-user-extra of %s", user.what);
    if (extra && extra->kind != YAML_MAP) {
        yaml_node_fail(extra, err, "%s must be a mapping", what);
        return -1;
    }
    for (size_t i = 0; extra && i + 1 < extra->count; i += 2) {
        const struct yaml_node *key = extra->items[i];
        if (key->kind != YAML_TEXT || option_has_key(options, key->text))
            continue;
        cleanup_free char *name = extra_name(key->text, strlen(key->text));
        if (add_from_list(access, extra->items[i + 1], name, what, err) < 0)
            return -1;
    }
    return 0;
}

static int add_extra(struct kube_access *access, struct kubeconfig_entry user,
                     const struct kubeconfig_options *options, struct error **err)
{
    for (size_t i = 0; i < options->as_user_extra.count; i++) {
        const char *pair = options->as_user_extra.items[i], *equals = strchr(pair, '=');
        if (!equals || equals == pair) {
            error_set(err, ERROR_USAGE, "--as-user-extra takes KEY=VALUE");
            return -1;
        }
        cleanup_free char *name = extra_name(pair, (size_t)(equals - pair));
        if (add_line(access, name, equals + 1, "--as-user-extra", err) < 0)
            return -1;
    }
    return add_extra_of_user(access, user, options, err);
}

int kubeconfig_resolve_impersonation(struct kube_access *access, struct kubeconfig_entry user,
                                     const struct kubeconfig_options *options, struct error **err)
{
    cleanup_value struct kubeconfig_value as = {0}, uid = {0};
    if (kubeconfig_value_read(user, "as", options->as, &as, err) < 0 ||
        kubeconfig_value_read(user, "as-uid", options->as_uid, &uid, err) < 0)
        return -1;
    if ((as.text && add_line(access, "Impersonate-User", as.text, as.place, err) < 0) ||
        (uid.text && add_line(access, "Impersonate-Uid", uid.text, uid.place, err) < 0) ||
        add_groups(access, user, options, err) < 0 || add_extra(access, user, options, err) < 0)
        return -1;
    if (as.text || access->impersonation.count == 0)
        return 0;
    if (user.node)
        yaml_node_fail(user.node, err, "%s impersonates a uid, groups or extras, but no user", user.what);
    else
        error_set(err, ERROR_USAGE, "there are a uid, groups or extras to impersonate, but no user");
    error_hint(err, "give the user too, with --as");
    return -1;
}
