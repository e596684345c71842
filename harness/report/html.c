/* SPDX-License-Identifier: Apache-2.0
 *
 * The HTML report: one page that holds all that it needs, findings first.
 */
#include "html.h"
#include "forms.h"
#include "gvisor-smoke/cleanup.h"
#include "gvisor-smoke/clock.h"
#include "gvisor-smoke/embedded.h"

#define COLUMNS_MAX 40
#define NODES_MAX 200 /* whose kernels and runtimes are listed */

/* What the whole run comes to: its colour. */
static enum verdict_kind worst_of(const struct report_model *model, const struct report_counts *counts)
{
    bool whole = model->ended && !model->signal;
    if (counts->failed)
        return VERDICT_FAILED;
    return counts->errors || !whole || model->problem_count ? VERDICT_ERROR : VERDICT_PASSED;
}

/* "2 failed, 1 error, 16 passed": the worst first. */
static char *counts_text(const struct report_counts *counts)
{
    struct strings texts = {0};
    const struct {
        unsigned count;
        const char *word;
    } words[] = {{counts->failed, "failed"},
                 {counts->errors, counts->errors == 1 ? "error" : "errors"},
                 {counts->passed, "passed"},
                 {counts->skipped, "skipped"}};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        cleanup_free char *text = xasprintf("%u %s", words[i].count, words[i].word);
        if (words[i].count)
            strings_add(&texts, text);
    }
    char *joined = texts.count ? strings_join(&texts, ", ") : xstrdup("nothing was run");
    strings_release(&texts);
    return joined;
}

static void write_style(FILE *out)
{
    fputs("<style>\n", out);
    fwrite(embedded_pages[0].bytes, 1, embedded_pages[0].length, out);
    fputs("</style>\n", out);
}

static void write_head(FILE *out, const char *counts)
{
    fputs("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>gvisor-smoke: ",
          out);
    html_text(out, counts);
    fputs("</title>\n"
          "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
          "<meta name=\"color-scheme\" content=\"light dark\">\n"
          "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
          "'unsafe-inline'; img-src "
          "data:\">\n"
          "<link rel=\"icon\" href=\"data:,\">\n",
          out);
    write_style(out);
    fputs("</head>\n", out);
}

static const char *or_unknown(const char *text)
{
    return text && *text ? text : "unknown";
}

static void write_lead(const struct html *html)
{
    const struct report_model *model = html->model;
    char stamp[CLOCK_STAMP_SIZE];
    clock_stamp(model->first_ms, stamp)[10] = ' '; /* instead of the T */
    cleanup_free char *duration = text_duration(model->duration_ms);
    cleanup_free char *nodes = text_count(model->node_count, "node", "nodes");
    cleanup_free char *lead =
        xasprintf("RuntimeClass %s on %s, Kubernetes %s; run %s of %.16s UTC, %s",
                  or_unknown(model->run.runtime_class), model->node_count == 1 ? model->nodes[0].name : nodes,
                  or_unknown(model->cluster.version), or_unknown(model->run.id), stamp, duration);
    html_element(html->out, "p", "lead", lead);
    fputs("\n", html->out);
    cleanup_free char *taken = report_taken_text(html->parts);
    if (taken)
        html_element(html->out, "p", "lead", taken);
    if (model->signal)
        fprintf(
            html->out,
            "<p class=\"warning\">The run was ended by signal %d: what it had not reached is an error.</p>\n",
            model->signal);
    else if (!model->ended)
        fputs("<p class=\"warning\">The journal has no end: the run goes on, or was killed.</p>\n",
              html->out);
    if (model->left_behind > 0)
        fprintf(html->out, "<p class=\"warning\">%d objects of the run could not be deleted.</p>\n",
                model->left_behind);
}

static void write_header(const struct html *html, const char *counts, enum verdict_kind worst)
{
    FILE *out = html->out;
    fprintf(out,
            "<body>\n<a class=\"skip\" href=\"#findings\">to what did not hold</a>\n<header "
            "class=\"%s\">\n<h1>gvisor-smoke: ",
            verdict_kind_name(worst));
    html_text(out, counts);
    fputs("</h1>\n", out);
    write_lead(html);
    fputs("<nav aria-label=\"Sections\"><a href=\"#findings\">What did not hold</a> <a "
          "href=\"#matrix\">Cases by nodes</a> "
          "<a href=\"#attestation\">Is it gVisor?</a> ",
          out);
    if (html->model->measure_count)
        fputs("<a href=\"#overhead\">What gVisor costs</a> ", out);
    fputs("<a href=\"#evidence\">Evidence</a> <a href=\"#run\">The run</a></nav>\n</header>\n<main>\n", out);
}

