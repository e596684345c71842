/* SPDX-License-Identifier: Apache-2.0
 *
 * The HTML report's overhead: a plot of what each thing takes under both runtimes, and its numbers.
 *
 * The axis of time is logarithmic: a pod start and a system call are on it together, and equal factors are
 * equal lengths.
 */
#include <math.h>

#include "gvisor-smoke/cleanup.h"
#include "html.h"

#define ROWS_MAX 60
#define WIDTH 860
#define LEFT 190  /* of the axis: names stand before it */
#define RIGHT 760 /* of the axis: factors stand behind it */
#define ROW_HEIGHT 38
#define TOP 24

struct axis {
    double low, high; /* logarithms to base 10 of microseconds */
};

static void widen(struct axis *axis, const struct overhead_time *time)
{
    if (time->count == 0)
        return;
    double low = log10(time->min_us > 0 ? (double)time->min_us : 1);
    double high = log10(time->max_us > 0 ? (double)time->max_us : 1);
    axis->low = low < axis->low ? low : axis->low;
    axis->high = high > axis->high ? high : axis->high;
}

static double at(const struct axis *axis, int64_t us)
{
    double part = (log10(us > 0 ? (double)us : 1) - axis->low) / (axis->high - axis->low);
    return LEFT + part * (RIGHT - LEFT);
}

/* From 1, 2 and 5 of each power of ten those that are on the axis. */
static void ticks(FILE *out, const struct axis *axis, size_t height)
{
    static const int steps[] = {1, 2, 5};
    bool wide = axis->high - axis->low > 2.5;
    for (int power = 0; power < 12; power++)
        for (size_t i = 0; i < (wide ? 1 : 3); i++) {
            double us = pow(10, power) * steps[i];
            if (log10(us) < axis->low || log10(us) > axis->high)
                continue;
            double x = at(axis, (int64_t)us);
            fprintf(out, "<line class=\"tick\" x1=\"%.1f\" y1=\"%d\" x2=\"%.1f\" y2=\"%zu\"/>", x, TOP - 6, x,
                    height);
            fprintf(out, "<text class=\"tick\" x=\"%.1f\" y=\"%d\">%g %s</text>\n", x, TOP - 10,
                    us >= 1e6 ? us / 1e6 : us / 1e3, us >= 1e6 ? "s" : "ms");
        }
}

static void mark(FILE *out, const struct axis *axis, const struct overhead_time *time, double y,
                 const char *which)
{
    if (time->count == 0)
        return;
    fprintf(out, "<line class=\"%s\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>", which,
            at(axis, time->min_us), y, at(axis, time->max_us), y);
    fprintf(out, "<circle class=\"%s\" cx=\"%.1f\" cy=\"%.1f\" r=\"5\"/>\n", which, at(axis, time->median_us),
            y);
}

/* The name of the thing, with its node where there are several. */
static char *row_label(const struct html *html, const struct overhead_row *row)
{
    if (html->model->node_count > 1 && *row->node)
        return xasprintf("%s, %s", row->name, row->node);
    return xstrdup(row->name);
}

static bool is_compared(const struct overhead_row *row)
{
    return row->control.median_us > 0 && row->gvisor.count > 0;
}

static void plot(const struct html *html, const struct overhead_table *table, size_t rows)
{
    FILE *out = html->out;
    struct axis axis = {.low = 15, .high = 0};
    size_t height = TOP + rows * ROW_HEIGHT + 4;
    for (size_t i = 0; i < rows; i++) {
        widen(&axis, &table->rows[i].control);
        widen(&axis, &table->rows[i].gvisor);
    }
    axis.low -= 0.05;
    axis.high += 0.05;
    fprintf(out,
            "<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"Plot\"><svg class=\"plot\" "
            "viewBox=\"0 0 %d "
            "%zu\" role=\"img\" aria-labelledby=\"plot-title\">\n<title id=\"plot-title\">Times under the "
            "default runtime "
            "and under gVisor; the table below has the numbers</title>\n",
            WIDTH, height);
    ticks(out, &axis, height);
    for (size_t i = 0; i < rows; i++) {
        const struct overhead_row *row = &table->rows[i];
        cleanup_free char *label = row_label(html, row);
        double y = TOP + (double)i * ROW_HEIGHT + ROW_HEIGHT / 2.0;
        fprintf(out, "<text class=\"name\" x=\"%d\" y=\"%.1f\">", LEFT - 14, y + 4);
        html_text(out, label);
        fputs("</text>\n", out);
        mark(out, &axis, &row->control, y - 6, "default");
        mark(out, &axis, &row->gvisor, y + 6, "gvisor");
        if (is_compared(row))
            fprintf(out, "<text class=\"factor\" x=\"%d\" y=\"%.1f\">%+.0f %%</text>\n", RIGHT + 14, y + 4,
                    row->delta_percent);
    }
    fputs("</svg></div>\n", out);
}

static void table_row(const struct html *html, const struct overhead_row *row)
{
    FILE *out = html->out;
    cleanup_free char *label = row_label(html, row);
    cleanup_free char *control = overhead_time_text(&row->control);
    cleanup_free char *gvisor = overhead_time_text(&row->gvisor);
    fputs("<tr><th scope=\"row\">", out);
    html_text(out, label);
    fprintf(out, "</th><td>%s</td><td>%s</td>", control, gvisor);
    if (is_compared(row))
        fprintf(out, "<td>%+.0f %%</td></tr>\n", row->delta_percent);
    else
        fputs("<td></td></tr>\n", out);
}

void html_overhead(const struct html *html)
{
    FILE *out = html->out;
    bool pooled = html->model->node_count > GRID_NODES_MAX;
    struct overhead_table table = overhead_table_make(html->model, pooled);
    size_t rows = table.count < ROWS_MAX ? table.count : ROWS_MAX;
    if (rows) {
        fprintf(
            out,
            "<section id=\"overhead\">\n<h2>What gVisor costs</h2>\n<p class=\"quiet\">Median, and from the "
            "least to the most of %zu repetitions%s. "
            "<span class=\"legend default\">default runtime</span> <span class=\"legend "
            "gvisor\">gVisor</span></p>\n",
            table.rows[0].gvisor.count, pooled ? " on all nodes together" : "");
        plot(html, &table, rows);
        fputs("<div class=\"wide\" tabindex=\"0\" role=\"region\" "
              "aria-label=\"Overhead\"><table>\n<thead><tr><th scope=\"col\">"
              "</th><th scope=\"col\">default runtime</th><th scope=\"col\">gVisor</th><th "
              "scope=\"col\">gVisor takes</th>"
              "</tr></thead>\n<tbody>\n",
              out);
        for (size_t i = 0; i < rows; i++)
            table_row(html, &table.rows[i]);
        fputs("</tbody></table></div>\n", out);
        if (rows < table.count)
            fprintf(out, "<p class=\"quiet\">%zu more are left out here.</p>\n", table.count - rows);
        fputs("</section>\n", out);
    }
    overhead_table_release(&table);
}
