/* SPDX-License-Identifier: Apache-2.0
 *
 * Tests of standing streams: the real program, with many cases on one exec.
 */
#include "supervisor_child.h"

#include <poll.h>

#define CASES_MAX 80

/* What came of one case. */
struct told {
    char *id, *kept;
    struct supervisor_decoder decoder;
    int exit_code; /* -1 until its end has come */
    unsigned closed;
};

/* A stream, and the cases on it by their numbers. */
struct stream {
    struct child child;
    struct supervisor_standing standing;
    struct told told[CASES_MAX];
    uint32_t count;
    struct buf order; /* the numbers in which cases ended, as text */
};

static void on_reply(void *context, uint32_t number, const char *bytes, size_t length)
{
    struct stream *stream = context;
    assert_true(number < stream->count);
    supervisor_decoder_feed(&stream->told[number].decoder, bytes, length);
}

static void on_close(void *context, uint32_t number, int exit_code)
{
    struct stream *stream = context;
    assert_true(number < stream->count);
    stream->told[number].exit_code = exit_code;
    stream->told[number].closed++;
    buf_printf(&stream->order, "%u ", number);
}

static struct stream *stream_new(void)
{
    struct stream *stream = xcalloc(1, sizeof *stream);
    struct supervisor_exec exec = supervisor_serve_make(program);
    stream->child = child_start(exec.command);
    supervisor_exec_release(&exec);
    supervisor_standing_init(&stream->standing);
    stream->standing.on_reply = on_reply;
    stream->standing.on_close = on_close;
    stream->standing.context = stream;
    buf_init(&stream->order, 4096);
    return stream;
}

static void stream_write(struct stream *stream, const char *bytes, size_t length)
{
    while (length) {
        ssize_t written = write(stream->child.input, bytes, length);
        assert_true(written > 0);
        bytes += written;
        length -= (size_t)written;
    }
}

static struct told *ask(struct stream *stream, struct supervisor_run run)
{
    struct told *told = &stream->told[stream->count];
    told->id = run.id ? xstrdup(run.id) : next_id();
    told->kept = kept_path(told->id);
    told->exit_code = -1;
    supervisor_decoder_init(&told->decoder, KEPT_BYTES);
    run.id = told->id;
    run.base = base;
    run.timeout_ms = run.timeout_ms ? run.timeout_ms : 60000;
    run.script_length = strlen(run.script);
    size_t length;
    const char *request = supervisor_standing_request(&stream->standing, stream->count++, &run, &length);
    stream_write(stream, request, length);
    return told;
}

static struct told *ask_script(struct stream *stream, const char *script)
{
    return ask(stream, (struct supervisor_run){.script = script});
}

/* Takes what comes until the case has ended, or the stream has. False: the stream has. */
static bool take_until(struct stream *stream, const struct told *told)
{
    static char bytes[65536];
    while (!told || told->exit_code < 0) {
        ssize_t got = read(stream->child.output, bytes, sizeof bytes);
        if (got <= 0)
            return false;
        supervisor_standing_feed(&stream->standing, bytes, (size_t)got);
        if (stream->standing.problem)
            fail_msg("%s", stream->standing.problem);
    }
    return true;
}

