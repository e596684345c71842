/* SPDX-License-Identifier: Apache-2.0
 *
 * The cases of a run: where they come from, their order, and what must hold between them.
 */
#include <dirent.h>
#include <errno.h>
#include <string.h>

#include "case.h"
#include "gvisor-smoke/cleanup.h"
#include "gvisor-smoke/embedded.h"

void case_set_release(struct case_set *set)
{
    for (size_t i = 0; i < set->count; i++)
        test_case_free(set->cases[i]);
    free(set->cases);
    *set = (struct case_set){0};
}

/* Checks first, then by name. */
static int compare_cases(const struct test_case *left, const struct test_case *right)
{
    bool left_check = left->kind != CASE_SCRIPT, right_check = right->kind != CASE_SCRIPT;
    if (left_check != right_check)
        return left_check ? -1 : 1;
    if (left_check && left->kind != right->kind)
        return left->kind < right->kind ? -1 : 1;
    return strcmp(left->name, right->name);
}

void case_set_put(struct case_set *set, struct test_case *test_case)
{
    size_t place = 0;
    while (place < set->count && compare_cases(set->cases[place], test_case) < 0)
        place++;
    if (place < set->count && compare_cases(set->cases[place], test_case) == 0) {
        test_case_free(set->cases[place]);
        set->cases[place] = test_case;
        return;
    }
    set->cases = xrealloc(set->cases, set->count + 1, sizeof(struct test_case *));
    memmove(set->cases + place + 1, set->cases + place, (set->count - place) * sizeof(struct test_case *));
    set->cases[place] = test_case;
    set->count++;
}

const struct test_case *case_set_find(const struct case_set *set, const char *name)
{
    for (size_t i = 0; i < set->count; i++)
        if (strcmp(set->cases[i]->name, name) == 0)
            return set->cases[i];
    return NULL;
}

static int put_embedded(struct case_set *set, const char *folder, const struct embedded_file *files,
                        struct error **err)
{
    for (const struct embedded_file *file = files; file->name; file++) {
        cleanup_free char *path = xasprintf("%s/%s", folder, file->name);
        struct test_case *test_case = case_parse(path, file->bytes, file->length, err);
        if (!test_case)
            return -1;
        free(test_case->origin);
        test_case->origin = xstrdup("embedded");
        case_set_put(set, test_case);
    }
    return 0;
}

int case_set_load_embedded(struct case_set *set, struct error **err)
{
    struct test_case *check;
    for (size_t i = 0; (check = case_check_new(i)); i++)
        case_set_put(set, check);
    return put_embedded(set, "cases", embedded_cases, err);
}

int case_set_load_probes(struct case_set *set, struct error **err)
{
    return put_embedded(set, "cases/doctor", embedded_probes, err);
}

/* The names of the *.sh files of a folder, sorted. */
static int list_directory(const char *directory, struct strings *names, struct error **err)
{
    DIR *folder = opendir(directory);
    if (!folder) {
        error_set(err, ERROR_USAGE, "cannot read the cases in \"%s\": %s", directory, strerror(errno));
        return -1;
    }
    const struct dirent *entry;
    while ((entry = readdir(folder)))
        if (text_ends_with(entry->d_name, ".sh") && *entry->d_name != '.')
            strings_add(names, entry->d_name);
    closedir(folder);
    strings_sort(names);
    if (names->count)
        return 0;
    error_set(err, ERROR_USAGE, "no case in \"%s\": it has no file that ends with .sh", directory);
    error_hint(err, "gvisor-smoke new-case NAME writes the first");
    return -1;
}

static struct test_case *load_file(const char *path, struct error **err)
{
    size_t length;
    cleanup_free char *text = text_read_file(path, CASE_FILE_MAX, &length, err);
    if (!text) {
        (*err)->kind = ERROR_USAGE;
        return NULL;
    }
    struct test_case *test_case = case_parse(path, text, length, err);
    if (!test_case)
        return NULL;
    struct test_case *check;
    bool taken = false;
    for (size_t i = 0; (check = case_check_new(i)); i++) {
        taken = taken || strcmp(check->name, test_case->name) == 0;
        test_case_free(check);
    }
    if (!taken)
        return test_case;
    case_error(err, path, 1, "\"%s\" is the name of a built-in check; give the file another name",
               test_case->name);
    test_case_free(test_case);
    return NULL;
}

int case_set_add_directory(struct case_set *set, const char *directory, struct error **err)
{
    cleanup_strings struct strings names = {0};
    struct case_set added = {0};
    int result = list_directory(directory, &names, err);
    for (size_t i = 0; result == 0 && i < names.count; i++) {
        const char *slash = text_ends_with(directory, "/") ? "" : "/";
        cleanup_free char *path = xasprintf("%s%s%s", directory, slash, names.items[i]);
        struct test_case *test_case = load_file(path, err);
        if (test_case)
            case_set_put(&added, test_case);
        else
            result = -1;
    }
    for (size_t i = 0; result == 0 && i < added.count; i++)
        case_set_put(set, steal(&added.cases[i]));
    case_set_release(&added);
    return result;
}

static int check_after(const struct case_set *set, const struct test_case *test_case, struct error **err)
{
    const struct test_case *at = test_case;
    for (size_t steps = 0; at->after; steps++) {
        const struct test_case *before = case_set_find(set, at->after);
        if (!before) {
            struct strings names = {0};
            for (size_t i = 0; i < set->count; i++)
                strings_add(&names, set->cases[i]->name);
            cleanup_free char *near = nearest_words(at->after, &names);
            strings_release(&names);
            error_set(err, ERROR_USAGE, "case \"%s\" (%s) runs after \"%s\", which does not exist%s%s",
                      at->name, at->origin, at->after, *near ? "; nearest: " : "", near);
            return -1;
        }
        if (before == test_case || steps > set->count) {
            error_set(err, ERROR_USAGE, "case \"%s\" (%s) runs after itself, by way of \"%s\"",
                      test_case->name, test_case->origin, test_case->after);
            return -1;
        }
        at = before;
    }
    return 0;
}

static bool same_report_id(const struct test_case *left, const struct test_case *right)
{
    const char *left_param = left->report_param ? left->report_param : "";
    const char *right_param = right->report_param ? right->report_param : "";
    return strcmp(left->report_class, right->report_class) == 0 &&
           strcmp(left->report_name, right->report_name) == 0 && strcmp(left_param, right_param) == 0;
}

int case_set_check(const struct case_set *set, struct error **err)
{
    for (size_t i = 0; i < set->count; i++) {
        if (check_after(set, set->cases[i], err) < 0)
            return -1;
        for (size_t j = 0; j < i; j++)
            if (same_report_id(set->cases[i], set->cases[j])) {
                cleanup_free char *id = test_case_report_id(set->cases[i]);
                error_set(err, ERROR_USAGE, "cases \"%s\" (%s) and \"%s\" (%s) both report as %s %s",
                          set->cases[j]->name, set->cases[j]->origin, set->cases[i]->name,
                          set->cases[i]->origin, set->cases[i]->report_class, id);
                error_hint(err, "give one of them a parameter of its own: %s[NAME]",
                           set->cases[i]->report_name);
                return -1;
            }
    }
    return 0;
}
