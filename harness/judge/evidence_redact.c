/* SPDX-License-Identifier: Apache-2.0
 *
 * Evidence without the secrets that a case has printed.
 */
#include <string.h>

#include "gvisor-smoke/buf.h"
#include "gvisor-smoke/cleanup.h"
#include "judge.h"

#define CUT_WORD_MAX ((size_t)8192) /* bytes of the last word that go */

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* The word that the text ends in. */
static struct redaction_span last_word(const char *text, size_t length)
{
    size_t start = length;
    while (start > 0 && !is_space(text[start - 1]) && length - start < CUT_WORD_MAX)
        start--;
    while (start < length && ((unsigned char)text[start] & 0xC0) == 0x80)
        start++; /* no character is cut in two */
    return (struct redaction_span){start, length, "word that was cut"};
}

static struct redaction_spans find(const struct redaction *redaction, const char *text, bool cut)
{
    if (!text)
        return (struct redaction_spans){0};
    size_t length = strlen(text);
    struct redaction_spans spans = redaction_find(redaction, text, length);
    struct redaction_span word = last_word(text, length);
    size_t told = spans.count ? spans.items[spans.count - 1].end : 0;
    if (cut && word.start < told)
        word.start = told;
    if (cut && word.start < word.end)
        redaction_spans_add(&spans, word);
    return spans;
}

/* --- the note --- */

struct tally {
    const char *kinds[32];
    unsigned counts[32];
    size_t count;
};

/* Kinds are static texts, but the same words need not be the same text. */
static void tally_add(struct tally *tally, const struct redaction_spans *spans)
{
    for (size_t i = 0; i < spans->count; i++) {
        size_t k = 0;
        while (k < tally->count && strcmp(tally->kinds[k], spans->items[i].kind) != 0)
            k++;
        if (k == sizeof tally->counts / sizeof *tally->counts)
            continue;
        tally->kinds[k] = spans->items[i].kind;
        tally->counts[k]++;
        tally->count += k == tally->count;
    }
}

static void add_note(struct evidence *evidence, const struct tally *tally)
{
    if (tally->count == 0)
        return;
    cleanup_buf struct buf note;
    buf_init(&note, SIZE_MAX / 2);
    if (evidence->note)
        buf_printf(&note, "%s; ", evidence->note);
    buf_append_text(&note, "redacted: ");
    for (size_t i = 0; i < tally->count; i++)
        buf_printf(&note, "%s%s (%u)", i ? ", " : "", tally->kinds[i], tally->counts[i]);
    free(evidence->note);
    evidence->note = buf_steal(&note);
}

/* --- */

static void replace(char **text, const struct redaction_spans *spans)
{
    if (spans->count == 0)
        return;
    char *clean = redaction_apply(*text, 0, strlen(*text), spans);
    free(*text);
    *text = clean;
}

/* The line in which the expression is found, without its secrets, or NULL. */
static char *find_match(const char *text, const char *expression, const struct redaction_spans *spans)
{
    struct line_place place;
    if (!line_find(text, expression, &place))
        return NULL;
    cleanup_free char *clean = redaction_apply(text, place.start, place.start + place.length, spans);
    return line_from_text(clean, strlen(clean), LINE_MAX_BYTES);
}

void evidence_redact(struct evidence *evidence, const char *expression, const struct redaction *redaction)
{
    struct redaction_spans output = find(redaction, evidence->output, evidence->output_cut);
    struct redaction_spans errors = find(redaction, evidence->errors, evidence->errors_cut);
    struct redaction_spans cause = find(redaction, evidence->cause, false);
    struct tally tally = {0};
    if (expression) {
        free(evidence->match);
        evidence->match = find_match(evidence->output, expression, &output);
        if (!evidence->match)
            evidence->match = find_match(evidence->errors, expression, &errors);
    }
    evidence->searched = true;
    replace(&evidence->output, &output);
    replace(&evidence->errors, &errors);
    replace(&evidence->cause, &cause);
    tally_add(&tally, &output);
    tally_add(&tally, &errors);
    tally_add(&tally, &cause);
    add_note(evidence, &tally);
    redaction_spans_release(&output);
    redaction_spans_release(&errors);
    redaction_spans_release(&cause);
}
