/* SPDX-License-Identifier: Apache-2.0
 *
 * Secrets that are known by their own form: tokens with a prefix, JSON web tokens, private keys.
 */
#include <assert.h>
#include <string.h>

#include "redact_private.h"

#define PEM_KEY_MAX 16384 /* bytes of a private key in PEM form: RSA of 16384 bits has 12.7 kB */
#define ENDLESS_KEYS_MAX 64

static bool in_class(unsigned char c, enum redact_class class)
{
    bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'), digit = c >= '0' && c <= '9';
    switch (class) {
    case CLASS_UPPER:
        return digit || (c >= 'A' && c <= 'Z');
    case CLASS_ALNUM:
        return letter || digit;
    case CLASS_WORD:
        return letter || digit || c == '_';
    case CLASS_TOKEN:
        return letter || digit || c == '_' || c == '-';
    case CLASS_DOTTED:
        return letter || digit || c == '_' || c == '-' || c == '.';
    case CLASS_BASE64:
        return letter || digit || c == '+' || c == '/';
    case CLASS_BEARER:
        return letter || digit || (c && strchr("-._~+/=", c));
    case CLASS_COUNT:
        break;
    }
    return false;
}

size_t redact_run_end(struct redact_scan *scan, enum redact_class class, size_t at)
{
    if (at >= scan->runs[class].start && at < scan->runs[class].end)
        return scan->runs[class].end;
    size_t end = at;
    while (end < scan->length && in_class((unsigned char)scan->text[end], class))
        end++;
    if (end > at) {
        scan->runs[class].start = at;
        scan->runs[class].end = end;
    }
    return end;
}

bool redact_has(const struct redact_scan *scan, size_t at, const char *word)
{
    size_t length = strlen(word);
    return at <= scan->length && length <= scan->length - at && memcmp(scan->text + at, word, length) == 0;
}

