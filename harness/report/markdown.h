/* SPDX-License-Identifier: Apache-2.0
 *
 * Markdown as GitHub renders it, with a bound on its size: what does not fit is left out whole and counted.
 */
#ifndef HARNESS_REPORT_MARKDOWN_H
#define HARNESS_REPORT_MARKDOWN_H

#include "gvisor-smoke/buf.h"
#include "model.h"

/* GitHub refuses a step summary above 1 MiB, and shows none of it then
 * (docs.github.com, workflow commands, "Step isolation and limits"). */
#define MARKDOWN_MAX ((size_t)1024 * 1024)

struct markdown {
    struct buf text;
    struct buf block; /* what is being put together */
    size_t left_out;  /* blocks that did not fit */
};

void markdown_init(struct markdown *markdown, size_t max);
void markdown_release(struct markdown *markdown);
/* Takes the block into the text when it fits, and begins the next; says whether it did. */
bool markdown_take(struct markdown *markdown);

/* These add to the block. */
void markdown_print(struct markdown *markdown, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Any text, shown as it is: on one line, in a table too. */
void markdown_text(struct markdown *markdown, const char *text);
void markdown_code(struct markdown *markdown, const char *text);
/* A block of code, whatever is in it; empty text adds nothing. */
void markdown_fence(struct markdown *markdown, const char *text);

/* The mark and the word of a verdict: "❌ failed". */
const char *markdown_verdict(enum verdict_kind kind);
const char *markdown_mark(enum verdict_kind kind);

/* The whole report, of at most max bytes, with a note at its end when something was left out. The caller
 * releases the text. */
void markdown_render(const struct report_model *model, size_t max, struct buf *ret_text);

#endif
