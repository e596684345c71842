/* SPDX-License-Identifier: Apache-2.0
 *
 * The signs of gVisor, read by system call: one line `key=value` each, in the words of attest_judge().
 *
 * Sources: gVisor's pkg/sentry (kernel/syslog.go, syscalls/linux, fsimpl/proc). A call that asks for
 * something that the kernel does not have is told by its errno, and has no effect.
 */
#include <linux/perf_event.h>

#include "inside.h"

#define SYSLOG_READ_ALL 3
#define LINE_MAX_BYTES 1024

static char content[256 * 1024], lines[16 * 1024];
static struct text signs = TEXT(lines);

/* A line up to its end or its maximum. */
static size_t line_length(const char *line)
{
    size_t length = 0;
    while (line[length] && line[length] != '\n' && length < LINE_MAX_BYTES)
        length++;
    return length;
}

static void add(const char *key, const char *value, size_t length)
{
    text_add(&signs, key);
    text_add(&signs, "=");
    text_add_bytes(&signs, value, length);
    text_add(&signs, "\n");
}

static void add_word(const char *key, const char *value)
{
    add(key, value, line_length(value));
}

/* What a call answered: "ok" or the name of its errno. */
static void add_answer(const char *key, long answer)
{
    char place[32];
    struct text name = TEXT(place);
    if (answer < 0)
        text_add_errno(&name, (int)-answer);
    else
        text_add(&name, "ok");
    add_word(key, place);
}

/* Reads a file into content, NUL-terminated; false when it cannot be read. */
static bool load(const char *path)
{
    size_t length = 0;
    int fd = sys_open(AT_FDCWD, path, O_RDONLY, 0);
    long got = fd;
    while (fd >= 0 && length < sizeof content - 1) {
        got = sys_read(fd, content + length, sizeof content - 1 - length);
        if (got <= 0)
            break;
        length += (size_t)got;
    }
    if (fd >= 0)
        sys_close(fd);
    content[length] = '\0';
    return got >= 0;
}

static const char *next_line(const char *line)
{
    while (*line && *line != '\n')
        line++;
    return *line ? line + 1 : NULL;
}

/* The line of content that begins with a word, or NULL. */
static const char *find_line(const char *prefix)
{
    for (const char *line = content; line; line = next_line(line))
        if (text_after(line, prefix))
            return line;
    return NULL;
}

static void add_first_line(const char *key, const char *path)
{
    if (load(path) && *content)
        add_word(key, content);
}

static void add_line(const char *key, const char *path, const char *prefix)
{
    const char *line = load(path) ? find_line(prefix) : NULL;
    if (line)
        add_word(key, line);
}

static void add_presence(const char *key, const char *path)
{
    struct statx status;
    int answer = sys_status(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW, &status);
    add_word(key, answer == 0 ? "present" : "absent");
}

static void add_names(void)
{
    struct new_utsname name;
    if (sys_name(&name) < 0)
        return;
    add_word("osrelease", name.release);
    add_word("uname_version", name.version);
    add_word("machine", name.machine);
}

/* The line of /proc/mounts for "/", the last one when several lie on each other, without the mount point. */
static void add_root_mount(void)
{
    const char *root = NULL;
    if (!load("/proc/mounts"))
        return;
    for (const char *line = content; line; line = next_line(line)) {
        const char *space = line;
        while (*space && *space != '\n' && *space != ' ')
            space++;
        if (text_after(space, " / "))
            root = line;
    }
    if (!root)
        return;
    size_t source = 0;
    while (root[source] != ' ')
        source++;
    text_add(&signs, "root_mount=");
    text_add_bytes(&signs, root, source);
    text_add_bytes(&signs, root + source + 2, line_length(root + source + 2)); /* over " /" */
    text_add(&signs, "\n");
}

static void add_modules(void)
{
    if (!load("/proc/modules"))
        add_word("modules", "absent");
    else
        add_word("modules", *content ? content : "empty");
}

/* The first line of the kernel's log. */
static void add_kernel_log(void)
{
    long got = sys_call(__NR_syslog, SYSLOG_READ_ALL, content, sizeof content - 1, 0);
    if (got < 0) {
        add_answer("dmesg_errno", got);
        return;
    }
    content[got] = '\0';
    add_word("dmesg", content);
}

/* Calls that gVisor does not have or does not allow. A software counter is there on every real kernel that
 * has counters at all. */
static void add_calls(void)
{
    struct perf_event_attr counter = {.type = PERF_TYPE_SOFTWARE,
                                      .size = sizeof counter,
                                      .config = PERF_COUNT_SW_TASK_CLOCK,
                                      .exclude_kernel = 1};
    long perf = sys_call6(__NR_perf_event_open, (long)&counter, 0, -1, -1, PERF_FLAG_FD_CLOEXEC, 0);
    add_answer("perf_event_open", perf);
    if (perf >= 0)
        sys_close((int)perf);
    long fault = sys_call(__NR_userfaultfd, O_CLOEXEC, 0, 0, 0);
    add_answer("userfaultfd", fault);
    if (fault >= 0)
        sys_close((int)fault);
    add_answer("io_uring_setup", sys_call(__NR_io_uring_setup, 1, 0, 0, 0)); /* EFAULT where it exists */
}

/* Not signs, but what a changed posture is known by. */
static void add_posture(void)
{
    static const char *const fields[][2] = {{"CapEff:\t", "cap_eff"},
                                            {"CapBnd:\t", "cap_bnd"},
                                            {"Seccomp:\t", "seccomp"},
                                            {"NoNewPrivs:\t", "no_new_privs"},
                                            {"Uid:\t", "uid"}};
    if (!load("/proc/self/status"))
        return;
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        const char *line = find_line(fields[i][0]);
        if (line)
            add_word(fields[i][1], text_after(line, fields[i][0]));
    }
}

void signs_reply(void)
{
    add_word("supervisor", "1");
    add_first_line("version", "/proc/version");
    add_names();
    add_first_line("boot_id", "/proc/sys/kernel/random/boot_id");
    add_first_line("cmdline", "/proc/cmdline");
    add_presence("sentry_meminfo", "/proc/sentry-meminfo");
    add_first_line("loadavg", "/proc/loadavg");
    add_root_mount();
    add_presence("proc_gvisor", "/proc/gvisor");
    add_line("cpu_model", "/proc/cpuinfo", "model name");
    add_line("ctxt", "/proc/stat", "ctxt ");
    add_modules();
    add_kernel_log();
    add_calls();
    add_posture();
    add_word("end", "1");
    reply_frame(SUPERVISOR_FRAME_SIGNS, signs.bytes, signs.length);
}
