/* SPDX-License-Identifier: Apache-2.0
 *
 * Commands and requests for the supervisor.
 */
#include <string.h>

#include "frame.h"
#include "gvisor-smoke/cleanup.h"
#include "gvisor-smoke/embedded.h"
#include "gvisor-smoke/text.h"
#include "supervisor_private.h"

extern const struct embedded_file embedded_supervisors[];

/* $1: bytes of program and request, $2: bytes of the program, $3: its place. Each step that fails has a code
 * of its own (supervisor_install_problem()). The file gets its place by a rename, so a program in use is not
 * in the way; the request comes out of the file, because a `head` may read more than it writes. */
#define INSTALLER                                                                                            \
    "f=$3.$$;trap 'rm -f $f' 0;head -c \"$1\">$f||exit 121;chmod 700 $f||exit 122;exec $f install \"$2\" $3"

#define DEFAULT_MAX_BYTES ((uint64_t)1024 * 1024)

const struct embedded_file *supervisor_binary(const char *architecture)
{
    for (const struct embedded_file *file = embedded_supervisors; file->name && architecture; file++)
        if (strcmp(file->name, architecture) == 0)
            return file;
    return NULL;
}

/* Ends the request, hands its bytes to the exec and frees the writer. */
static void close_request(struct writer *writer, struct supervisor_exec *exec)
{
    writer_add_text(writer, SUPERVISOR_FRAME_GO, "");
    exec->input_length = writer->bytes.length;
    exec->input = buf_steal(&writer->bytes);
    writer_free(writer);
}

static const char *place_or_default(const char *path)
{
    return path ? path : SUPERVISOR_PATH;
}

struct supervisor_exec supervisor_install_make(const struct embedded_file *binary, const char *path,
                                               const char *const *needs)
{
    struct supervisor_exec exec = {0};
    struct writer *writer = writer_new();
    buf_append(&writer->bytes, binary->bytes, binary->length);
    writer_add_list(writer, SUPERVISOR_FRAME_NEED, needs);
    close_request(writer, &exec);
    exec.length = xasprintf("%zu", exec.input_length);
    exec.offset = xasprintf("%zu", binary->length);
    const char *const command[] = {
        "sh", "-c", INSTALLER, "sh", exec.length, exec.offset, place_or_default(path)};
    memcpy(exec.command, command, sizeof command);
    return exec;
}

struct supervisor_exec supervisor_survey_make(const char *const *needs)
{
    struct supervisor_exec exec = {.command = {SUPERVISOR_PATH, "survey"}};
    struct writer *writer = writer_new();
    writer_add_list(writer, SUPERVISOR_FRAME_NEED, needs);
    close_request(writer, &exec);
    return exec;
}

void supervisor_write_run(struct writer *writer, const struct supervisor_run *run)
{
    writer_add_number(writer, SUPERVISOR_FRAME_TIMEOUT, (uint64_t)run->timeout_ms);
    writer_add_number(writer, SUPERVISOR_FRAME_MAX, run->max_bytes ? run->max_bytes : DEFAULT_MAX_BYTES);
    if (run->base)
        writer_add_text(writer, SUPERVISOR_FRAME_BASE, run->base);
    if (run->watch_input)
        writer_add_text(writer, SUPERVISOR_FRAME_WATCH, "");
    if (run->grace_ms)
        writer_add_number(writer, SUPERVISOR_FRAME_GRACE, (uint64_t)run->grace_ms);
    writer_add_list(writer, SUPERVISOR_FRAME_FORGET, run->forgotten);
    writer_add_list(writer, SUPERVISOR_FRAME_ENVIRONMENT, run->environment);
    writer_add_list(writer, SUPERVISOR_FRAME_NEED, run->needs);
    writer_add(writer, SUPERVISOR_FRAME_SCRIPT, run->script, run->script_length);
}

struct supervisor_exec supervisor_run_make(const struct supervisor_run *run)
{
    struct supervisor_exec exec = {.command = {place_or_default(run->path), "run", run->id}};
    struct writer *writer = writer_new();
    supervisor_write_run(writer, run);
    close_request(writer, &exec);
    return exec;
}

struct supervisor_exec supervisor_serve_make(const char *path)
{
    return (struct supervisor_exec){.command = {place_or_default(path), "serve"}, .input = xstrdup("")};
}

struct supervisor_exec supervisor_attach_make(const char *path, const char *id, uint64_t offset)
{
    struct supervisor_exec exec = {.command = {place_or_default(path), "attach", id}};
    exec.offset = xasprintf("%llu", (unsigned long long)offset);
    exec.command[3] = exec.offset;
    exec.input = xstrdup("");
    return exec;
}

void supervisor_exec_release(struct supervisor_exec *exec)
{
    free(exec->input);
    free(exec->length);
    free(exec->offset);
    *exec = (struct supervisor_exec){0};
}

/* What the step's code means, and the first line of the shell's own words. */
char *supervisor_install_problem(int exit_code, const char *errors, bool *ret_plain_path)
{
    static const struct {
        int code;
        const char *text;
    } steps[] = {
        {SUPERVISOR_EXIT_NOT_WRITTEN, "its file cannot be written in /tmp"},
        {SUPERVISOR_EXIT_NOT_MODE, "its file cannot be made executable"},
        {126, "its file cannot be executed: /tmp is mounted noexec, or the architecture is another one"},
        {127, "its file cannot be executed: /tmp is mounted noexec, or the architecture is another one"},
    };
    const char *what = "it did not start";
    cleanup_strings struct strings lines = strings_split(errors ? errors : "", "\r\n");
    const char *said = lines.count ? lines.items[0] : "nothing";
    *ret_plain_path = true;
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
        if (steps[i].code == exit_code)
            what = steps[i].text;
    return xasprintf("the supervisor cannot be used: %s (exit code %d; the image's shell said: %.200s)", what,
                     exit_code, said);
}
