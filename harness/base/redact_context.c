/* SPDX-License-Identifier: Apache-2.0
 *
 * Secrets that are known by what stands before them: headers, assignments, options, passwords in URLs.
 */
#include <string.h>

#include "redact_private.h"

#define KEY_MAX 80       /* characters of a name that is looked at */
#define USERINFO_MAX 512 /* of "user:password" in a URL */
#define SECRET_MIN                                                                                           \
    6 /* characters of a value that is called a token or a secret: "max_token=4096" is none                  \
       */
#define USER_TOKEN_MIN 20 /* of a user's name in a URL that is rather a token */

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool redact_has_ci(const struct redact_scan *scan, size_t at, const char *word)
{
    for (; *word; at++, word++)
        if (at >= scan->length || lower(scan->text[at]) != *word)
            return false;
    return true;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static bool is_space(char c)
{
    return is_blank(c) || c == '\n' || c == '\r';
}

static bool is_quote(char c)
{
    return c == '"' || c == '\'' || c == '`';
}

static bool is_key_character(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '.';
}

static size_t skip_blanks(const struct redact_scan *scan, size_t at)
{
    size_t limit = at + 8;
    while (at < scan->length && at < limit && is_blank(scan->text[at]))
        at++;
    return at;
}

/* Where the next mark stands at or after at; the end of the text when there is none. */
static size_t next_mark(struct redact_scan *scan, enum redact_mark mark, size_t at)
{
    if (scan->marks[mark].at > at && scan->marks[mark].from <= at)
        return scan->marks[mark].at;
    size_t found = at;
    while (found < scan->length && !(mark == MARK_BLANK     ? is_blank(scan->text[found])
                                     : mark == MARK_NEWLINE ? scan->text[found] == '\n'
                                                            : scan->text[found] == '='))
        found++;
    scan->marks[mark].from = at;
    scan->marks[mark].at = found;
    return found;
}

static size_t line_end(struct redact_scan *scan, size_t at)
{
    size_t end = next_mark(scan, MARK_NEWLINE, at);
    while (end > at && is_space(scan->text[end - 1]))
        end--;
    return end;
}

static bool has_blank(struct redact_scan *scan, size_t start, size_t end)
{
    return next_mark(scan, MARK_BLANK, start) < end;
}

/* --- names --- */

/* What a name says of its value. */
enum meaning {
    MEANS_NOTHING,
    MEANS_PASSWORD, /* however short */
    MEANS_SECRET,
    MEANS_AUTH,   /* only as Docker has it: "auth": "BASE64" */
    MEANS_HEADER, /* all that follows on the line; "Bearer" and the like may stand before it */
    MEANS_COOKIE, /* all that follows on the line, with "=" in it */
};

static const struct {
    const char *ending, *kind;
    enum meaning meaning;
} names[] = {
    {"password", "password", MEANS_PASSWORD},
    {"passwd", "password", MEANS_PASSWORD},
    {"passphrase", "password", MEANS_PASSWORD},
    {"_pass", "password", MEANS_PASSWORD},
    {"token", "secret", MEANS_SECRET},
    {"secret", "secret", MEANS_SECRET},
    {"api_key", "secret", MEANS_SECRET},
    {"api-key", "secret", MEANS_SECRET},
    {"apikey", "secret", MEANS_SECRET},
    {"access_key", "secret", MEANS_SECRET},
    {"accesskey", "secret", MEANS_SECRET},
    {"secret_key", "secret", MEANS_SECRET},
    {"secretkey", "secret", MEANS_SECRET},
    {"private_key", "secret", MEANS_SECRET},
    {"account_key", "secret", MEANS_SECRET},
    {"accountkey", "secret", MEANS_SECRET},
    {"client-key-data", "private key", MEANS_SECRET},
    {"credential", "secret", MEANS_SECRET},
    {"credentials", "secret", MEANS_SECRET},
    {"_auth", "secret", MEANS_SECRET},
    {"auth", "Docker credentials", MEANS_AUTH},
    {"authorization", "credential", MEANS_HEADER},
    {"cookie", "cookie", MEANS_COOKIE},
};

static enum meaning meaning_of(const struct redact_scan *scan, size_t start, size_t end,
                               const char **ret_kind)
{
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        size_t length = strlen(names[i].ending);
        if (end - start < length || !redact_has_ci(scan, end - length, names[i].ending) ||
            (names[i].meaning == MEANS_AUTH && end - start > length))
            continue;
        *ret_kind = names[i].kind;
        return names[i].meaning;
    }
    return MEANS_NOTHING;
}

