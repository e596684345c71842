/* SPDX-License-Identifier: Apache-2.0
 *
 * Evidence: what is found in it, and how it is put into words.
 */
#include <regex.h>
#include <string.h>

#include "gvisor-smoke/cleanup.h"
#include "gvisor-smoke/expression.h"
#include "gvisor-smoke/text.h"
#include "judge.h"

#define SEARCHED_LINE_MAX 65536 /* bytes of one line that the expression looks at */

static const char *const ending_names[] = {
    [ENDING_EXITED] = "exited", [ENDING_TIMEOUT] = "timeout", [ENDING_NOT_STARTED] = "not-started",
    [ENDING_LOST] = "lost",     [ENDING_NOT_RUN] = "not-run", [ENDING_NOT_GVISOR] = "not-gvisor",
    [ENDING_UNMET] = "unmet",
};

const char *ending_name(enum ending ending)
{
    return ending_names[ending];
}

bool ending_parse(const char *word, enum ending *ret_ending)
{
    for (size_t i = 0; i < sizeof ending_names / sizeof *ending_names; i++)
        if (strcmp(word, ending_names[i]) == 0) {
            *ret_ending = (enum ending)i;
            return true;
        }
    return false;
}

void evidence_release(struct evidence *evidence)
{
    free(evidence->output);
    free(evidence->errors);
    free(evidence->match);
    free(evidence->cause);
    free(evidence->note);
    *evidence = (struct evidence){0};
}

bool line_find(const char *text, const char *expression, struct line_place *ret_place)
{
    regex_t compiled;
    bool found = false;
    cleanup_error struct error *wrong = NULL; /* it was none when the case was read */
    if (!text || expression_compile_presence(expression, &compiled, &wrong) < 0)
        return false;
    for (size_t at = 0; text[at] && !found;) {
        size_t length = strcspn(text + at, "\n");
        size_t searched = length < SEARCHED_LINE_MAX ? length : SEARCHED_LINE_MAX;
        regmatch_t range = {.rm_so = 0, .rm_eo = (regoff_t)searched};
        found = regexec(&compiled, text + at, 0, &range, REG_STARTEND) == 0;
        if (found)
            *ret_place = (struct line_place){at, length};
        at += length + (text[at + length] == '\n');
    }
    regfree(&compiled);
    return found;
}

char *evidence_find_line(const struct evidence *evidence, const char *expression)
{
    struct line_place place;
    if (line_find(evidence->output, expression, &place))
        return line_from_text(evidence->output + place.start, place.length, LINE_MAX_BYTES);
    if (line_find(evidence->errors, expression, &place))
        return line_from_text(evidence->errors + place.start, place.length, LINE_MAX_BYTES);
    return NULL;
}

void evidence_search(struct evidence *evidence, const char *expression)
{
    free(evidence->match);
    evidence->match = evidence_find_line(evidence, expression);
}

/* ` : "the last line" (last line of stderr)`, or what there is. */
static char *last_words(const struct evidence *evidence)
{
    cleanup_free char *line = line_last(evidence->errors);
    const char *stream = "stderr";
    if (!line) {
        line = line_last(evidence->output);
        stream = "stdout";
    }
    if (!line)
        return xstrdup(", no output");
    return xasprintf(": \"%s\" (last line of %s)", line, stream);
}

static char *describe_exit(const struct evidence *evidence)
{
    cleanup_free char *words = last_words(evidence);
    int signal = evidence->exit_code - 128;
    if (signal > 0 && signal < 32)
        return xasprintf("exit code %d (signal %d)%s", evidence->exit_code, signal, words);
    return xasprintf("exit code %d%s", evidence->exit_code, words);
}

static char *describe_timeout(const struct evidence *evidence, int64_t limit_ms)
{
    cleanup_free char *limit = text_duration(limit_ms);
    cleanup_free char *words = last_words(evidence);
    cleanup_free char *duration = text_duration(evidence->duration_ms);
    return xasprintf("ended by its timeout of %s after %s%s", limit, duration, words);
}

char *evidence_describe(const struct evidence *evidence, int64_t limit_ms)
{
    const char *cause = evidence->cause ? evidence->cause : "no cause was given";
    cleanup_free char *line = line_from_text(cause, strlen(cause), 2 * LINE_MAX_BYTES);
    switch (evidence->ending) {
    case ENDING_EXITED:
        return describe_exit(evidence);
    case ENDING_TIMEOUT:
        return describe_timeout(evidence, limit_ms);
    case ENDING_NOT_STARTED:
        return xasprintf("could not start: %s", line);
    case ENDING_LOST:
        return xasprintf("no result, the connection was lost: %s", line);
    case ENDING_NOT_RUN:
        return xasprintf("not run: %s", line);
    case ENDING_UNMET:
        return steal(&line);
    case ENDING_NOT_GVISOR:
        return xasprintf("NOT GVISOR: %s",
                         evidence->cause ? line : "the pod's kernel does not prove to be gVisor");
    }
    return xstrdup("no result");
}
