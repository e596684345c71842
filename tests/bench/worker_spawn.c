/* SPDX-License-Identifier: Apache-2.0
 *
 * A worker of the benchmark (worker.h) that starts a program for each request and waits for its end. A line
 * is "spawn" (or "pod"), the file for the program's standard input, and the program with its words. Its
 * processor time and memory are those of the program and of all that it has waited for.
 *
 * A worker of its own, because what a large process was before exec(2) counts for its child's memory too.
 */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "worker.h"

static pid_t start(char **words, int output)
{
    posix_spawn_file_actions_t actions;
    pid_t pid = -1;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, words[1], O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
    if (posix_spawnp(&pid, words[2], &actions, NULL, words + 2, environ) != 0)
        pid = -1;
    posix_spawn_file_actions_destroy(&actions);
    return pid;
}

static void take_all(int from, struct outcome *outcome)
{
    static char bytes[65536];
    for (ssize_t length; (length = read(from, bytes, sizeof bytes)) != 0;) {
        if (length > 0)
            outcome_take(outcome, bytes, (size_t)length);
        else if (errno != EINTR)
            return;
    }
}

static int64_t in_ns(struct timeval time)
{
    return ((int64_t)time.tv_sec * 1000000 + time.tv_usec) * 1000;
}

static void do_it(void *context, char **words, struct outcome *outcome)
{
    (void)context;
    int ends[2], status = 0;
    if (!words[1] || !words[2] || pipe2(ends, O_CLOEXEC) < 0) {
        outcome_fail(outcome, "there is no program to start");
        return;
    }
    pid_t pid = start(words, ends[1]);
    close(ends[1]);
    if (pid > 0)
        take_all(ends[0], outcome);
    close(ends[0]);
    struct rusage usage;
    if (pid < 0 || wait4(pid, &status, 0, &usage) < 0) {
        outcome_fail(outcome, "the program cannot be started");
        return;
    }
    outcome->cpu_ns = in_ns(usage.ru_utime) + in_ns(usage.ru_stime);
    outcome->peak_kib = usage.ru_maxrss;
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        snprintf(outcome->problem, sizeof outcome->problem, "%s ends with status %d", words[2], status);
}

int main(void)
{
    worker_serve(do_it, NULL);
    return 0;
}
