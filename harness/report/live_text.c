/* SPDX-License-Identifier: Apache-2.0
 *
 * The live view as lines of text.
 *
 *     1:23  12/24  10 passed, 1 failed, 1 skipped  running cases
 *       0:41  npm-install
 *       0:07  docker-build  default runtime
 *       0:02  pod gvisor-smoke-7anghs-control-1-2  starting
 *     and 3 more
 */
#include <string.h>

#include "gvisor-smoke/buf.h"
#include "gvisor-smoke/cleanup.h"
#include "live.h"
#include "terminal.h"

#define TEXT_MAX ((size_t)64 * 1024)
#define WIDTH_MAX 1000

/* A line as it grows: what does not fit is cut off. */
struct line {
    struct buf *text;
    bool colour;
    size_t columns, left;
};

/* One column for each character: names of Kubernetes and of cases are ASCII, and what is not becomes "?". */
static char *one_column_each(const char *text)
{
    cleanup_free char *clean = text_one_line(text);
    char *made = xcalloc(strlen(clean) + 1, 1);
    size_t length = 0;
    for (const char *at = clean; *at; at++) {
        unsigned char byte = (unsigned char)*at;
        if (byte < 0x80)
            made[length++] = *at;
        else if (byte >= 0xC0) /* the first byte of a character */
            made[length++] = '?';
    }
    return made;
}

static void put(struct line *line, enum colour colour, const char *text)
{
    size_t length = strnlen(text, line->left);
    if (length == 0)
        return;
    bool coloured = line->colour && colour != COLOUR_NONE;
    buf_append_text(line->text, coloured ? colour_code(colour) : "");
    buf_append(line->text, text, length);
    buf_append_text(line->text, coloured ? colour_code(COLOUR_NONE) : "");
    line->columns += length;
    line->left -= length;
}

static void put_name(struct line *line, enum colour colour, const char *name)
{
    cleanup_free char *shown = one_column_each(name);
    put(line, colour, shown);
}

/* "0:07", "1:23", "1:02:03": short, and every second it is another one. */
static char *clock_text(int64_t ms)
{
    long long s = ms > 0 ? (long long)(ms / 1000) : 0;
    return s < 3600 ? xasprintf("%lld:%02lld", s / 60, s % 60)
                    : xasprintf("%lld:%02lld:%02lld", s / 3600, s / 60 % 60, s % 60);
}

/* All verdicts that the run will have, as far as that is known. */
static size_t verdicts_planned(const struct live *live)
{
    size_t nodes = live->over_nodes ? live->nodes : 1;
    return live->checks + (live->planned - live->checks) * nodes;
}

static size_t verdicts_there(const struct live *live)
{
    const struct report_counts *counts = &live->counts;
    return (size_t)counts->passed + counts->failed + counts->errors + counts->skipped;
}

static bool is_judged(const struct live *live)
{
    return live->planned && verdicts_there(live) >= verdicts_planned(live);
}

static char *phase_text(const struct live *live)
{
    bool cases = false, pods = false;
    for (size_t i = 0; i < live->count; i++)
        *(live->items[i].pod ? &pods : &cases) = true;
    cleanup_free char *measures = text_count(live->measures, "measurement", "measurements");
    if (is_judged(live) && live->measures)
        return xasprintf("%s made", measures);
    if (is_judged(live))
        return xstrdup("finishing");
    if (!live->begun && !cases)
        return xstrdup("preparing");
    return xstrdup(pods && !cases ? "starting pods" : "running cases");
}

static void put_count(struct line *line, bool *first, unsigned count, enum colour colour, const char *what)
{
    cleanup_free char *text = xasprintf("%u %s", count, what);
    if (count == 0)
        return;
    put(line, COLOUR_NONE, *first ? "  " : ", ");
    put(line, colour, text);
    *first = false;
}

static void put_status(struct line *line, const struct live *live, int64_t now_ms)
{
    bool first = true;
    cleanup_free char *elapsed = clock_text(now_ms - live->began_ms);
    cleanup_free char *phase = phase_text(live);
    cleanup_free char *done = xasprintf("  %zu/%zu", verdicts_there(live), verdicts_planned(live));
    cleanup_free char *nodes = xasprintf(" on %zu/%zu nodes", live->nodes_done, live->nodes);
    put(line, COLOUR_NONE, elapsed);
    put(line, COLOUR_NONE, live->planned ? done : "");
    put(line, COLOUR_NONE, live->over_nodes ? nodes : "");
    put_count(line, &first, live->counts.passed, COLOUR_GOOD, "passed");
    put_count(line, &first, live->counts.failed, COLOUR_BAD, "failed");
    put_count(line, &first, live->counts.errors, COLOUR_ERROR, live->counts.errors == 1 ? "error" : "errors");
    put_count(line, &first, live->counts.skipped, COLOUR_DIM, "skipped");
    put(line, COLOUR_NONE, "  ");
    put(line, COLOUR_HINT, phase);
}

static void put_item(struct line *line, const struct live *live, const struct live_item *item, int64_t now_ms)
{
    cleanup_free char *elapsed = clock_text(now_ms - item->since_ms);
    cleanup_free char *time = xasprintf("%6s  ", elapsed);
    put(line, COLOUR_DIM, time);
    put(line, COLOUR_NONE, item->pod ? "pod " : "");
    put_name(line, COLOUR_NONE, item->name);
    if (live->over_nodes && *item->node) {
        put(line, COLOUR_DIM, "  ");
        put_name(line, COLOUR_DIM, item->node);
    }
    if (*item->what) {
        put(line, COLOUR_DIM, "  ");
        put(line, COLOUR_DIM, item->what);
    }
}

static struct line line_begin(struct buf *text, const struct live_look *look)
{
    size_t width = look->width < WIDTH_MAX ? look->width : WIDTH_MAX;
    /* The last column stays free: behind a character there, terminals differ in where the cursor is. */
    return (struct line){.text = text, .colour = look->colour, .left = width > 1 ? width - 1 : 0};
}

static void line_end(struct live_lines *made, const struct line *line)
{
    buf_append_text(line->text, "\n");
    made->columns[made->lines++] = line->columns;
}

/* How many items are shown below the status; one line of the terminal stays for the cursor. */
static size_t items_shown(const struct live *live, const struct live_look *look, bool *ret_more)
{
    size_t room = look->height > 2 ? look->height - 2 : 0;
    size_t count = is_judged(live) && !live->measures ? 0 : live->count;
    if (room > LIVE_LINES_MAX - 1)
        room = LIVE_LINES_MAX - 1;
    *ret_more = count > room && room > 0;
    return *ret_more ? room - 1 : count < room ? count : room;
}

struct live_lines live_render(const struct live *live, const struct live_look *look, int64_t now_ms)
{
    struct live_lines made = {0};
    struct buf text;
    bool more;
    buf_init(&text, TEXT_MAX);
    size_t shown = items_shown(live, look, &more);
    if (live->began_ms && !live->ended) {
        struct line status = line_begin(&text, look);
        put_status(&status, live, now_ms);
        line_end(&made, &status);
        for (size_t i = 0; i < shown; i++) {
            struct line line = line_begin(&text, look);
            put_item(&line, live, &live->items[i], now_ms);
            line_end(&made, &line);
        }
        if (more) {
            struct line line = line_begin(&text, look);
            cleanup_free char *rest = xasprintf("        and %zu more", live->count - shown);
            put(&line, COLOUR_DIM, rest);
            line_end(&made, &line);
        }
    }
    made.text = buf_steal(&text);
    buf_release(&text);
    return made;
}
