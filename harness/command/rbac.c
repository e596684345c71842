/* SPDX-License-Identifier: Apache-2.0
 *
 * gvisor-smoke rbac: the smallest Role for a run with the same options.
 */
#include <stdio.h>

#include "gvisor-smoke/cleanup.h"
#include "gvisor-smoke/rbac.h"
#include "run_arguments.h"

/* Options of `run` that say how a cluster is reached or a run is told. */
static const char *const without[] = {"report-dir", "resume",         "expect", "timeout", "pod-timeout",
                                      "parallel",   "parallel-nodes", "quiet",  "verbose", "debug",
                                      "keep",       "exec",           NULL};

struct rbac_arguments {
    struct rbac_subject subject;
    const char *name;
};

static int check_subject(struct rbac_arguments *arguments, struct error **err)
{
    struct rbac_subject *subject = &arguments->subject;
    int given = (subject->service_account != NULL) + (subject->user != NULL) + (subject->group != NULL);
    if (given > 1) {
        error_set(err, ERROR_USAGE, "--service-account, --for-user and --for-group exclude each other");
        return -1;
    }
    if (!given)
        subject->service_account = "gvisor-smoke";
    return 0;
}

static int rbac_command(int argc, char **argv, struct run_arguments *run)
{
    struct rbac_arguments arguments = {.name = "gvisor-smoke"};
    const struct option_row rows[] = {
        {"service-account", 0, OPTION_TEXT, &arguments.subject.service_account, "NAME",
         "who is granted: an account of the namespace, which is made too (gvisor-smoke)"},
        {"for-user", 0, OPTION_TEXT, &arguments.subject.user, "NAME", "or a user"},
        {"for-group", 0, OPTION_TEXT, &arguments.subject.group, "NAME", "or a group"},
        {"name", 0, OPTION_TEXT, &arguments.name, "NAME", "of the roles (gvisor-smoke)"},
        {0},
    };
    const struct run_command command = {
        .usage = "gvisor-smoke rbac [OPTIONS OF run] [CASE|PATTERN ...] | kubectl apply -f -",
        .without = without,
        .no_reports = true,
        .more = rows};
    struct error *err = NULL;
    struct case_set cases = {0};
    if (run_arguments_read(argc, argv, &command, run, &err) < 0 || check_subject(&arguments, &err) < 0 ||
        command_load_cases(&cases, &run->case_folders, &run->patterns, &err) < 0)
        return command_fail(err);
    cleanup_free char *yaml = rbac_manifest(&run->run, &cases, &arguments.subject, arguments.name);
    fputs(yaml, stdout);
    case_set_release(&cases);
    return 0;
}

int command_rbac(int argc, char **argv)
{
    struct run_arguments arguments;
    int exit_code = rbac_command(argc, argv, &arguments);
    run_arguments_release(&arguments);
    return exit_code;
}
