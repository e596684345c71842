/* SPDX-License-Identifier: Apache-2.0
 *
 * Extended regular expressions, measured before they are compiled.
 *
 * regcomp(3) of the GNU C library makes a tree with a node for each part of an expression. It copies what is
 * repeated: `x{9}` is nine copies, `x+` is `xx*`, so `x++` is four. It recurses for each group. What can
 * follow an anchor without a character between is copied as well, once for each set of anchors that holds
 * there: few anchors are enough for gigabytes where they meet repetitions of what can be empty, or each other
 * too often.
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "gvisor-smoke/buf.h"
#include "gvisor-smoke/cleanup.h"
#include "gvisor-smoke/expression.h"
#include "gvisor-smoke/text.h"

/* What regcomp(3) makes of a part. */
struct part {
    size_t nodes;
    size_t anchors; /* of these: what matches between characters */
    bool empty;     /* whether it can match nothing */
};

struct group {
    struct part
        whole;  /* the alternative that has begun, without its last part; counts of those before it too */
    bool empty; /* whether an alternative before it can match nothing */
};

/* What has been read of an expression. */
struct measure {
    struct group groups[EXPRESSION_NESTED_MAX + 1]; /* those that are open, the whole expression first */
    size_t depth;
    struct part last; /* what an operator that follows repeats */
    const char *problem;
};

static const struct part nothing = {.empty = true};
static const struct part character = {.nodes = 1};
static const struct part anchor = {.nodes = 1, .anchors = 1, .empty = true};

static struct part join(struct part a, struct part b)
{
    return (struct part){a.nodes + b.nodes, a.anchors + b.anchors, a.empty && b.empty};
}

static void part_begin(struct measure *measure, struct part part)
{
    struct group *group = &measure->groups[measure->depth];
    group->whole = join(group->whole, measure->last);
    measure->last = part;
}

static void group_begin(struct measure *measure)
{
    part_begin(measure, nothing);
    if (measure->depth == EXPRESSION_NESTED_MAX)
        measure->problem = "has too many parentheses within each other";
    else
        measure->groups[++measure->depth] = (struct group){.whole = {.nodes = 1, .empty = true}};
}

static void alternative_begin(struct measure *measure)
{
    struct group *group = &measure->groups[measure->depth];
    part_begin(measure, nothing);
    group->empty = group->empty || group->whole.empty;
    group->whole.nodes++;
    group->whole.empty = true;
}

/* A parenthesis that closes nothing is a character. */
static void group_end(struct measure *measure)
{
    if (measure->depth == 0) {
        part_begin(measure, character);
        return;
    }
    const struct group *group = &measure->groups[measure->depth--];
    measure->last = join(measure->last, group->whole);
    measure->last.empty = measure->last.empty || group->empty;
}

/* Repeats of what can be empty can be written without, and take exponential time beside anchors. */
static void part_repeat(struct measure *measure, size_t copies, bool or_none)
{
    if (measure->last.empty)
        measure->problem = "repeats nothing, or what can be empty";
    measure->last.nodes *= copies;
    measure->last.anchors *= copies;
    measure->last.empty = measure->last.empty || or_none;
}

/* From the bracket that opens a set to the one that closes it, or to the last byte. In a set a backslash is a
 * character, and so is a bracket that comes first or stands in [:name:], [.x.] and [=x=]. */
static const char *set_end(const char *at)
{
    at += at[1] == '^' ? 2 : 1;
    if (*at == ']')
        at++;
    for (; *at && *at != ']'; at++)
        if (*at == '[' && at[1] && strchr(":.=", at[1])) {
            const char closing[] = {at[1], ']', '\0'};
            const char *end = strstr(at + 2, closing);
            if (!end)
                return at + strlen(at) - 1;
            at = end + 1;
        }
    return *at ? at : at - 1;
}

/* {N}, {N,} or {N,M}. Returns its end. */
static const char *read_interval(struct measure *measure, const char *brace)
{
    char *rest;
    unsigned long least = strtoul(brace + 1, &rest, 10), copies = least;
    if (*rest == ',') {
        unsigned long most = strtoul(rest + 1, NULL, 10);
        copies = most > least ? most : least + 1;
    }
    part_repeat(measure, copies <= EXPRESSION_MAX ? copies : EXPRESSION_MAX + 1, least == 0);
    const char *end = strchr(brace, '}');
    return end ? end : brace;
}

