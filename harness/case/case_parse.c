/* SPDX-License-Identifier: Apache-2.0
 *
 * A case file becomes a case: what each key of its header means.
 */
#include <assert.h>
#include <regex.h>
#include <string.h>

#include "case.h"
#include "gvisor-smoke/cleanup.h"
#include "gvisor-smoke/expression.h"

/* Where in which file a key's parser is, and the case it fills. */
struct place {
    const char *path;
    size_t line;
    struct test_case *test_case;
};

static const char *const report_classes[] = {
    "TestGvisorRuntimeClassOnCluster",
    "TestGvisorCompatibilityMatrix",
    "TestGvisorExpectedFailures",
};
#define CLASSES_TEXT                                                                                         \
    "TestGvisorRuntimeClassOnCluster, TestGvisorCompatibilityMatrix, TestGvisorExpectedFailures, or a "      \
    "CamelCase name of your own"

static int parse_summary(const struct place *place, const char *value, struct error **err)
{
    (void)err;
    place->test_case->summary = xstrdup(value);
    return 0;
}

/* A class that differs from a known one by a letter or two is a slip, not a class of the operator's own. */
static int parse_report_class(const struct place *place, const char *word, struct error **err)
{
    bool capital = *word >= 'A' && *word <= 'Z';
    if (!capital || !case_word_valid(word, "")) {
        case_error(err, place->path, place->line, "\"%s\" is no report class; there are: " CLASSES_TEXT,
                   word);
        return -1;
    }
    for (size_t i = 0; i < sizeof report_classes / sizeof *report_classes; i++) {
        size_t distance = word_distance(word, report_classes[i]);
        if (distance == 1 || distance == 2) {
            case_error(err, place->path, place->line,
                       "report class \"%s\" is almost \"%s\"; write it like that", word, report_classes[i]);
            return -1;
        }
    }
    place->test_case->report_class = xstrdup(word);
    return 0;
}

static bool report_name_valid(const char *name)
{
    size_t length = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_");
    return text_starts_with(name, "test_") && length > strlen("test_") && name[length] == '\0';
}

static int parse_report_name(const struct place *place, const char *word, struct error **err)
{
    size_t name_length = strcspn(word, "[");
    cleanup_free char *name = xstrndup(word, name_length);
    cleanup_free char *param = NULL;
    bool valid = report_name_valid(name);
    if (word[name_length] == '[') {
        size_t param_length = strcspn(word + name_length + 1, "]");
        param = xstrndup(word + name_length + 1, param_length);
        const char *rest = word + name_length + 1 + param_length;
        valid = valid && case_word_valid(param, "._-") && strcmp(rest, "]") == 0;
    }
    if (!valid) {
        case_error(err, place->path, place->line,
                   "\"%s\" is no report name; it must be test_NAME or test_NAME[PARAM], NAME of a-z 0-9 _, "
                   "PARAM of letters, digits and . _ -",
                   word);
        return -1;
    }
    place->test_case->report_name = steal(&name);
    place->test_case->report_param = steal(&param);
    return 0;
}

static int parse_reports(const struct place *place, const char *value, struct error **err)
{
    cleanup_strings struct strings words = strings_split(value, " \t");
    if (words.count != 2) {
        case_error(err, place->path, place->line,
                   "\"reports\" wants a class and a name: CLASS test_NAME[PARAM]");
        return -1;
    }
    if (parse_report_class(place, words.items[0], err) < 0)
        return -1;
    return parse_report_name(place, words.items[1], err);
}

static int parse_expect(const struct place *place, const char *value, struct error **err)
{
    if (expectation_parse(value, &place->test_case->expect))
        return 0;
    case_error(err, place->path, place->line,
               "unknown expectation \"%s\"; there are: works, blocked, reported", value);
    return -1;
}

#define WORDS_MAX 200 /* of a list */

static int parse_evidence(const struct place *place, const char *value, struct error **err)
{
    regex_t expression;
    cleanup_error struct error *wrong = NULL;
    if (expression_compile(value, REG_NOSUB, &expression, &wrong) < 0) {
        case_error(err, place->path, place->line, "evidence %s", wrong->message);
        return -1;
    }
    regfree(&expression);
    place->test_case->evidence = xstrdup(value);
    return 0;
}

