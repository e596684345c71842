/* SPDX-License-Identifier: Apache-2.0
 *
 * Parts become the cells of a matrix, and nodes that are alike one column.
 */
#include <assert.h>

#include "grid.h"

#include <string.h>

#include "gvisor-smoke/buf.h"
#include "gvisor-smoke/cleanup.h"

/* parts by case and node: the part of case c on node n is at c * node_count + n. */
struct matrix {
    const struct report_part **parts;
    size_t node_count;
};

static void fill(struct matrix *matrix, struct grid *grid, const struct report_model *model,
                 const struct report_parts *parts)
{
    for (size_t i = 0; i < parts->count; i++) {
        const struct report_part *part = &parts->items[i];
        size_t row = (size_t)(part->test_case - model->cases), at;
        if (index_get(&model->node_index, report_part_node(part), &at))
            matrix->parts[row * matrix->node_count + at] = part;
        else
            grid->nowhere[row] = part;
        grid->has_control = grid->has_control || (part->result && part->result->control);
    }
}

/* What makes nodes alike: every verdict with its reason, and gVisor's release. */
static char *signature(const struct matrix *matrix, const struct report_model *model, size_t node)
{
    cleanup_buf struct buf text;
    buf_init(&text, MODEL_TEXT_MAX);
    buf_printf(&text, "%s", model->nodes[node].release ? model->nodes[node].release : "");
    for (size_t row = 0; row < model->case_count; row++) {
        const struct report_part *part = matrix->parts[row * matrix->node_count + node];
        buf_printf(&text, "\n%s", part ? verdict_kind_name(part->kind) : "");
        buf_printf(&text, " %s", part ? part->reason : "");
    }
    return buf_steal(&text);
}

static bool node_held(const struct matrix *matrix, const struct report_model *model, size_t node)
{
    for (size_t row = 0; row < model->case_count; row++) {
        const struct report_part *part = matrix->parts[row * matrix->node_count + node];
        if (part && (part->kind == VERDICT_FAILED || part->kind == VERDICT_ERROR))
            return false;
    }
    return true;
}

static void make_columns(struct grid *grid, const struct matrix *matrix, const struct report_model *model)
{
    cleanup_index struct index known = {0};
    bool alone = model->node_count <= GRID_NODES_MAX;
    for (size_t node = 0; node < model->node_count; node++) {
        cleanup_free char *key = alone ? xstrdup(model->nodes[node].name) : signature(matrix, model, node);
        size_t at = grid->count;
        if (!index_get(&known, key, &at)) {
            index_set(&known, key, at);
            grid->columns = xrealloc(grid->columns, grid->count + 1, sizeof *grid->columns);
            grid->columns[grid->count++] = (struct grid_column){.held = node_held(matrix, model, node)};
        }
        assert(at < grid->count);
        struct grid_column *column = &grid->columns[at];
        column->nodes = xrealloc(column->nodes, column->count + 1, sizeof *column->nodes);
        column->nodes[column->count++] = node;
    }
}

/* Those where something did not hold first, each in the order of its first node. */
static int compare_columns(const void *left, const void *right)
{
    const struct grid_column *a = left, *b = right;
    if (a->held != b->held)
        return a->held - b->held;
    return (a->nodes[0] > b->nodes[0]) - (a->nodes[0] < b->nodes[0]);
}

static void column_release(struct grid_column *column)
{
    free(column->cells);
    free(column->nodes);
}

/* Takes away the last of those where something did not hold: what all others have in common is kept. */
static void cut_columns(struct grid *grid, size_t max_columns)
{
    size_t troubled = 0;
    while (troubled < grid->count && !grid->columns[troubled].held)
        troubled++;
    while (grid->count > max_columns && troubled > 1) {
        struct grid_column *last = &grid->columns[--troubled];
        grid->left_out++;
        grid->left_out_nodes += last->count;
        column_release(last);
        grid->count--;
        memmove(last, last + 1, (grid->count - troubled) * sizeof *last);
    }
}

static int compare_times(const void *left, const void *right)
{
    int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;
    return (a > b) - (a < b);
}

static void fill_cell(struct grid_cell *cell, const struct grid_column *column, const struct matrix *matrix,
                      const struct report_model *model, size_t row, int64_t *times)
{
    const struct report_part **parts = matrix->parts + row * matrix->node_count;
    size_t count = 0;
    cell->part = parts[column->nodes[0]];
    for (size_t i = 0; i < column->count; i++) {
        const struct report_part *part = parts[column->nodes[i]];
        if (!part)
            continue;
        times[count++] = part->duration_ms;
        if (cell->slowest && part->duration_ms <= cell->max_ms)
            continue;
        cell->max_ms = part->duration_ms;
        cell->slowest = model->nodes[column->nodes[i]].name;
    }
    if (!count)
        return;
    qsort(times, count, sizeof *times, compare_times);
    cell->median_ms = times[count / 2];
}

static void fill_cells(struct grid *grid, const struct matrix *matrix, const struct report_model *model)
{
    int64_t *times = xcalloc(model->node_count, sizeof *times);
    for (size_t i = 0; i < grid->count; i++) {
        struct grid_column *column = &grid->columns[i];
        column->cells = xcalloc(model->case_count, sizeof *column->cells);
        for (size_t row = 0; row < model->case_count; row++)
            fill_cell(&column->cells[row], column, matrix, model, row, times);
    }
    free(times);
}

struct grid grid_make(const struct report_model *model, const struct report_parts *parts, size_t max_columns)
{
    struct grid grid = {.nowhere = xcalloc(model->case_count, sizeof(const struct report_part *))};
    struct matrix matrix = {.node_count = model->node_count};
    matrix.parts = xcalloc(model->case_count * model->node_count, sizeof(const struct report_part *));
    fill(&matrix, &grid, model, parts);
    make_columns(&grid, &matrix, model);
    if (grid.count && model->node_count > GRID_NODES_MAX)
        qsort(grid.columns, grid.count, sizeof *grid.columns, compare_columns);
    cut_columns(&grid, max_columns);
    fill_cells(&grid, &matrix, model);
    free(matrix.parts);
    return grid;
}

void grid_release(struct grid *grid)
{
    for (size_t i = 0; i < grid->count; i++)
        column_release(&grid->columns[i]);
    free(grid->columns);
    free(grid->nowhere);
    *grid = (struct grid){0};
}
