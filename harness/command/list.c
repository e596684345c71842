/* SPDX-License-Identifier: Apache-2.0
 *
 * gvisor-smoke list, gvisor-smoke show: the cases, without a cluster.
 */
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "gvisor-smoke/cleanup.h"

int command_list(int argc, char **argv)
{
    cleanup_strings struct strings folders = {0}, patterns = {0};
    const struct option_row rows[] = {
        {"cases", 0, OPTION_LIST, &folders, "DIR", "add the cases of a folder (may be repeated)"},
        {0},
    };
    struct error *err = NULL;
    struct case_set set = {0};
    if (options_parse(argc, argv, rows, "gvisor-smoke list [OPTIONS] [CASE|PATTERN ...]", &patterns, &err) <
            0 ||
        command_load_cases(&set, &folders, &patterns, &err) < 0)
        return command_fail(err);
    int width = 0;
    for (size_t i = 0; i < set.count; i++)
        if ((int)strlen(set.cases[i]->name) > width)
            width = (int)strlen(set.cases[i]->name);
    for (size_t i = 0; i < set.count; i++) {
        cleanup_free char *id = test_case_report_id(set.cases[i]);
        printf("%-*s %-9s %s\n%*s %s\n", width, set.cases[i]->name, expectation_name(set.cases[i]->expect),
               set.cases[i]->summary, width + 10, "", id);
    }
    case_set_release(&set);
    return 0;
}

static int show(const struct case_set *set, const char *name)
{
    const struct test_case *test_case = case_set_find(set, name);
    if (test_case->kind == CASE_SCRIPT) {
        fwrite(test_case->script, 1, test_case->script_length, stdout);
        return 0;
    }
    cleanup_free char *id = test_case_report_id(test_case);
    printf("%s is built in: %s\nreports: %s %s\n", test_case->name, test_case->summary,
           test_case->report_class, id);
    return 0;
}

int command_show(int argc, char **argv)
{
    cleanup_strings struct strings folders = {0}, names = {0};
    const struct option_row rows[] = {
        {"cases", 0, OPTION_LIST, &folders, "DIR", "add the cases of a folder (may be repeated)"},
        {0},
    };
    const struct strings everything = {0};
    struct error *err = NULL;
    struct case_set set = {0};
    if (options_parse(argc, argv, rows, "gvisor-smoke show [OPTIONS] CASE", &names, &err) < 0)
        return command_fail(err);
    if (names.count != 1) {
        error_set(&err, ERROR_USAGE, "show takes the name of one case");
        error_hint(&err, "gvisor-smoke list shows the names");
        return command_fail(err);
    }
    if (command_load_cases(&set, &folders, &everything, &err) < 0)
        return command_fail(err);
    int exit_code = 0;
    if (case_set_find(&set, names.items[0])) {
        exit_code = show(&set, names.items[0]);
    } else {
        /* Let the selection say it: it knows the names that are near. */
        if (case_set_select(&set, &names, &err) == 0)
            error_set(&err, ERROR_USAGE, "\"%s\" is a pattern: show takes the name of one case",
                      names.items[0]);
        exit_code = command_fail(err);
    }
    case_set_release(&set);
    return exit_code;
}
