/* SPDX-License-Identifier: Apache-2.0
 *
 * What the tests of the supervisor itself share: the real program, run on this machine as a child.
 */
#ifndef TESTS_UNIT_SUPERVISOR_CHILD_H
#define TESTS_UNIT_SUPERVISOR_CHILD_H

#include "unit.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>

#include "gvisor-smoke/embedded.h"
#include "gvisor-smoke/supervisor.h"

#if defined(__x86_64__)
#define ARCHITECTURE "amd64"
#else
#define ARCHITECTURE "arm64"
#endif

#define KEPT_BYTES ((size_t)128 * 1024 * 1024)

/* One program and one base folder for all tests. */
static char *place, *program, *base;

static int set_up(void **state)
{
    (void)state;
    signal(SIGPIPE, SIG_IGN);
    const struct embedded_file *binary = supervisor_binary(ARCHITECTURE);
    assert_non_null(binary);
    place = folder_make();
    folder_write(place, "supervisor", binary->bytes, binary->length);
    program = xasprintf("%s/supervisor", place);
    base = xasprintf("%s/base", place);
    assert_int_equal(chmod(program, 0700), 0);
    assert_int_equal(mkdir(base, 0700), 0);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    folder_remove(place);
    free(program);
    free(base);
    return 0;
}

/* A child with its three streams; standard error stays the test's. */
struct child {
    pid_t pid;
    int input, output;
};

static struct child child_start(const char *const *command)
{
    int in[2], out[2];
    assert_int_equal(pipe2(in, O_CLOEXEC), 0);
    assert_int_equal(pipe2(out, O_CLOEXEC), 0);
    struct child child = {.pid = fork(), .input = in[1], .output = out[0]};
    if (child.pid == 0) {
        dup2(in[0], 0);
        dup2(out[1], 1);
        execvp(command[0], (char *const *)(uintptr_t)command);
        _exit(127);
    }
    close(in[0]);
    close(out[1]);
    return child;
}

/* Writes the input, closes it where asked, decodes the output to its end. Returns the exit code. */
__attribute__((unused)) static int child_finish(struct child *child, const char *input, size_t length,
                                                bool close_input, struct supervisor_decoder *ret_decoder)
{
    static char bytes[65536];
    size_t written = 0;
    ssize_t got;
    int status;
    while (written < length && (got = write(child->input, input + written, length - written)) > 0)
        written += (size_t)got;
    if (close_input)
        close(child->input);
    supervisor_decoder_init(ret_decoder, KEPT_BYTES);
    while ((got = read(child->output, bytes, sizeof bytes)) > 0)
        supervisor_decoder_feed(ret_decoder, bytes, (size_t)got);
    supervisor_decoder_finish(ret_decoder);
    close(child->output);
    if (!close_input)
        close(child->input);
    assert_int_equal(waitpid(child->pid, &status, 0), child->pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* Of a run of its own. */
static char *next_id(void)
{
    static unsigned count;
    return xasprintf("run-%u", count++);
}

/* The file that keeps its reply. */
static char *kept_path(const char *id)
{
    return xasprintf("%s.%s", program, id);
}

static void pause_ms(long ms)
{
    nanosleep(&(struct timespec){.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000}, NULL);
}

/* The process that runs the case of a front. */
static pid_t worker_of(const struct child *child)
{
    cleanup_free char *path = xasprintf("/proc/%d/task/%d/children", child->pid, child->pid);
    FILE *file = fopen(path, "re");
    int pid = 0;
    assert_non_null(file);
    assert_int_equal(fscanf(file, "%d", &pid), 1);
    fclose(file);
    return pid;
}

static bool base_is_empty(void)
{
    DIR *folder = opendir(base);
    int count = 0;
    if (!folder)
        fail_msg("cannot read the folder %s", base);
    while (readdir(folder))
        count++;
    closedir(folder);
    return count == 2;
}

/* Waits until no process has the name in its command line. */
static void assert_nobody_runs(const char *word)
{
    cleanup_free char *command = xasprintf("pgrep -f '%s' >/dev/null", word);
    for (int i = 0; i < 200; i++) {
        if (system(command) != 0)
            return;
        pause_ms(20);
    }
    fail_msg("still running: %s", word);
}

#endif
