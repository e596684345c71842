/* SPDX-License-Identifier: Apache-2.0
 *
 * YAML (or JSON) documents as small trees that keep their line numbers.
 *
 * Bounds hold while a tree is built: nodes, depth, anchors, and the size that the tree would have with all
 * its aliases written out. An alias shares its node and is never copied; one that leads back to itself is an
 * error. So the tree is finite, and walking all of it is cheap.
 */
#ifndef GVISOR_SMOKE_YAML_TREE_H
#define GVISOR_SMOKE_YAML_TREE_H

#include <stdbool.h>
#include <stddef.h>

#include "gvisor-smoke/error.h"
#include "gvisor-smoke/text.h"

/* What one document may hold. The texts are static. */
struct yaml_limits {
    const char *noun; /* what the file is, in messages: "kubeconfig" */
    size_t nodes, expanded_nodes, anchors;
    size_t depth; /* levels, at most 1000: those who walk a tree may recurse */
};

enum yaml_kind { YAML_NULL, YAML_TEXT, YAML_LIST, YAML_MAP };

struct yaml_tree;

struct yaml_node {
    enum yaml_kind kind;
    const struct yaml_tree *tree; /* the file that it stands in */
    size_t line;                  /* from 1 */
    bool plain;                   /* text without quotes */
    char *text;                   /* of a text: no NUL inside; wiped when freed, it may be a credential */
    struct yaml_node **items;     /* of a list: its elements; of a mapping: key, value, key, value, ... */
    size_t count;                 /* of items, so twice the pairs of a mapping */
    bool open;                    /* being built */
    size_t expanded_nodes;        /* nodes of this subtree with its aliases written out */
    size_t height;                /* levels below this node */
};

struct yaml_tree {
    const char *noun;       /* of the limits */
    char *path;             /* of the file, as the caller wrote it */
    struct yaml_node *root; /* NULL when there is no document */
    struct yaml_node **nodes;
    size_t count;
};

/* The documents of a text, one after the other. path is for messages and for relative names in the file. The
 * bytes are borrowed until the reader is freed. Errors are ERROR_USAGE with the line. */
struct yaml_reader;
struct yaml_reader *yaml_reader_new(const char *path, const char *bytes, size_t length,
                                    const struct yaml_limits *limits);
/* Likewise, of a text that begins at this line (from 1) of its file. */
struct yaml_reader *yaml_reader_new_at(const char *path, size_t line, const char *bytes, size_t length,
                                       const struct yaml_limits *limits);
void yaml_reader_free(struct yaml_reader *reader); /* NULL does nothing */
/* The next document, which the caller frees; NULL at the end of the text, and after an error. */
int yaml_reader_next(struct yaml_reader *reader, struct yaml_tree **ret_tree, struct error **err);
/* After an error: the line where it is. */
size_t yaml_reader_error_line(const struct yaml_reader *reader);

/* The first document of a text, and a look at whether what follows is the start of another one. */
struct yaml_tree *yaml_tree_parse(const char *path, const char *bytes, size_t length,
                                  const struct yaml_limits *limits, struct error **err);
void yaml_tree_free(struct yaml_tree *tree); /* NULL does nothing */

/* The value of a key, or NULL when node is not a mapping, has no such key, or the value is null. Of two equal
 * keys the last one counts, and a merge key ("<<") counts after those that are written out. */
const struct yaml_node *yaml_node_get(const struct yaml_node *node, const char *key);

/* Sets an ERROR_USAGE error that begins with the file and the line of the node. */
void yaml_node_fail(const struct yaml_node *node, struct error **err, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Values by key, from a mapping. An absent, null or empty value gives NULL or false; a value of another kind
 * is an error, and so is a number or flag without quotes in place of text. what names the mapping in the
 * message: `cluster "c"`. */
int yaml_node_text(const struct yaml_node *node, const char *what, const char *key, const char **ret_text,
                   struct error **err);
int yaml_node_flag(const struct yaml_node *node, const char *what, const char *key, bool *ret_flag,
                   struct error **err);
/* The items of a list, added to ret_texts; NULL has none. Also after an error the caller releases them. */
int yaml_list_texts(const struct yaml_node *list, const char *what, struct strings *ret_texts,
                    struct error **err);

/* What YAML 1.1 takes a text without quotes for, as Go's reader has it. */
bool yaml_text_is_flag(const char *text, bool *ret_flag);
bool yaml_text_is_number(const char *text);

#endif
