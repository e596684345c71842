/* SPDX-License-Identifier: Apache-2.0
 *
 * The HTML report's evidence: what a case did on a node, and why it was judged so.
 */
#include <string.h>

#include "gvisor-smoke/cleanup.h"
#include "html.h"

#define STORIES_MAX 300
#define MESSAGE_MAX 8000
#define TROUBLED_MAX 300          /* parts that are not passed and show their evidence */
#define TROUBLED_STREAM_MAX 16384 /* bytes of one of their streams */
#define HELD_STREAM_MAX 4096
#define OPEN_MAX 3        /* evidence of findings that is open from the start */
#define STORY_PARTS_MAX 5 /* parts of one story that show their evidence */
#define NAMES_MAX 200     /* further parts that a story names */

/* Each of a story's first parts, as far as there is room; then what the columns of the matrix show. */
void html_choose_evidence(struct html *html)
{
    size_t troubled = 0;
    html->shown = xcalloc(html->parts->count, sizeof *html->shown);
    for (size_t i = 0; i < html->stories->count; i++)
        for (size_t k = 0; k < html->stories->items[i].count && k < STORY_PARTS_MAX; k++)
            if (troubled++ < TROUBLED_MAX)
                html->shown[html_number(html, html->stories->items[i].parts[k])] = true;
    for (size_t i = 0; i < html->parts->count; i++)
        if (html->parts->items[i].kind == VERDICT_PASSED && !*report_part_node(&html->parts->items[i]))
            html->shown[i] = true;
    for (size_t i = 0; i < html->grid->count; i++)
        for (size_t row = 0; row < html->model->case_count; row++) {
            const struct report_part *part = html->grid->columns[i].cells[row].part;
            if (part && (part->kind == VERDICT_PASSED || troubled++ < TROUBLED_MAX))
                html->shown[html_number(html, part)] = true;
        }
}

static void message(FILE *out, const char *text)
{
    cleanup_free char *bounded = text_beginning(text, MESSAGE_MAX);
    html_element(out, "p", "message", bounded);
}

static void stream(FILE *out, const char *title, const char *where, const char *text, uint64_t bytes,
                   size_t max)
{
    if (!text || !*text)
        return;
    cleanup_free char *end = text_end(text, max);
    fprintf(out, "<h4>%s %s <small>%llu bytes</small></h4>\n<pre tabindex=\"0\">\n", title, where,
            (unsigned long long)bytes);
    html_text(out, end);
    fputs("</pre>\n", out);
}

static void streams(const struct html *html, const char *where, const struct model_evidence *evidence,
                    size_t max)
{
    if (!evidence)
        return;
    struct evidence room;
    const struct evidence *facts = model_facts(evidence, &room);
    cleanup_model_streams struct model_streams streams = model_streams(html->model, evidence);
    stream(html->out, "Standard output", where, streams.output, facts->output_bytes, max);
    stream(html->out, "Standard error", where, streams.errors, facts->errors_bytes, max);
}

static void execution_fact(FILE *out, const char *name, const struct model_evidence *kept)
{
    struct evidence room;
    const struct evidence *evidence = model_facts(kept, &room);
    if (!evidence)
        return;
    cleanup_free char *brief = evidence_brief(evidence);
    cleanup_free char *inside =
        evidence->wall_us > 0
            ? xasprintf("; inside the sandbox %.2f s, %.2f s user, %.2f s system, peak %lld MiB",
                        (double)evidence->wall_us / 1e6, (double)evidence->user_us / 1e6,
                        (double)evidence->system_us / 1e6, (long long)evidence->peak_kib / 1024)
            : xstrdup("");
    cleanup_free char *text = xasprintf("%s%s%s%s", brief, inside, evidence->cause ? "; " : "",
                                        evidence->cause ? evidence->cause : "");
    html_fact(out, name, text);
    html_fact(out, "note", evidence->note);
    html_fact(out, "matched", evidence->match);
}

static void body(const struct html *html, const struct report_part *part, bool in_story)
{
    FILE *out = html->out;
    const struct model_result *result = part->result;
    cleanup_free char *id = report_part_id(part);
    if (!in_story)
        message(out, part->message);
    fputs("\n<dl class=\"facts\">\n", out);
    html_fact(out, "case", part->test_case->summary);
    html_fact(out, "expected", expectation_name(part->test_case->expect));
    html_fact(out, "in JUnit", id);
    html_fact(out, "taken over from run", report_part_taken_from(part));
    html_fact(out, "pod", result ? result->pod : NULL);
    execution_fact(out, "under gVisor", result ? result->gvisor : NULL);
    execution_fact(out, "default runtime", result ? result->control : NULL);
    fputs("</dl>\n", out);
    if (!result)
        return;
    size_t max = part->kind == VERDICT_PASSED ? HELD_STREAM_MAX : TROUBLED_STREAM_MAX;
    streams(html, "under gVisor", result->gvisor, max);
    streams(html, "under the default runtime", result->control, max);
}

/* The id is inside, so that a browser which is sent there opens what is around it. A story has said verdict
 * and message of its parts already. */
