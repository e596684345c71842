/* SPDX-License-Identifier: Apache-2.0
 *
 * gvisor-smoke doctor: a run whose cases are probes, told in one line for each thing that a run needs.
 */
#include <stdio.h>
#include <string.h>

#include <unistd.h>

#include "gvisor-smoke/cleanup.h"
#include "run_arguments.h"

/* Options of `run` that say nothing to it. */
static const char *const without[] = {
    "app-namespace", "app-selector",  "cases",      "git-url",   "git-push-url",
    "npm-registry",  "pip-index-url", "goproxy",    "https-url", "expect",
    "repeat",        "resume",        "report-dir", "exec",      NULL};

static int read_output(const char *output, bool *ret_json, struct error **err)
{
    *ret_json = strcmp(output, "json") == 0;
    if (*ret_json || strcmp(output, "text") == 0)
        return 0;
    error_set(err, ERROR_USAGE, "--output is text or json, not \"%s\"", output);
    return -1;
}

static int load_probes(const struct run_arguments *arguments, struct case_set *ret_set, struct error **err)
{
    return case_set_load_probes(ret_set, err) < 0 ? -1 : case_set_select(ret_set, &arguments->patterns, err);
}

static int examine(struct run_arguments *arguments, const struct case_set *probes, bool json)
{
    const struct doctor_options options = {.out = stdout,
                                           .json = json,
                                           .colour = command_wants_colour(STDOUT_FILENO),
                                           .quiet = arguments->quiet,
                                           .kept = arguments->run.keep};
    struct doctor *doctor = doctor_new(&options);
    struct events *events = events_new();
    events_set_redaction(events, arguments->redact.redaction);
    events_add_sink(events, doctor_sink, doctor);
    struct error *err = NULL;
    struct loop *loop = loop_new();
    struct kube_access *access = access_arguments_load(&arguments->access, &err);
    if (access)
        run_arguments_execute(arguments, access, probes, events, loop);
    else
        run_report_impossible(NULL, &arguments->run, probes, events, err);
    if (json)
        doctor_write_json(doctor);
    int exit_code = doctor_exit_code(doctor);
    error_free(err);
    loop_free(loop);
    kube_access_free(access);
    events_free(events);
    doctor_free(doctor);
    return exit_code;
}

static int doctor_command(int argc, char **argv, struct run_arguments *arguments)
{
    const char *output = "text";
    const struct option_row rows[] = {
        {"output", 'o', OPTION_TEXT, &output, "text|json",
         "lines for a person (text), or one JSON object (json)"},
        {0},
    };
    const struct run_command command = {.usage =
                                            "gvisor-smoke doctor [OPTIONS] [dns|egress|storage|PATTERN ...]",
                                        .without = without,
                                        .no_reports = true,
                                        .more = rows};
    struct error *err = NULL;
    struct case_set probes = {0};
    bool json = false;
    int exit_code;
    if (run_arguments_read(argc, argv, &command, arguments, &err) == 0 &&
        read_output(output, &json, &err) == 0 && load_probes(arguments, &probes, &err) == 0)
        exit_code = examine(arguments, &probes, json);
    else
        exit_code = command_fail(err);
    case_set_release(&probes);
    return exit_code;
}

int command_doctor(int argc, char **argv)
{
    struct run_arguments arguments;
    int exit_code = doctor_command(argc, argv, &arguments);
    run_arguments_release(&arguments);
    return exit_code;
}