static bool is_hex(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* Whether a word may begin here. What an escape ends with is no part of the word behind it: "\n" in a JSON
 * text, "%3D" in a URL, "[31m" of a terminal. */
static bool is_word_start(const struct redact_scan *scan, size_t at)
{
    const char *text = scan->text;
    if (at == 0 || !in_class((unsigned char)text[at - 1], CLASS_WORD))
        return true;
    if (at >= 2 && text[at - 2] == '\\' && strchr("nrt", text[at - 1]))
        return true;
    if (at >= 3 && text[at - 3] == '%' && is_hex(text[at - 2]) && is_hex(text[at - 1]))
        return true;
    size_t back = at - 1;
    while (text[at - 1] == 'm' && back > 0 && at - back < 12 &&
           ((text[back - 1] >= '0' && text[back - 1] <= '9') || text[back - 1] == ';'))
        back--;
    return text[at - 1] == 'm' && back > 0 && text[back - 1] == '[';
}

/* Tokens whose maker gave them a prefix so that they can be found. Those of one first letter stand side by
 * side. */
static const struct {
    const char *prefix, *kind;
    enum redact_class class;
    size_t min, max; /* characters behind the prefix; max 0: any number */
} prefixes[] = {
    {"ghp_", "GitHub token", CLASS_ALNUM, 30, 0},
    {"gho_", "GitHub token", CLASS_ALNUM, 30, 0},
    {"ghu_", "GitHub token", CLASS_ALNUM, 30, 0},
    {"ghs_", "GitHub token", CLASS_ALNUM, 30, 0},
    {"ghr_", "GitHub token", CLASS_ALNUM, 30, 0},
    {"github_pat_", "GitHub token", CLASS_WORD, 40, 0},
    {"glpat-", "GitLab token", CLASS_DOTTED, 20, 0},
    {"glptt-", "GitLab token", CLASS_DOTTED, 20, 0},
    {"gldt-", "GitLab token", CLASS_DOTTED, 20, 0},
    {"glrt-", "GitLab token", CLASS_DOTTED, 20, 0},
    {"glcbt-", "GitLab token", CLASS_DOTTED, 20, 0},
    {"glagent-", "GitLab token", CLASS_DOTTED, 20, 0},
    {"npm_", "npm token", CLASS_ALNUM, 36, 0},
    {"pypi-", "PyPI token", CLASS_TOKEN, 50, 0},
    {"dckr_pat_", "Docker token", CLASS_TOKEN, 20, 0},
    {"dckr_oat_", "Docker token", CLASS_TOKEN, 20, 0},
    {"dop_v1_", "API key", CLASS_ALNUM, 40, 0},
    {"AKIA", "AWS key", CLASS_UPPER, 16, 16},
    {"ASIA", "AWS key", CLASS_UPPER, 16, 16},
    {"AIza", "Google key", CLASS_TOKEN, 35, 0},
    {"AGE-SECRET-KEY-1", "private key", CLASS_UPPER, 50, 0},
    {"k8s-aws-v1.", "EKS token", CLASS_TOKEN, 20, 0},
    {"ya29.", "Google token", CLASS_DOTTED, 20, 0},
    {"sha256~", "OpenShift token", CLASS_TOKEN, 40, 0},
    {"sk_live_", "API key", CLASS_WORD, 16, 0},
    {"sk-", "API key", CLASS_TOKEN, 40, 0},
    {"hvs.", "Vault token", CLASS_TOKEN, 20, 0},
    {"hvb.", "Vault token", CLASS_TOKEN, 20, 0},
    {"hf_", "API key", CLASS_ALNUM, 30, 0},
    {"xoxb-", "Slack token", CLASS_TOKEN, 10, 0},
    {"xoxp-", "Slack token", CLASS_TOKEN, 10, 0},
    {"xoxa-", "Slack token", CLASS_TOKEN, 10, 0},
    {"xoxe-", "Slack token", CLASS_TOKEN, 10, 0},
    {"xapp-", "Slack token", CLASS_TOKEN, 10, 0},
    {"rk_live_", "API key", CLASS_WORD, 16, 0},
    /* In base64: what begins with "eyJ", a JSON web token, and with {"auths", the file of docker login. */
    {"ZXlK", "token", CLASS_BASE64, 60, 0},
    {"eyJhdXRocyI", "Docker credentials", CLASS_BASE64, 20, 0},
};

#define PREFIX_COUNT (sizeof prefixes / sizeof *prefixes)

/* Where the prefixes of each first letter begin: to look through all of them at each byte of a large output
 * would be most of what a journal costs. */
static void index_prefixes(struct redact_scan *scan)
{
    for (size_t i = PREFIX_COUNT; i > 0; i--) {
        unsigned char *first = &scan->prefixes_with[(unsigned char)prefixes[i - 1].prefix[0]];
        assert(!*first || *first == i + 1); /* side by side */
        *first = (unsigned char)i;
    }
    scan->prefixes_indexed = true;
}

static bool prefix_at(struct redact_scan *scan, size_t at, struct redaction_span *ret_span)
{
    if (!scan->prefixes_indexed)
        index_prefixes(scan);
    size_t first = scan->prefixes_with[(unsigned char)scan->text[at]];
    for (size_t i = first ? first - 1 : PREFIX_COUNT; i < PREFIX_COUNT; i++) {
        if (prefixes[i].prefix[0] != scan->text[at])
            break;
        if (!redact_has(scan, at, prefixes[i].prefix))
            continue;
        size_t start = at + strlen(prefixes[i].prefix);
        size_t end = redact_run_end(scan, prefixes[i].class, start);
        if (end - start < prefixes[i].min || (prefixes[i].max && end - start > prefixes[i].max) ||
            !is_word_start(scan, at))
            continue;
        *ret_span = (struct redaction_span){at, end, prefixes[i].kind};
        return true;
    }
    return false;
}

/* A JSON web token: three parts (five when it is encrypted), of which the first is a JSON object. */
static bool web_token_at(struct redact_scan *scan, size_t at, struct redaction_span *ret_span)
{
    if (!redact_has(scan, at, "eyJ"))
        return false;
    size_t end = redact_run_end(scan, CLASS_TOKEN, at);
    if (end - at < 13 || end == scan->length || scan->text[end] != '.' ||
        redact_run_end(scan, CLASS_TOKEN, end + 1) - (end + 1) < 10)
        return false;
    while (end < scan->length && scan->text[end] == '.' &&
           redact_run_end(scan, CLASS_TOKEN, end + 1) > end + 1)
        end = redact_run_end(scan, CLASS_TOKEN, end + 1);
    *ret_span = (struct redaction_span){at, end, "token"};
    return true;
}

/* --- private keys --- */

/* Whether a line has only what stands between the two lines of a PEM block. */
static bool is_body(const char *line, size_t length)
{
    while (length && strchr(" \t\r", line[length - 1]))
        length--;
    while (length && strchr(" \t", *line)) {
        line++;
        length--;
    }
    if ((length > 10 && memcmp(line, "Proc-Type:", 10) == 0) ||
        (length > 9 && memcmp(line, "DEK-Info:", 9) == 0))
        return true;
    for (size_t i = 0; i < length; i++)
        if (!in_class((unsigned char)line[i], CLASS_BASE64) && line[i] != '=' && line[i] != '\\')
            return false;
    return true;
}

/* The end of a key whose last line is not there. */
static size_t body_end(const struct redact_scan *scan, size_t at)
{
    while (at < scan->length) {
        const char *newline = memchr(scan->text + at, '\n', scan->length - at);
        size_t end = newline ? (size_t)(newline - scan->text) : scan->length;
        if (!is_body(scan->text + at, end - at))
            break;
        at = end + (newline != NULL);
    }
    return at;
}

/* Where the key that begins at ends. Its lines may have anything in front of them, as in a log. */
static size_t key_end(struct redact_scan *scan, size_t at)
{
    size_t left = scan->length - at < PEM_KEY_MAX ? scan->length - at : PEM_KEY_MAX;
    const char *end = NULL;
    if (scan->endless_keys < ENDLESS_KEYS_MAX)
        end = memmem(scan->text + at, left, "-----END ", 9);
    const char *last = end ? scan->text + scan->length : NULL;
    const char *closing = end ? memmem(end + 9, (size_t)(last - end - 9), "-----", 5) : NULL;
    if (closing && closing - end < 60)
        return (size_t)(closing + 5 - scan->text);
    scan->endless_keys++;
    return body_end(scan, at);
}

static bool key_at(struct redact_scan *scan, size_t at, struct redaction_span *ret_span)
{
    static const char begin[] = "-----BEGIN ", name[] = "PRIVATE KEY";
    if (!redact_has(scan, at, begin))
        return false;
    size_t end = at + strlen(begin), label = end;
    while (end < scan->length && end - label < 60 &&
           (scan->text[end] == ' ' || in_class((unsigned char)scan->text[end], CLASS_UPPER)))
        end++;
    if (!redact_has(scan, end, "-----") || !memmem(scan->text + label, end - label, name, strlen(name)))
        return false;
    *ret_span = (struct redaction_span){at, key_end(scan, end + 5), "private key"};
    return true;
}

static int base64_value(char c)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *digit = c ? strchr(digits, c) : NULL;
    return digit ? (int)(digit - digits) : -1;
}

