/* SPDX-License-Identifier: Apache-2.0
 *
 * One YAML (or JSON) document as a small tree that keeps its line numbers.
 *
 * Bounds hold while the tree is built: bytes, nodes, depth, and the size that the tree would have with all
 * its aliases written out. An alias shares its node and is never copied; one that leads back to itself is an
 * error. So the tree is finite, and walking all of it is cheap. Only the first document of a file is read, as
 * kubectl does.
 */
#ifndef GVISOR_SMOKE_KUBECONFIG_YAML_H
#define GVISOR_SMOKE_KUBECONFIG_YAML_H

#include <stdbool.h>
#include <stddef.h>

#include "gvisor-smoke/error.h"

#define KUBECONFIG_MAX_BYTES ((size_t)10 << 20)
#define KUBECONFIG_MAX_NODES ((size_t)200000)
#define KUBECONFIG_MAX_EXPANDED_NODES ((size_t)1000000)
#define KUBECONFIG_MAX_DEPTH ((size_t)64)
#define KUBECONFIG_MAX_ANCHORS ((size_t)1000)

enum kubeconfig_node_kind { KUBECONFIG_NULL, KUBECONFIG_TEXT, KUBECONFIG_LIST, KUBECONFIG_MAP };

struct kubeconfig_tree;

struct kubeconfig_node {
    enum kubeconfig_node_kind kind;
    const struct kubeconfig_tree *tree; /* the file that it stands in */
    size_t line;                        /* from 1 */
    bool plain;                         /* text without quotes */
    char *text;                     /* of a text: no NUL inside; wiped when freed, it may be a credential */
    struct kubeconfig_node **items; /* of a list: its elements; of a mapping: key, value, key, value, ... */
    size_t count;                   /* of items, so twice the pairs of a mapping */
    bool open;                      /* being built */
    size_t expanded_nodes;          /* nodes of this subtree with its aliases written out */
    size_t height;                  /* levels below this node */
};

struct kubeconfig_tree {
    char *path;                   /* of the file, as the caller wrote it */
    struct kubeconfig_node *root; /* NULL when there is no document */
    struct kubeconfig_node **nodes;
    size_t count;
};

/* Builds the tree. path is for messages and for relative names in the file. Errors are ERROR_USAGE with the
 * line. */
struct kubeconfig_tree *kubeconfig_tree_parse(const char *path, const char *bytes, size_t length,
                                              struct error **err);
void kubeconfig_tree_free(struct kubeconfig_tree *tree); /* NULL does nothing */

/* The value of a key, or NULL when node is not a mapping, has no such key, or the value is null. Of two equal
 * keys the last one counts, and a merge key ("<<") counts after those that are written out. */
const struct kubeconfig_node *kubeconfig_node_get(const struct kubeconfig_node *node, const char *key);

/* Sets an ERROR_USAGE error that begins with the file and the line of the node. */
void kubeconfig_node_fail(const struct kubeconfig_node *node, struct error **err, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Values by key, from a mapping. An absent, null or empty value gives NULL or false; a value of another kind
 * is an error. what names the mapping in the message: `cluster "c"`. */
int kubeconfig_node_text(const struct kubeconfig_node *node, const char *what, const char *key,
                         const char **ret_text, struct error **err);
int kubeconfig_node_flag(const struct kubeconfig_node *node, const char *what, const char *key,
                         bool *ret_flag, struct error **err);

/* A name from outside, made fit for a message of one line: control characters replaced, long ones cut short.
 * The caller frees it. */
char *kubeconfig_printable(const char *name);

#endif
