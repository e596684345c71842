// SPDX-License-Identifier: Apache-2.0
//
// The process that holds a pod's namespaces: it waits until it is told to end,
// and reaps the orphans that become its children.

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static void on_end(int signal_number)
{
    (void)signal_number;
    _exit(0);
}

static void on_child(int signal_number)
{
    (void)signal_number;
    while (waitpid(-1, NULL, WNOHANG) > 0)
        ;
}

int main(void)
{
    struct sigaction end = {.sa_handler = on_end};
    struct sigaction child = {.sa_handler = on_child, .sa_flags = SA_NOCLDSTOP | SA_RESTART};

    sigaction(SIGTERM, &end, NULL);
    sigaction(SIGINT, &end, NULL);
    sigaction(SIGCHLD, &child, NULL);
    for (;;)
        pause();
}