static const char *read_escape(struct measure *measure, const char *backslash)
{
    char escaped = backslash[1];
    if (escaped >= '1' && escaped <= '9')
        measure->problem = "refers back to what it has matched";
    part_begin(measure, escaped && strchr("bB<>`'", escaped) ? anchor : character);
    return escaped ? backslash + 1 : backslash;
}

/* Reads a part, or an operator. Returns the place of its last byte. */
static const char *read_one(struct measure *measure, const char *at)
{
    switch (*at) {
    case '(':
        group_begin(measure);
        return at;
    case ')':
        group_end(measure);
        return at;
    case '|':
        alternative_begin(measure);
        return at;
    case '?':
        measure->last.nodes++;
        measure->last.empty = true;
        return at;
    case '*':
        part_repeat(measure, 1, true);
        measure->last.nodes++;
        return at;
    case '+':
        part_repeat(measure, 2, false);
        return at;
    case '{':
        return read_interval(measure, at);
    case '[':
        part_begin(measure, character);
        return set_end(at);
    case '\\':
        return read_escape(measure, at);
    default:
        part_begin(measure, *at == '^' || *at == '$' ? anchor : character);
        return at;
    }
}

static const char *too_much(const char *expression)
{
    struct measure measure = {.groups = {{.whole = {.empty = true}}}, .last = {.empty = true}};
    if (strlen(expression) > EXPRESSION_MAX)
        return "is too long";
    for (const char *at = expression; *at && !measure.problem; at++) {
        at = read_one(&measure, at);
        struct part now = join(measure.groups[measure.depth].whole, measure.last);
        if (now.nodes > EXPRESSION_MAX)
            measure.problem = "repeats something too often";
        if (now.anchors > EXPRESSION_ANCHORS_MAX)
            measure.problem = "has too many anchors";
    }
    return measure.problem;
}

/* `^.*(EXPRESSION)`: what can match nowhere but at the start is tried there alone. A parenthesis that closes
 * nothing is a character, and is to close nothing here either. */
static char *anchored(const char *expression)
{
    struct measure measure = {.groups = {{.whole = {.empty = true}}}, .last = {.empty = true}};
    cleanup_buf struct buf whole;
    buf_init(&whole, 2 * EXPRESSION_MAX + 16);
    buf_append_text(&whole, "^.*(");
    for (const char *at = expression; *at; at++) {
        const char *start = at;
        if (*at == ')' && measure.depth == 0)
            buf_append_text(&whole, "\\");
        at = read_one(&measure, at);
        buf_append(&whole, start, (size_t)(at - start) + 1);
    }
    buf_append_text(&whole, ")");
    return buf_steal(&whole);
}

static int compile(const char *expression, bool presence, int flags, regex_t *ret_compiled,
                   struct error **err)
{
    regex_t compiled;
    char reason[128];
    cleanup_free char *quoted = text_printable(expression);
    const char *problem = too_much(expression);
    if (problem) {
        error_set(err, ERROR_USAGE, "\"%s\" %s", quoted, problem);
        return -1;
    }
    cleanup_free char *whole = presence ? anchored(expression) : xstrdup(expression);
    int code = regcomp(&compiled, whole, REG_EXTENDED | REG_ICASE | flags);
    if (code != 0) {
        regerror(code, &compiled, reason, sizeof reason);
        error_set(err, ERROR_USAGE, "\"%s\" is no extended regular expression: %s", quoted, reason);
        return -1;
    }
    if (regexec(&compiled, "", 0, NULL, 0) == 0) {
        regfree(&compiled);
        error_set(err, ERROR_USAGE, "\"%s\" matches an empty line, so it would prove nothing", quoted);
        return -1;
    }
    *ret_compiled = compiled;
    return 0;
}

int expression_compile(const char *expression, int flags, regex_t *ret_compiled, struct error **err)
{
    return compile(expression, false, flags, ret_compiled, err);
}

/* Not with REG_NOSUB: the GNU C library forgets the anchors of copies then, and `(a\b){2}` matches "aa". */
int expression_compile_presence(const char *expression, regex_t *ret_compiled, struct error **err)
{
    return compile(expression, true, 0, ret_compiled, err);
}
