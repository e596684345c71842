/* SPDX-License-Identifier: Apache-2.0
 *
 * Texts that come from anywhere, in Markdown; and the bound of the whole.
 */
#include <stdarg.h>
#include <string.h>

#include "gvisor-smoke/cleanup.h"
#include "markdown.h"

#define BLOCK_MAX ((size_t)256 * 1024)

void markdown_init(struct markdown *markdown, size_t max)
{
    *markdown = (struct markdown){0};
    buf_init(&markdown->text, max);
    buf_init(&markdown->block, BLOCK_MAX);
}

void markdown_release(struct markdown *markdown)
{
    buf_release(&markdown->text);
    buf_release(&markdown->block);
}

bool markdown_take(struct markdown *markdown)
{
    bool fits =
        markdown->block.dropped == 0 && markdown->text.length + markdown->block.length <= markdown->text.max;
    if (fits)
        buf_append(&markdown->text, markdown->block.bytes, markdown->block.length);
    else
        markdown->left_out++;
    buf_clear(&markdown->block);
    return fits;
}

void markdown_print(struct markdown *markdown, const char *format, ...)
{
    char *text;
    va_list arguments;
    va_start(arguments, format);
    int length = vasprintf(&text, format, arguments);
    va_end(arguments);
    if (length < 0)
        abort();
    buf_append(&markdown->block, text, (size_t)length);
    free(text);
}

/* HTML's own characters as entities, Markdown's behind a backslash ("$" begins a formula at GitHub). */
static void add_character(struct buf *block, const char *at)
{
    if (*at == '<')
        buf_append_text(block, "&lt;");
    else if (*at == '>')
        buf_append_text(block, "&gt;");
    else if (*at == '&')
        buf_append_text(block, "&amp;");
    else if (strchr("\\`*_[]|~$#!", *at))
        buf_printf(block, "\\%c", *at);
    else
        buf_append(block, at, 1);
}

void markdown_text(struct markdown *markdown, const char *text)
{
    for (const char *at = text; *at;) {
        size_t length = strcspn(at, "\n");
        cleanup_free char *piece = xstrndup(at, length);
        cleanup_free char *line = text_one_line(piece);
        for (const char *character = line; *character; character++)
            add_character(&markdown->block, character);
        at += length;
        if (*at && at[1])
            buf_append_text(&markdown->block, "<br>");
        at += *at != '\0';
    }
}

void markdown_code(struct markdown *markdown, const char *text)
{
    markdown_print(markdown, "<code>");
    markdown_text(markdown, text);
    markdown_print(markdown, "</code>");
}

/* Longer than any run of backticks in the text. */
static size_t fence_length(const char *text)
{
    size_t longest = 2, run = 0;
    for (; *text; text++) {
        run = *text == '`' ? run + 1 : 0;
        if (run > longest)
            longest = run;
    }
    return longest + 1;
}

void markdown_fence(struct markdown *markdown, const char *text)
{
    if (!text || !*text)
        return;
    size_t length = fence_length(text);
    cleanup_free char *fence = xcalloc(length + 1, 1);
    memset(fence, '`', length);
    const char *end = text_ends_with(text, "\n") ? "" : "\n";
    markdown_print(markdown, "\n%stext\n%s%s%s\n", fence, text, end, fence);
}

const char *markdown_mark(enum verdict_kind kind)
{
    static const char *const marks[] = {[VERDICT_PASSED] = "\xE2\x9C\x85",
                                        [VERDICT_FAILED] = "\xE2\x9D\x8C",
                                        [VERDICT_ERROR] = "\xE2\x9A\xA0\xEF\xB8\x8F",
                                        [VERDICT_SKIPPED] = "\xE2\x9E\x96"};
    return marks[kind];
}

const char *markdown_verdict(enum verdict_kind kind)
{
    static const char *const words[] = {[VERDICT_PASSED] = "\xE2\x9C\x85 passed",
                                        [VERDICT_FAILED] = "\xE2\x9D\x8C failed",
                                        [VERDICT_ERROR] = "\xE2\x9A\xA0\xEF\xB8\x8F error",
                                        [VERDICT_SKIPPED] = "\xE2\x9E\x96 skipped"};
    return words[kind];
}
