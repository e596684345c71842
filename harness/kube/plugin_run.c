/* SPDX-License-Identifier: Apache-2.0
 *
 * Runs a credential plugin: a child process with a deadline, whose output is read and wiped.
 */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <uv.h>

#include "gvisor-smoke/buf.h"
#include "gvisor-smoke/cleanup.h"
#include "gvisor-smoke/clock.h"
#include "gvisor-smoke/log.h"
#include "plugin.h"

#define OUTPUT_MAX ((size_t)1 << 20)
#define ERRORS_MAX ((size_t)65536) /* bytes of standard error that are told */
/* How long output may still come after the command has ended: what it started may hold the pipe open. */
#define OUTPUT_PATIENCE_MS 1000

struct plugin_run {
    struct loop *loop;
    const struct kube_plugin *plugin;
    uv_process_t process;
    uv_pipe_t output, errors; /* errors is in use when the run is detached */
    unsigned open_handles;    /* freed when the last of them has closed */
    bool has_process;         /* the handle is in use, also after a failed start */
    bool detached;            /* a session of its own, which is killed whole */
    bool ended, output_over, errors_over, finished, too_long;
    int64_t exit_status;
    int exit_signal;
    int64_t timeout_ms, started_ms;
    struct timer *deadline, *patience, *delivery;
    char *bytes; /* OUTPUT_MAX of them; wiped */
    size_t length;
    struct buf said; /* on standard error */
    char room[4096]; /* for the next piece of it */
    struct error *err;
    void (*done)(void *context, struct plugin_credential *credential, const struct error *err);
    void *context;
};

static void run_free(struct plugin_run *run)
{
    secret_wipe(run->bytes, OUTPUT_MAX);
    free(run->bytes);
    secret_wipe(run->said.bytes, run->said.length);
    secret_wipe(run->room, sizeof run->room);
    buf_release(&run->said);
    error_free(run->err);
    free(run);
}

static void on_closed(uv_handle_t *handle)
{
    struct plugin_run *run = handle->data;
    if (--run->open_handles == 0)
        run_free(run);
}

static void kill_all(struct plugin_run *run)
{
    if (run->ended || run->process.pid <= 0)
        return;
    if (!run->detached || kill(-run->process.pid, SIGKILL) < 0)
        kill(run->process.pid, SIGKILL);
}

/* Told when all is there, and the credential is known: it is taken out. A line that did not fit is left out.
 */
static void tell_errors(struct plugin_run *run)
{
    while (run->said.dropped && run->said.length && run->said.bytes[run->said.length - 1] != '\n')
        run->said.length--;
    if (run->said.length == 0)
        return;
    char *text = text_from_bytes(run->said.bytes, run->said.length);
    log_tell(text);
    if (!text_ends_with(text, "\n"))
        log_tell("\n");
    secret_wipe(text, strlen(text));
    free(text);
    buf_clear(&run->said);
}

/* No call of done comes after it. */
static void run_close(struct plugin_run *run)
{
    if (run->finished)
        return;
    run->finished = true;
    tell_errors(run);
    timer_cancel(&run->deadline);
    timer_cancel(&run->patience);
    timer_cancel(&run->delivery);
    kill_all(run);
    uv_close((uv_handle_t *)&run->output, on_closed);
    uv_close((uv_handle_t *)&run->errors, on_closed);
    if (run->has_process && run->ended)
        uv_close((uv_handle_t *)&run->process, on_closed); /* else when it was reaped */
}

static void run_finish(struct plugin_run *run, struct plugin_credential *credential, const struct error *err)
{
    tell_errors(run);
    log_debug("credential plugin %s: %s after %lld ms", run->plugin->command, err ? err->message : "answered",
              (long long)(clock_monotonic_ms() - run->started_ms));
    run->done(run->context, credential, err);
    run_close(run);
}

static void run_fail(struct plugin_run *run, const char *problem)
{
    cleanup_error struct error *err = NULL;
    error_set(&err, ERROR_ENVIRONMENT, "the credential plugin \"%s\" %s", run->plugin->command, problem);
    error_hint(&err, "run it by hand; what it said on standard error stands above");
    run_finish(run, NULL, err);
}

