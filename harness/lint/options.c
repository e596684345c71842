/* SPDX-License-Identifier: Apache-2.0
 *
 * Which rules there are, which of them are on, and what is accepted.
 */
#include <fnmatch.h>
#include <string.h>

#include "gvisor-smoke/cleanup.h"
#include "gvisor-smoke/text.h"
#include "lint_private.h"

static const struct {
    const char *name;
    bool asked_for; /* off by itself */
} rules[LINT_RULE_COUNT] = {
    [LINT_MANIFEST] = {"manifest", false},
    [LINT_RUNTIME_CLASS] = {"runtime-class", false},
    [LINT_NON_ROOT] = {"non-root", false},
    [LINT_CAPABILITIES] = {"capabilities", false},
    [LINT_READ_ONLY_ROOT] = {"read-only-root", false},
    [LINT_SECCOMP] = {"seccomp", false},
    [LINT_PRIVILEGED] = {"privileged", false},
    [LINT_PRIVILEGE_ESCALATION] = {"privilege-escalation", true},
};

const char *lint_rule_name(enum lint_rule rule)
{
    return rules[rule].name;
}

static int find_rule(const char *name, size_t length, enum lint_rule *ret_rule, struct error **err)
{
    cleanup_strings struct strings names = {0};
    for (int i = 0; i < LINT_RULE_COUNT; i++) {
        if (strlen(rules[i].name) == length && strncmp(rules[i].name, name, length) == 0) {
            *ret_rule = (enum lint_rule)i;
            return 0;
        }
        strings_add(&names, rules[i].name);
    }
    cleanup_free char *given = xstrndup(name, length);
    cleanup_free char *printable = text_printable(given);
    cleanup_free char *joined = strings_join(&names, ", ");
    error_set(err, ERROR_USAGE, "there is no rule \"%s\": the rules are %s", printable, joined);
    return -1;
}

void lint_options_init(struct lint_options *options)
{
    *options = (struct lint_options){.runtime_class = "gvisor"};
    for (int i = 0; i < LINT_RULE_COUNT; i++)
        options->rules[i] = !rules[i].asked_for;
}

int lint_options_rule(struct lint_options *options, const char *name, struct error **err)
{
    enum lint_rule rule;
    if (find_rule(name, strlen(name), &rule, err) < 0)
        return -1;
    options->rules[rule] = true;
    return 0;
}

int lint_options_only(struct lint_options *options, char *const *names, struct error **err)
{
    bool only[LINT_RULE_COUNT] = {[LINT_MANIFEST] = true};
    for (char *const *name = names; name && *name; name++) {
        enum lint_rule rule;
        if (find_rule(*name, strlen(*name), &rule, err) < 0)
            return -1;
        only[rule] = true;
    }
    if (names && *names)
        memcpy(options->rules, only, sizeof only);
    return 0;
}

int lint_options_skip(struct lint_options *options, const char *word, struct error **err)
{
    struct lint_skip skip = {0};
    const char *at = strchr(word, '@');
    if (find_rule(word, at ? (size_t)(at - word) : strlen(word), &skip.rule, err) < 0)
        return -1;
    if (at && !strchr(at, '/')) {
        error_set(err, ERROR_USAGE, "--skip %s: what follows \"@\" is KIND/NAME", word);
        error_hint(err, "for example --skip %s@Deployment/api, or '%s@Job/*'", rules[skip.rule].name,
                   rules[skip.rule].name);
        return -1;
    }
    skip.word = xstrdup(word);
    if (at)
        skip.object = skip.word + (at - word) + 1;
    options->skips = xrealloc(options->skips, options->skip_count + 1, sizeof *options->skips);
    options->skips[options->skip_count++] = skip;
    return 0;
}

void lint_options_release(struct lint_options *options)
{
    for (size_t i = 0; i < options->skip_count; i++)
        free(options->skips[i].word);
    free(options->skips);
    *options = (struct lint_options){0};
}

static bool fits(const char *pattern, const struct lint_object *object)
{
    cleanup_free char *plain = xasprintf("%s/%s", object->kind, object->name);
    cleanup_free char *full =
        xasprintf("%s/%s/%s", object->kind, object->name_space ? object->name_space : "", object->name);
    return fnmatch(pattern, plain, 0) == 0 || (object->name_space && fnmatch(pattern, full, 0) == 0);
}

struct lint_skip *lint_options_accept(const struct lint_options *options, enum lint_rule rule,
                                      const struct lint_object *object)
{
    for (size_t i = 0; i < options->skip_count; i++) {
        struct lint_skip *skip = &options->skips[i];
        if (skip->rule != rule || (skip->object && !(object->kind && fits(skip->object, object))))
            continue;
        skip->used++;
        return skip;
    }
    return NULL;
}
