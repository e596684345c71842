/* SPDX-License-Identifier: Apache-2.0
 *
 * The HTML report's attestation: by which signs the pods count as gVisor, told once for all that are alike.
 */
#include <assert.h>

#include "gvisor-smoke/cleanup.h"
#include "html.h"

#define GROUPS_MAX 100
#define NAMES_MAX 2000 /* nodes that one group names */

/* Pods that have shown the same. */
struct likeness {
    const struct model_attestation *first;
    size_t pods;
    struct strings nodes;
    struct index known_nodes;
};

struct likenesses {
    struct likeness *items;
    size_t count;
};

static void likeness_add(struct likeness *likeness, const struct model_attestation *seen)
{
    size_t at;
    likeness->pods++;
    if (index_get(&likeness->known_nodes, seen->node, &at))
        return;
    index_set(&likeness->known_nodes, seen->node, likeness->nodes.count);
    if (likeness->nodes.count < NAMES_MAX)
        strings_add(&likeness->nodes, seen->node);
}

static struct likenesses likenesses_make(const struct report_model *model)
{
    struct likenesses made = {0};
    cleanup_index struct index known = {0};
    for (size_t i = 0; i < model->attestation_count; i++) {
        const struct model_attestation *seen = &model->attestations[i];
        cleanup_free char *key = xasprintf("%d%d %s\n%s", seen->control, seen->attested,
                                           seen->release ? seen->release : "", seen->summary);
        size_t at = made.count;
        if (!index_get(&known, key, &at)) {
            index_set(&known, key, at);
            made.items = xrealloc(made.items, made.count + 1, sizeof *made.items);
            made.items[made.count++] = (struct likeness){.first = seen};
        }
        assert(at < made.count);
        likeness_add(&made.items[at], seen);
    }
    return made;
}

static void likenesses_release(struct likenesses *likenesses)
{
    for (size_t i = 0; i < likenesses->count; i++) {
        strings_release(&likenesses->items[i].nodes);
        index_release(&likenesses->items[i].known_nodes);
    }
    free(likenesses->items);
}

static void sign(FILE *out, const struct sign *shown)
{
    static const char *const classes[] = {
        [SIGN_GVISOR] = "passed", [SIGN_NOT_GVISOR] = "failed", [SIGN_UNKNOWN] = "skipped"};
    static const char *const words[] = {
        [SIGN_GVISOR] = "gVisor", [SIGN_NOT_GVISOR] = "not gVisor", [SIGN_UNKNOWN] = "says nothing"};
    fprintf(out, "<tr><th scope=\"row\">");
    html_text(out, shown->name);
    fprintf(out, "%s</th><td><span class=\"badge %s\">%s</span></td><td class=\"value\">",
            shown->decisive ? " <small>decisive</small>" : "", classes[shown->says], words[shown->says]);
    html_text(out, shown->value);
    fputs("</td></tr>\n", out);
}

/* What it means for the run: a pod of the RuntimeClass must be gVisor, a control must not. */
static const char *meaning(const struct model_attestation *seen)
{
    if (seen->control)
        return seen->attested ? "the control runs under gVisor as well, so it is no control"
                              : "the control runs under the default runtime";
    return seen->attested ? "runs under gVisor" : "NOT GVISOR";
}

static void group(const struct html *html, const struct likeness *likeness)
{
    FILE *out = html->out;
    const struct model_attestation *seen = likeness->first;
    bool right = seen->attested != seen->control;
    cleanup_free char *pods = text_count(likeness->pods, "pod", "pods");
    cleanup_free char *nodes = text_count(likeness->known_nodes.count, "node", "nodes");
    fprintf(out, "<details class=\"attestation %s\"%s><summary><span class=\"badge %s\">",
            right ? "passed" : "failed", right ? "" : " open", right ? "passed" : "failed");
    fprintf(out, "<span aria-hidden=\"true\">%s</span> %zu of %zu signs</span> ",
            html_mark(right ? VERDICT_PASSED : VERDICT_FAILED), seen->gvisor_count, seen->count);
    fprintf(out, "<b>%s</b>", meaning(seen));
    if (seen->release) {
        fputs(", release ", out);
        html_text(out, seen->release);
    }
    fprintf(out, ": %s on ", pods);
    html_text(out, likeness->known_nodes.count == 1 ? seen->node : nodes);
    fputs("</summary>\n<div class=\"body\">\n", out);
    html_element(out, "p", "message", seen->summary);
    fputs("<p class=\"quiet\">As the pod ", out);
    html_text(out, seen->pod);
    fputs(" has shown it.</p>\n<div class=\"wide\" tabindex=\"0\" role=\"region\" "
          "aria-label=\"Signs\"><table>\n<thead><tr>"
          "<th scope=\"col\">sign</th><th scope=\"col\">says</th><th "
          "scope=\"col\">seen</th></tr></thead>\n<tbody>\n",
          out);
    for (size_t i = 0; i < seen->count; i++)
        sign(out, &seen->signs[i]);
    fputs("</tbody></table></div>\n", out);
    if (likeness->known_nodes.count > 1) {
        fputs("<p class=\"names\">On ", out);
        html_names(out, &likeness->nodes);
        if (likeness->nodes.count < likeness->known_nodes.count)
            fprintf(out, " and %zu more", likeness->known_nodes.count - likeness->nodes.count);
        fputs("</p>\n", out);
    }
    fputs("</div></details>\n", out);
}

void html_attestation(const struct html *html)
{
    struct likenesses likenesses = likenesses_make(html->model);
    fputs("<section id=\"attestation\">\n<h2>Is it gVisor?</h2>\n", html->out);
    if (likenesses.count == 0)
        fputs("<p class=\"quiet\">No pod has shown its signs.</p>\n", html->out);
    for (size_t i = 0; i < likenesses.count && i < GROUPS_MAX; i++)
        group(html, &likenesses.items[i]);
    if (likenesses.count > GROUPS_MAX)
        fprintf(html->out, "<p class=\"quiet\">%zu more kinds are left out here.</p>\n",
                likenesses.count - GROUPS_MAX);
    fputs("</section>\n", html->out);
    likenesses_release(&likenesses);
}
