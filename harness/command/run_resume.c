/* SPDX-License-Identifier: Apache-2.0
 *
 * gvisor-smoke run --resume: the journal of a run that was killed, and what is to be as it was then.
 */
#include <stdio.h>

#include "gvisor-smoke/cleanup.h"
#include "gvisor-smoke/resume.h"
#include "run_arguments.h"

/* What is not said is as it was. */
static void take_defaults(struct run_arguments *arguments)
{
    const struct resume *resume = arguments->run.resume;
    if (!arguments->run.nodes && !arguments->run.existing_pod)
        arguments->run.nodes = resume_nodes(resume);
    if (command_names_cases(&arguments->patterns))
        return;
    cleanup_strings struct strings names = resume_cases(resume);
    strings_add_all(&arguments->patterns, &names);
}

int run_resume_open(struct run_arguments *arguments, struct error **err)
{
    if (!arguments->resume_path)
        return 0;
    if (arguments->run.repeat) {
        error_set(err, ERROR_USAGE,
                  "--resume does not go with --repeat: what is measured is measured in one run");
        error_hint(err, "leave out one of the two");
        return -1;
    }
    arguments->run.resume = resume_open(arguments->resume_path, err);
    if (!arguments->run.resume)
        return -1;
    take_defaults(arguments);
    return 0;
}

int run_resume_check(const struct run_arguments *arguments, const struct kube_access *access,
                     const struct case_set *cases, struct error **err)
{
    return arguments->run.resume ? run_check_resume(access, &arguments->run, cases, err) : 0;
}

int run_resume_make_room(const struct run_arguments *arguments, struct error **err)
{
    const char *moved = NULL;
    if (!arguments->run.resume)
        return 0;
    if (resume_make_room(arguments->run.resume, arguments->journal_path, &moved, err) < 0)
        return -1;
    if (moved)
        fprintf(stderr, "gvisor-smoke: the journal that is taken up is now \"%s\"\n", moved);
    return 0;
}

bool run_resume_is_complete(const struct run_arguments *arguments)
{
    return arguments->run.resume && resume_is_complete(arguments->run.resume);
}

static int write_reports(struct run_arguments *arguments, const struct kube_access *access,
                         const struct report_model *model)
{
    const char *path = resume_path(arguments->run.resume);
    FILE *out = report_arguments_terminal(&arguments->reports);
    fprintf(out, "nothing is missing in \"%s\": the reports of run %s are written again\n", path,
            resume_run(arguments->run.resume));
    const struct report_source source = {.journal = path};
    report_arguments_source(&arguments->reports, &source);
    int exit_code = report_arguments_tell(&arguments->reports, model, path);
    int failed = run_configmap_write(arguments, access, model, path, out);
    return failed && exit_code != 4 ? failed : exit_code;
}

int run_resume_report(struct run_arguments *arguments, const struct kube_access *access)
{
    struct report_model *model = report_model_new();
    struct error *err = NULL;
    bool cut;
    int exit_code = journal_read(resume_path(arguments->run.resume), report_model_sink, model, &cut, &err) < 0
                        ? command_fail(err)
                        : write_reports(arguments, access, model);
    report_model_free(model);
    return exit_code;
}
