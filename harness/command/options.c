/* SPDX-License-Identifier: Apache-2.0
 *
 * Options of a subcommand, from a table.
 */
#include <string.h>

#include "command.h"
#include "gvisor-smoke/cleanup.h"
#include "gvisor-smoke/kube.h"
#include "gvisor-smoke/log.h"
#include "gvisor-smoke/secret.h"
#include "gvisor-smoke/text.h"

#define NUMBER_MAX 100000

static void print_rows(const struct option_row *rows)
{
    for (const struct option_row *row = rows; row->name; row++) {
        if (row->kind == OPTION_TABLE) {
            print_rows(row->value);
            continue;
        }
        cleanup_free char *left = xasprintf(
            "%s%c%s --%s%s%s", row->letter ? "-" : " ", row->letter ? row->letter : ' ',
            row->letter ? "," : " ", row->name, row->argument ? " " : "", row->argument ? row->argument : "");
        printf("  %-34s %s\n", left, row->help);
    }
}

static void print_help(const struct option_row *rows, const char *usage)
{
    printf("usage: %s\n\noptions:\n", usage);
    print_rows(rows);
    printf("  %-34s %s\n", "    --help", "this text");
}

static const struct option_row *find_row(const struct option_row *rows, const char *name, size_t length,
                                         char letter)
{
    for (const struct option_row *row = rows; row->name; row++) {
        const struct option_row *inner =
            row->kind == OPTION_TABLE ? find_row(row->value, name, length, letter) : NULL;
        bool fits = letter ? row->letter == letter
                           : strlen(row->name) == length && strncmp(row->name, name, length) == 0;
        if (inner || (fits && row->kind != OPTION_TABLE))
            return inner ? inner : row;
    }
    return NULL;
}

static int set_number(const struct option_row *row, const char *text, struct error **err)
{
    char *rest;
    unsigned long number = strtoul(text, &rest, 10);
    if (*text < '0' || *text > '9' || *rest || number < 1 || number > NUMBER_MAX) {
        error_set(err, ERROR_USAGE, "--%s takes a number from 1 to %d, not \"%s\"", row->name, NUMBER_MAX,
                  text);
        return -1;
    }
    *(unsigned *)row->value = (unsigned)number;
    return 0;
}

/* --flag, and --flag=true or =false as kubectl's are often written. */
static int set_flag(const struct option_row *row, const char *text, struct error **err)
{
    bool on = strcmp(text, "true") == 0;
    if (!on && strcmp(text, "false") != 0) {
        error_set(err, ERROR_USAGE, "--%s takes no value", row->name);
        return -1;
    }
    if (row->kind == OPTION_COUNT)
        *(unsigned *)row->value = on ? *(unsigned *)row->value + 1 : 0;
    else
        *(bool *)row->value = on;
    return 0;
}

static bool is_flag(const struct option_row *row)
{
    return row->kind == OPTION_FLAG || row->kind == OPTION_COUNT;
}

/* Whoever lists the processes of the machine sees the words of their command lines: this one only as long as
 * it takes to come here. */
static void take_secret(char **value, char *text, bool wiped)
{
    option_secret_release(value);
    *value = xstrdup(text);
    if (wiped)
        secret_wipe(text, strlen(text));
}

void option_secret_release(char **value)
{
    if (*value)
        secret_wipe(*value, strlen(*value));
    free(steal(value));
}

static int set_value(const struct option_row *row, char *text, struct error **err)
{
    switch (row->kind) {
    case OPTION_TEXT:
        *(const char **)row->value = text;
        return 0;
    case OPTION_LIST:
        strings_add(row->value, text);
        return 0;
    case OPTION_SECRET:
        take_secret(row->value, text, true);
        return 0;
    case OPTION_URL:
        take_secret(row->value, text, strchr(text, '@') != NULL);
        return 0;
    case OPTION_NUMBER:
        return set_number(row, text, err);
    case OPTION_FLAG:
    case OPTION_COUNT:
    case OPTION_DURATION:
    case OPTION_TABLE:
        break;
    }
    long long duration_ms = text_parse_duration_ms(text);
    if (duration_ms <= 0) {
        error_set(err, ERROR_USAGE, "--%s takes a duration such as 90s or 5m, not \"%s\"", row->name, text);
        return -1;
    }
    *(int64_t *)row->value = duration_ms;
    return 0;
}