/* A private key in base64, as a kubeconfig and a Secret have it. Certificates look the same at first. */
static bool encoded_key_at(struct redact_scan *scan, size_t at, struct redaction_span *ret_span)
{
    if (!redact_has(scan, at, "LS0tLS1CRUdJTi"))
        return false;
    size_t end = redact_run_end(scan, CLASS_BASE64, at);
    char head[49];
    size_t count = 0;
    for (size_t i = at; i + 4 <= end && count + 3 < sizeof head; i += 4) {
        unsigned long bits = 0;
        for (size_t k = 0; k < 4; k++)
            bits = bits << 6 | (unsigned long)base64_value(scan->text[i + k]);
        head[count++] = (char)(bits >> 16);
        head[count++] = (char)(bits >> 8);
        head[count++] = (char)bits;
    }
    if (!memmem(head, count, "PRIVATE KEY", 11))
        return false;
    while (end < scan->length && scan->text[end] == '=')
        end++;
    *ret_span = (struct redaction_span){at, end, "private key"};
    return true;
}

bool redact_shape_at(struct redact_scan *scan, size_t at, struct redaction_span *ret_span)
{
    switch (scan->text[at]) {
    case '-':
        return key_at(scan, at, ret_span);
    case 'L':
        return encoded_key_at(scan, at, ret_span);
    case 'e':
        return web_token_at(scan, at, ret_span) || prefix_at(scan, at, ret_span);
    default:
        return in_class((unsigned char)scan->text[at], CLASS_ALNUM) && prefix_at(scan, at, ret_span);
    }
}
