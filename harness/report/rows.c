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
struct group {
    const struct report_part **parts;
    size_t count;
};

static bool is_bare(const struct report_part *part)
{
    return !part->test_case->report_param && !part->node;
}

static struct report_row *add_row(struct report_rows *rows, const struct report_part *part)
{
    rows->items = xrealloc(rows->items, rows->count + 1, sizeof *rows->items);
    struct report_row *row = &rows->items[rows->count++];
    *row = (struct report_row){.class_name = part->test_case->report_class};
    return row;
}

static void add_part_row(struct report_rows *rows, const struct report_part *part)
{
    struct report_row *row = add_row(rows, part);
    row->name = report_part_id(part);
    row->kind = part->kind;
    row->reason = part->reason;
    row->message = part->message;
    row->duration_ms = part->duration_ms;
    row->part = part;
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
static const char *passed_prefix(const struct group *group)
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

static char *group_message(const struct group *group, enum verdict_kind worst)
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

static void add_bare_row(struct report_rows *rows, const struct group *group)
{
    struct report_row *row = add_row(rows, group->parts[0]);
    row->name = xstrdup(group->parts[0]->test_case->report_name);
    row->kind = group->parts[0]->kind;
    row->reason = group->parts[0]->reason;
    for (size_t i = 0; i < group->count; i++) {
        const struct report_part *part = group->parts[i];
        row->duration_ms += part->duration_ms;
        if (is_bare(part))
            row->part = part;
        if (verdict_worse(row->kind, part->kind) == row->kind)
            continue;
        row->kind = part->kind;
        row->reason = part->reason;
    }
    row->message = row->own_message = group_message(group, row->kind);
}

static void add_group(struct report_rows *rows, const struct group *group)
{
    if (group->count == 1 && is_bare(group->parts[0])) {
        add_part_row(rows, group->parts[0]);
        return;
    }
    add_bare_row(rows, group);
    for (size_t i = 0; i < group->count; i++)
        if (!is_bare(group->parts[i]))
            add_part_row(rows, group->parts[i]);
}

struct groups {
    struct group *items;
    size_t count;
};

/* The parts by class and bare name, in the order in which these first come. */
static struct groups groups_make(const struct report_parts *parts)
{
    struct groups groups = {0};
    cleanup_index struct index known = {0};
    for (size_t i = 0; i < parts->count; i++) {
        const struct report_part *part = &parts->items[i];
        cleanup_free char *key =
            xasprintf("%s\n%s", part->test_case->report_class, part->test_case->report_name);
        size_t at = groups.count;
        if (!index_get(&known, key, &at)) {
            index_set(&known, key, groups.count);
            groups.items = xrealloc(groups.items, groups.count + 1, sizeof *groups.items);
            groups.items[groups.count++] = (struct group){0};
        }
        assert(at < groups.count);
        struct group *group = &groups.items[at];
        group->parts = xrealloc(group->parts, group->count + 1, sizeof(const struct report_part *));
        group->parts[group->count++] = part;
    }
    return groups;
}

struct report_rows report_rows_make(const struct report_parts *parts)
{
    struct report_rows rows = {0};
    struct groups groups = groups_make(parts);
    for (size_t i = 0; i < groups.count; i++) {
        add_group(&rows, &groups.items[i]);
        free(groups.items[i].parts);
    }
    free(groups.items);
    return rows;
}

void report_rows_release(struct report_rows *rows)
{
    for (size_t i = 0; i < rows->count; i++) {
        free(rows->items[i].name);
        free(rows->items[i].own_message);
    }
    free(rows->items);
    *rows = (struct report_rows){0};
}
