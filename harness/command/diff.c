/* SPDX-License-Identifier: Apache-2.0
 *
 * gvisor-smoke diff: what has become worse from one run to another.
 */
#include <stdio.h>

#include "command.h"
#include "gvisor-smoke/cleanup.h"
#include "gvisor-smoke/text.h"

static int diff_with(const struct report_model *base, const struct report_model *next, unsigned threshold,
                     const char *json, struct error **err)
{
    struct text_file file = {0};
    if (json && text_file_begin(&file, json, err) < 0)
        return -1;
    size_t regressions = report_compare(base, next, threshold, stdout, file.out);
    if (json && text_file_commit(&file, err) < 0)
        return -1;
    return regressions ? 1 : 0;
}

int command_diff(int argc, char **argv)
{
    cleanup_strings struct strings words = {0};
    unsigned threshold = 25;
    const char *json = NULL;
    const struct option_row rows[] = {
        {"threshold", 0, OPTION_NUMBER, &threshold, "PERCENT",
         "how much more gVisor may cost, beyond the noise of the measurements (25)"},
        {"json", 0, OPTION_TEXT, &json, "FILE", "the same as JSON there"},
        {0},
    };
    struct error *err = NULL;
    if (options_parse(argc, argv, rows, "gvisor-smoke diff [OPTIONS] BASE NEW", &words, &err) < 0)
        return command_fail(err);
    if (words.count != 2) {
        error_set(&err, ERROR_USAGE, "diff takes two journals, that of the base and the new one");
        return command_fail(err);
    }
    struct report_model *models[2] = {report_model_new(), report_model_new()};
    bool cut = false;
    int code = 0;
    for (size_t i = 0; i < 2 && code == 0; i++)
        code = journal_read(words.items[i], report_model_sink, models[i], &cut, &err);
    if (code == 0)
        code = diff_with(models[0], models[1], threshold, json, &err);
    report_model_free(models[0]);
    report_model_free(models[1]);
    return code < 0 ? command_fail(err) : code;
}
