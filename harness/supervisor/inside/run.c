/* SPDX-License-Identifier: Apache-2.0
 *
 * One script: started in a session of its own, its output forwarded, its timeout enforced, ended with all
 * that it left.
 *
 *     RUNNING -> TERMINATING (SIGTERM was sent) -> KILLED (SIGKILL was sent) -> ENDED
 */
#include <linux/prctl.h>
#include <linux/signalfd.h>

#include "inside.h"

#define KILLS_MAX 5                    /* tries of SIGKILL, a grace apart */
#define GRACE_NS ((int64_t)2000000000) /* between SIGTERM and SIGKILL */
#define TICK_NS ((int64_t)2000000000)  /* between looks whether anybody still wants the case */
#define CHILD_STACK_BYTES (32 * 1024)
#define PAUSE_MS 200 /* until a reply that found no room on the disk is written again */

enum stage { RUNNING, TERMINATING, KILLED, ENDED };

struct job {
    const struct request *request;
    const char *kept_path; /* of the reply */
    int kept_fd;
    enum stage stage;
    int pid, status, signal_fd, kills;
    int64_t started_ns, deadline_ns, ended_ns;
    int64_t looked_ns, attended_ns; /* when it was last asked, and seen, that somebody listens */
    bool timed_out;
    const char *aborted; /* why it was ended before its time, or NULL */
    struct stream streams[2];
    struct folder folder;
    struct strays strays;
};

/* --- the start */

struct script {
    const char *shell;
    const char *const *variables;
    int inputs[3];
    int error; /* of the child's, 0 when it has become the script */
};

/* In the child, in the memory of the supervisor: never returns, and changes only `error` there. */
_Noreturn static void become_script(void *context)
{
    static const char *const arguments[] = {"sh", "../run", NULL};
    struct script *script = context;
    sys_new_session();
    sys_control(PR_SET_PDEATHSIG, SIGNAL_KILL);
    int error = sys_change_folder(environment_value(script->variables, "PWD"));
    for (int i = 0; i < 3 && error >= 0; i++)
        error = sys_duplicate(script->inputs[i], i);
    sys_default_signal(SIGNAL_PIPE);
    sys_block_signals(0);
    script->error = error < 0 ? error : sys_execute(script->shell, arguments, script->variables);
    sys_exit(127);
}

/* Starts the shell; 0 or an errno, negative. All descriptors are close-on-exec. */
static int start(struct job *job, const char *shell, const char *const *variables)
{
    static char stack[CHILD_STACK_BYTES] __attribute__((aligned(16)));
    int out[2], err[2], error = 0;
    int input = sys_open(AT_FDCWD, "/dev/null", O_RDONLY, 0);
    if (input < 0)
        return input;
    if ((error = sys_pipe(out)) < 0 || (error = sys_pipe(err)) < 0)
        return error;
    struct script script = {.shell = shell, .variables = variables, .inputs = {input, out[1], err[1]}};
    job->started_ns = sys_now_ns();
    job->deadline_ns = job->started_ns + job->request->timeout_ms * 1000000;
    job->pid = sys_fork_sharing(become_script, &script, stack + sizeof stack);
    sys_close(input);
    sys_close(out[1]);
    sys_close(err[1]);
    if (job->pid < 0)
        return job->pid;
    job->streams[0] = (struct stream){.fd = out[0], .type = SUPERVISOR_FRAME_STDOUT};
    job->streams[1] = (struct stream){.fd = err[0], .type = SUPERVISOR_FRAME_STDERR};
    for (int i = 0; i < 2; i++)
        sys_set_flags(job->streams[i].fd, O_RDONLY | O_NONBLOCK);
    return script.error;
}

/* --- events */

static void enter_stage(struct job *job, enum stage stage, int signal)
{
    job->stage = stage;
    job->deadline_ns = sys_now_ns() + GRACE_NS;
    sys_kill(-job->pid, signal);
}

static void job_abort(struct job *job, const char *cause)
{
    if (job->aborted)
        return;
    job->aborted = cause;
    enter_stage(job, KILLED, SIGNAL_KILL);
}

static void on_deadline(struct job *job)
{
    switch (job->stage) {
    case RUNNING:
        job->timed_out = true;
        enter_stage(job, TERMINATING, SIGNAL_TERM);
        break;
    case TERMINATING:
    case KILLED:
        enter_stage(job, KILLED, SIGNAL_KILL);
        if (++job->kills <= KILLS_MAX)
            break;
        job->aborted = "the script's shell cannot be killed";
        job->stage = ENDED;
        break;
    case ENDED:
        break;
    }
}

static void on_signals(struct job *job)
{
    struct signalfd_siginfo info;
    while (sys_read(job->signal_fd, &info, sizeof info) == sizeof info)
        if (info.ssi_signo != SIGNAL_CHILD)
            job_abort(job, "ended by a signal to the supervisor");
    int status, pid;
    while ((pid = sys_wait(-1, &status, WAIT_NO_HANG)) > 0)
        if (pid == job->pid) {
            job->status = status;
            job->ended_ns = sys_now_ns();
            job->stage = ENDED;
            return; /* who ends from here on is a stray */
        }
}

/* Whoever asked for the case has gone for good, or says so by removing what is kept for him. */
static void look_for_listeners(struct job *job)
{
    int64_t now_ns = sys_now_ns();
    if (now_ns - job->looked_ns < TICK_NS)
        return;
    job->looked_ns = now_ns;
    if (kept_is_gone(job->kept_path))
        job_abort(job, "its reply was removed: nobody wants it any more");
    else if (kept_is_attended(job->kept_fd))
        job->attended_ns = now_ns;
    else if (now_ns - job->attended_ns > job->request->grace_ms * 1000000)
        job_abort(job, "whoever asked for this is gone, and did not come back in time");
}

