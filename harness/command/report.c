/* SPDX-License-Identifier: Apache-2.0
 *
 * gvisor-smoke report: any report again, from a journal.
 */
#include <stdio.h>

#include "command.h"
#include "gvisor-smoke/cleanup.h"

static int report_with(const char *journal, const struct report_arguments *arguments, struct error **err)
{
    struct report_model *model = report_model_new();
    bool cut = false;
    if (journal_read(journal, report_model_sink, model, &cut, err) < 0) {
        report_model_free(model);
        return -1;
    }
    if (cut)
        fprintf(stderr, "gvisor-smoke: the last line of \"%s\" was cut and is left out\n", journal);
    struct terminal_options look = {.out = report_arguments_terminal(arguments)};
    struct terminal *terminal = terminal_new(&look);
    int exit_code = report_arguments_write(arguments, model);
    terminal_summary(terminal, model, journal, &arguments->options);
    terminal_free(terminal);
    if (!exit_code)
        exit_code = report_model_exit_code(model);
    report_model_free(model);
    return exit_code;
}

int command_report(int argc, char **argv)
{
    cleanup_strings struct strings words = {0};
    struct report_arguments reports;
    report_arguments_init(&reports);
    const struct option_row rows[] = {
        {"", 0, OPTION_TABLE, reports.rows, NULL, NULL},
        {0},
    };
    struct error *err = NULL;
    if (options_parse(argc, argv, rows, "gvisor-smoke report JOURNAL [OPTIONS]", &words, &err) < 0)
        return command_fail(err);
    if (words.count != 1) {
        error_set(&err, ERROR_USAGE, "report takes one journal, for example reports/run.jsonl");
        return command_fail(err);
    }
    int exit_code = -1;
    if (report_arguments_check(&reports, &err) == 0)
        exit_code = report_with(words.items[0], &reports, &err);
    return exit_code < 0 ? command_fail(err) : exit_code;
}