bool redaction_is_secret_name(const char *name)
{
    const struct redact_scan scan = {.text = name, .length = strlen(name)};
    const char *kind;
    return meaning_of(&scan, 0, scan.length, &kind) != MEANS_NOTHING;
}

/* The name before "=" or ":". */
struct key {
    enum meaning meaning;
    const char *kind;
    char quote;      /* that it stands in: "name": "value"; 0: none */
    char quote_open; /* that was opened before it and goes on: -H "Name: value"; 0: none */
    bool first;      /* of its line, but for marks such as "> " and "- " */
    bool escaped;    /* the line is one of a text that has "\\n" for line breaks */
};

static bool is_header(const struct key *key)
{
    return key->meaning == MEANS_HEADER || key->meaning == MEANS_COOKIE;
}

static bool is_first(const struct redact_scan *scan, size_t at, bool *ret_escaped)
{
    static const char export[] = "export ";
    if (at >= strlen(export) && redact_has(scan, at - strlen(export), export))
        at -= strlen(export);
    size_t limit = at > 64 ? at - 64 : 0;
    while (at > limit && (is_blank(scan->text[at - 1]) || strchr("-<>*+{", scan->text[at - 1])))
        at--;
    *ret_escaped = at >= 2 && scan->text[at - 2] == '\\' && scan->text[at - 1] == 'n';
    return at == 0 || scan->text[at - 1] == '\n' || *ret_escaped;
}

static struct key key_before(const struct redact_scan *scan, size_t at)
{
    struct key key = {0};
    const char *text = scan->text;
    size_t end = at;
    while (end > 0 && at - end < 2 && is_blank(text[end - 1]))
        end--;
    if (end > 0 && is_quote(text[end - 1])) {
        key.quote = text[--end];
        end -= end > 0 && text[end - 1] == '\\';
    }
    size_t start = end;
    while (start > 0 && end - start < KEY_MAX && is_key_character(text[start - 1]))
        start--;
    if (start > 0 && text[start - 1] == '\\' && start < end && strchr("nrt", text[start]))
        start++; /* of "\n" before it */
    key.meaning = meaning_of(scan, start, end, &key.kind);
    if (key.meaning == MEANS_NOTHING)
        return key;
    if (!key.quote && start > 0 && is_quote(text[start - 1]))
        key.quote_open = text[start - 1];
    key.first = is_first(scan, start, &key.escaped);
    return key;
}

/* --- values --- */

static bool is_word(const struct redact_scan *scan, size_t start, size_t end, const char *word)
{
    return end - start == strlen(word) && redact_has_ci(scan, start, word);
}

/* What stands where a secret would be, and is none. */
static bool is_placeholder(const struct redact_scan *scan, size_t start, size_t end)
{
    static const char *const words[] = {"true", "false", "null", "none", "yes", "no", "nil", "undefined"};
    if (start >= end || scan->text[start] == '$' || scan->text[start] == '<' ||
        redact_has(scan, start, REDACTED))
        return true;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (is_word(scan, start, end, words[i]))
            return true;
    size_t stars = start;
    while (stars < end && (scan->text[stars] == '*' || scan->text[stars] == '.'))
        stars++;
    return stars == end;
}

static size_t find_quote(const struct redact_scan *scan, size_t start, size_t end, char quote)
{
    for (size_t at = start; at < end; at++)
        if (scan->text[at] == quote)
            return at > start && scan->text[at - 1] == '\\' ? at - 1 : at;
    return end;
}

