/* SPDX-License-Identifier: Apache-2.0
 *
 * The overhead table: what the same thing costs under the default runtime and under gVisor.
 */
#include <string.h>

#include "gvisor-smoke/cleanup.h"
#include "model.h"

static int compare_times(const void *left, const void *right)
{
    int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;
    return (a > b) - (a < b);
}

static bool same_row(const struct model_measure *left, const struct model_measure *right)
{
    return strcmp(left->name, right->name) == 0 && strcmp(left->node, right->node) == 0;
}

static struct overhead_time collect(const struct report_model *model, const struct model_measure *row,
                                    enum runtime_role runtime)
{
    struct overhead_time time = {0};
    int64_t *times = xcalloc(model->measure_count, sizeof *times);
    for (size_t i = 0; i < model->measure_count; i++)
        if (model->measures[i].runtime == runtime && same_row(&model->measures[i], row))
            times[time.count++] = model->measures[i].duration_us;
    if (time.count > 0) {
        qsort(times, time.count, sizeof *times, compare_times);
        size_t middle = time.count / 2;
        time.median_us = time.count % 2 ? times[middle] : (times[middle - 1] + times[middle]) / 2;
        time.min_us = times[0];
        time.max_us = times[time.count - 1];
    }
    free(times);
    return time;
}

struct overhead_table overhead_table_make(const struct report_model *model)
{
    struct overhead_table table = {.rows = xcalloc(model->measure_count, sizeof(struct overhead_row))};
    for (size_t i = 0; i < model->measure_count; i++) {
        const struct model_measure *measure = &model->measures[i];
        bool known = false;
        for (size_t k = 0; k < i && !known; k++)
            known = same_row(&model->measures[k], measure);
        if (known)
            continue;
        struct overhead_row *row = &table.rows[table.count++];
        row->name = measure->name;
        row->node = measure->node;
        row->control = collect(model, measure, RUNTIME_CONTROL);
        row->gvisor = collect(model, measure, RUNTIME_GVISOR);
        if (row->control.median_us > 0 && row->gvisor.count > 0)
            row->delta_percent = 100.0 * (double)(row->gvisor.median_us - row->control.median_us) /
                                 (double)row->control.median_us;
    }
    return table;
}

void overhead_table_release(struct overhead_table *table)
{
    free(table->rows);
    *table = (struct overhead_table){0};
}

static char *time_text(int64_t us)
{
    if (us < 1000000)
        return xasprintf("%lld ms", (long long)(us + 500) / 1000);
    return xasprintf("%.2f s", (double)us / 1e6);
}

char *overhead_time_text(const struct overhead_time *time)
{
    if (time->count == 0)
        return xstrdup("not measured");
    cleanup_free char *median = time_text(time->median_us);
    cleanup_free char *min = time_text(time->min_us);
    cleanup_free char *max = time_text(time->max_us);
    return xasprintf("%s (%s - %s)", median, min, max);
}
