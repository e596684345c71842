/* SPDX-License-Identifier: Apache-2.0
 *
 * Reads values out of the tree of a kubeconfig.
 */
#include <stdarg.h>
#include <string.h>

#include "gvisor-smoke/cleanup.h"
#include "kubeconfig_yaml.h"

#define PRINTABLE_MAX_BYTES 80

static const struct kubeconfig_node *find_written(const struct kubeconfig_node *node, const char *key)
{
    for (size_t i = node->count; i >= 2; i -= 2) {
        const struct kubeconfig_node *name = node->items[i - 2];
        if (name->kind == KUBECONFIG_TEXT && strcmp(name->text, key) == 0)
            return node->items[i - 1];
    }
    return NULL;
}

/* Looks in what a merge key names: one mapping, or a list of mappings of which the first with the key counts.
 * The tree's bound on depth bounds the recursion. */
static const struct kubeconfig_node *find(const struct kubeconfig_node *node, const char *key)
{
    if (!node || node->kind != KUBECONFIG_MAP)
        return NULL;
    const struct kubeconfig_node *value = find_written(node, key);
    const struct kubeconfig_node *merged = value ? NULL : find_written(node, "<<");
    if (!merged || merged->kind != KUBECONFIG_LIST)
        return value ? value : find(merged, key);
    for (size_t i = 0; i < merged->count && !value; i++)
        value = find(merged->items[i], key);
    return value;
}

const struct kubeconfig_node *kubeconfig_node_get(const struct kubeconfig_node *node, const char *key)
{
    const struct kubeconfig_node *value = find(node, key);
    return value && value->kind != KUBECONFIG_NULL ? value : NULL;
}

void kubeconfig_node_fail(const struct kubeconfig_node *node, struct error **err, const char *format, ...)
{
    char *message = NULL;
    va_list arguments;
    va_start(arguments, format);
    if (vasprintf(&message, format, arguments) < 0)
        abort();
    va_end(arguments);
    error_set(err, ERROR_USAGE, "kubeconfig \"%s\", line %zu: %s", node->tree->path, node->line, message);
    free(message);
}

int kubeconfig_node_text(const struct kubeconfig_node *node, const char *what, const char *key,
                         const char **ret_text, struct error **err)
{
    const struct kubeconfig_node *value = kubeconfig_node_get(node, key);
    if (value && value->kind != KUBECONFIG_TEXT) {
        kubeconfig_node_fail(value, err, "%s of %s must be text, not a %s", key, what,
                             value->kind == KUBECONFIG_LIST ? "list" : "mapping");
        return -1;
    }
    *ret_text = value && value->text[0] ? value->text : NULL;
    return 0;
}

/* The words for true and false that kubectl's YAML reader takes. */
static int parse_flag(const char *text, bool *ret_flag)
{
    static const char *const words[2][11] = {
        {"false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF", "n", "N"},
        {"true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON", "y", "Y"},
    };
    for (size_t i = 0; i < 22; i++)
        if (strcmp(text, words[i / 11][i % 11]) == 0) {
            *ret_flag = i >= 11;
            return 0;
        }
    return -1;
}

int kubeconfig_node_flag(const struct kubeconfig_node *node, const char *what, const char *key,
                         bool *ret_flag, struct error **err)
{
    const struct kubeconfig_node *value = kubeconfig_node_get(node, key);
    bool flag = false;
    if (value && (value->kind != KUBECONFIG_TEXT || !value->plain || parse_flag(value->text, &flag) < 0)) {
        kubeconfig_node_fail(value, err, "%s of %s must be true or false", key, what);
        return -1;
    }
    *ret_flag = flag;
    return 0;
}

char *kubeconfig_printable(const char *name)
{
    size_t length = strnlen(name, PRINTABLE_MAX_BYTES + 1);
    bool whole = length <= PRINTABLE_MAX_BYTES;
    while (!whole && length > 0 && ((unsigned char)name[length - 1] & 0xC0) == 0x80)
        length--; /* so that no UTF-8 sequence is cut in two */
    cleanup_free char *printable = xstrndup(name, whole ? length : length - 1);
    for (char *c = printable; *c; c++)
        if ((unsigned char)*c < 0x20 || *c == 0x7F)
            *c = '?';
    return xasprintf("%s%s", printable, whole ? "" : "...");
}