static size_t escaped_end(const struct redact_scan *scan, size_t start, size_t end)
{
    size_t at = start;
    while (at < end && scan->text[at] != '\\' && !is_quote(scan->text[at]))
        at++;
    return at;
}

/* The end of a value without quotes within a line: `token=x&page=2`. */
static size_t word_end(const struct redact_scan *scan, size_t start, size_t end)
{
    for (size_t at = start; at < end; at++)
        if (is_space(scan->text[at]) || is_quote(scan->text[at]) || strchr("&;<>)", scan->text[at]))
            return at;
    return end;
}

/* Of YAML. */
static size_t comment_start(const struct redact_scan *scan, size_t start, size_t end)
{
    size_t at = start;
    while (at + 1 < end && !(is_blank(scan->text[at]) && scan->text[at + 1] == '#'))
        at++;
    if (at + 1 >= end)
        return end;
    while (at > start && is_blank(scan->text[at - 1]))
        at--;
    return at;
}

/* `Bearer` in front of what is the secret. */
static size_t skip_scheme(const struct redact_scan *scan, size_t start, size_t end)
{
    size_t at = start;
    while (at < end && is_key_character(scan->text[at]))
        at++;
    size_t next = at;
    while (next < end && is_blank(scan->text[next]))
        next++;
    return at > start && next > at && next < end ? next : start;
}

static bool has_scheme(const struct redact_scan *scan, size_t start)
{
    static const char *const schemes[] = {"basic ",     "bearer ",           "token ", "digest ",
                                          "negotiate ", "aws4-hmac-sha256 ", "apikey "};
    for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++)
        if (redact_has_ci(scan, start, schemes[i]))
            return true;
    return false;
}

/* Whether it is the value of a header and no sentence: `error in authorization: the user may not do it`. */
static bool is_header_value(struct redact_scan *scan, const struct key *key, size_t start, size_t end)
{
    if (key->meaning == MEANS_COOKIE)
        return next_mark(scan, MARK_EQUALS, start) < end;
    if (has_scheme(scan, start))
        return true;
    size_t word = skip_scheme(scan, start, end);
    return !has_blank(scan, word, end) && (word == start || key->first || key->quote_open) &&
           end - word >= SECRET_MIN;
}

/* Where the value that begins at start ends; start: it is no secret. */
static size_t value_end(struct redact_scan *scan, const struct key *key, char separator, size_t *start)
{
    size_t end = line_end(scan, *start), quoted = *start;
    if (key->escaped)
        end = escaped_end(scan, *start, end);
    quoted += quoted < end && scan->text[quoted] == '\\';
    bool has_quote = quoted < end && is_quote(scan->text[quoted]);
    if (has_quote) {
        *start = quoted + 1;
        end = find_quote(scan, quoted + 1, end, scan->text[quoted]);
    } else if (is_header(key) && key->quote_open) {
        end = find_quote(scan, *start, end, key->quote_open);
    }
    if (is_header(key) && !is_header_value(scan, key, *start, end))
        return *start;
    if (key->meaning == MEANS_HEADER)
        *start = skip_scheme(scan, *start, end);
    if (has_quote || is_header(key))
        return end;
    if (separator == ':' && (key->quote || !key->first))
        return *start;
    if (!key->first || key->quote_open)
        return word_end(scan, *start, end);
    if (separator == ':')
        end = comment_start(scan, *start, end);
    if (separator == ':' && has_blank(scan, *start, end))
        return *start; /* a sentence: `token: the end of the file was not expected` */
    return end;
}

static bool assignment_at(struct redact_scan *scan, size_t at, struct redaction_span *ret_span)
{
    char separator = scan->text[at];
    struct key key = key_before(scan, at);
    size_t start = at + 1;
    if (key.meaning == MEANS_NOTHING || redact_has(scan, start, "=") || redact_has(scan, start, "//"))
        return false;
    if (separator == ':' && !key.quote && !key.first && !is_header(&key))
        return false;
    if (key.meaning == MEANS_AUTH && !key.quote)
        return false;
    start += redact_has(scan, start, ">"); /* name => value */
    start = skip_blanks(scan, start);
    size_t end = value_end(scan, &key, separator, &start);
    size_t min = key.meaning == MEANS_PASSWORD || is_header(&key) ? 1 : SECRET_MIN;
    if (end < start + min || is_placeholder(scan, start, end))
        return false;
    *ret_span = (struct redaction_span){start, end, key.kind};
    return true;
}

