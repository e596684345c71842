/* SPDX-License-Identifier: Apache-2.0
 *
 * gvisor-smoke report: any report again, from a journal.
 */
#include <stdio.h>

#include "command.h"
#include "gvisor-smoke/cleanup.h"

/* A journal has no secrets, as far as the run that wrote it was told of them: only more patterns count. */
static int read_journal(const char *journal, struct redact_arguments *redact, struct report_model *model,
                        struct error **err)
{
    bool cut = false;
    struct events *events = events_new();
    events_set_redaction(events, redact->redaction);
    events_add_sink(events, report_model_sink, model);
    int failed = redact->patterns.count ? journal_read(journal, events_sink, events, &cut, err)
                                        : journal_read(journal, report_model_sink, model, &cut, err);
    events_free(events);
    if (cut)
        fprintf(stderr, "gvisor-smoke: the last line of \"%s\" was cut and is left out\n", journal);
    return failed;
}

static int report_with(const char *journal, struct report_arguments *arguments,
                       struct redact_arguments *redact, struct error **err)
{
    struct report_model *model = report_model_new();
    if (read_journal(journal, redact, model, err) < 0) {
        report_model_free(model);
        return -1;
    }
    if (report_model_tell_unended(model, journal))
        fprintf(stderr, "gvisor-smoke: the journal \"%s\" ends before its run\n", journal);
    const struct report_source source = {.journal = journal,
                                         .redaction = redact->patterns.count ? redact->redaction : NULL};
    report_arguments_source(arguments, &source);
    int exit_code = report_arguments_tell(arguments, model, journal);
    report_model_free(model);
    return exit_code;
}

static int report_command(int argc, char **argv, struct redact_arguments *redact, struct strings *words,
                          struct error **err)
{
    struct report_arguments reports;
    report_arguments_init(&reports);
    redact_arguments_init(redact);
    const struct option_row rows[] = {
        {"", 0, OPTION_TABLE, reports.rows, NULL, NULL},
        {"", 0, OPTION_TABLE, redact->rows, NULL, NULL},
        {0},
    };
    if (options_parse(argc, argv, rows, "gvisor-smoke report JOURNAL [OPTIONS]", words, err) < 0)
        return -1;
    if (words->count != 1) {
        error_set(err, ERROR_USAGE, "report takes one journal, for example reports/run.jsonl");
        return -1;
    }
    if (redact_arguments_finish(redact, err) < 0 || report_arguments_check(&reports, err) < 0)
        return -1;
    return report_with(words->items[0], &reports, redact, err);
}

int command_report(int argc, char **argv)
{
    cleanup_strings struct strings words = {0};
    struct redact_arguments redact;
    struct error *err = NULL;
    int exit_code = report_command(argc, argv, &redact, &words, &err);
    if (exit_code < 0)
        exit_code = command_fail(err);
    redact_arguments_release(&redact);
    return exit_code;
}