static void run_read_answer(struct plugin_run *run)
{
    cleanup_error struct error *err = NULL;
    struct plugin_credential credential = {0};
    if (run->too_long) {
        run_fail(run, "prints too much for a credential");
        return;
    }
    if (plugin_answer_read(run->plugin, run->bytes, run->length, &credential, &err) < 0) {
        error_hint(&err, "run it by hand: it must print an ExecCredential of %s", run->plugin->api_version);
        run_finish(run, NULL, err);
        return;
    }
    run_finish(run, &credential, NULL);
}

static void run_advance(struct plugin_run *run)
{
    if (!run->ended || !run->output_over || !run->errors_over)
        return;
    cleanup_free char *problem =
        run->exit_signal
            ? xasprintf("was ended by signal %d (%s)", run->exit_signal, strsignal(run->exit_signal))
            : xasprintf("failed with exit code %lld", (long long)run->exit_status);
    if (run->exit_signal || run->exit_status != 0)
        run_fail(run, problem);
    else
        run_read_answer(run);
}

static void on_patience(void *context)
{
    struct plugin_run *run = context;
    run->patience = NULL;
    run->output_over = run->errors_over = true;
    run_advance(run);
}

static void on_ended(uv_process_t *process, int64_t exit_status, int exit_signal)
{
    struct plugin_run *run = process->data;
    run->ended = true;
    if (!run->detached)
        log_take_terminal_back();
    if (run->finished) {
        uv_close((uv_handle_t *)process, on_closed);
        return;
    }
    run->exit_status = exit_status;
    run->exit_signal = exit_signal;
    if (!run->output_over || !run->errors_over)
        run->patience = timer_start(run->loop, OUTPUT_PATIENCE_MS, on_patience, run);
    run_advance(run);
}

static void on_deadline(void *context)
{
    struct plugin_run *run = context;
    run->deadline = NULL;
    cleanup_free char *limit = text_duration(run->timeout_ms);
    cleanup_free char *problem = xasprintf("gave no answer in %s and was ended", limit);
    run_fail(run, problem);
}

/* Reads into the run's own bytes, and what is too much into its last part over and over. */
static void on_room(uv_handle_t *handle, size_t suggested, uv_buf_t *ret_room)
{
    struct plugin_run *run = handle->data;
    (void)suggested;
    if (run->length == OUTPUT_MAX) {
        run->too_long = true;
        run->length = OUTPUT_MAX / 2;
    }
    *ret_room = uv_buf_init(run->bytes + run->length, (unsigned)(OUTPUT_MAX - run->length));
}

static void on_output(uv_stream_t *stream, ssize_t count, const uv_buf_t *room)
{
    struct plugin_run *run = stream->data;
    (void)room;
    if (run->finished)
        return;
    if (count > 0) {
        run->length += (size_t)count;
    } else if (count < 0) {
        uv_read_stop(stream);
        run->output_over = true;
        run_advance(run);
    }
}

static void on_errors_room(uv_handle_t *handle, size_t suggested, uv_buf_t *ret_room)
{
    struct plugin_run *run = handle->data;
    (void)suggested;
    *ret_room = uv_buf_init(run->room, sizeof run->room);
}

static void on_errors(uv_stream_t *stream, ssize_t count, const uv_buf_t *room)
{
    struct plugin_run *run = stream->data;
    if (run->finished)
        return;
    if (count > 0) {
        buf_append(&run->said, room->base, (size_t)count);
    } else if (count < 0) {
        uv_read_stop(stream);
        run->errors_over = true;
        run_advance(run);
    }
}

/* --- the start --- */

/* As a shell looks it up, in this program's $PATH. The caller frees it; NULL with errno when there is none.
 */
static char *find_command(const char *command)
{
    const char *path = getenv("PATH");
    struct stat status;
    if (strchr(command, '/'))
        return xstrdup(command);
    cleanup_strings struct strings folders = strings_split(path ? path : "", ":");
    for (size_t i = 0; i < folders.count; i++) {
        cleanup_free char *file = xasprintf("%s/%s", folders.items[i], command);
        if (folders.items[i][0] == '/' && stat(file, &status) == 0 && S_ISREG(status.st_mode) &&
            access(file, X_OK) == 0)
            return steal(&file);
    }
    errno = ENOENT;
    return NULL;
}

