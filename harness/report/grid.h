/* SPDX-License-Identifier: Apache-2.0
 *
 * The matrix: cases by nodes. Nodes on which everything came out alike are one column when there are many, so
 * that the columns stay few whatever the size of the cluster.
 */
#ifndef HARNESS_REPORT_GRID_H
#define HARNESS_REPORT_GRID_H

#include "model.h"

struct grid_cell {
    const struct report_part *part; /* of the column's first node; NULL when the case was not to run there */
    int64_t median_ms, max_ms;      /* over the column's nodes */
    const char *slowest;            /* the node that took longest, borrowed */
};

struct grid_column {
    size_t *nodes; /* numbers of model->nodes: at least one, alike in every case */
    size_t count;
    bool held;               /* nothing on them is failed or an error */
    struct grid_cell *cells; /* one for each of model->cases */
};

struct grid {
    struct grid_column *columns;
    size_t count;
    size_t left_out;                    /* columns that did not fit */
    size_t left_out_nodes;              /* and their nodes */
    const struct report_part **nowhere; /* for each case: its part that belongs to no node, or NULL */
    bool has_control;                   /* some case was run under the default runtime, too */
};

/* Up to this many nodes each has a column of its own. */
#define GRID_NODES_MAX 12

/* At most max_columns; those where not everything held come first. Borrows from the model and the parts. */
struct grid grid_make(const struct report_model *model, const struct report_parts *parts, size_t max_columns);
void grid_release(struct grid *grid);

#endif
