/* SPDX-License-Identifier: Apache-2.0
 *
 * Finds the objects of a document, and in each the pod specs: any mapping with a list of containers.
 *
 * The bounds of the tree bound all walks here, in depth and in steps.
 */
#include <string.h>

#include "gvisor-smoke/cleanup.h"
#include "gvisor-smoke/text.h"
#include "lint_private.h"

/* Where a walk through an object is. */
struct walk {
    struct lint *lint;
    const struct yaml_node *object;
    struct buf path;
    size_t found;
};

static void walk_node(struct walk *walk, const struct yaml_node *node);

static void cut_back(struct buf *path, size_t length)
{
    path->length = length;
    path->bytes[length] = '\0';
}

static bool is_pod_spec(const struct yaml_node *node)
{
    const struct yaml_node *containers = yaml_node_get(node, "containers");
    if (!containers || containers->kind != YAML_LIST)
        return false;
    for (size_t i = 0; i < containers->count; i++)
        if (containers->items[i]->kind == YAML_MAP)
            return true;
    return false;
}

/* What the cluster writes itself, and what is about the object: there are no pods made from it. */
static bool is_aside(const struct walk *walk, const struct yaml_node *map, const char *key)
{
    return map == walk->object && (strcmp(key, "metadata") == 0 || strcmp(key, "status") == 0);
}

static void walk_value(struct walk *walk, const char *key, const struct yaml_node *value)
{
    size_t length = walk->path.length;
    cleanup_free char *name = text_printable(key);
    buf_printf(&walk->path, "%s%s", length ? "." : "", name);
    walk_node(walk, value);
    cut_back(&walk->path, length);
}

static void walk_pairs(struct walk *walk, const struct yaml_node *map, const struct yaml_node *from);

/* What merge keys bring in, but for what the mapping itself has another value of. */
static void walk_merged(struct walk *walk, const struct yaml_node *map, const struct yaml_node *merged)
{
    if (merged->kind == YAML_LIST)
        for (size_t i = 0; i < merged->count; i++)
            walk_merged(walk, map, merged->items[i]);
    else if (merged->kind == YAML_MAP)
        walk_pairs(walk, map, merged);
}

/* The pairs that stand in from, which is the mapping itself or one that is merged into it. */
static void walk_pairs(struct walk *walk, const struct yaml_node *map, const struct yaml_node *from)
{
    size_t count = 0;
    cleanup_free const struct yaml_node **own = map == from ? NULL : lint_keys(map, &count);
    for (size_t i = 0; i + 1 < from->count && !lint_is_full(walk->lint); i += 2) {
        const struct yaml_node *key = from->items[i], *value = from->items[i + 1];
        if (key->kind != YAML_TEXT || (value->kind != YAML_MAP && value->kind != YAML_LIST))
            continue;
        if (strcmp(key->text, "<<") == 0)
            walk_merged(walk, map, value);
        else if (!is_aside(walk, map, key->text) && !lint_keys_contain(own, count, key->text))
            walk_value(walk, key->text, value);
    }
}

static void walk_list(struct walk *walk, const struct yaml_node *list)
{
    size_t length = walk->path.length;
    for (size_t i = 0; i < list->count && !lint_is_full(walk->lint); i++) {
        buf_printf(&walk->path, "[%zu]", i);
        walk_node(walk, list->items[i]);
        cut_back(&walk->path, length);
    }
}

static void walk_node(struct walk *walk, const struct yaml_node *node)
{
    if (node->kind == YAML_LIST)
        walk_list(walk, node);
    if (node->kind != YAML_MAP)
        return;
    if (is_pod_spec(node)) {
        walk->found++;
        lint_begin_pod_spec(walk->lint, node, walk->path.bytes);
        lint_pod_spec(walk->lint, node, walk->path.bytes);
        lint_end_pod_spec(walk->lint);
    }
    walk_pairs(walk, node, node);
}

/* The kinds that make pods whatever they hold: one of them without a pod spec is not what it should be. */
static bool makes_pods(const char *kind)
{
    static const char *const kinds[] = {"Pod",       "Deployment", "StatefulSet",
                                        "DaemonSet", "ReplicaSet", "ReplicationController",
                                        "Job",       "CronJob",    "PodTemplate"};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(kind, kinds[i]) == 0)
            return true;
    return false;
}

static const char *text_of(const struct yaml_node *node, const char *key)
{
    const struct yaml_node *value = yaml_node_get(node, key);
    return value && value->kind == YAML_TEXT && value->text[0] ? value->text : NULL;
}

static char *printable_text_of(const struct yaml_node *node, const char *key)
{
    const char *text = text_of(node, key);
    return text ? text_printable(text) : NULL;
}

static void object_release(struct lint_object *object)
{
    free(object->kind);
    free(object->name_space);
    free(object->name);
    *object = (struct lint_object){0};
}

static void name_object(struct lint *lint, const struct yaml_node *node, const char *kind)
{
    const struct yaml_node *metadata = yaml_node_get(node, "metadata");
    object_release(&lint->object);
    lint->own = LINT_NO_SUBJECT;
    lint->object = (struct lint_object){.kind = text_printable(kind),
                                        .name_space = printable_text_of(metadata, "namespace"),
                                        .name = printable_text_of(metadata, "name")};
    if (!lint->object.name)
        lint->object.name = printable_text_of(metadata, "generateName");
    if (!lint->object.name)
        lint->object.name = xstrdup("(no name)");
}

static void look_through(struct lint *lint, const struct yaml_node *node)
{
    struct walk walk = {.lint = lint, .object = node};
    lint->report->manifests++;
    buf_init(&walk.path, LINT_PATH_MAX);
    walk_node(&walk, node);
    buf_release(&walk.path);
    if (walk.found == 0 && makes_pods(lint->object.kind) && !lint_is_full(lint))
        lint_found_in_document(
            lint, node->line,
            xasprintf("a %s without containers: the cluster will refuse it", lint->object.kind), NULL);
}

static void look_at_object(struct lint *lint, const struct yaml_node *node, const char *inherited_kind);

/* The objects of a list; in one that the API has sent they have no kind of their own. */
static void look_at_list(struct lint *lint, const struct yaml_node *items, const char *kind)
{
    cleanup_free char *kind_of_items = xstrndup(kind, strlen(kind) - strlen("List"));
    for (size_t i = 0; i < items->count && !lint_is_full(lint); i++)
        look_at_object(lint, items->items[i], *kind_of_items ? kind_of_items : NULL);
}

static void look_at_object(struct lint *lint, const struct yaml_node *node, const char *inherited_kind)
{
    const char *kind = text_of(node, "kind");
    if (!kind)
        kind = inherited_kind;
    if (!kind) {
        object_release(&lint->object);
        lint_found_in_document(lint, node->line,
                               xasprintf("this is no manifest: it %s",
                                         node->kind == YAML_MAP ? "has no kind" : "is not a mapping"),
                               NULL);
        return;
    }
    name_object(lint, node, kind);
    const struct yaml_node *items = yaml_node_get(node, "items");
    if (text_ends_with(kind, "List") && items && items->kind == YAML_LIST)
        look_at_list(lint, items, kind);
    else
        look_through(lint, node);
}

void lint_document(struct lint *lint, const struct yaml_tree *tree)
{
    const char *kind = text_of(tree->root, "kind");
    lint->own = LINT_NO_SUBJECT;
    if (kind)
        name_object(lint, tree->root, kind);
    lint_check_keys(lint, tree);
    look_at_object(lint, tree->root, NULL);
    object_release(&lint->object);
}
