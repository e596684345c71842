/* SPDX-License-Identifier: Apache-2.0
 *
 * Builds the trees of YAML documents from libyaml's events, within bounds.
 */
#include <string.h>
#include <yaml.h>

#include "gvisor-smoke/cleanup.h"
#include "gvisor-smoke/secret.h"
#include "gvisor-smoke/yaml_tree.h"

struct anchor {
    char *name;
    struct yaml_node *node;
};

/* Reads one document after the other. */
struct yaml_reader {
    const struct yaml_limits *limits;
    char *path;
    const char *bytes;
    size_t length;
    size_t lines_before; /* of the file, in front of the text */
    size_t error_line;
    yaml_parser_t parser;
    struct yaml_tree *tree;  /* of the document under way */
    struct yaml_node **open; /* from the root to where the next node goes */
    size_t depth;
    struct anchor *anchors;
    size_t anchor_count;
    bool over; /* the end or an error: libyaml must not be asked again, it would say nothing for ever */
};

static void forget_anchors(struct yaml_reader *reader)
{
    for (size_t i = 0; i < reader->anchor_count; i++)
        free(reader->anchors[i].name);
    reader->anchor_count = 0;
}

void yaml_reader_free(struct yaml_reader *reader)
{
    if (!reader)
        return;
    yaml_parser_delete(&reader->parser);
    yaml_tree_free(reader->tree);
    forget_anchors(reader);
    free(reader->anchors);
    free(reader->open);
    free(reader->path);
    free(reader);
}

static void cleanup_reader_function(struct yaml_reader **reader)
{
    yaml_reader_free(*reader);
}

struct yaml_reader *yaml_reader_new(const char *path, const char *bytes, size_t length,
                                    const struct yaml_limits *limits)
{
    return yaml_reader_new_at(path, 1, bytes, length, limits);
}

struct yaml_reader *yaml_reader_new_at(const char *path, size_t line, const char *bytes, size_t length,
                                       const struct yaml_limits *limits)
{
    struct yaml_reader *reader = xcalloc(1, sizeof *reader);
    reader->limits = limits;
    reader->bytes = bytes;
    reader->length = length;
    reader->lines_before = line - 1;
    reader->path = xstrdup(path);
    reader->open = xcalloc(limits->depth, sizeof(struct yaml_node *));
    reader->anchors = xcalloc(limits->anchors, sizeof *reader->anchors);
    if (!yaml_parser_initialize(&reader->parser))
        abort(); /* out of memory is all that it can report */
    yaml_parser_set_input_string(&reader->parser, (const unsigned char *)bytes, length);
    return reader;
}

/* An error at a line of the file, where there may be no node yet. */
static int fail_at(struct yaml_reader *reader, yaml_mark_t mark, struct error **err, const char *problem)
{
    reader->error_line = reader->lines_before + mark.line + 1;
    error_set(err, ERROR_USAGE, "%s \"%s\", line %zu: %s", reader->limits->noun, reader->path,
              reader->error_line, problem);
    return -1;
}

static int fail_bound(struct yaml_reader *reader, const yaml_event_t *event, struct error **err,
                      const char *problem)
{
    cleanup_free char *text = xasprintf("%s for a %s", problem, reader->limits->noun);
    return fail_at(reader, event->start_mark, err, text);
}

static struct yaml_node *node_new(struct yaml_reader *reader, const yaml_event_t *event, enum yaml_kind kind,
                                  struct error **err)
{
    struct yaml_tree *tree = reader->tree;
    if (tree->count == reader->limits->nodes) {
        fail_bound(reader, event, err, "too many values");
        return NULL;
    }
    struct yaml_node *node = xcalloc(1, sizeof *node);
    node->kind = kind;
    node->tree = tree;
    node->line = reader->lines_before + event->start_mark.line + 1;
    node->expanded_nodes = 1;
    tree->nodes = xgrow(tree->nodes, tree->count, sizeof(struct yaml_node *));
    tree->nodes[tree->count++] = node;
    return node;
}

