/* SPDX-License-Identifier: Apache-2.0
 *
 * Builds the tree of a YAML document from libyaml's events, within bounds.
 */
#include <string.h>
#include <yaml.h>

#include "gvisor-smoke/cleanup.h"
#include "gvisor-smoke/secret.h"
#include "kubeconfig_yaml.h"

struct anchor {
    char *name;
    struct kubeconfig_node *node;
};

struct builder {
    yaml_parser_t parser;
    struct kubeconfig_tree *tree;
    struct kubeconfig_node *open[KUBECONFIG_MAX_DEPTH]; /* from the root to where the next node goes */
    size_t depth;
    struct anchor anchors[KUBECONFIG_MAX_ANCHORS];
    size_t anchor_count;
};

static void builder_free(struct builder *builder)
{
    yaml_parser_delete(&builder->parser);
    kubeconfig_tree_free(builder->tree);
    for (size_t i = 0; i < builder->anchor_count; i++)
        free(builder->anchors[i].name);
    free(builder);
}

static void cleanup_builder_function(struct builder **builder)
{
    builder_free(*builder);
}

static struct builder *builder_new(const char *path, const char *bytes, size_t length)
{
    struct builder *builder = xcalloc(1, sizeof *builder);
    builder->tree = xcalloc(1, sizeof *builder->tree);
    builder->tree->path = xstrdup(path);
    if (!yaml_parser_initialize(&builder->parser))
        abort(); /* out of memory is all that it can report */
    yaml_parser_set_input_string(&builder->parser, (const unsigned char *)bytes, length);
    return builder;
}

/* An error at a line of the file, where there may be no node yet. */
static int fail_at(const struct builder *builder, yaml_mark_t mark, struct error **err, const char *problem)
{
    error_set(err, ERROR_USAGE, "kubeconfig \"%s\", line %zu: %s", builder->tree->path, mark.line + 1,
              problem);
    return -1;
}

/* Makes room for one more pointer: arrays grow when their count is a power of two. */
static struct kubeconfig_node **grow(struct kubeconfig_node **items, size_t count)
{
    if ((count & (count - 1)) != 0)
        return items;
    return xrealloc(items, count ? count * 2 : 1, sizeof(struct kubeconfig_node *));
}

static struct kubeconfig_node *node_new(struct builder *builder, const yaml_event_t *event,
                                        enum kubeconfig_node_kind kind, struct error **err)
{
    struct kubeconfig_tree *tree = builder->tree;
    if (tree->count == KUBECONFIG_MAX_NODES) {
        fail_at(builder, event->start_mark, err, "too many values for a kubeconfig");
        return NULL;
    }
    struct kubeconfig_node *node = xcalloc(1, sizeof *node);
    node->kind = kind;
    node->tree = tree;
    node->line = event->start_mark.line + 1;
    node->expanded_nodes = 1;
    tree->nodes = grow(tree->nodes, tree->count);
    tree->nodes[tree->count++] = node;
    return node;
}

/* Puts a finished node into the innermost open one. Here the bounds on what aliases stand for are kept. */
static int attach(struct builder *builder, const yaml_event_t *event, struct kubeconfig_node *node,
                  struct error **err)
{
    if (builder->depth == 0) {
        builder->tree->root = node;
        return 0;
    }
    struct kubeconfig_node *parent = builder->open[builder->depth - 1];
    if (builder->depth + node->height >= KUBECONFIG_MAX_DEPTH)
        return fail_at(builder, event->start_mark, err, "nested too deeply for a kubeconfig");
    parent->expanded_nodes += node->expanded_nodes;
    if (parent->expanded_nodes > KUBECONFIG_MAX_EXPANDED_NODES)
        return fail_at(builder, event->start_mark, err, "aliases that stand for too many values");
    if (parent->height < node->height + 1)
        parent->height = node->height + 1;
    parent->items = grow(parent->items, parent->count);
    parent->items[parent->count++] = node;
    return 0;
}

static int anchor_add(struct builder *builder, const yaml_event_t *event, const yaml_char_t *name,
                      struct kubeconfig_node *node, struct error **err)
{
    if (!name)
        return 0;
    if (builder->anchor_count == KUBECONFIG_MAX_ANCHORS)
        return fail_at(builder, event->start_mark, err, "too many anchors for a kubeconfig");
    builder->anchors[builder->anchor_count++] =
        (struct anchor){.name = xstrdup((const char *)name), .node = node};
    return 0;
}

static int on_alias(struct builder *builder, const yaml_event_t *event, struct error **err)
{
    const char *name = (const char *)event->data.alias.anchor;
    for (size_t i = builder->anchor_count; i-- > 0;) { /* the latest of a name counts */
        if (strcmp(builder->anchors[i].name, name) != 0)
            continue;
        struct kubeconfig_node *node = builder->anchors[i].node;
        if (node->open)
            return fail_at(builder, event->start_mark, err, "an alias that contains itself");
        return attach(builder, event, node, err);
    }
    return fail_at(builder, event->start_mark, err, "an alias without its anchor");
}

