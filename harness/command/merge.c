/* SPDX-License-Identifier: Apache-2.0
 *
 * gvisor-smoke merge: one report, and one journal, of several runs.
 */
#include <stdio.h>
#include <sys/stat.h>

#include "command.h"
#include "gvisor-smoke/cleanup.h"

struct merge_arguments {
    struct report_arguments reports;
    struct redact_arguments redact;
    struct strings journals;
    const char *journal; /* to be written, or NULL */
    bool latest;
};

static int parse(int argc, char **argv, struct merge_arguments *arguments, struct error **err)
{
    report_arguments_init(&arguments->reports);
    redact_arguments_init(&arguments->redact);
    const struct option_row rows[] = {
        {"latest", 0, OPTION_FLAG, &arguments->latest, NULL,
         "of the verdicts on a case and a node, keep the latest (the worst)"},
        {"journal", 0, OPTION_TEXT, &arguments->journal, "FILE", "write one journal of all there"},
        {"", 0, OPTION_TABLE, arguments->reports.rows, NULL, NULL},
        {"", 0, OPTION_TABLE, arguments->redact.rows, NULL, NULL},
        {0},
    };
    if (options_parse(argc, argv, rows, "gvisor-smoke merge [OPTIONS] JOURNAL ...", &arguments->journals,
                      err) < 0)
        return -1;
    if (arguments->journals.count == 0) {
        error_set(err, ERROR_USAGE,
                  "merge takes journals, for example node-a/run.jsonl and node-b/run.jsonl");
        return -1;
    }
    return redact_arguments_finish(&arguments->redact, err) < 0 ||
                   report_arguments_check(&arguments->reports, err) < 0
               ? -1
               : 0;
}

/* A journal is read again while the new one is written. */
static int check_target(const struct merge_arguments *arguments, struct error **err)
{
    struct stat target, source;
    if (!arguments->journal || stat(arguments->journal, &target) < 0 || !S_ISREG(target.st_mode))
        return 0;
    for (size_t i = 0; i < arguments->journals.count; i++) {
        if (stat(arguments->journals.items[i], &source) < 0 || source.st_dev != target.st_dev ||
            source.st_ino != target.st_ino)
            continue;
        error_set(err, ERROR_USAGE, "--journal: \"%s\" is one of the journals that are merged",
                  arguments->journal);
        return -1;
    }
    return 0;
}

static int write_merged(const struct merge *merge, const struct merge_arguments *arguments,
                        struct recorder *recorder, struct error **err)
{
    struct events *events = events_new();
    events_set_redaction(events, arguments->redact.redaction);
    events_add_sink(events, recorder_sink, recorder);
    int failed = arguments->redact.patterns.count ? merge_write(merge, events_sink, events, err)
                                                  : merge_write(merge, recorder_sink, recorder, err);
    events_free(events);
    return failed;
}

/* place is where the merged journal is, or NULL. */
static int tell(const struct merge *merge, struct merge_arguments *arguments, struct report_model *model,
                const char *place)
{
    const char *path;
    for (size_t i = 0; (path = merge_cut(merge, i)); i++)
        fprintf(stderr, "gvisor-smoke: the last line of \"%s\" was cut and is left out\n", path);
    const char *unended = merge_unended(merge);
    if (unended && report_model_tell_unended(model, unended))
        fprintf(stderr, "gvisor-smoke: the journal \"%s\" ends before its run\n", unended);
    const struct report_source source = {
        .merge = merge, .redaction = arguments->redact.patterns.count ? arguments->redact.redaction : NULL};
    report_arguments_source(&arguments->reports, &source);
    return report_arguments_tell(&arguments->reports, model, place);
}

static int merge_with(const struct merge *merge, struct merge_arguments *arguments, struct error **err)
{
    struct recorder recorder = {0};
    if (arguments->journal && !(recorder.journal = journal_create(arguments->journal, err)))
        return -1;
    recorder.model = report_model_new();
    int failed = write_merged(merge, arguments, &recorder, err);
    struct error *journal_err = NULL;
    cleanup_free char *place = NULL;
    int journal_failed =
        journal_close(recorder.journal, &place, &journal_err) < 0 ? command_fail(journal_err) : 0;
    int exit_code = failed ? -1 : tell(merge, arguments, recorder.model, place);
    report_model_free(recorder.model);
    return journal_failed && exit_code >= 0 && exit_code != 4 ? journal_failed : exit_code;
}

static int merge_command(int argc, char **argv, struct merge_arguments *arguments, struct error **err)
{
    if (parse(argc, argv, arguments, err) < 0 || check_target(arguments, err) < 0)
        return -1;
    struct merge *merge =
        merge_new(&arguments->journals, arguments->latest ? MERGE_LATEST : MERGE_WORST, err);
    int exit_code = merge ? merge_with(merge, arguments, err) : -1;
    merge_free(merge);
    return exit_code;
}

int command_merge(int argc, char **argv)
{
    struct merge_arguments arguments = {0};
    struct error *err = NULL;
    int exit_code = merge_command(argc, argv, &arguments, &err);
    if (exit_code < 0)
        exit_code = command_fail(err);
    strings_release(&arguments.journals);
    redact_arguments_release(&arguments.redact);
    return exit_code;
}
