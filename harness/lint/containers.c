/* SPDX-License-Identifier: Apache-2.0
 *
 * The containers of a pod spec, of all kinds.
 */
#include "gvisor-smoke/cleanup.h"
#include "gvisor-smoke/text.h"
#include "lint_private.h"

static const struct {
    const char *key, *noun;
} lists[] = {
    {"initContainers", "init container"},
    {"containers", "container"},
    {"ephemeralContainers", "ephemeral container"},
};

static char *label_of(const struct yaml_node *container, const char *noun, size_t number)
{
    const struct yaml_node *name = yaml_node_get(container, "name");
    if (!name || name->kind != YAML_TEXT || !name->text[0])
        return xasprintf("%s %zu", noun, number + 1);
    cleanup_free char *printable = text_printable(name->text);
    return xasprintf("%s \"%s\"", noun, printable);
}

static void add_list(struct lint *lint, struct lint_containers *containers, const struct yaml_node *list,
                     size_t kind, const char *path)
{
    for (size_t i = 0; i < list->count && !lint_is_full(lint); i++) {
        const struct yaml_node *node = list->items[i];
        if (node->kind != YAML_MAP) {
            lint_found_in_document(lint, node->line,
                                   xasprintf("item %zu of %s.%s is no container: it is not a mapping", i + 1,
                                             path, lists[kind].key),
                                   NULL);
            continue;
        }
        containers->items = xgrow(containers->items, containers->count, sizeof *containers->items);
        containers->items[containers->count++] = (struct lint_container){
            .node = node,
            .settings = yaml_node_get(node, "securityContext"),
            .label = label_of(node, lists[kind].noun, i),
            .path = xasprintf("%s%s%s[%zu]", path, *path ? "." : "", lists[kind].key, i),
        };
    }
}

struct lint_containers lint_containers_of(struct lint *lint, const struct yaml_node *spec, const char *path)
{
    struct lint_containers containers = {0};
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        const struct yaml_node *list = yaml_node_get(spec, lists[i].key);
        if (list && list->kind == YAML_LIST)
            add_list(lint, &containers, list, i, path);
        else if (list)
            lint_found_in_document(lint, list->line, xasprintf("%s.%s is not a list", path, lists[i].key),
                                   NULL);
    }
    return containers;
}

void lint_containers_release(struct lint_containers *containers)
{
    for (size_t i = 0; i < containers->count; i++) {
        free(containers->items[i].label);
        free(containers->items[i].path);
    }
    free(containers->items);
    *containers = (struct lint_containers){0};
}
