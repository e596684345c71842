/* SPDX-License-Identifier: Apache-2.0
 *
 * Runs a program and writes the most memory that it ever had, in KiB, to a file: measure FILE PROGRAM
 * [ARGUMENT...].
 *
 * A process that is large itself cannot ask for this directly: what it was before exec(2) counts for its
 * child too.
 */
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argument_count, char **arguments)
{
    struct rusage usage;
    int status = 0;
    pid_t child = argument_count > 2 ? fork() : -1;
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        execv(arguments[2], arguments + 2);
        _exit(127);
    }
    if (child < 0 || wait4(child, &status, 0, &usage) < 0)
        return 126;
    FILE *file = fopen(arguments[1], "w");
    if (!file || fprintf(file, "%ld\n", usage.ru_maxrss) < 0 || fclose(file) != 0)
        return 126;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