static int parse_needs(const struct place *place, const char *value, struct error **err)
{
    struct strings *needs = &place->test_case->needs;
    *needs = strings_split(value, " \t,");
    if (needs->count > WORDS_MAX) {
        case_error(err, place->path, place->line, "%zu commands are more than the %d that a case can need",
                   needs->count, WORDS_MAX);
        return -1;
    }
    for (size_t i = 0; i < needs->count; i++)
        if (!case_word_valid(needs->items[i], "._+-") || *needs->items[i] == '-') {
            case_error(err, place->path, place->line, "\"%s\" is no command's name", needs->items[i]);
            return -1;
        }
    return 0;
}

static int parse_uses(const struct place *place, const char *value, struct error **err)
{
    struct strings *uses = &place->test_case->uses;
    *uses = strings_split(value, " \t,");
    for (size_t i = 0; i < uses->count; i++)
        if (strcmp(uses->items[i], "fixture") != 0) {
            case_error(err, place->path, place->line, "unknown use \"%s\"; there is: fixture",
                       uses->items[i]);
            return -1;
        }
    return 0;
}

static int parse_grant(const struct place *place, const char *value, struct error **err)
{
    return case_grants_parse(place->path, place->line, value, &place->test_case->grants, err);
}

static int parse_image(const struct place *place, const char *value, struct error **err)
{
    if (!case_word_valid(value, "./:@_-")) {
        case_error(err, place->path, place->line,
                   "\"%s\" is no image reference; \"toolbox\" is the run's image", value);
        return -1;
    }
    free(place->test_case->image);
    place->test_case->image = xstrdup(value);
    return 0;
}

static int parse_timeout(const struct place *place, const char *value, struct error **err)
{
    long long ms = text_parse_duration_ms(value);
    if (ms <= 0 || ms > CASE_TIMEOUT_MAX_MS) {
        case_error(err, place->path, place->line,
                   "timeout \"%s\" is no duration above 0 and up to 1h; write it like 500ms, 30s or 2m",
                   value);
        return -1;
    }
    place->test_case->timeout_ms = ms;
    return 0;
}

static int parse_after(const struct place *place, const char *value, struct error **err)
{
    if (!case_name_valid(value) || strcmp(value, place->test_case->name) == 0) {
        case_error(err, place->path, place->line, "\"after\" wants the name of one other case, not \"%s\"",
                   value);
        return -1;
    }
    place->test_case->after = xstrdup(value);
    return 0;
}

static int parse_pod(const struct place *place, const char *value, struct error **err)
{
    place->test_case->second_pod = strcmp(value, "second") == 0;
    if (place->test_case->second_pod || strcmp(value, "first") == 0)
        return 0;
    case_error(err, place->path, place->line, "unknown pod \"%s\"; there are: first, second", value);
    return -1;
}

static int parse_when(const struct place *place, const char *value, struct error **err)
{
    place->test_case->overhead_only = strcmp(value, "overhead") == 0;
    if (place->test_case->overhead_only || strcmp(value, "always") == 0)
        return 0;
    case_error(err, place->path, place->line, "unknown time \"%s\"; there are: always, overhead", value);
    return -1;
}

/* Every key. Adding one is adding a row (and a line in cases/README.md). */
static const struct key {
    const char *name;
    bool required;
    int (*parse)(const struct place *place, const char *value, struct error **err);
} keys[] = {
    {"summary", true, parse_summary},    {"reports", true, parse_reports}, {"expect", true, parse_expect},
    {"evidence", false, parse_evidence}, {"needs", false, parse_needs},    {"uses", false, parse_uses},
    {"grant", false, parse_grant},       {"image", false, parse_image},    {"timeout", false, parse_timeout},
    {"after", false, parse_after},       {"pod", false, parse_pod},        {"when", false, parse_when},
};
#define KEY_COUNT (sizeof keys / sizeof *keys)

