/* SPDX-License-Identifier: Apache-2.0
 *
 * gvisor-smoke: the table of subcommands.
 */
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>

#include "command.h"
#include "gvisor-smoke/cleanup.h"
#include "gvisor-smoke/version.h"

static const struct command commands[] = {
    {"run", "run the cases in gVisor pods and write the reports", command_run},
    {"doctor", "look at all that a run needs, one line each, without running a case", command_doctor},
    {"list", "list the cases", command_list},
    {"show", "print one case", command_show},
    {"new-case", "write the file of a new case, to begin with", command_new_case},
    {"images", "list the images that a run needs", command_images},
    {"report", "write a report again from a journal", command_report},
    {"merge", "make one report of the journals of several runs: shards, nodes, days", command_merge},
    {"diff", "compare two runs: exit code 1 only for regressions", command_diff},
    {"rbac", "print the smallest Role that a run needs", command_rbac},
    {"manifest", "print a Job or CronJob that makes a run from inside the cluster", command_manifest},
    {"lint", "check rendered manifests for the RuntimeClass and the hardening", command_lint},
    {"sweep", "remove what earlier runs have left in the cluster", command_sweep},
};
#define COMMAND_COUNT (sizeof commands / sizeof *commands)

static void print_usage(FILE *out)
{
    fprintf(out,
            "gvisor-smoke proves that Kubernetes pods run under gVisor, and that their work still does.\n\n"
            "usage: gvisor-smoke COMMAND [OPTIONS]\n\ncommands:\n");
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        fprintf(out, "  %-10s %s\n", commands[i].name, commands[i].summary);
    fprintf(out,
            "\ngvisor-smoke COMMAND --help tells the options; gvisor-smoke --version the version.\n"
            "exit codes: 0 every case held, 1 a case failed, 2 wrong usage, 3 the run could not be made or\n"
            "completed, 4 a pod that asked for gVisor does not run under it, 128+N ended by signal N\n");
}

/* No core file, whatever ulimit and core_pattern say, and nobody else's debugger: libcurl, OpenSSL and
 * libyaml have copies of keys and tokens in their own memory, which madvise(MADV_DONTDUMP) on ours would not
 * hide. A program that this one starts is as dumpable as any. */
static void forbid_dumps(void)
{
    prctl(PR_SET_DUMPABLE, 0);
}

/* The GNU C library takes what is large from mmap(2), where it grows without a copy and is given back, until
 * something large is freed: then it takes that for the measure of "large". After the first page of a list of
 * nodes what a run knows of each case, which grows with every node, would wander through the heap and leave
 * holes: half of the heap of a run over thousands of nodes. */
static void keep_large_memory_apart(void)
{
#ifdef M_MMAP_THRESHOLD
    mallopt(M_MMAP_THRESHOLD, 128 * 1024);
#endif
}

int main(int argc, char **argv)
{
    forbid_dumps();
    keep_large_memory_apart();
    signal(SIGPIPE, SIG_IGN);
    const char *word = argc > 1 ? argv[1] : NULL;
    if (word && (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0 || strcmp(word, "help") == 0)) {
        print_usage(stdout);
        return 0;
    }
    if (word && strcmp(word, "--version") == 0) {
        printf("gvisor-smoke %s (commit %s)\n", version_number, version_commit);
        return 0;
    }
    for (size_t i = 0; word && i < COMMAND_COUNT; i++)
        if (strcmp(word, commands[i].name) == 0)
            return commands[i].run(argc - 1, argv + 1);
    if (!word) {
        print_usage(stderr);
        return EXIT_USAGE;
    }
    struct error *err = NULL;
    struct strings names = {0};
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        strings_add(&names, commands[i].name);
    cleanup_free char *joined = strings_join(&names, ", ");
    strings_release(&names);
    error_set(&err, ERROR_USAGE, "unknown command \"%s\": the commands are %s", word, joined);
    return command_fail(err);
}
