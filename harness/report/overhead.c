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

static struct overhead_time sum_up(int64_t *times, size_t count)
{
    struct overhead_time time = {.count = count};
    if (count == 0)
        return time;
    qsort(times, count, sizeof *times, compare_times);
    size_t middle = count / 2;
    time.median_us = count % 2 ? times[middle] : times[middle - 1] / 2 + times[middle] / 2;
    time.min_us = times[0];
    time.max_us = times[count - 1];
    return time;
}

/* The times of one row, by runtime. */
struct group {
    int64_t *times[2];
    size_t counts[2];
};

static void group_add(struct group *group, const struct model_measure *measure)
{
    size_t *count = &group->counts[measure->runtime];
    int64_t **times = &group->times[measure->runtime];
    *times = xrealloc(*times, *count + 1, sizeof **times);
    (*times)[(*count)++] = measure->duration_us;
}

static void row_fill(struct overhead_row *row, struct group *group)
{
    row->control = sum_up(group->times[RUNTIME_CONTROL], group->counts[RUNTIME_CONTROL]);
    row->gvisor = sum_up(group->times[RUNTIME_GVISOR], group->counts[RUNTIME_GVISOR]);
    if (row->control.median_us > 0 && row->gvisor.count > 0)
        row->delta_percent =
            100.0 * (double)(row->gvisor.median_us - row->control.median_us) / (double)row->control.median_us;
    free(group->times[RUNTIME_CONTROL]);
    free(group->times[RUNTIME_GVISOR]);
}

struct overhead_table overhead_table_make(const struct report_model *model, bool pooled)
{
    struct overhead_table table = {.rows = xcalloc(model->measure_count, sizeof(struct overhead_row))};
    struct group *groups = xcalloc(model->measure_count, sizeof *groups);
    cleanup_index struct index known = {0};
    for (size_t i = 0; i < model->measure_count; i++) {
        const struct model_measure *measure = &model->measures[i];
        const char *node = pooled ? "" : measure->node;
        cleanup_free char *key = xasprintf("%s\n%s", measure->name, node);
        size_t at = table.count;
        if (!index_get(&known, key, &at)) {
            index_set(&known, key, at);
            table.rows[table.count++] = (struct overhead_row){.name = measure->name, .node = node};
        }
        group_add(&groups[at], measure);
    }
    for (size_t i = 0; i < table.count; i++)
        row_fill(&table.rows[i], &groups[i]);
    free(groups);
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
