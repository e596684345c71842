/* SPDX-License-Identifier: Apache-2.0
 *
 * The verdicts of a run that were spoken by others, which it has taken over.
 */
#include <string.h>

#include "gvisor-smoke/buf.h"
#include "gvisor-smoke/cleanup.h"
#include "model.h"

struct source {
    const char *run; /* borrowed */
    size_t count;
};

struct sources {
    struct source *items;
    size_t count;
};

/* A journal that is taken up again and again has some of them, no more. */
static void add(struct sources *sources, const char *run)
{
    for (size_t i = 0; i < sources->count; i++)
        if (strcmp(sources->items[i].run, run) == 0) {
            sources->items[i].count++;
            return;
        }
    sources->items = xgrow(sources->items, sources->count, sizeof *sources->items);
    sources->items[sources->count++] = (struct source){.run = run, .count = 1};
}

char *report_taken_text(const struct report_parts *parts)
{
    struct sources sources = {0};
    for (size_t i = 0; i < parts->count; i++)
        if (report_part_taken_from(&parts->items[i]))
            add(&sources, report_part_taken_from(&parts->items[i]));
    cleanup_buf struct buf text;
    buf_init(&text, MODEL_TEXT_MAX);
    for (size_t i = 0; i < sources.count; i++) {
        cleanup_free char *verdicts = text_count(sources.items[i].count, "verdict", "verdicts");
        const char *is = sources.items[i].count == 1 ? "is" : "are";
        buf_printf(&text, "%s%s %s of run %s", i ? ", " : "", verdicts, is, sources.items[i].run);
    }
    free(sources.items);
    return text.length ? buf_steal(&text) : NULL;
}

const char *report_part_taken_from(const struct report_part *part)
{
    return part->result && part->result->judged ? part->result->taken_from : NULL;
}