static const struct key *key_find(const char *name)
{
    for (size_t i = 0; i < KEY_COUNT; i++)
        if (strcmp(name, keys[i].name) == 0)
            return &keys[i];
    return NULL;
}

static char *key_names(bool required_only)
{
    struct strings names = {0};
    for (size_t i = 0; i < KEY_COUNT; i++)
        if (keys[i].required || !required_only)
            strings_add(&names, keys[i].name);
    char *text = strings_join(&names, ", ");
    strings_release(&names);
    return text;
}

static const struct header_line *header_find(const struct case_header *header, const char *key, size_t before)
{
    for (size_t i = 0; i < header->count && i < before; i++)
        if (strcmp(header->lines[i].key, key) == 0)
            return &header->lines[i];
    return NULL;
}

static int header_line_apply(const struct case_header *header, size_t index, struct test_case *test_case,
                             struct error **err)
{
    const struct header_line *line = &header->lines[index];
    const struct key *key = key_find(line->key);
    if (!key) {
        cleanup_free char *names = key_names(false);
        case_error(err, header->path, line->line, "unknown key \"%s\"; the keys are: %s", line->key, names);
        return -1;
    }
    const struct header_line *earlier = header_find(header, line->key, index);
    if (earlier) {
        case_error(err, header->path, line->line, "key \"%s\" stands in line %zu already", line->key,
                   earlier->line);
        return -1;
    }
    struct place place = {.path = header->path, .line = line->line, .test_case = test_case};
    return key->parse(&place, line->value, err);
}

static int check_complete(const struct case_header *header, const struct test_case *test_case,
                          struct error **err)
{
    for (size_t i = 0; i < KEY_COUNT; i++)
        if (keys[i].required && !header_find(header, keys[i].name, SIZE_MAX)) {
            cleanup_free char *names = key_names(true);
            case_error(err, header->path, header->last_line, "key \"%s\" is missing; required are: %s",
                       keys[i].name, names);
            return -1;
        }
    if (test_case->expect == EXPECT_BLOCKED && !test_case->evidence) {
        const struct header_line *expect = header_find(header, "expect", SIZE_MAX);
        assert(expect); /* it is required */
        case_error(err, header->path, expect->line,
                   "\"expect: blocked\" needs the key \"evidence\": what the real refusal prints");
        return -1;
    }
    return 0;
}

/* The case's name out of its path, or NULL. */
static char *name_from_path(const char *path, struct error **err)
{
    const char *slash = strrchr(path, '/');
    const char *base = slash ? slash + 1 : path;
    if (text_ends_with(base, ".sh")) {
        cleanup_free char *name = xstrndup(base, strlen(base) - strlen(".sh"));
        if (case_name_valid(name))
            return steal(&name);
    }
    case_error(err, path, 1, "\"%s\" is no name for a case file; it must be a-z 0-9 - (at most %d) and .sh",
               base, CASE_NAME_MAX);
    return NULL;
}

static int header_apply(const struct case_header *header, struct test_case *test_case, struct error **err)
{
    for (size_t i = 0; i < header->count; i++)
        if (header_line_apply(header, i, test_case, err) < 0)
            return -1;
    return check_complete(header, test_case, err);
}

struct test_case *case_parse(const char *path, const char *text, size_t length, struct error **err)
{
    cleanup_free char *name = name_from_path(path, err);
    cleanup_free char *script = xcalloc(length + 1, 1);
    memcpy(script, text, length);
    struct case_header header = {0};
    if (!name || case_header_parse(path, script, length, &header, err) < 0)
        return NULL;
    struct test_case *test_case = xcalloc(1, sizeof *test_case);
    test_case->kind = CASE_SCRIPT;
    test_case->name = steal(&name);
    test_case->image = xstrdup("toolbox");
    test_case->timeout_ms = CASE_TIMEOUT_DEFAULT_MS;
    test_case->script = steal(&script);
    test_case->script_length = length;
    test_case->origin = xstrdup(path);
    if (header_apply(&header, test_case, err) < 0) {
        test_case_free(test_case);
        test_case = NULL;
    }
    case_header_release(&header);
    return test_case;
}