/* --password VALUE. A value in capital letters is the name of one, in a help text. */
static bool option_at(struct redact_scan *scan, size_t at, struct redaction_span *ret_span)
{
    const char *kind;
    size_t end = at + 2;
    while (end < scan->length && end - at < KEY_MAX && is_key_character(scan->text[end]))
        end++;
    size_t start = skip_blanks(scan, end);
    enum meaning meaning = meaning_of(scan, at + 2, end, &kind);
    if ((meaning != MEANS_PASSWORD && meaning != MEANS_SECRET) || start == end || start >= scan->length)
        return false;
    char quote = is_quote(scan->text[start]) ? scan->text[start] : '\0';
    start += quote != '\0';
    size_t value = quote ? find_quote(scan, start, line_end(scan, start), quote)
                         : word_end(scan, start, line_end(scan, start));
    while (!quote && value > start && strchr(",.;:])", scan->text[value - 1]))
        value--;
    size_t capitals = start;
    while (capitals < value && scan->text[capitals] >= 'A' && scan->text[capitals] <= 'Z')
        capitals++;
    if (value < start + (meaning == MEANS_PASSWORD ? 1 : SECRET_MIN) || capitals == value ||
        scan->text[start] == '-' || is_placeholder(scan, start, value))
        return false;
    *ret_span = (struct redaction_span){start, value, kind};
    return true;
}

/* --- without a name --- */

/* A word of 16 characters with a digit in it: "bearer authentication" is none. */
static bool bearer_at(struct redact_scan *scan, size_t at, struct redaction_span *ret_span)
{
    size_t start = skip_blanks(scan, at + 6);
    if (!redact_has_ci(scan, at, "bearer") || start == at + 6)
        return false;
    size_t end = redact_run_end(scan, CLASS_BEARER, start);
    size_t digit = start;
    while (digit < end && (scan->text[digit] < '0' || scan->text[digit] > '9'))
        digit++;
    if (end - start < 16 || digit == end)
        return false;
    *ret_span = (struct redaction_span){start, end, "token"};
    return true;
}

/* scheme://user:password@host, and scheme://token@host. */
static bool userinfo_at(struct redact_scan *scan, size_t at, struct redaction_span *ret_span)
{
    size_t start = at + 3, at_sign = 0, colon = 0;
    if (!redact_has(scan, at, "://"))
        return false;
    for (size_t i = start; i < scan->length && i - start < USERINFO_MAX; i++) {
        char c = scan->text[i];
        if (is_space(c) || is_quote(c) || strchr("/?#<>\\", c))
            break;
        if (c == '@')
            at_sign = i;
        if (c == ':' && !colon)
            colon = i;
    }
    if (!at_sign)
        return false;
    bool has_password = colon && colon < at_sign;
    size_t from = has_password ? colon + 1 : start;
    if ((!has_password && at_sign - from < USER_TOKEN_MIN) || is_placeholder(scan, from, at_sign))
        return false;
    *ret_span = (struct redaction_span){from, at_sign, has_password ? "password" : "token"};
    return true;
}

bool redact_context_at(struct redact_scan *scan, size_t at, struct redaction_span *ret_span)
{
    switch (scan->text[at]) {
    case ':':
        return userinfo_at(scan, at, ret_span) || assignment_at(scan, at, ret_span);
    case '=':
        return assignment_at(scan, at, ret_span);
    case '-':
        return redact_has(scan, at, "--") && option_at(scan, at, ret_span);
    case 'B':
    case 'b':
        return bearer_at(scan, at, ret_span);
    default:
        return false;
    }
}
