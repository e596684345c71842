/* SPDX-License-Identifier: Apache-2.0
 *
 * What the parts of the HTML report share. The page has no script and fetches nothing: it says so itself, by
 * a content security policy, so nothing that a case prints can change that.
 */
#ifndef HARNESS_REPORT_HTML_H
#define HARNESS_REPORT_HTML_H

#include "grid.h"

struct html {
    FILE *out;
    const struct report_model *model;
    const struct report_parts *parts;
    const struct report_stories *stories;
    const struct grid *grid;
    bool *shown; /* for each part: its evidence is in the page, as #eN */
};

/* --- html_text.c --- */

/* Any text as it is, safe in an element and in a quoted attribute. */
void html_text(FILE *out, const char *text);
/* <TAG class="CLASS">text</TAG>, nothing for NULL or "". */
void html_element(FILE *out, const char *tag, const char *class_name, const char *text);
/* A row of a definition list, nothing for NULL or "". */
void html_fact(FILE *out, const char *name, const char *value);
/* "✘ finding" in the colour of the verdict. */
void html_badge(FILE *out, enum verdict_kind kind, const char *reason);
const char *html_mark(enum verdict_kind kind);
/* The number of a part among all. */
size_t html_number(const struct html *html, const struct report_part *part);
/* Names, one after the other, with a comma between. */
void html_names(FILE *out, const struct strings *names);

/* --- html_grid.c, html_evidence.c, html_attest.c, html_overhead.c: the sections --- */

void html_grid(const struct html *html);
/* Chooses the parts whose evidence is to be shown. */
void html_choose_evidence(struct html *html);
void html_findings(const struct html *html);
void html_held_evidence(const struct html *html);
void html_attestation(const struct html *html);
void html_overhead(const struct html *html);

#endif