static int spawn(struct plugin_run *run, const char *file, bool interactive)
{
    struct strings environment = plugin_environment(run->plugin, interactive), words = {0};
    strings_add(&words, run->plugin->command);
    strings_add_all(&words, &run->plugin->arguments);
    uv_stdio_container_t stdio[3] = {
        {.flags = interactive ? UV_INHERIT_FD : UV_IGNORE, .data.fd = STDIN_FILENO},
        {.flags = UV_CREATE_PIPE | UV_WRITABLE_PIPE, .data.stream = (uv_stream_t *)&run->output},
        {.flags = UV_INHERIT_FD, .data.fd = STDERR_FILENO},
    };
    if (!interactive)
        stdio[2] = (uv_stdio_container_t){.flags = UV_CREATE_PIPE | UV_WRITABLE_PIPE,
                                          .data.stream = (uv_stream_t *)&run->errors};
    const uv_process_options_t options = {
        .exit_cb = on_ended,
        .file = file,
        .args = words.items,
        .env = environment.items,
        .flags = interactive ? 0 : UV_PROCESS_DETACHED,
        .stdio_count = 3,
        .stdio = stdio,
    };
    run->detached = !interactive;
    run->errors_over = interactive;
    run->has_process = true;
    run->open_handles++;
    if (interactive)
        log_lend_terminal(); /* before it can write anything */
    int result = uv_spawn(loop_native(run->loop), &run->process, &options);
    if (result < 0 && interactive)
        log_take_terminal_back();
    plugin_wipe_strings(&environment);
    strings_release(&words);
    return result;
}

static void deliver_failure(void *context)
{
    struct plugin_run *run = context;
    run->delivery = NULL;
    run_finish(run, NULL, run->err);
}

/* A failure that is known at once is told from the loop too. */
static void fail_later(struct plugin_run *run, const char *problem, const char *hint)
{
    run->ended = true;
    error_set(&run->err, ERROR_ENVIRONMENT, "the credential plugin \"%s\" %s", run->plugin->command, problem);
    if (hint)
        error_hint(&run->err, "%s", hint);
    run->delivery = timer_start(run->loop, 0, deliver_failure, run);
}

static void start(struct plugin_run *run)
{
    const struct kube_plugin *plugin = run->plugin;
    bool terminal = isatty(STDIN_FILENO) == 1;
    bool interactive = terminal && plugin->mode != PLUGIN_NEVER;
    const char *install = plugin->install_hint ? plugin->install_hint
                                               : "install the plugin that the kubeconfig's provider names";
    cleanup_free char *file = find_command(plugin->command);
    if (plugin->mode == PLUGIN_ALWAYS && !terminal) {
        fail_later(run, "wants to ask at the terminal, and standard input is none",
                   "run it at a terminal, or use a kubeconfig with a service account's token");
        return;
    }
    int result = file ? spawn(run, file, interactive) : UV_ENOENT;
    if (result == UV_ENOENT) {
        fail_later(run, "is not there", install);
        return;
    }
    if (result < 0) {
        cleanup_free char *problem = xasprintf("cannot be started: %s", uv_strerror(result));
        fail_later(run, problem, NULL);
        return;
    }
    run->deadline = timer_start(run->loop, run->timeout_ms, on_deadline, run);
    uv_read_start((uv_stream_t *)&run->output, on_room, on_output);
    if (run->detached)
        uv_read_start((uv_stream_t *)&run->errors, on_errors_room, on_errors);
}

struct plugin_run *plugin_run_start(struct loop *loop, const struct kube_plugin *plugin, int64_t timeout_ms,
                                    void (*done)(void *context, struct plugin_credential *credential,
                                                 const struct error *err),
                                    void *context)
{
    struct plugin_run *run = xcalloc(1, sizeof *run);
    run->loop = loop;
    run->plugin = plugin;
    run->timeout_ms = timeout_ms;
    run->started_ms = clock_monotonic_ms();
    run->done = done;
    run->context = context;
    run->bytes = xcalloc(OUTPUT_MAX, 1);
    buf_init(&run->said, ERRORS_MAX);
    run->open_handles = 2;
    uv_pipe_init(loop_native(loop), &run->output, 0);
    uv_pipe_init(loop_native(loop), &run->errors, 0);
    run->output.data = run->errors.data = run->process.data = run;
    start(run);
    return run;
}

void plugin_run_cancel(struct plugin_run **run)
{
    if (*run)
        run_close(*run);
    *run = NULL;
}
