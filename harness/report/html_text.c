/* SPDX-License-Identifier: Apache-2.0
 *
 * Texts that come from anywhere, in HTML.
 */
#include <string.h>

#include "html.h"

void html_text(FILE *out, const char *text)
{
    while (*text) {
        size_t plain = strcspn(text, "<>&\"'\r");
        fwrite(text, 1, plain, out);
        text += plain;
        if (*text)
            fprintf(out, "&#%d;", *text++);
    }
}

void html_element(FILE *out, const char *tag, const char *class_name, const char *text)
{
    if (!text || !*text)
        return;
    fprintf(out, "<%s class=\"%s\">", tag, class_name);
    html_text(out, text);
    fprintf(out, "</%s>", tag);
}

void html_fact(FILE *out, const char *name, const char *value)
{
    if (!value || !*value)
        return;
    fprintf(out, "<div><dt>%s</dt><dd>", name);
    html_text(out, value);
    fputs("</dd></div>\n", out);
}

const char *html_mark(enum verdict_kind kind)
{
    static const char *const marks[] = {[VERDICT_PASSED] = "\xE2\x9C\x94",
                                        [VERDICT_FAILED] = "\xE2\x9C\x98",
                                        [VERDICT_ERROR] = "!",
                                        [VERDICT_SKIPPED] = "\xE2\x80\x93"};
    return marks[kind];
}

void html_badge(FILE *out, enum verdict_kind kind, const char *reason)
{
    fprintf(out, "<span class=\"badge %s\"><span aria-hidden=\"true\">%s</span> ", verdict_kind_name(kind),
            html_mark(kind));
    html_text(out, reason);
    fputs("</span>", out);
}

size_t html_number(const struct html *html, const struct report_part *part)
{
    return (size_t)(part - html->parts->items);
}

void html_names(FILE *out, const struct strings *names)
{
    for (size_t i = 0; i < names->count; i++) {
        fputs(i ? ", " : "", out);
        html_text(out, names->items[i]);
    }
}
