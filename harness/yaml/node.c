/* SPDX-License-Identifier: Apache-2.0
 *
 * Reads values out of the tree of a document.
 */
#include <stdarg.h>
#include <string.h>

#include "gvisor-smoke/cleanup.h"
#include "gvisor-smoke/text.h"
#include "gvisor-smoke/yaml_tree.h"

static const struct yaml_node *find_written(const struct yaml_node *node, const char *key)
{
    for (size_t i = node->count; i >= 2; i -= 2) {
        const struct yaml_node *name = node->items[i - 2];
        if (name->kind == YAML_TEXT && strcmp(name->text, key) == 0)
            return node->items[i - 1];
    }
    return NULL;
}

/* Looks in what a merge key names: one mapping, or a list of mappings of which the first with the key counts.
 * The tree's bound on depth bounds the recursion. */
static const struct yaml_node *find(const struct yaml_node *node, const char *key)
{
    if (!node || node->kind != YAML_MAP)
        return NULL;
    const struct yaml_node *value = find_written(node, key);
    const struct yaml_node *merged = value ? NULL : find_written(node, "<<");
    if (!merged || merged->kind != YAML_LIST)
        return value ? value : find(merged, key);
    for (size_t i = 0; i < merged->count && !value; i++)
        value = find(merged->items[i], key);
    return value;
}

const struct yaml_node *yaml_node_get(const struct yaml_node *node, const char *key)
{
    const struct yaml_node *value = find(node, key);
    return value && value->kind != YAML_NULL ? value : NULL;
}

void yaml_node_fail(const struct yaml_node *node, struct error **err, const char *format, ...)
{
    char *message = NULL;
    va_list arguments;
    va_start(arguments, format);
    if (vasprintf(&message, format, arguments) < 0)
        abort();
    va_end(arguments);
    error_set(err, ERROR_USAGE, "%s \"%s\", line %zu: %s", node->tree->noun, node->tree->path, node->line,
              message);
    free(message);
}

/* The words for true and false that kubectl's YAML reader takes. */
bool yaml_text_is_flag(const char *text, bool *ret_flag)
{
    static const char *const words[2][11] = {
        {"false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF", "n", "N"},
        {"true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON", "y", "Y"},
    };
    for (size_t i = 0; i < 22; i++)
        if (strcmp(text, words[i / 11][i % 11]) == 0) {
            *ret_flag = i >= 11;
            return true;
        }
    return false;
}

bool yaml_text_is_number(const char *text)
{
    char *rest;
    const char *digits = text + (*text == '-' || *text == '+');
    if ((*digits < '0' || *digits > '9') && *digits != '.')
        return false;
    strtod(text, &rest); /* takes hexadecimal too */
    return *rest == '\0' && rest > text;
}

/* What YAML takes for a number or a flag is no text to kubectl and the API, however it looks. */
static const char *other_kind(const struct yaml_node *value)
{
    bool flag;
    if (value->kind != YAML_TEXT)
        return value->kind == YAML_LIST ? "not a list" : "not a mapping";
    if (!value->plain)
        return NULL;
    if (yaml_text_is_number(value->text))
        return "not a number: put it in quotes";
    return yaml_text_is_flag(value->text, &flag) ? "not true or false: put it in quotes" : NULL;
}

int yaml_node_text(const struct yaml_node *node, const char *what, const char *key, const char **ret_text,
                   struct error **err)
{
    const struct yaml_node *value = yaml_node_get(node, key);
    const char *other = value ? other_kind(value) : NULL;
    if (other) {
        yaml_node_fail(value, err, "%s of %s must be text, %s", key, what, other);
        return -1;
    }
    *ret_text = value && value->text[0] ? value->text : NULL;
    return 0;
}

int yaml_list_texts(const struct yaml_node *list, const char *what, struct strings *ret_texts,
                    struct error **err)
{
    if (list && list->kind != YAML_LIST) {
        yaml_node_fail(list, err, "%s must be a list of texts", what);
        return -1;
    }
    for (size_t i = 0; list && i < list->count; i++) {
        const struct yaml_node *item = list->items[i];
        const char *other = item->kind == YAML_NULL ? "not null" : other_kind(item);
        if (other) {
            yaml_node_fail(item, err, "%s must be a list of texts, %s", what, other);
            return -1;
        }
        strings_add(ret_texts, item->text);
    }
    return 0;
}

int yaml_node_flag(const struct yaml_node *node, const char *what, const char *key, bool *ret_flag,
                   struct error **err)
{
    const struct yaml_node *value = yaml_node_get(node, key);
    bool flag = false;
    if (value && (value->kind != YAML_TEXT || !value->plain || !yaml_text_is_flag(value->text, &flag))) {
        yaml_node_fail(value, err, "%s of %s must be true or false", key, what);
        return -1;
    }
    *ret_flag = flag;
    return 0;
}