static void write_nodes(const struct html *html)
{
    FILE *out = html->out;
    const struct report_model *model = html->model;
    if (model->node_count == 0)
        return;
    fprintf(
        out,
        "<details%s><summary>The nodes</summary>\n<div class=\"wide\" tabindex=\"0\" role=\"region\" "
        "aria-label=\"Nodes\"><table>\n<thead><tr><th scope=\"col\">node</th><th "
        "scope=\"col\">gVisor</th><th "
        "scope=\"col\">kernel</th><th scope=\"col\">container runtime</th><th scope=\"col\">system</th><th "
        "scope=\"col\">architecture</th></tr></thead>\n<tbody>\n",
        model->node_count <= GRID_NODES_MAX ? " open" : "");
    for (size_t i = 0; i < model->node_count && i < NODES_MAX; i++) {
        const struct model_node *node = &model->nodes[i];
        const char *const texts[] = {node->release, node->kernel, node->container_runtime, node->os_image,
                                     node->architecture};
        fputs("<tr><th scope=\"row\">", out);
        html_text(out, node->name);
        fputs("</th>", out);
        for (size_t k = 0; k < sizeof texts / sizeof *texts; k++) {
            fputs("<td>", out);
            html_text(out, or_unknown(texts[k]));
            fputs("</td>", out);
        }
        fputs("</tr>\n", out);
    }
    fputs("</tbody></table></div>\n", out);
    if (model->node_count > NODES_MAX)
        fprintf(out, "<p class=\"quiet\">%zu more are left out here.</p>\n", model->node_count - NODES_MAX);
    fputs("</details>\n", out);
}

/* Of a merged journal: the runs that it is made from. */
static void write_sources(const struct html *html)
{
    for (size_t i = 0; i < html->model->source_count; i++) {
        const struct model_source *source = &html->model->sources[i];
        cleanup_free char *text = model_source_text(source);
        cleanup_free char *fact = xasprintf("%s: %s", source->id, text);
        html_fact(html->out, "made from run", fact);
    }
}

static void write_run(const struct html *html)
{
    FILE *out = html->out;
    const struct report_model *model = html->model;
    cleanup_free char *exit_code = xasprintf("%d", report_model_exit_code(model));
    fputs("<section id=\"run\">\n<h2>The run</h2>\n<dl class=\"facts\">\n", out);
    html_fact(out, "run", model->run.id);
    html_fact(out, "takes up", model->run.resumes);
    html_fact(out, "exit code", exit_code);
    html_fact(out, "server", model->run.server);
    html_fact(out, "context", model->run.context);
    html_fact(out, "namespace", model->run.name_space);
    html_fact(out, "RuntimeClass", model->run.runtime_class);
    html_fact(out, "handler", model->run.handler);
    html_fact(out, "toolbox", model->run.image);
    html_fact(out, "Kubernetes", model->cluster.version);
    html_fact(out, "platform", model->cluster.platform);
    html_fact(out, "run from", model->run.hostname);
    html_fact(out, "gvisor-smoke", model->run.version);
    write_sources(html);
    fputs("</dl>\n", out);
    write_nodes(html);
    fputs("</section>\n", out);
}

static void write_page(struct html *html)
{
    struct report_counts counts = report_parts_count(html->parts);
    cleanup_free char *text = counts_text(&counts);
    html_choose_evidence(html);
    write_head(html->out, text);
    write_header(html, text, worst_of(html->model, &counts));
    html_findings(html);
    html_grid(html);
    html_attestation(html);
    html_overhead(html);
    html_held_evidence(html);
    write_run(html);
    fputs("</main>\n</body>\n</html>\n", html->out);
    free(html->shown);
}

int html_write(const struct report_model *model, const struct report_options *options, FILE *out)
{
    (void)options;
    struct report_parts parts = report_parts_make(model);
    struct report_stories stories = report_stories_of(&parts);
    struct grid grid = grid_make(model, &parts, COLUMNS_MAX);
    struct html html = {.out = out, .model = model, .parts = &parts, .stories = &stories, .grid = &grid};
    write_page(&html);
    grid_release(&grid);
    report_stories_release(&stories);
    report_parts_release(&parts);
    return 0;
}