/* Puts a finished node into the innermost open one. Here the bounds on what aliases stand for are kept. */
static int attach(struct yaml_reader *reader, const yaml_event_t *event, struct yaml_node *node,
                  struct error **err)
{
    if (reader->depth == 0) {
        reader->tree->root = node;
        return 0;
    }
    struct yaml_node *parent = reader->open[reader->depth - 1];
    if (reader->depth + node->height >= reader->limits->depth)
        return fail_bound(reader, event, err, "nested too deeply");
    parent->expanded_nodes += node->expanded_nodes;
    if (parent->expanded_nodes > reader->limits->expanded_nodes)
        return fail_at(reader, event->start_mark, err, "aliases that stand for too many values");
    if (parent->height < node->height + 1)
        parent->height = node->height + 1;
    parent->items = xgrow(parent->items, parent->count, sizeof(struct yaml_node *));
    parent->items[parent->count++] = node;
    return 0;
}

static int anchor_add(struct yaml_reader *reader, const yaml_event_t *event, const yaml_char_t *name,
                      struct yaml_node *node, struct error **err)
{
    if (!name)
        return 0;
    if (reader->anchor_count == reader->limits->anchors)
        return fail_bound(reader, event, err, "too many anchors");
    reader->anchors[reader->anchor_count++] =
        (struct anchor){.name = xstrdup((const char *)name), .node = node};
    return 0;
}

