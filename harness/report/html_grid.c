/* SPDX-License-Identifier: Apache-2.0
 *
 * The HTML report's matrix: cases by nodes, each under gVisor beside its control.
 */
#include "gvisor-smoke/cleanup.h"
#include "html.h"

#define NAMES_MAX 10000 /* nodes of one column that are named */

static void column_head(const struct html *html, const struct grid_column *column)
{
    FILE *out = html->out;
    const struct model_node *nodes = html->model->nodes;
    fprintf(out, "<th scope=\"colgroup\" colspan=\"%d\" class=\"%s\">", html->grid->has_control ? 2 : 1,
            column->held ? "held" : "troubled");
    if (column->count == 1) {
        html_text(out, nodes[column->nodes[0]].name);
    } else {
        fprintf(out, "<details><summary>%zu nodes</summary><p class=\"names\">", column->count);
        for (size_t i = 0; i < column->count && i < NAMES_MAX; i++) {
            fputs(i ? ", " : "", out);
            html_text(out, nodes[column->nodes[i]].name);
        }
        fputs("</p></details>", out);
    }
    fputs("</th>", out);
}

static void head(const struct html *html)
{
    FILE *out = html->out;
    const struct grid *grid = html->grid;
    fprintf(out,
            "<thead>\n<tr><th scope=\"col\"%s>case</th><th scope=\"col\" class=\"expect\"%s>expected</th>",
            grid->has_control && grid->count ? " rowspan=\"2\"" : "",
            grid->has_control && grid->count ? " rowspan=\"2\"" : "");
    for (size_t i = 0; i < grid->count; i++)
        column_head(html, &grid->columns[i]);
    fputs(grid->count ? "</tr>\n" : "<th scope=\"col\">verdict</th></tr>\n", out);
    if (grid->has_control && grid->count) {
        fputs("<tr>", out);
        for (size_t i = 0; i < grid->count; i++)
            fputs("<th scope=\"col\" class=\"verdict\">gVisor</th><th scope=\"col\">default</th>", out);
        fputs("</tr>\n", out);
    }
    fputs("</thead>\n", out);
}

/* The verdict, which leads to its evidence where that is in the page. */
static void verdict(const struct html *html, const struct report_part *part, const char *where)
{
    FILE *out = html->out;
    bool shown = html->shown[html_number(html, part)];
    if (shown) {
        fprintf(out, "<a href=\"#e%zu\" aria-label=\"", html_number(html, part));
        html_text(out, part->test_case->name);
        html_text(out, where);
        fprintf(out, ": %s, ", verdict_kind_name(part->kind));
        html_text(out, part->reason);
        fputs("; show the evidence\">", out);
    }
    html_badge(out, part->kind, part->reason);
    fputs(shown ? "</a>" : "", out);
}

/* Only what ended has a time. */
static void cell_time(FILE *out, const struct grid_cell *cell, const struct grid_column *column)
{
    if (report_part_missing(cell->part) || cell->median_ms == 0)
        return;
    cleanup_free char *median = text_duration(cell->median_ms), *most = text_duration(cell->max_ms);
    if (column->count == 1)
        fprintf(out, " <span class=\"time\">%s</span>", median);
    else {
        fputs(" <span class=\"time\" title=\"median; slowest on ", out);
        html_text(out, cell->slowest);
        fprintf(out, "\">%s, up to %s</span>", median, most);
    }
}

static void control(FILE *out, const struct evidence *evidence)
{
    if (!evidence) {
        fputs("<td class=\"control\"><span aria-label=\"not run\">\xC2\xB7</span></td>", out);
        return;
    }
    cleanup_free char *duration = text_duration(evidence->duration_ms);
    bool worked = evidence->ending == ENDING_EXITED && evidence->exit_code == 0;
    fputs("<td class=\"control\">", out);
    if (worked)
        fputs("works", out);
    else if (evidence->ending == ENDING_EXITED)
        fprintf(out, "exit code %d", evidence->exit_code);
    else
        fputs(ending_name(evidence->ending), out);
    fprintf(out, " <span class=\"time\">%s</span></td>", duration);
}

