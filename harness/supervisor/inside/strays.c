/* SPDX-License-Identifier: Apache-2.0
 *
 * The end of every process that a script left running, whatever group, session or parent it gave itself.
 *
 * The supervisor is a child subreaper (prctl(2)): a process of the case that loses its parent becomes the
 * supervisor's child. So killing children until there are none ends them all.
 */
#include "inside.h"

#define PATIENCE_NS ((int64_t)5000000000) /* for all to be gone */
#define ROUND_MS 20                       /* until the children are looked at again, unless one ends before */

struct process {
    int parent;
    char state;
    char name[16];
};

/* Reads "PID (NAME) STATE PARENT ..."; NAME may hold anything. */
static bool read_process(int proc, const char *pid, struct process *ret_process)
{
    char place[64], stat[512];
    struct text path = TEXT(place), name = TEXT(ret_process->name);
    text_add(&path, pid);
    text_add(&path, "/stat");
    int fd = sys_open(proc, place, O_RDONLY, 0);
    if (fd < 0)
        return false;
    long length = sys_read(fd, stat, sizeof stat - 1);
    sys_close(fd);
    long open = 0, close = length;
    while (open < length && stat[open] != '(')
        open++;
    while (--close > open && stat[close] != ')')
        ;
    if (close <= open || close + 4 >= length)
        return false;
    text_add_bytes(&name, stat + open + 1, (size_t)(close - open - 1));
    for (char *at = ret_process->name; *at; at++)
        if (*at < ' ' || *at > '~')
            *at = '?';
    long digits = 0;
    while (close + 4 + digits < length && stat[close + 4 + digits] != ' ')
        digits++;
    ret_process->state = stat[close + 2];
    ret_process->parent = (int)text_number(stat + close + 4, (size_t)digits);
    return true;
}

static void kill_children_listed(int proc, const char *listed, long length, struct strays *strays)
{
    int own = sys_pid();
    for (long at = 0; at < length;) {
        const char *name = listed + at + 19; /* of linux_dirent64: inode 8, offset 8, length 2, kind 1 */
        struct process process;
        uint16_t entry_length;
        __builtin_memcpy(&entry_length, listed + at + 16, sizeof entry_length);
        at += entry_length;
        int pid = (int)text_number(name, text_length(name));
        if (pid <= 0 || !read_process(proc, name, &process) || process.parent != own || process.state == 'Z')
            continue;
        if (!strays->name[0]) {
            struct text first = TEXT(strays->name);
            text_add(&first, process.name);
        }
        sys_kill(pid, SIGNAL_KILL);
    }
}

static void kill_children(struct strays *strays)
{
    static char listed[4096] __attribute__((aligned(8)));
    int proc = sys_open(AT_FDCWD, "/proc", O_RDONLY | O_DIRECTORY, 0);
    if (proc < 0)
        return;
    long length;
    while ((length = sys_list(proc, listed, sizeof listed)) > 0)
        kill_children_listed(proc, listed, length, strays);
    sys_close(proc);
}

/* Reaps who has ended; false when no child is left. */
static bool reap(struct strays *strays)
{
    int status, pid;
    while ((pid = sys_wait(-1, &status, WAIT_NO_HANG)) > 0)
        strays->killed += (status & 0x7f) == SIGNAL_KILL;
    return pid == 0 || pid == -EINTR;
}

static void wait_for_child(int signal_fd)
{
    char signals[1024];
    struct pollfd fd = {.fd = signal_fd, .events = POLLIN};
    if (sys_poll(&fd, 1, ROUND_MS) > 0)
        sys_read(signal_fd, signals, sizeof signals);
}

void strays_end(int group, int signal_fd, struct strays *ret_strays)
{
    int64_t deadline = sys_now_ns() + PATIENCE_NS;
    *ret_strays = (struct strays){0};
    while (reap(ret_strays)) {
        if (sys_now_ns() > deadline) {
            ret_strays->left = 1;
            return;
        }
        kill_children(ret_strays);
        if (group > 0)
            sys_kill(-group, SIGNAL_KILL);
        group = 0;
        wait_for_child(signal_fd);
    }
}