static void evidence(const struct html *html, const struct report_part *part, bool in_story, bool open)
{
    FILE *out = html->out;
    const char *node = report_part_node(part);
    fprintf(out, "<details class=\"evidence\"%s><summary>", open ? " open" : "");
    if (!in_story)
        html_badge(out, part->kind, part->reason);
    fputs(in_story ? "Evidence of " : " ", out);
    html_element(out, "b", "case", part->test_case->name);
    if (*node) {
        fputs(" on ", out);
        html_element(out, "span", "node", node);
    }
    if (part->duration_ms > 0) {
        cleanup_free char *duration = text_duration(part->duration_ms);
        fprintf(out, " <span class=\"time\">%s</span>", duration);
    }
    fprintf(out, "</summary>\n<div class=\"body\" id=\"e%zu\">\n", html_number(html, part));
    body(html, part, in_story);
    fputs("</div></details>\n", out);
}

/* --- what is not passed --- */

static void other_parts(const struct html *html, const struct report_story *story)
{
    FILE *out = html->out;
    size_t others = 0, named = 0;
    for (size_t i = 0; i < story->count; i++)
        others += !html->shown[html_number(html, story->parts[i])];
    if (!others)
        return;
    fprintf(out, "<details><summary>%zu more of the same</summary><p class=\"names\">", others);
    for (size_t i = 0; i < story->count && named < NAMES_MAX; i++) {
        const struct report_part *part = story->parts[i];
        if (html->shown[html_number(html, part)])
            continue;
        fputs(named++ ? ", " : "", out);
        html_text(out, part->test_case->name);
        fputs(*report_part_node(part) ? " on " : "", out);
        html_text(out, report_part_node(part));
    }
    if (named < others)
        fprintf(out, " and %zu more", others - named);
    fputs("</p></details>\n", out);
}

static bool is_of_one_case(const struct report_story *told)
{
    for (size_t i = 1; i < told->count; i++)
        if (told->parts[i]->test_case != told->parts[0]->test_case)
            return false;
    return true;
}

static void story(const struct html *html, const struct report_story *told, size_t *opened)
{
    FILE *out = html->out;
    fprintf(out, "<article class=\"story %s\">\n<h3>", verdict_kind_name(told->kind));
    html_badge(out, told->kind, told->reason);
    fputs(" ", out);
    html_text(out, told->parts[0]->test_case->name);
    if (told->count > 1)
        fprintf(out, is_of_one_case(told) ? " <small>on %zu nodes</small>" : " <small>and %zu more</small>",
                is_of_one_case(told) ? told->count : told->count - 1);
    fputs("</h3>\n", out);
    message(out, told->message);
    fputs("\n", out);
    for (size_t i = 0; i < told->count; i++)
        if (html->shown[html_number(html, told->parts[i])])
            evidence(html, told->parts[i], true,
                     told->kind != VERDICT_SKIPPED && i == 0 && (*opened)++ < OPEN_MAX);
    other_parts(html, told);
    fputs("</article>\n", out);
}

static void problems(const struct html *html)
{
    FILE *out = html->out;
    cleanup_free struct report_problem_left *left = report_problems_left(html->model, html->stories);
    for (size_t i = 0; i < html->model->problem_count && i < STORIES_MAX; i++) {
        const char *hint = left[i].hint;
        if (!left[i].message && !hint)
            continue;
        fputs("<article class=\"story problem\">\n", out);
        if (left[i].message) {
            fputs("<h3><span class=\"badge error\"><span aria-hidden=\"true\">!</span> problem</span></h3>\n",
                  out);
            message(out, left[i].message);
        }
        if (hint) {
            fputs("<p class=\"hint\"><b>Next step:</b> ", out);
            html_text(out, hint);
            fputs("</p>", out);
        }
        fputs("\n</article>\n", out);
    }
}

/* The stories that are skips, or those that are not. */
static size_t stories(const struct html *html, bool skipped, size_t *opened)
{
    size_t told = 0;
    for (size_t i = 0; i < html->stories->count; i++) {
        if ((html->stories->items[i].kind == VERDICT_SKIPPED) != skipped)
            continue;
        if (told++ < STORIES_MAX)
            story(html, &html->stories->items[i], opened);
    }
    if (told > STORIES_MAX)
        fprintf(html->out, "<p class=\"quiet\">%zu more are left out here.</p>\n", told - STORIES_MAX);
    return told;
}

void html_findings(const struct html *html)
{
    size_t opened = 0;
    fputs("<section id=\"findings\">\n<h2>What did not hold</h2>\n", html->out);
    if (stories(html, false, &opened) + html->model->problem_count == 0)
        fputs("<p class=\"quiet\">Everything that was run held.</p>\n", html->out);
    problems(html);
    stories(html, true, &opened);
    fputs("</section>\n", html->out);
}

/* --- what held --- */

void html_held_evidence(const struct html *html)
{
    fputs("<section id=\"evidence\">\n<h2>Evidence of what held</h2>\n", html->out);
    if (html->model->node_count > GRID_NODES_MAX)
        fputs("<p class=\"quiet\">Of nodes that are alike, the first stands for all. The JSON report and the "
              "journal have every node.</p>\n",
              html->out);
    for (size_t i = 0; i < html->parts->count; i++)
        if (html->shown[i] && html->parts->items[i].kind == VERDICT_PASSED)
            evidence(html, &html->parts->items[i], false, false);
    fputs("</section>\n", html->out);
}