static int on_alias(struct yaml_reader *reader, const yaml_event_t *event, struct error **err)
{
    const char *name = (const char *)event->data.alias.anchor;
    for (size_t i = reader->anchor_count; i-- > 0;) { /* the latest of a name counts */
        if (strcmp(reader->anchors[i].name, name) != 0)
            continue;
        struct yaml_node *node = reader->anchors[i].node;
        if (node->open)
            return fail_at(reader, event->start_mark, err, "an alias that contains itself");
        return attach(reader, event, node, err);
    }
    return fail_at(reader, event->start_mark, err, "an alias without its anchor");
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

static int on_scalar(struct yaml_reader *reader, const yaml_event_t *event, struct error **err)
{
    const char *text = (const char *)event->data.scalar.value;
    if (strlen(text) != event->data.scalar.length)
        return fail_at(reader, event->start_mark, err, "a value with a NUL character inside");
    struct yaml_node *node = node_new(reader, event, scalar_is_null(event) ? YAML_NULL : YAML_TEXT, err);
    if (!node)
        return -1;
    if (node->kind == YAML_TEXT)
        node->text = xstrdup(text);
    node->plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    if (anchor_add(reader, event, event->data.scalar.anchor, node, err) < 0)
        return -1;
    return attach(reader, event, node, err);
}

static int on_start(struct yaml_reader *reader, const yaml_event_t *event, enum yaml_kind kind,
                    const yaml_char_t *anchor, struct error **err)
{
    if (reader->depth == reader->limits->depth)
        return fail_bound(reader, event, err, "nested too deeply");
    struct yaml_node *node = node_new(reader, event, kind, err);
    if (!node || anchor_add(reader, event, anchor, node, err) < 0)
        return -1;
    node->open = true;
    reader->open[reader->depth++] = node;
    return 0;
}

static int on_end(struct yaml_reader *reader, const yaml_event_t *event, struct error **err)
{
    struct yaml_node *node = reader->open[--reader->depth];
    node->open = false;
    return attach(reader, event, node, err);
}

static int on_event(struct yaml_reader *reader, const yaml_event_t *event, struct error **err)
{
    switch (event->type) {
    case YAML_ALIAS_EVENT:
        return on_alias(reader, event, err);
    case YAML_SCALAR_EVENT:
        return on_scalar(reader, event, err);
    case YAML_SEQUENCE_START_EVENT:
        return on_start(reader, event, YAML_LIST, event->data.sequence_start.anchor, err);
    case YAML_MAPPING_START_EVENT:
        return on_start(reader, event, YAML_MAP, event->data.mapping_start.anchor, err);
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT:
        return on_end(reader, event, err);
    default:
        return 0;
    }
}

static size_t line_of_byte(const struct yaml_reader *reader, size_t offset)
{
    size_t line = reader->lines_before + 1;
    for (size_t i = 0; i < offset && i < reader->length; i++)
        line += reader->bytes[i] == '\n';
    return line;
}

/* libyaml's own words name what is wrong with the form and never quote the content. */
static int fail_form(struct yaml_reader *reader, struct error **err)
{
    const yaml_parser_t *parser = &reader->parser;
    const char *problem = parser->problem ? parser->problem : "unexpected content";
    if (parser->error == YAML_MEMORY_ERROR)
        abort();
    if (parser->error == YAML_READER_ERROR) {
        reader->error_line = line_of_byte(reader, parser->problem_offset);
        error_set(err, ERROR_USAGE, "%s \"%s\" is not YAML: %s at byte %zu", reader->limits->noun,
                  reader->path, problem, parser->problem_offset);
    } else {
        cleanup_free char *text = xasprintf("not YAML: %s", problem);
        fail_at(reader, parser->problem_mark, err, text);
    }
    return -1;
}

/* Takes one event. Sets *ret_type to its type. */
static int step(struct yaml_reader *reader, yaml_event_type_t *ret_type, struct error **err)
{
    yaml_event_t event;
    reader->over = true;
    if (!yaml_parser_parse(&reader->parser, &event))
        return fail_form(reader, err);
    int result = on_event(reader, &event, err);
    reader->over = result < 0 || event.type == YAML_STREAM_END_EVENT;
    *ret_type = event.type;
    if (event.type == YAML_SCALAR_EVENT)
        secret_wipe(event.data.scalar.value, event.data.scalar.length);
    yaml_event_delete(&event);
    return result;
}

static void start_tree(struct yaml_reader *reader)
{
    forget_anchors(reader);
    reader->depth = 0;
    yaml_tree_free(reader->tree); /* of a document that had an error, or was the end */
    reader->tree = xcalloc(1, sizeof *reader->tree);
    reader->tree->path = xstrdup(reader->path);
    reader->tree->noun = reader->limits->noun;
}

size_t yaml_reader_error_line(const struct yaml_reader *reader)
{
    return reader->error_line;
}

int yaml_reader_next(struct yaml_reader *reader, struct yaml_tree **ret_tree, struct error **err)
{
    yaml_event_type_t type = YAML_NO_EVENT;
    *ret_tree = NULL;
    if (reader->over)
        return 0;
    start_tree(reader);
    while (type != YAML_DOCUMENT_END_EVENT && type != YAML_STREAM_END_EVENT)
        if (step(reader, &type, err) < 0)
            return -1;
    if (type == YAML_DOCUMENT_END_EVENT)
        *ret_tree = steal(&reader->tree);
    return 0;
}

struct yaml_tree *yaml_tree_parse(const char *path, const char *bytes, size_t length,
                                  const struct yaml_limits *limits, struct error **err)
{
    __attribute__((cleanup(cleanup_reader_function))) struct yaml_reader *reader =
        yaml_reader_new(path, bytes, length, limits);
    yaml_event_type_t type;
    struct yaml_tree *tree;
    if (yaml_reader_next(reader, &tree, err) < 0)
        return NULL;
    if (!tree) {
        start_tree(reader);
        return steal(&reader->tree);
    }
    if (step(reader, &type, err) < 0) {
        yaml_tree_free(tree);
        return NULL;
    }
    return tree;
}

void yaml_tree_free(struct yaml_tree *tree)
{
    if (!tree)
        return;
    for (size_t i = 0; i < tree->count; i++) {
        struct yaml_node *node = tree->nodes[i];
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