static int64_t time_left_ms(const struct job *job)
{
    int64_t left_ns = job->deadline_ns - sys_now_ns();
    return left_ns <= 0 ? 0 : left_ns / 1000000 + 1;
}

static int64_t time_to_wait_ms(const struct job *job)
{
    int64_t left_ms = time_left_ms(job), most_ms = reply_pending() ? PAUSE_MS : TICK_NS / 1000000;
    return left_ms < most_ms ? left_ms : most_ms;
}

static void wait_for_events(struct job *job)
{
    bool wants_out = stream_wants(&job->streams[0], job->request->max_bytes);
    bool wants_err = stream_wants(&job->streams[1], job->request->max_bytes);
    struct pollfd fds[] = {
        {.fd = job->signal_fd, .events = POLLIN},
        {.fd = wants_out ? job->streams[0].fd : -1, .events = POLLIN},
        {.fd = wants_err ? job->streams[1].fd : -1, .events = POLLIN},
    };
    sys_poll(fds, sizeof fds / sizeof *fds, time_to_wait_ms(job));
    for (int i = 0; i < 2; i++)
        if (fds[1 + i].revents)
            stream_read(&job->streams[i], job->request->max_bytes);
    reply_push();
    if (reply_broken())
        job_abort(job, "its reply cannot be written");
    if (fds[0].revents)
        on_signals(job);
    if (job->stage != ENDED)
        look_for_listeners(job);
    if (job->stage != ENDED && time_left_ms(job) == 0)
        on_deadline(job);
}

/* --- the end */

static void reply_result(const struct job *job, bool removed)
{
    char place[1024];
    struct text text = TEXT(place);
    struct rusage usage = {0};
    int signal = job->status & 0x7f;
    sys_usage_of_children(&usage);
    text_add(&text, job->timed_out ? "ending=timeout\n" : signal ? "ending=signaled\n" : "ending=exited\n");
    text_add_field(&text, "code", signal ? -1 : job->status >> 8 & 0xff);
    text_add_field(&text, "signal", signal);
    text_add_field(&text, "wall_us", (job->ended_ns - job->started_ns) / 1000);
    text_add_field(&text, "user_us", usage.ru_utime.tv_sec * 1000000 + usage.ru_utime.tv_usec);
    text_add_field(&text, "system_us", usage.ru_stime.tv_sec * 1000000 + usage.ru_stime.tv_usec);
    text_add_field(&text, "peak_kib", usage.ru_maxrss);
    text_add_field(&text, "strays", job->strays.killed);
    text_add_field(&text, "strays_left", job->strays.left);
    if (job->strays.killed || job->strays.left) {
        text_add(&text, "stray_name=");
        text_add(&text, job->strays.name);
        text_add(&text, "\n");
    }
    text_add_field(&text, "folder_left", !removed);
    stream_describe(&job->streams[0], "stdout", &text);
    stream_describe(&job->streams[1], "stderr", &text);
    reply_frame(SUPERVISOR_FRAME_END, text.bytes, text.length);
}

static int fail(struct job *job, const char *problem)
{
    folder_remove(&job->folder);
    reply_frame(SUPERVISOR_FRAME_FAILED, problem, text_length(problem));
    return 1;
}

static int reply_missing(void)
{
    static const char ending[] = "ending=missing\n";
    reply_frame(SUPERVISOR_FRAME_END, ending, sizeof ending - 1);
    return 0;
}

static int finish(struct job *job)
{
    strays_end(job->pid, job->signal_fd, &job->strays);
    if (job->aborted)
        return fail(job, job->aborted);
    for (int i = 0; i < 2; i++)
        stream_take_rest(&job->streams[i], job->request->max_bytes);
    reply_result(job, folder_remove(&job->folder));
    return 0;
}

int run_request(const struct request *request, const char *path, int fd, const char *const *environment)
{
    static struct job job;
    static char shell_path[PATH_MAX_BYTES], problem_text[PATH_MAX_BYTES];
    struct text shell = TEXT(shell_path), problem = TEXT(problem_text);
    const uint64_t signals =
        SIGNAL_BIT(SIGNAL_CHILD) | SIGNAL_BIT(SIGNAL_TERM) | SIGNAL_BIT(SIGNAL_INT) | SIGNAL_BIT(SIGNAL_HUP);
    job.request = request;
    job.kept_path = path;
    job.kept_fd = fd;
    job.looked_ns = job.attended_ns = sys_now_ns();
    if (request->timeout_ms <= 0)
        return fail(&job, "the request names no timeout");
    if (command_reply_missing(request, environment))
        return reply_missing();
    if (!command_find("sh", environment, &shell))
        return fail(&job, "the image has no sh in PATH");
    const char *temporary = environment_value(environment, "TMPDIR");
    const char *base = request->base ? request->base : temporary && *temporary ? temporary : "/tmp";
    if (!folder_make(&job.folder, base, request, &problem))
        return fail(&job, problem_text);
    if (sys_control(PR_SET_CHILD_SUBREAPER, 1) < 0)
        return fail(&job, "the kernel does not let the supervisor take in orphans (PR_SET_CHILD_SUBREAPER)");
    sys_block_signals(signals | SIGNAL_BIT(SIGNAL_PIPE));
    job.signal_fd = sys_signal_fd(signals);
    int error = job.signal_fd < 0
                    ? job.signal_fd
                    : start(&job, shell_path, environment_make(request, &job.folder, environment));
    if (error < 0) {
        text_add(&problem, "cannot start ");
        text_add(&problem, shell_path);
        text_add(&problem, ": ");
        text_add_errno(&problem, -error);
        return fail(&job, problem_text);
    }
    while (job.stage != ENDED)
        wait_for_events(&job);
    return finish(&job);
}
