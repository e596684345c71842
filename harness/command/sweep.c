/* SPDX-License-Identifier: Apache-2.0
 *
 * gvisor-smoke sweep: removes what runs have left in the cluster.
 */
#include <stdio.h>

#include "command.h"
#include "gvisor-smoke/cleanup.h"
#include "gvisor-smoke/sweep.h"

#define DEFAULT_AGE_MS 3600000

static void print_object(void *context, const char *kind, const char *name, const char *run, int64_t age_ms)
{
    (void)context;
    cleanup_free char *age = text_duration(age_ms);
    printf("%-24s %-40s run %s, %s old\n", kind, name, run, age);
}

static void print_stays(void *context, const char *name_space, const char *why)
{
    (void)context;
    printf("the namespace \"%s\" stays: %s\n", name_space, why);
}

static int sweep_with(const struct kube_access *access, const struct sweep_options *options,
                      struct error **err)
{
    struct loop *loop = loop_new();
    struct kube *kube = kube_new(loop, access, err);
    struct sweep_options on_loop = *options;
    on_loop.loop = loop;
    size_t count = 0;
    int failed = kube ? sweep(kube, &on_loop, &count, err) : -1;
    kube_free(kube);
    loop_free(loop);
    if (failed)
        return -1;
    cleanup_free char *objects = text_count(count, "object", "objects");
    printf("%s %s\n", objects, options->dry_run ? "would be removed" : "removed");
    return 0;
}

static int sweep_command(int argc, char **argv, struct access_arguments *arguments)
{
    struct sweep_options options = {.name_space = "gvisor-smoke",
                                    .older_than_ms = DEFAULT_AGE_MS,
                                    .on_object = print_object,
                                    .on_stays = print_stays};
    cleanup_strings struct strings words = {0};
    const struct option_row rows[] = {
        {"namespace", 'n', OPTION_TEXT, &options.name_space, "NAME", "where the runs were (gvisor-smoke)"},
        {"run", 0, OPTION_TEXT, &options.run, "ID", "what this run left, however young"},
        {"older-than", 0, OPTION_DURATION, &options.older_than_ms, "TIME",
         "without --run: only what is older; the rest may be in use (1h)"},
        {"dry-run", 0, OPTION_FLAG, &options.dry_run, NULL, "only tell what would be removed"},
        {"", 0, OPTION_TABLE, arguments->rows, NULL, NULL},
        {0},
    };
    struct error *err = NULL;
    if (options_parse(argc, argv, rows, "gvisor-smoke sweep [OPTIONS]", &words, &err) < 0)
        return command_fail(err);
    if (words.count > 0) {
        error_set(&err, ERROR_USAGE, "sweep takes options only, not \"%s\"", words.items[0]);
        return command_fail(err);
    }
    struct kube_access *access = access_arguments_load(arguments, &err);
    int exit_code = access && sweep_with(access, &options, &err) == 0 ? 0 : command_fail(err);
    kube_access_free(access);
    return exit_code;
}

int command_sweep(int argc, char **argv)
{
    struct access_arguments arguments;
    access_arguments_init(&arguments);
    int exit_code = sweep_command(argc, argv, &arguments);
    access_arguments_release(&arguments);
    return exit_code;
}
