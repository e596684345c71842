/* SPDX-License-Identifier: Apache-2.0
 *
 * gvisor-smoke lint: whether rendered manifests ask for the sandbox and keep the hardening, without a
 * cluster.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "gvisor-smoke/buf.h"
#include "gvisor-smoke/cleanup.h"
#include "gvisor-smoke/clock.h"
#include "gvisor-smoke/lint.h"
#include "gvisor-smoke/text.h"

struct lint_arguments {
    struct lint_options options;
    struct strings files, rules, only, skips;
    const char *junit;
    bool quiet;
};

static int check_words(struct lint_arguments *arguments, struct error **err)
{
    if (lint_options_only(&arguments->options, arguments->only.items, err) < 0)
        return -1;
    for (size_t i = 0; i < arguments->rules.count; i++)
        if (lint_options_rule(&arguments->options, arguments->rules.items[i], err) < 0)
            return -1;
    for (size_t i = 0; i < arguments->skips.count; i++)
        if (lint_options_skip(&arguments->options, arguments->skips.items[i], err) < 0)
            return -1;
    if (arguments->files.count)
        return command_check_name("--runtime-class", arguments->options.runtime_class, err);
    error_set(err, ERROR_USAGE, "lint takes files with manifests, or - for standard input");
    error_hint(err, "helm template CHART | gvisor-smoke lint -");
    return -1;
}

static int parse(int argc, char **argv, struct lint_arguments *arguments, struct error **err)
{
    const struct option_row rows[] = {
        {"runtime-class", 0, OPTION_TEXT, &arguments->options.runtime_class, "NAME",
         "that each pod spec must name (gvisor)"},
        {"only", 0, OPTION_LIST, &arguments->only, "RULE",
         "look for this rule alone (may be repeated): runtime-class, non-root, capabilities, read-only-root, "
         "seccomp, privileged"},
        {"rule", 0, OPTION_LIST, &arguments->rules, "RULE",
         "look for this one too (may be repeated): privilege-escalation"},
        {"skip", 0, OPTION_LIST, &arguments->skips, "RULE[@KIND/NAME]",
         "accept what this rule finds, in all objects or where the pattern fits (may be repeated)"},
        {"junit", 0, OPTION_TEXT, &arguments->junit, "FILE", "write JUnit there; - is standard output"},
        {"quiet", 'q', OPTION_FLAG, &arguments->quiet, NULL, "print only what is wrong, and the sum"},
        {0},
    };
    if (options_parse(argc, argv, rows, "gvisor-smoke lint [OPTIONS] FILE ...", &arguments->files, err) < 0)
        return -1;
    return check_words(arguments, err);
}

/* Not by the name /dev/stdin, which a socket cannot be opened by. */
static char *read_stdin(size_t *ret_length, struct error **err)
{
    cleanup_buf struct buf content;
    char chunk[16384];
    size_t taken;
    buf_init(&content, LINT_FILE_MAX);
    while ((taken = fread(chunk, 1, sizeof chunk, stdin)) > 0)
        if (!buf_append(&content, chunk, taken)) {
            error_set(err, ERROR_ENVIRONMENT, "cannot read standard input: it is larger than %zu bytes",
                      (size_t)LINT_FILE_MAX);
            return NULL;
        }
    if (ferror(stdin)) {
        error_set(err, ERROR_ENVIRONMENT, "cannot read standard input: %s", strerror(errno));
        return NULL;
    }
    *ret_length = content.length;
    return buf_steal(&content);
}

static void look_at(struct lint_report *report, struct lint_arguments *arguments)
{
    for (size_t i = 0; i < arguments->files.count && !report->cut; i++) {
        const char *path = arguments->files.items[i];
        cleanup_error struct error *err = NULL;
        size_t length = 0;
        bool is_stdin = strcmp(path, "-") == 0;
        cleanup_free char *bytes =
            is_stdin ? read_stdin(&length, &err) : text_read_file(path, LINT_FILE_MAX, &length, &err);
        if (err)
            lint_unreadable(report, path, err->message);
        else
            lint_text(report, &arguments->options, is_stdin ? "<stdin>" : path, bytes, length);
    }
}

static int tell(const struct lint_report *report, const struct lint_arguments *arguments, int64_t duration_ms)
{
    struct error *err = NULL;
    bool junit_to_stdout = arguments->junit && strcmp(arguments->junit, "-") == 0;
    lint_report_print(report, &arguments->options, arguments->quiet, junit_to_stdout ? stderr : stdout);
    fflush(stdout);
    cleanup_free char *problem = lint_report_problem(report);
    if (problem)
        fprintf(stderr, "gvisor-smoke: %s\n", problem);
    if (arguments->junit &&
        lint_report_junit(report, &arguments->options, duration_ms, arguments->junit, &err) < 0)
        return command_fail(err);
    return lint_report_exit_code(report);
}

int command_lint(int argc, char **argv)
{
    struct lint_arguments arguments = {0};
    struct lint_report report = {0};
    struct error *err = NULL;
    int64_t started_ms = clock_monotonic_ms();
    int exit_code;
    lint_options_init(&arguments.options);
    if (parse(argc, argv, &arguments, &err) < 0) {
        exit_code = command_fail(err);
    } else {
        look_at(&report, &arguments);
        exit_code = tell(&report, &arguments, clock_monotonic_ms() - started_ms);
    }
    lint_report_release(&report);
    lint_options_release(&arguments.options);
    strings_release(&arguments.files);
    strings_release(&arguments.rules);
    strings_release(&arguments.only);
    strings_release(&arguments.skips);
    return exit_code;
}