static void cells(const struct html *html, const struct grid_column *column, size_t row)
{
    FILE *out = html->out;
    const struct grid_cell *cell = &column->cells[row];
    if (!cell->part) {
        fprintf(out, "<td class=\"verdict\"></td>%s", html->grid->has_control ? "<td></td>" : "");
        return;
    }
    cleanup_free char *where = column->count == 1
                                   ? xasprintf(" on %s", html->model->nodes[column->nodes[0]].name)
                                   : xasprintf(" on %zu nodes", column->count);
    fputs("<td class=\"verdict\">", out);
    verdict(html, cell->part, where);
    cell_time(out, cell, column);
    fputs("</td>", out);
    struct evidence room;
    if (html->grid->has_control)
        control(out, cell->part->result ? model_facts(cell->part->result->control, &room) : NULL);
}

/* A row that only the filter leaves out: nothing in it is failed or an error. */
static bool row_held(const struct html *html, size_t row)
{
    const struct report_part *nowhere = html->grid->nowhere[row];
    bool held = !nowhere || nowhere->kind == VERDICT_PASSED || nowhere->kind == VERDICT_SKIPPED;
    for (size_t i = 0; i < html->grid->count && held; i++) {
        const struct report_part *part = html->grid->columns[i].cells[row].part;
        held = !part || part->kind == VERDICT_PASSED || part->kind == VERDICT_SKIPPED;
    }
    return held;
}

static bool row_has_cells(const struct html *html, size_t row)
{
    for (size_t i = 0; i < html->grid->count; i++)
        if (html->grid->columns[i].cells[row].part)
            return true;
    return false;
}

/* What belongs to no node, such as a check of the API, goes over all columns; beside cells, to the name. */
static void row_of(const struct html *html, size_t row)
{
    FILE *out = html->out;
    const struct model_case *test_case = &html->model->cases[row];
    const struct report_part *nowhere = html->grid->nowhere[row];
    bool has_cells = row_has_cells(html, row);
    size_t columns = html->grid->count * (html->grid->has_control ? 2 : 1);
    fprintf(out, "<tr class=\"%s\"><th scope=\"row\" title=\"", row_held(html, row) ? "held" : "troubled");
    html_text(out, test_case->summary);
    fputs("\">", out);
    html_text(out, test_case->name);
    if (nowhere && has_cells) {
        fputs(" ", out);
        verdict(html, nowhere, "");
    }
    fprintf(out, "</th><td class=\"expect\">%s</td>", expectation_name(test_case->expect));
    if (nowhere && !has_cells) {
        fprintf(out, "<td class=\"verdict\" colspan=\"%zu\">", columns ? columns : 1);
        verdict(html, nowhere, "");
        fputs("</td>", out);
    }
    for (size_t i = 0; i < html->grid->count && has_cells; i++)
        cells(html, &html->grid->columns[i], row);
    fputs("</tr>\n", out);
}

void html_grid(const struct html *html)
{
    FILE *out = html->out;
    fputs("<section id=\"matrix\">\n<h2>Cases by nodes</h2>\n"
          "<p class=\"filter\"><label><input type=\"checkbox\" id=\"only-troubled\"> only what did not "
          "hold</label></p>\n<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"Cases by "
          "nodes\">\n"
          "<table class=\"grid\">\n",
          out);
    head(html);
    fputs("<tbody>\n", out);
    for (size_t row = 0; row < html->model->case_count; row++)
        row_of(html, row);
    fputs("</tbody>\n</table>\n</div>\n", out);
    if (html->grid->left_out)
        fprintf(out, "<p class=\"quiet\">%zu more columns (%zu nodes) are left out here.</p>\n",
                html->grid->left_out, html->grid->left_out_nodes);
    fputs("</section>\n", out);
}
