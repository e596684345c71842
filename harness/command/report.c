/* SPDX-License-Identifier: Apache-2.0
 *
 * gvisor-smoke report: any report again, from a journal.
 */
#include <stdio.h>

#include "command.h"
#include "gvisor-smoke/cleanup.h"
#include "gvisor-smoke/report.h"

int command_report(int argc, char **argv)
{
    const char *junit = NULL;
    cleanup_strings struct strings words = {0};
    const struct option_row rows[] = {
        {"junit", 0, OPTION_TEXT, &junit, "FILE", "write JUnit XML there"},
        {0},
    };
    struct error *err = NULL;
    if (options_parse(argc, argv, rows, "gvisor-smoke report JOURNAL [--junit FILE]", &words, &err) < 0)
        return command_fail(err);
    if (words.count != 1) {
        error_set(&err, ERROR_USAGE, "report takes one journal, for example reports/run.jsonl");
        return command_fail(err);
    }
    struct report_model *model = report_model_new();
    bool cut = false;
    int failed = journal_read(words.items[0], report_model_sink, model, &cut, &err);
    if (!failed && cut)
        fprintf(stderr, "gvisor-smoke: the last line of \"%s\" was cut and is left out\n", words.items[0]);
    if (!failed && junit)
        failed = junit_write(model, junit, &err);
    if (!failed) {
        struct terminal_options options = {.out = stdout};
        struct terminal *terminal = terminal_new(&options);
        terminal_summary(terminal, model, words.items[0], junit);
        terminal_free(terminal);
    }
    int exit_code = failed ? command_fail(err) : report_model_exit_code(model);
    report_model_free(model);
    return exit_code;
}
