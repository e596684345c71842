/* SPDX-License-Identifier: Apache-2.0
 *
 * The keys of mappings: those that can be none, and those that stand there twice, of which one counts for one
 * reader of YAML and another for the next.
 */
#include <string.h>

#include "gvisor-smoke/cleanup.h"
#include "gvisor-smoke/text.h"
#include "lint_private.h"

static int compare_text(const void *left, const void *right)
{
    const struct yaml_node *a = *(const struct yaml_node *const *)left;
    const struct yaml_node *b = *(const struct yaml_node *const *)right;
    int order = strcmp(a->text, b->text);
    if (order == 0)
        order = a->line < b->line ? -1 : a->line > b->line;
    return order;
}

const struct yaml_node **lint_keys(const struct yaml_node *map, size_t *ret_count)
{
    const struct yaml_node **keys = xcalloc(map->count / 2, sizeof(struct yaml_node *));
    size_t count = 0;
    for (size_t i = 0; i + 1 < map->count; i += 2)
        if (map->items[i]->kind == YAML_TEXT)
            keys[count++] = map->items[i];
    qsort(keys, count, sizeof(struct yaml_node *), compare_text);
    *ret_count = count;
    return keys;
}

bool lint_keys_contain(const struct yaml_node *const *keys, size_t count, const char *key)
{
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(key, keys[middle]->text);
        if (order == 0)
            return true;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return false;
}

static void check_twice(struct lint *lint, const struct yaml_node *map)
{
    size_t count;
    cleanup_free const struct yaml_node **keys = lint_keys(map, &count);
    for (size_t i = 1; i < count && !lint_is_full(lint); i++) {
        if (strcmp(keys[i]->text, keys[i - 1]->text) != 0)
            continue;
        cleanup_free char *key = text_printable(keys[i]->text);
        lint_found_in_document(
            lint, keys[i]->line,
            xasprintf(
                "the key \"%s\" is there twice, in line %zu too: which one counts depends on the reader", key,
                keys[i - 1]->line),
            NULL);
    }
}

/* What can be no key of an object: mostly what is left of a template, since {{ x }} is YAML too. */
static void check_kinds(struct lint *lint, const struct yaml_node *map)
{
    for (size_t i = 0; i < map->count && !lint_is_full(lint); i += 2)
        if (map->items[i]->kind != YAML_TEXT)
            lint_found_in_document(
                lint, map->items[i]->line,
                xstrdup(
                    "a key that is no text: if this is a template, the output of `helm template` is wanted"),
                NULL);
}

void lint_check_keys(struct lint *lint, const struct yaml_tree *tree)
{
    for (size_t i = 0; i < tree->count && !lint_is_full(lint); i++)
        if (tree->nodes[i]->kind == YAML_MAP) {
            check_kinds(lint, tree->nodes[i]);
            check_twice(lint, tree->nodes[i]);
        }
}
