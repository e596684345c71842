/* SPDX-License-Identifier: Apache-2.0
 *
 * The reports that a subcommand writes: their options, and how they come about.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "gvisor-smoke/cleanup.h"
#include "gvisor-smoke/clock.h"
#include "gvisor-smoke/text.h"

void report_arguments_init(struct report_arguments *arguments)
{
    *arguments = (struct report_arguments){0};
    for (int form = 0; form < REPORT_FORM_COUNT; form++)
        arguments->rows[form] = (struct option_row){.name = report_form_option((enum report_form)form),
                                                    .kind = OPTION_TEXT,
                                                    .value = &arguments->options.paths[form],
                                                    .argument = "FILE",
                                                    .help = report_form_help((enum report_form)form)};
    arguments->xfail = "passed";
    arguments->rows[REPORT_FORM_COUNT] = (struct option_row){
        .name = "junit-xfail",
        .kind = OPTION_TEXT,
        .value = &arguments->xfail,
        .argument = "passed|skipped",
        .help = "how JUnit has an expected failure that held; skipped is pytest's way (passed)"};
}

static int check_writable(const char *path, struct error **err)
{
    cleanup_free char *folder = xstrdup(path);
    char *slash = strrchr(folder, '/');
    if (slash)
        slash[slash == folder ? 1 : 0] = '\0';
    if (access(slash ? folder : ".", W_OK | X_OK) == 0)
        return 0;
    error_set(err, ERROR_ENVIRONMENT, "cannot write \"%s\": %s", path, strerror(errno));
    error_hint(err, "name a folder that exists and can be written");
    return -1;
}

int report_arguments_check(struct report_arguments *arguments, struct error **err)
{
    arguments->options.xfail_as_skipped = strcmp(arguments->xfail, "skipped") == 0;
    if (!arguments->options.xfail_as_skipped && strcmp(arguments->xfail, "passed") != 0) {
        error_set(err, ERROR_USAGE, "--junit-xfail is passed or skipped, not \"%s\"", arguments->xfail);
        return -1;
    }
    size_t to_stdout = 0;
    for (size_t i = 0; i < REPORT_FORM_COUNT; i++) {
        const char *path = arguments->options.paths[i];
        if (path && strcmp(path, "-") == 0)
            to_stdout++;
        else if (path && check_writable(path, err) < 0)
            return -1;
    }
    if (to_stdout <= 1)
        return 0;
    error_set(err, ERROR_USAGE, "only one report can go to standard output");
    return -1;
}

FILE *report_arguments_terminal(const struct report_arguments *arguments)
{
    for (size_t i = 0; i < REPORT_FORM_COUNT; i++)
        if (arguments->options.paths[i] && strcmp(arguments->options.paths[i], "-") == 0)
            return stderr;
    return stdout;
}

/* The value of a variable that is set to something. */
static const char *environment(const char *name)
{
    const char *value = getenv(name);
    return value && *value ? value : NULL;
}

int report_arguments_tell(const struct report_arguments *arguments, const struct report_model *model,
                          const char *journal_path)
{
    FILE *out = report_arguments_terminal(arguments);
    struct terminal_options look = {.out = out, .colour = command_wants_colour(fileno(out))};
    struct terminal *terminal = terminal_new(&look);
    int exit_code = report_arguments_write(arguments, model);
    terminal_summary(terminal, model, journal_path, &arguments->options);
    terminal_free(terminal);
    return exit_code ? exit_code : report_model_exit_code(model);
}

/* A report that has its place elsewhere by now is a failure all the same: nobody looks for it there. */
static void find_place(struct report_arguments *arguments, const struct report_model *model, int form,
                       struct error **err)
{
    cleanup_error struct error *nowhere = NULL;
    arguments->places[form] =
        report_write_elsewhere(model, (enum report_form)form, &arguments->options, &nowhere);
    if (arguments->places[form]) {
        error_hint(err, "it is in \"%s\"", arguments->places[form]);
        arguments->options.paths[form] = arguments->places[form];
    } else {
        error_hint(err, "nor can it be written elsewhere: %s", nowhere->message);
    }
}

static int write_all(const struct report_arguments *arguments, struct report_arguments *somewhere,
                     const struct report_model *model)
{
    int exit_code = 0;
    struct error *err = NULL;
    for (int form = 0; form < REPORT_FORM_COUNT; form++) {
        const char *path = arguments->options.paths[form];
        if (!path)
            continue;
        int64_t began_ms = clock_monotonic_ms();
        int failed = report_write(model, (enum report_form)form, &arguments->options, &err);
        if (somewhere)
            report_source_written(&somewhere->source, report_form_option((enum report_form)form), began_ms);
        if (!failed)
            continue;
        if (somewhere && strcmp(path, "-") != 0)
            find_place(somewhere, model, form, &err);
        exit_code = command_fail(steal(&err));
    }
    const char *summary = environment("GITHUB_STEP_SUMMARY");
    if (summary && github_write_summary(model, summary, &err) < 0)
        exit_code = command_fail(steal(&err));
    if (environment("GITHUB_ACTIONS"))
        github_write_annotations(model, report_arguments_terminal(arguments));
    return exit_code;
}

int report_arguments_write(const struct report_arguments *arguments, const struct report_model *model)
{
    return write_all(arguments, NULL, model);
}

int report_arguments_write_somewhere(struct report_arguments *arguments, const struct report_model *model)
{
    return write_all(arguments, arguments, model);
}

void report_arguments_release(struct report_arguments *arguments)
{
    for (int form = 0; form < REPORT_FORM_COUNT; form++)
        free(steal(&arguments->places[form]));
}