/* Closes it; returns the exit code. */
static int stream_leave(struct stream *stream)
{
    int status;
    close(stream->child.input);
    take_until(stream, NULL);
    close(stream->child.output);
    assert_int_equal(waitpid(stream->child.pid, &status, 0), stream->child.pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static void stream_free(struct stream *stream)
{
    for (uint32_t i = 0; i < stream->count; i++) {
        unlink(stream->told[i].kept);
        supervisor_decoder_release(&stream->told[i].decoder);
        free(stream->told[i].id);
        free(stream->told[i].kept);
    }
    supervisor_standing_release(&stream->standing);
    buf_release(&stream->order);
    free(stream);
}

static void stream_end(struct stream *stream)
{
    assert_int_equal(stream_leave(stream), SUPERVISOR_EXIT_LEFT);
    stream_free(stream);
}

static void assert_exited(struct told *told, int code, const char *output)
{
    supervisor_decoder_finish(&told->decoder);
    if (told->decoder.result.problem)
        fail_msg("%s", told->decoder.result.problem);
    assert_int_equal(told->decoder.result.ending, SUPERVISOR_EXITED);
    assert_int_equal(told->decoder.result.exit_code, code);
    assert_string_equal(told->decoder.result.output.bytes.bytes, output);
}

/* The rest of a reply by an exec of its own. */
static int attach(struct told *told)
{
    static char bytes[65536];
    struct supervisor_exec exec = supervisor_attach_make(program, told->id, told->decoder.taken_bytes);
    struct child child = child_start(exec.command);
    ssize_t got;
    int status;
    while ((got = read(child.output, bytes, sizeof bytes)) > 0)
        supervisor_decoder_feed(&told->decoder, bytes, (size_t)got);
    close(child.input);
    close(child.output);
    assert_int_equal(waitpid(child.pid, &status, 0), child.pid);
    supervisor_exec_release(&exec);
    return WEXITSTATUS(status);
}

static void cases_run_one_after_the_other(void **state)
{
    (void)state;
    struct stream *stream = stream_new();
    for (int i = 0; i < 20; i++) {
        cleanup_free char *script = xasprintf("echo case %d; echo error >&2; exit %d", i, i);
        cleanup_free char *output = xasprintf("case %d\n", i);
        struct told *told = ask_script(stream, script);
        assert_true(take_until(stream, told));
        assert_int_equal(told->exit_code, 0);
        assert_exited(told, i, output);
        assert_string_equal(told->decoder.result.errors.bytes.bytes, "error\n");
        assert_true(told->decoder.result.wall_us > 0 && told->decoder.result.peak_kib > 0);
    }
    assert_true(stream->standing.hello);
    assert_true(base_is_empty());
    stream_end(stream);
}

static void cases_run_side_by_side(void **state)
{
    (void)state;
    struct stream *stream = stream_new();
    struct told *slow = ask_script(stream, "echo slow; while ! [ -e \"$GVISOR_SMOKE_DIR/../../go\" ]; do "
                                           "sleep 0.05; done; exit 1");
    struct told *quick = ask_script(stream, "echo quick; touch \"$GVISOR_SMOKE_DIR/../../go\"; exit 2");
    cleanup_free char *go = xasprintf("%s/go", place);
    assert_true(take_until(stream, slow) && take_until(stream, quick));
    assert_exited(slow, 1, "slow\n");
    assert_exited(quick, 2, "quick\n");
    assert_int_equal(slow->closed + quick->closed, 2);
    unlink(go);
    stream_end(stream);
}

/* The reply is the same, byte for byte, over whichever way it comes. */
static void a_reply_is_what_is_kept(void **state)
{
    (void)state;
    struct stream *stream = stream_new();
    struct told *told = ask_script(stream, "i=0; while [ $i -lt 3000 ]; do i=$((i+1)); echo line $i; done");
    assert_true(take_until(stream, told));
    cleanup_free char *reply = folder_read(place, told->kept + strlen(place) + 1);
    assert_int_equal(strlen(reply), told->decoder.taken_bytes);
    stream_end(stream);
}

static long resident_kib(pid_t pid)
{
    cleanup_free char *path = xasprintf("/proc/%d/status", pid);
    FILE *file = fopen(path, "re");
    char line[256];
    long kib = -1;
    assert_non_null(file);
    while (fgets(line, sizeof line, file))
        if (strncmp(line, "VmRSS:", 6) == 0)
            kib = strtol(line + 6, NULL, 10);
    fclose(file);
    return kib;
}

/* One that prints without end and one that says little: the second need not wait, and nothing piles up while
 * nobody reads. */
static void a_flood_holds_up_no_other_case(void **state)
{
    (void)state;
    struct stream *stream = stream_new();
    struct told *flood =
        ask(stream, (struct supervisor_run){.script = "while ! [ -e \"$GVISOR_SMOKE_DIR/../../go\" ]; do "
                                                      "head -c 4000000 /dev/zero; done",
                                            .max_bytes = 64 * 1024 * 1024});
    cleanup_free char *go = xasprintf("%s/go", place);
    pause_ms(300); /* nobody reads, and what is kept grows */
    struct told *quick = ask_script(stream, "echo quick");
    assert_true(resident_kib(stream->child.pid) < 4096);
    assert_true(take_until(stream, quick));
    assert_exited(quick, 0, "quick\n");
    assert_int_equal(flood->exit_code, -1);
    assert_true(resident_kib(stream->child.pid) < 4096);
    fclose(fopen(go, "we"));
    assert_true(take_until(stream, flood));
    unlink(go);
    supervisor_decoder_finish(&flood->decoder);
    assert_int_equal(flood->decoder.result.ending, SUPERVISOR_EXITED);
    uint64_t total = flood->decoder.result.output.total_bytes, most = 64 * 1024 * 1024;
    assert_true(total > 0 && total % 4000000 == 0);
    assert_int_equal(flood->decoder.result.output.bytes.length, total < most ? total : most);
    stream_end(stream);
}

static void timeouts_are_kept_in_the_pod(void **state)
{
    (void)state;
    struct stream *stream = stream_new();
    struct told *late =
        ask(stream, (struct supervisor_run){.script = "exec sleep 7655.1", .timeout_ms = 300});
    struct told *missing = ask(
        stream, (struct supervisor_run){.script = "exit 0", .needs = (const char *[]){"no-such-tool", NULL}});
    assert_true(take_until(stream, late) && take_until(stream, missing));
    assert_int_equal(late->decoder.result.ending, SUPERVISOR_TIMED_OUT);
    assert_int_equal(missing->decoder.result.ending, SUPERVISOR_MISSING);
    assert_nobody_runs("[s]leep 7655.1");
    stream_end(stream);
}

/* The stream is gone in the midst: each case is taken up where it was, and was started once. */
static void what_a_killed_stream_leaves_is_taken_up(void **state)
{
    (void)state;
    static const char script[] = "echo started >>\"$GVISOR_SMOKE_DIR/../../starts\"; i=0;"
                                 "while [ $i -lt 50 ]; do i=$((i+1)); echo line $i; sleep 0.02; done";
    struct buf wanted;
    buf_init(&wanted, 4096);
    for (int i = 1; i <= 50; i++)
        buf_printf(&wanted, "line %d\n", i);
    struct stream *stream = stream_new();
    struct told *told[4], *first = ask_script(stream, "sleep 0.3");
    for (int i = 0; i < 4; i++)
        told[i] = ask_script(stream, script);
    assert_true(take_until(stream, first));
    kill(stream->child.pid, SIGKILL);
    assert_int_equal(stream_leave(stream), 128 + SIGKILL);
    for (int i = 0; i < 4; i++) {
        assert_true(told[i]->exit_code < 0 && told[i]->decoder.taken_bytes > 0);
        assert_int_equal(attach(told[i]), 0);
        assert_exited(told[i], 0, wanted.bytes);
    }
    cleanup_free char *starts = folder_read(place, "starts"), *path = xasprintf("%s/starts", place);
    assert_int_equal(strlen(starts), 4 * strlen("started\n"));
    unlink(path);
    buf_release(&wanted);
    stream_free(stream);
}

static void the_end_of_input_ends_the_stream_alone(void **state)
{
    (void)state;
    struct stream *stream = stream_new();
    struct told *told = ask_script(stream, "sleep 0.5; echo done");
    pause_ms(200);
    assert_int_equal(stream_leave(stream), SUPERVISOR_EXIT_LEFT);
    assert_int_equal(attach(told), 0);
    assert_exited(told, 0, "done\n");
    stream_free(stream);
}

static void nobody_coming_back_ends_a_case(void **state)
{
    (void)state;
    struct stream *stream = stream_new();
    struct told *told = ask(stream, (struct supervisor_run){.script = "exec sleep 7655.2", .grace_ms = 1000});
    pause_ms(3000); /* the stream listens */
    assert_int_equal(told->exit_code, -1);
    assert_int_equal(system("pgrep -f '[s]leep 7655.2' >/dev/null"), 0);
    assert_int_equal(stream_leave(stream), SUPERVISOR_EXIT_LEFT);
    assert_nobody_runs("[s]leep 7655.2");
    stream_free(stream);
}

static void a_killed_worker_is_told(void **state)
{
    (void)state;
    struct stream *stream = stream_new();
    struct told *told = ask_script(stream, "echo before; exec sleep 7655.3");
    pause_ms(300);
    kill(worker_of(&stream->child), SIGKILL);
    assert_true(take_until(stream, told));
    assert_int_equal(told->exit_code, SUPERVISOR_EXIT_DEAD);
    assert_string_equal(told->decoder.result.output.bytes.bytes, "before\n");
    assert_nobody_runs("[s]leep 7655.3");
    struct told *next = ask_script(stream, "echo next");
    assert_true(take_until(stream, next));
    assert_exited(next, 0, "next\n");
    stream_end(stream);
    cleanup_free char *command = xasprintf("rm -rf '%s'/*", base);
    assert_int_equal(system(command), 0);
}

static void assert_not_started(struct stream *stream, const struct told *told)
{
    assert_true(take_until(stream, told));
    assert_int_equal(told->exit_code, SUPERVISOR_EXIT_UNREAD);
    assert_int_equal(told->decoder.taken_bytes, 0);
}

/* It is for a `run` to say why. */
static void what_cannot_be_started_is_told(void **state)
{
    (void)state;
    const char *many[SUPERVISOR_WORDS_MAX + 2] = {0};
    for (size_t i = 0; i <= SUPERVISOR_WORDS_MAX; i++)
        many[i] = "A=1";
    struct stream *stream = stream_new();
    struct told *first = ask_script(stream, "echo first");
    assert_true(take_until(stream, first));
    assert_not_started(stream, ask(stream, (struct supervisor_run){.id = first->id, .script = "exit 0"}));
    assert_not_started(stream, ask(stream, (struct supervisor_run){.id = "../x", .script = "exit 0"}));
    assert_not_started(stream, ask(stream, (struct supervisor_run){.environment = many, .script = "exit 0"}));
    assert_not_started(stream, ask(stream, (struct supervisor_run){.timeout_ms = -1, .script = "exit 0"}));
    struct told *last = ask_script(stream, "echo last");
    assert_true(take_until(stream, last));
    assert_exited(last, 0, "last\n");
    stream_end(stream);
}

static void there_are_only_so_many_at_once(void **state)
{
    (void)state;
    struct stream *stream = stream_new();
    cleanup_free char *go = xasprintf("%s/go", place);
    for (int i = 0; i < SUPERVISOR_STANDING_MAX; i++)
        ask_script(stream, "while ! [ -e \"$GVISOR_SMOKE_DIR/../../go\" ]; do sleep 0.1; done");
    assert_not_started(stream, ask_script(stream, "exit 0"));
    fclose(fopen(go, "we"));
    for (int i = 0; i < SUPERVISOR_STANDING_MAX; i++) {
        assert_true(take_until(stream, &stream->told[i]));
        assert_exited(&stream->told[i], 0, "");
    }
    struct told *again = ask_script(stream, "echo again");
    assert_true(take_until(stream, again));
    assert_exited(again, 0, "again\n");
    unlink(go);
    stream_end(stream);
}

static void what_is_no_request_ends_the_stream(void **state)
{
    (void)state;
    static const char *const inputs[] = {
        "this is no frame, but it is as long as one is\n",
        "gs G 00000001 00000000 00000000\n",
        "gs G 00000000 00000000 00000000\n",
    };
    for (size_t i = 0; i < COUNT(inputs); i++) {
        struct stream *stream = stream_new();
        stream_write(stream, inputs[i], strlen(inputs[i]));
        assert_false(take_until(stream, NULL));
        stream_end(stream);
    }
}

static void replies_that_arrived_are_forgotten(void **state)
{
    (void)state;
    struct stream *stream = stream_new();
    struct told *first = ask_script(stream, "exit 0");
    assert_true(take_until(stream, first));
    assert_int_equal(access(first->kept, F_OK), 0);
    const char *const forgotten[] = {"no-such-run", first->id, NULL};
    struct told *second = ask(stream, (struct supervisor_run){.script = "exit 0", .forgotten = forgotten});
    assert_true(take_until(stream, second));
    assert_int_not_equal(access(first->kept, F_OK), 0);
    assert_int_equal(access(second->kept, F_OK), 0);
    stream_end(stream);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cases_run_one_after_the_other),
        cmocka_unit_test(cases_run_side_by_side),
        cmocka_unit_test(a_reply_is_what_is_kept),
        cmocka_unit_test(a_flood_holds_up_no_other_case),
        cmocka_unit_test(timeouts_are_kept_in_the_pod),
        cmocka_unit_test(what_a_killed_stream_leaves_is_taken_up),
        cmocka_unit_test(the_end_of_input_ends_the_stream_alone),
        cmocka_unit_test(nobody_coming_back_ends_a_case),
        cmocka_unit_test(a_killed_worker_is_told),
        cmocka_unit_test(what_cannot_be_started_is_told),
        cmocka_unit_test(there_are_only_so_many_at_once),
        cmocka_unit_test(what_is_no_request_ends_the_stream),
        cmocka_unit_test(replies_that_arrived_are_forgotten),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
