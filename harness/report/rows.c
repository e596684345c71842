/* SPDX-License-Identifier: Apache-2.0
 *
 * Parts become rows: the bare names of the original's report, and the details below them.
 */
#include <assert.h>
#include <string.h>

#include "gvisor-smoke/buf.h"
#include "gvisor-smoke/cleanup.h"
#include "rows.h"

/* Bytes of a bare name's message: more than JUnit shows of one, and there may be as many as cases. */
#define MESSAGE_MAX ((size_t)64 * 1024)

/* The parts of one bare name. */
struct report_group {
    const struct report_part **parts;
    size_t count;
    struct report_row first; /* the row of the bare name */
    char *message;           /* of it, when it is a sum; or NULL */
};

static bool is_bare(const struct report_part *part)
{
    return !part->test_case->report_param && !part->node;
}

static struct report_row part_row(const struct report_part *part)
{
    return (struct report_row){.class_name = part->test_case->report_class,
                               .bare_name = part->test_case->report_name,
                               .kind = part->kind,
                               .reason = part->reason,
                               .message = part->message,
                               .duration_ms = part->duration_ms,
                               .part = part};
}

char *report_row_name(const struct report_row *row)
{
    return row->part ? report_part_id(row->part) : xstrdup(row->bare_name);
}

/* What stands in the brackets, or the case's name. */
static char *part_label(const struct report_part *part)
{
    const char *param = part->test_case->report_param;
    if (param && part->node)
        return xasprintf("%s-%s", param, part->node);
    return xstrdup(param ? param : part->node ? part->node : part->test_case->name);
}

/* "expected failure: " when every part is one that held. */
static const char *passed_prefix(const struct report_group *group)
{
    for (size_t i = 0; i < group->count; i++)
        if (group->parts[i]->test_case->expect != EXPECT_BLOCKED)
            return "";
    return "expected failure: ";
}

static void append_story(struct buf *text, const struct report_story *story)
{
    for (size_t i = 0; i < story->count; i++) {
        cleanup_free char *label = part_label(story->parts[i]);
        buf_printf(text, "%s%s", i ? ", " : "\n", label);
    }
    buf_printf(text, ": %s (%s): %s", verdict_kind_name(story->kind), story->reason, story->message);
}

static char *group_message(const struct report_group *group, enum verdict_kind worst)
{
    cleanup_buf struct buf text;
    buf_init(&text, MESSAGE_MAX);
    size_t passed = 0;
    for (size_t i = 0; i < group->count; i++)
        passed += group->parts[i]->kind == VERDICT_PASSED;
    if (worst == VERDICT_PASSED) {
        buf_printf(&text, "%sall %zu parts passed", passed_prefix(group), group->count);
        return buf_steal(&text);
    }
    buf_printf(&text, "%zu of %zu parts passed", passed, group->count);
    struct report_stories stories = report_stories_make(group->parts, group->count);
    for (size_t i = 0; i < stories.count; i++)
        append_story(&text, &stories.items[i]);
    report_stories_release(&stories);
    return buf_steal(&text);
}

static void sum_up(struct report_group *group)
{
    struct report_row sum = part_row(group->parts[0]);
    sum.duration_ms = 0;
    sum.part = NULL;
    for (size_t i = 0; i < group->count; i++) {
        const struct report_part *part = group->parts[i];
        sum.duration_ms += part->duration_ms;
        if (is_bare(part))
            sum.part = part;
        if (verdict_worse(sum.kind, part->kind) == sum.kind)
            continue;
        sum.kind = part->kind;
        sum.reason = part->reason;
    }
    sum.message = group->message = group_message(group, sum.kind);
    group->first = sum;
}

static void make_first(struct report_group *group)
{
    if (group->count == 1 && is_bare(group->parts[0]))
        group->first = part_row(group->parts[0]);
    else
        sum_up(group);
}

static size_t count_rows(const struct report_group *group)
{
    size_t count = 1;
    for (size_t i = 0; i < group->count; i++)
        count += !is_bare(group->parts[i]);
    return count;
}

/* In the order in which these names first come. */
static void group_parts(struct report_rows *rows, const struct report_parts *parts)
{
    cleanup_index struct index known = {0};
    for (size_t i = 0; i < parts->count; i++) {
        const struct report_part *part = &parts->items[i];
        cleanup_free char *key =
            xasprintf("%s\n%s", part->test_case->report_class, part->test_case->report_name);
        size_t at = rows->group_count;
        if (!index_get(&known, key, &at)) {
            index_set(&known, key, rows->group_count);
            rows->groups = xrealloc(rows->groups, rows->group_count + 1, sizeof *rows->groups);
            rows->groups[rows->group_count++] = (struct report_group){0};
        }
        assert(at < rows->group_count);
        struct report_group *group = &rows->groups[at];
        group->parts = xrealloc(group->parts, group->count + 1, sizeof(const struct report_part *));
        group->parts[group->count++] = part;
    }
}

struct report_rows report_rows_make(const struct report_parts *parts)
{
    struct report_rows rows = {0};
    group_parts(&rows, parts);
    for (size_t i = 0; i < rows.group_count; i++) {
        make_first(&rows.groups[i]);
        rows.count += count_rows(&rows.groups[i]);
    }
    return rows;
}

void report_rows_each(const struct report_rows *rows, void (*function)(struct report_row *row, void *context),
                      void *context)
{
    for (size_t i = 0; i < rows->group_count; i++) {
        const struct report_group *group = &rows->groups[i];
        struct report_row row = group->first;
        function(&row, context);
        for (size_t j = 0; j < group->count; j++) {
            row = part_row(group->parts[j]);
            if (!is_bare(group->parts[j]))
                function(&row, context);
        }
    }
}

void report_rows_release(struct report_rows *rows)
{
    for (size_t i = 0; i < rows->group_count; i++) {
        free(rows->groups[i].parts);
        free(rows->groups[i].message);
    }
    free(rows->groups);
    *rows = (struct report_rows){0};
}
