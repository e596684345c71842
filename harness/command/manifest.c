/* SPDX-License-Identifier: Apache-2.0
 *
 * gvisor-smoke manifest: a Job or CronJob that makes a run from inside the cluster, with what it needs.
 */
#include <stdio.h>
#include <string.h>

#include "gvisor-smoke/cleanup.h"
#include "gvisor-smoke/rbac.h"
#include "gvisor-smoke/workload.h"
#include "run_arguments.h"

#define USAGE "gvisor-smoke manifest job|cronjob [OPTIONS] [-- ARGUMENTS OF run...] | kubectl apply -f -"

struct manifest_arguments {
    const char *name, *name_space, *service_account, *image, *schedule;
    struct strings words;
};

/* What a run in the cluster has no use for: files of this machine, and another way to the API. */
static const struct {
    const char *option, *why;
} out_of_place[] = {
    {"--kubeconfig", "it reaches the API as its service account"},
    {"--context", "it reaches the API as its service account"},
    {"--token", "it reaches the API as its service account"},
    {"--username", "it reaches the API as its service account"},
    {"--password", "it reaches the API as its service account"},
    {"--client-key", "it reaches the API as its service account"},
    {"--client-certificate", "it reaches the API as its service account"},
    {"--ca-file", "the file is on this machine"},
    {"--cases", "the folder is on this machine"},
    {"--pod-patch", "the file is on this machine"},
    {"--resume", "the journal is on this machine"},
    {"--report-dir", "it is " WORKLOAD_REPORTS " there"},
};

static int check_run_words(int argc, char **argv, struct error **err)
{
    for (int i = 0; i < argc; i++)
        for (size_t k = 0; k < sizeof out_of_place / sizeof *out_of_place; k++) {
            const char *option = out_of_place[k].option;
            size_t length = strlen(option);
            if (strncmp(argv[i], option, length) != 0 || (argv[i][length] && argv[i][length] != '='))
                continue;
            error_set(err, ERROR_USAGE, "%s does not go with a run in the cluster: %s", option,
                      out_of_place[k].why);
            return -1;
        }
    return 0;
}

static int parse(int argc, char **argv, struct manifest_arguments *arguments, struct error **err)
{
    const struct option_row rows[] = {
        {"namespace", 'n', OPTION_TEXT, &arguments->name_space, "NAME",
         "where it runs, and makes its pods; must be there (gvisor-smoke)"},
        {"image", 0, OPTION_TEXT, &arguments->image, "IMAGE",
         "that holds gvisor-smoke (localhost/gvisor-smoke/harness:1); the toolbox is named behind --"},
        {"name", 0, OPTION_TEXT, &arguments->name, "NAME", "of the objects (gvisor-smoke)"},
        {"service-account", 0, OPTION_TEXT, &arguments->service_account, "NAME",
         "which it runs as, and which is made too (gvisor-smoke)"},
        {"schedule", 0, OPTION_TEXT, &arguments->schedule, "CRON",
         "of a cronjob (0 3 * * *: each night at three)"},
        {0},
    };
    if (options_parse(argc, argv, rows, USAGE, &arguments->words, err) < 0)
        return -1;
    bool job = arguments->words.count == 1 && strcmp(arguments->words.items[0], "job") == 0;
    if (!job && (arguments->words.count != 1 || strcmp(arguments->words.items[0], "cronjob") != 0)) {
        error_set(err, ERROR_USAGE, "manifest takes one word, job or cronjob");
        error_hint(err, "usage: " USAGE);
        return -1;
    }
    if (job && arguments->schedule) {
        error_set(err, ERROR_USAGE, "--schedule is for a cronjob: a job runs once, at once");
        return -1;
    }
    if (!job && !arguments->schedule)
        arguments->schedule = "0 3 * * *";
    if (command_check_name("--name", arguments->name, err) < 0 ||
        command_check_name("--namespace", arguments->name_space, err) < 0)
        return -1;
    return command_check_name("--service-account", arguments->service_account, err);
}

/* The words of the run inside: what it is told in any case, and those behind "--". */
static struct strings run_words(const struct manifest_arguments *arguments, int argc, char **argv)
{
    cleanup_free char *configmap = xasprintf("%s-report", arguments->name);
    const char *const always[] = {
        "run",    "-n", arguments->name_space, "--report-dir", WORKLOAD_REPORTS, "--report-configmap",
        configmap};
    struct strings words = {0};
    for (size_t i = 0; i < sizeof always / sizeof *always; i++)
        strings_add(&words, always[i]);
    for (int i = 0; i < argc; i++)
        strings_add(&words, argv[i]);
    return words;
}

/* What this machine's environment says is not said in the pod. */
static void forget_environment(void)
{
    unsetenv("GVISOR_NAMESPACE");
    unsetenv("GVISOR_COMPAT_POD");
}

static int read_run(const struct manifest_arguments *arguments, const struct strings *words,
                    struct run_arguments *run, struct case_set *cases, struct error **err)
{
    const struct run_command command = {.usage = USAGE};
    forget_environment();
    if (run_arguments_read((int)words->count, words->items, &command, run, err) < 0 ||
        run_arguments_load_cases(run, cases, err) < 0)
        return -1;
    if (strcmp(run->run.name_space, arguments->name_space) == 0)
        return 0;
    error_set(err, ERROR_USAGE, "the namespace is named before \"--\": manifest %s -n %s",
              arguments->words.items[0], run->run.name_space);
    return -1;
}

static void print_manifest(const struct manifest_arguments *arguments, const struct strings *words,
                           const struct run_arguments *run, const struct case_set *cases)
{
    const struct rbac_subject subject = {.service_account = arguments->service_account};
    cleanup_free char *rights = rbac_manifest(&run->run, cases, &subject, arguments->name);
    const struct workload workload = {.name = arguments->name,
                                      .name_space = arguments->name_space,
                                      .service_account = arguments->service_account,
                                      .image = arguments->image,
                                      .schedule = arguments->schedule,
                                      .arguments = *words,
                                      .run = &run->run};
    cleanup_free char *manifest = workload_manifest(&workload);
    printf("%s%s", rights, manifest);
}

int command_manifest(int argc, char **argv)
{
    struct manifest_arguments arguments = {.name = "gvisor-smoke",
                                           .name_space = "gvisor-smoke",
                                           .service_account = "gvisor-smoke",
                                           .image = "localhost/gvisor-smoke/harness:1"};
    struct run_arguments run = {0};
    struct case_set cases = {0};
    struct strings words = {0};
    struct error *err = NULL;
    int own = 1;
    while (own < argc && strcmp(argv[own], "--") != 0)
        own++;
    int behind = own < argc ? own + 1 : argc;
    int exit_code = 0;
    int failed =
        parse(own, argv, &arguments, &err) < 0 || check_run_words(argc - behind, argv + behind, &err) < 0;
    if (!failed) {
        words = run_words(&arguments, argc - behind, argv + behind);
        failed = read_run(&arguments, &words, &run, &cases, &err) < 0;
    }
    if (failed)
        exit_code = command_fail(err);
    else
        print_manifest(&arguments, &words, &run, &cases);
    case_set_release(&cases);
    run_arguments_release(&run);
    strings_release(&words);
    strings_release(&arguments.words);
    return exit_code;
}