static bool scalar_is_null(const yaml_event_t *event)
{
    static const char *const nulls[] = {"", "~", "null", "Null", "NULL"};
    if (event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE || !event->data.scalar.plain_implicit)
        return false;
    for (size_t i = 0; i < sizeof nulls / sizeof *nulls; i++)
        if (strcmp((const char *)event->data.scalar.value, nulls[i]) == 0)
            return true;
    return false;
}

static int on_scalar(struct builder *builder, const yaml_event_t *event, struct error **err)
{
    const char *text = (const char *)event->data.scalar.value;
    if (strlen(text) != event->data.scalar.length)
        return fail_at(builder, event->start_mark, err, "a value with a NUL character inside");
    struct kubeconfig_node *node =
        node_new(builder, event, scalar_is_null(event) ? KUBECONFIG_NULL : KUBECONFIG_TEXT, err);
    if (!node)
        return -1;
    if (node->kind == KUBECONFIG_TEXT)
        node->text = xstrdup(text);
    node->plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    if (anchor_add(builder, event, event->data.scalar.anchor, node, err) < 0)
        return -1;
    return attach(builder, event, node, err);
}

static int on_start(struct builder *builder, const yaml_event_t *event, enum kubeconfig_node_kind kind,
                    const yaml_char_t *anchor, struct error **err)
{
    if (builder->depth == KUBECONFIG_MAX_DEPTH)
        return fail_at(builder, event->start_mark, err, "nested too deeply for a kubeconfig");
    struct kubeconfig_node *node = node_new(builder, event, kind, err);
    if (!node || anchor_add(builder, event, anchor, node, err) < 0)
        return -1;
    node->open = true;
    builder->open[builder->depth++] = node;
    return 0;
}

static int on_end(struct builder *builder, const yaml_event_t *event, struct error **err)
{
    struct kubeconfig_node *node = builder->open[--builder->depth];
    node->open = false;
    return attach(builder, event, node, err);
}

static int on_event(struct builder *builder, const yaml_event_t *event, struct error **err)
{
    switch (event->type) {
    case YAML_ALIAS_EVENT:
        return on_alias(builder, event, err);
    case YAML_SCALAR_EVENT:
        return on_scalar(builder, event, err);
    case YAML_SEQUENCE_START_EVENT:
        return on_start(builder, event, KUBECONFIG_LIST, event->data.sequence_start.anchor, err);
    case YAML_MAPPING_START_EVENT:
        return on_start(builder, event, KUBECONFIG_MAP, event->data.mapping_start.anchor, err);
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT:
        return on_end(builder, event, err);
    default:
        return 0;
    }
}

/* libyaml's own words name what is wrong with the form and never quote the content. */
static int fail_form(struct builder *builder, struct error **err)
{
    const yaml_parser_t *parser = &builder->parser;
    const char *problem = parser->problem ? parser->problem : "unexpected content";
    if (parser->error == YAML_MEMORY_ERROR)
        abort();
    if (parser->error == YAML_READER_ERROR)
        error_set(err, ERROR_USAGE, "kubeconfig \"%s\" is not YAML: %s at byte %zu", builder->tree->path,
                  problem, parser->problem_offset);
    else
        error_set(err, ERROR_USAGE, "kubeconfig \"%s\", line %zu: not YAML: %s", builder->tree->path,
                  parser->problem_mark.line + 1, problem);
    return -1;
}

/* Takes one event. Sets *ret_type to its type. */
static int step(struct builder *builder, yaml_event_type_t *ret_type, struct error **err)
{
    yaml_event_t event;
    if (!yaml_parser_parse(&builder->parser, &event))
        return fail_form(builder, err);
    int result = on_event(builder, &event, err);
    *ret_type = event.type;
    if (event.type == YAML_SCALAR_EVENT)
        secret_wipe(event.data.scalar.value, event.data.scalar.length);
    yaml_event_delete(&event);
    return result;
}

struct kubeconfig_tree *kubeconfig_tree_parse(const char *path, const char *bytes, size_t length,
                                              struct error **err)
{
    __attribute__((cleanup(cleanup_builder_function))) struct builder *builder =
        builder_new(path, bytes, length);
    yaml_event_type_t type = YAML_NO_EVENT;
    while (type != YAML_DOCUMENT_END_EVENT && type != YAML_STREAM_END_EVENT)
        if (step(builder, &type, err) < 0)
            return NULL;
    /* What follows the document must be the start of another one, or the end. */
    if (type == YAML_DOCUMENT_END_EVENT && step(builder, &type, err) < 0)
        return NULL;
    return steal(&builder->tree);
}

void kubeconfig_tree_free(struct kubeconfig_tree *tree)
{
    if (!tree)
        return;
    for (size_t i = 0; i < tree->count; i++) {
        struct kubeconfig_node *node = tree->nodes[i];
        if (node->text)
            secret_wipe(node->text, strlen(node->text));
        free(node->text);
        free(node->items);
        free(node);
    }
    free(tree->nodes);
    free(tree->path);
    free(tree);
}
