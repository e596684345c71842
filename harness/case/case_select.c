/* SPDX-License-Identifier: Apache-2.0
 *
 * Which cases of a set are run: patterns on names and report names.
 */
#include <fnmatch.h>
#include <string.h>

#include "case.h"
#include "gvisor-smoke/cleanup.h"

static bool matches(const struct test_case *test_case, const char *pattern)
{
    cleanup_free char *id = test_case_report_id(test_case);
    return fnmatch(pattern, test_case->name, 0) == 0 || strcmp(pattern, id) == 0 ||
           strcmp(pattern, test_case->report_name) == 0;
}

static void pattern_unknown(const struct case_set *set, const char *pattern, struct error **err)
{
    struct strings names = {0};
    for (size_t i = 0; i < set->count; i++) {
        cleanup_free char *id = test_case_report_id(set->cases[i]);
        strings_add(&names, set->cases[i]->name);
        strings_add(&names, id);
    }
    cleanup_free char *near = nearest_words(pattern, &names);
    strings_release(&names);
    error_set(err, ERROR_USAGE, "no case matches \"%s\"%s%s", pattern, *near ? "; nearest: " : "", near);
    error_hint(err, "gvisor-smoke list prints all cases");
}

/* Sets the mark of what the pattern selects, or takes it away. */
static int pattern_apply(const struct case_set *set, const char *pattern, bool *marks, struct error **err)
{
    bool keep = *pattern != '!';
    bool found = false;
    for (size_t i = 0; i < set->count; i++)
        if (matches(set->cases[i], keep ? pattern : pattern + 1)) {
            marks[i] = keep;
            found = true;
        }
    if (!found)
        pattern_unknown(set, keep ? pattern : pattern + 1, err);
    return found ? 0 : -1;
}

/* Marks what the marked cases run after, and what these run after. */
static void mark_prerequisites(const struct case_set *set, bool *marks)
{
    for (bool again = true; again;) {
        again = false;
        for (size_t i = 0; i < set->count; i++)
            for (size_t j = 0; marks[i] && set->cases[i]->after && j < set->count; j++)
                if (!marks[j] && strcmp(set->cases[i]->after, set->cases[j]->name) == 0) {
                    marks[j] = true;
                    again = true;
                }
    }
}

/* What is kept must be wanted by a pattern, then not be taken away by another, in whatever order they stand.
 */
static int mark(const struct case_set *set, const struct strings *patterns, bool *marks, struct error **err)
{
    bool any_positive = false;
    for (size_t i = 0; i < patterns->count; i++)
        any_positive = any_positive || *patterns->items[i] != '!';
    for (size_t i = 0; i < set->count; i++)
        marks[i] = !any_positive;
    for (int takes_away = 0; takes_away <= 1; takes_away++)
        for (size_t i = 0; i < patterns->count; i++)
            if ((*patterns->items[i] == '!') == takes_away &&
                pattern_apply(set, patterns->items[i], marks, err) < 0)
                return -1;
    return 0;
}

int case_set_select(struct case_set *set, const struct strings *patterns, struct error **err)
{
    cleanup_free bool *marks = xcalloc(set->count, sizeof *marks);
    if (mark(set, patterns, marks, err) < 0)
        return -1;
    mark_prerequisites(set, marks);
    size_t kept = 0;
    for (size_t i = 0; i < set->count; i++)
        kept += marks[i];
    if (kept == 0 && set->count) {
        error_set(err, ERROR_USAGE, "the patterns leave no case to run");
        return -1;
    }
    kept = 0;
    for (size_t i = 0; i < set->count; i++)
        if (marks[i])
            set->cases[kept++] = set->cases[i];
        else
            test_case_free(set->cases[i]);
    set->count = kept;
    return 0;
}