/* Letters behind one dash: "-q", "-vv". */
static int set_flags(const struct option_row *rows, const char *letters, struct error **err)
{
    for (const char *letter = letters; *letter; letter++) {
        const struct option_row *row = find_row(rows, letter, 0, *letter);
        if (!row || !is_flag(row)) {
            error_set(err, ERROR_USAGE, "\"-%s\": only flags may share a dash, and -%c is none", letters,
                      *letter);
            return -1;
        }
        if (set_flag(row, "true", err) < 0)
            return -1;
    }
    return 0;
}

/* One word that begins with a dash; *index moves on when its value is the next word. */
static int parse_option(int argc, char **argv, int *index, const struct option_row *rows, struct error **err)
{
    const char *word = argv[*index];
    bool is_long = word[1] == '-';
    const char *name = word + (is_long ? 2 : 1);
    const char *equals = is_long ? strchr(name, '=') : NULL;
    size_t length = equals ? (size_t)(equals - name) : strlen(name);
    const struct option_row *row = find_row(rows, name, length, is_long ? 0 : name[0]);
    if (!row) {
        error_set(err, ERROR_USAGE, "unknown option \"%.*s\"", (int)(length + (is_long ? 2 : 1)), word);
        error_hint(err, "gvisor-smoke %s --help lists the options", argv[0]);
        return -1;
    }
    if (is_flag(row) && !is_long)
        return set_flags(rows, name, err);
    if (is_flag(row))
        return set_flag(row, equals ? equals + 1 : "true", err);
    char *value = equals ? argv[*index] + (equals + 1 - word) : !is_long && name[1] ? argv[*index] + 2 : NULL;
    if (!value && *index + 1 < argc)
        value = argv[++*index];
    if (!value || !*value) {
        error_set(err, ERROR_USAGE, "--%s needs a value: --%s %s", row->name, row->name, row->argument);
        return -1;
    }
    return set_value(row, value, err);
}

int options_parse(int argc, char **argv, const struct option_row *rows, const char *usage,
                  struct strings *ret_words, struct error **err)
{
    bool only_words = false;
    for (int i = 1; i < argc; i++) {
        const char *word = argv[i];
        if (!only_words && (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0)) {
            print_help(rows, usage);
            exit(0);
        }
        if (!only_words && strcmp(word, "--") == 0)
            only_words = true;
        else if (only_words || word[0] != '-' || word[1] == '\0')
            strings_add(ret_words, word);
        else if (parse_option(argc, argv, &i, rows, err) < 0)
            return -1;
    }
    return 0;
}

int command_fail(struct error *err)
{
    cleanup_free char *text = xasprintf("gvisor-smoke: %s\n%s%s%s", err->message, err->hint ? "hint: " : "",
                                        err->hint ? err->hint : "", err->hint ? "\n" : "");
    log_tell(text);
    int exit_code = error_exit_code(err);
    error_free(err);
    return exit_code;
}

int command_parse_fixture(const char *word, bool *ret_fixture, struct error **err)
{
    *ret_fixture = strcmp(word, "pod") == 0;
    if (*ret_fixture || strcmp(word, "none") == 0)
        return 0;
    error_set(err, ERROR_USAGE, "--fixture is pod or none, not \"%s\"", word);
    return -1;
}

int command_check_name(const char *option, const char *name, struct error **err)
{
    if (kube_is_object_name(name))
        return 0;
    cleanup_free char *printable = text_printable(name);
    error_set(err, ERROR_USAGE, "%s: \"%s\" is no name for an object of Kubernetes", option, printable);
    error_hint(err, "it has a-z, 0-9, \"-\" and \".\", and begins and ends with a letter or number");
    return -1;
}

bool command_names_cases(const struct strings *patterns)
{
    for (size_t i = 0; i < patterns->count; i++)
        if (patterns->items[i][0] != '!')
            return true;
    return false;
}

int command_load_cases(struct case_set *ret_set, const struct strings *folders,
                       const struct strings *patterns, struct error **err)
{
    struct case_set set = {0};
    int failed = case_set_load_embedded(&set, err);
    for (size_t i = 0; !failed && i < folders->count; i++)
        failed = case_set_add_directory(&set, folders->items[i], err);
    if (!failed)
        failed = case_set_check(&set, err);
    if (!failed)
        failed = case_set_select(&set, patterns, err);
    if (failed)
        case_set_release(&set);
    else
        *ret_set = set;
    return failed;
}
