/* SPDX-License-Identifier: Apache-2.0
 *
 * Tests of runs that outlive the exec in which they were started: the real program, its fronts cut at any
 * byte.
 */
#include "supervisor_child.h"

/* A run that is asked for more than once. */
struct asked {
    char *id, *kept;
    struct supervisor_exec exec;
};

static struct asked ask(struct supervisor_run run)
{
    struct asked asked = {.id = next_id()};
    asked.kept = kept_path(asked.id);
    run.id = asked.id;
    run.base = base;
    run.timeout_ms = run.timeout_ms ? run.timeout_ms : 60000;
    run.script_length = strlen(run.script);
    asked.exec = supervisor_run_make(&run);
    asked.exec.command[0] = program;
    return asked;
}

static void asked_release(struct asked *asked)
{
    unlink(asked->kept);
    free(asked->id);
    free(asked->kept);
    supervisor_exec_release(&asked->exec);
}

/* Sends the request; the input stays open. */
static struct child start(const struct asked *asked)
{
    struct child child = child_start(asked->exec.command);
    assert_int_equal(write(child.input, asked->exec.input, asked->exec.input_length),
                     asked->exec.input_length);
    return child;
}

/* Until something is kept of the run, and the text is in it. */
static void await_kept(const struct asked *asked, const char *text)
{
    const char *name = asked->kept + strlen(place) + 1;
    for (int i = 0; i < 2000; i++, pause_ms(10)) {
        if (access(asked->kept, F_OK) != 0)
            continue;
        cleanup_free char *kept = folder_read(place, name);
        if (*kept && strstr(kept, text))
            return;
    }
    fail_msg("\"%s\" is not kept", text);
}

static void await_empty_base(void)
{
    for (int i = 0; i < 2000 && !base_is_empty(); i++)
        pause_ms(10);
    assert_true(base_is_empty());
}

static struct child attach(const struct asked *asked, uint64_t offset)
{
    struct supervisor_exec exec = supervisor_attach_make(program, asked->id, offset);
    struct child child = child_start(exec.command);
    supervisor_exec_release(&exec);
    return child;
}

/* Closes what is open; returns the exit code. */
static int leave(struct child *child)
{
    int status;
    close(child->input);
    close(child->output);
    assert_int_equal(waitpid(child->pid, &status, 0), child->pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* Reads up to so many bytes, or to the end; returns how many. */
static size_t take(struct child *child, struct supervisor_decoder *decoder, size_t most)
{
    static char bytes[65536];
    size_t taken = 0;
    ssize_t got = 1;
    while (taken < most && got > 0) {
        size_t room = most - taken < sizeof bytes ? most - taken : sizeof bytes;
        got = read(child->output, bytes, room);
        if (got > 0) {
            supervisor_decoder_feed(decoder, bytes, (size_t)got);
            taken += (size_t)got;
        }
    }
    return taken;
}

static void assert_whole(struct supervisor_decoder *decoder, const char *output)
{
    supervisor_decoder_finish(decoder);
    if (decoder->result.problem)
        fail_msg("%s", decoder->result.problem);
    assert_int_equal(decoder->result.ending, SUPERVISOR_EXITED);
    assert_string_equal(decoder->result.output.bytes.bytes, output);
    supervisor_decoder_release(decoder);
}

static void a_reply_is_taken_up_at_any_byte(void **state)
{
    (void)state;
    struct asked asked = ask((struct supervisor_run){.script = "echo one; echo two >&2; exit 3"});
    struct child child = start(&asked);
    struct supervisor_decoder decoder;
    supervisor_decoder_init(&decoder, KEPT_BYTES);
    size_t length = take(&child, &decoder, SIZE_MAX);
    assert_int_equal(leave(&child), 0);
    supervisor_decoder_finish(&decoder);
    assert_int_equal(decoder.result.exit_code, 3);
    supervisor_decoder_release(&decoder);
    cleanup_free char *reply = folder_read(place, asked.kept + strlen(place) + 1);
    assert_int_equal(strlen(reply), length);
    for (size_t offset = 0; offset <= length; offset++) {
        supervisor_decoder_init(&decoder, KEPT_BYTES);
        supervisor_decoder_feed(&decoder, reply, offset);
        assert_int_equal(decoder.taken_bytes, offset);
        child = attach(&asked, offset);
        assert_int_equal(take(&child, &decoder, SIZE_MAX), length - offset);
        assert_int_equal(leave(&child), 0);
        assert_int_equal(decoder.result.exit_code, 3);
        assert_whole(&decoder, "one\n");
    }
    asked_release(&asked);
}

/* Cuts front after front while the case prints; returns how often. */
static unsigned take_in_pieces(const struct asked *asked, struct supervisor_decoder *decoder, unsigned seed)
{
    struct child child = start(asked);
    unsigned cuts = 0;
    for (;; cuts++) {
        size_t most = 1 + draw(&seed, draw(&seed, 8) ? 400 : 5000);
        if (take(&child, decoder, most) < most)
            break;
        leave(&child);
        child = attach(asked, decoder->taken_bytes);
    }
    assert_int_equal(leave(&child), 0);
    return cuts;
}

static void cuts_change_no_byte(void **state)
{
    (void)state;
    static const char script[] =
        "echo started >>\"$GVISOR_SMOKE_DIR/../../starts\"; i=0;"
        "while [ $i -lt 400 ]; do i=$((i+1)); echo \"line $i of those that are printed\"; "
        "[ $((i % 40)) -ne 0 ] || { head -c 3000 /dev/zero | tr '\\0' e >&2; sleep 0.05; }; done";
    struct buf wanted;
    buf_init(&wanted, SIZE_MAX / 2);
    for (int i = 1; i <= 400; i++)
        buf_printf(&wanted, "line %d of those that are printed\n", i);
    unsigned cuts = 0;
    for (unsigned seed = 1; seed <= 12; seed++) {
        struct asked asked = ask((struct supervisor_run){.script = script, .watch_input = seed % 2});
        struct supervisor_decoder decoder;
        supervisor_decoder_init(&decoder, KEPT_BYTES);
        cuts += take_in_pieces(&asked, &decoder, seed);
        assert_int_equal(decoder.result.errors.total_bytes, 30000);
        assert_whole(&decoder, wanted.bytes);
        asked_release(&asked);
    }
    assert_true(cuts > 100);
    cleanup_free char *starts = folder_read(place, "starts");
    assert_int_equal(strlen(starts), 12 * strlen("started\n"));
    cleanup_free char *path = xasprintf("%s/starts", place);
    unlink(path);
    buf_release(&wanted);
    assert_true(base_is_empty());
}

static void a_second_start_is_none(void **state)
{
    (void)state;
    struct asked asked = ask((struct supervisor_run){
        .script = "echo started >>\"$GVISOR_SMOKE_DIR/../../starts\"; sleep 0.3; echo done"});
    struct child first = start(&asked), second = start(&asked), third;
    struct supervisor_decoder decoders[3];
    for (int i = 0; i < 3; i++)
        supervisor_decoder_init(&decoders[i], KEPT_BYTES);
    take(&first, &decoders[0], SIZE_MAX);
    take(&second, &decoders[1], SIZE_MAX);
    third = start(&asked);
    take(&third, &decoders[2], SIZE_MAX);
    assert_int_equal(leave(&first) + leave(&second) + leave(&third), 0);
    for (int i = 0; i < 3; i++)
        assert_whole(&decoders[i], "done\n");
    cleanup_free char *starts = folder_read(place, "starts"), *path = xasprintf("%s/starts", place);
    assert_string_equal(starts, "started\n");
    unlink(path);
    asked_release(&asked);
}

/* Between the making of the file and its lock nobody is seen to write it. */
static void a_start_that_is_just_beginning_is_waited_for(void **state)
{
    (void)state;
    struct asked asked = ask((struct supervisor_run){.script = "echo done"});
    struct supervisor_decoder decoder;
    supervisor_decoder_init(&decoder, KEPT_BYTES);
    struct child child = start(&asked);
    take(&child, &decoder, SIZE_MAX);
    assert_int_equal(leave(&child), 0);
    assert_whole(&decoder, "done\n");
    cleanup_free char *reply = folder_read(place, asked.kept + strlen(place) + 1);
    assert_int_equal(unlink(asked.kept), 0);
    FILE *file = fopen(asked.kept, "wxe");
    assert_non_null(file);
    child = attach(&asked, 0);
    pause_ms(400);
    fputs(reply, file);
    fclose(file);
    assert_int_equal(chmod(asked.kept, 0400), 0);
    supervisor_decoder_init(&decoder, KEPT_BYTES);
    take(&child, &decoder, SIZE_MAX);
    assert_int_equal(leave(&child), 0);
    assert_whole(&decoder, "done\n");
    asked_release(&asked);
}

static void what_is_not_known_is_told_by_the_exit_code(void **state)
{
    (void)state;
    struct asked asked = ask((struct supervisor_run){.script = "exit 0"});
    struct child child = attach(&asked, 0);
    char byte;
    assert_int_equal(read(child.output, &byte, 1), 0);
    assert_int_equal(leave(&child), SUPERVISOR_EXIT_UNKNOWN);
    asked_release(&asked);
    static const char *const words[] = {"", "../x", "a/b", "A", "a.b"};
    for (size_t i = 0; i < COUNT(words); i++) {
        const char *const command[] = {program, "attach", words[i], "0", NULL};
        struct supervisor_decoder decoder;
        child = child_start(command);
        assert_int_equal(child_finish(&child, "", 0, true, &decoder), 1);
        assert_contains(decoder.result.problem, "usage");
        supervisor_decoder_release(&decoder);
    }
}

static void a_vanished_reader_does_not_end_the_case(void **state)
{
    (void)state;
    for (int watch = 0; watch < 2; watch++) {
        struct asked asked =
            ask((struct supervisor_run){.script = "sleep 0.7; echo done", .watch_input = watch});
        struct child child = start(&asked);
        await_kept(&asked, "");
        int code = leave(&child);
        assert_int_equal(code, SUPERVISOR_EXIT_LEFT);
        pause_ms(watch ? 1000 : 0); /* taken up when it is over, and while it runs */
        struct supervisor_decoder decoder;
        supervisor_decoder_init(&decoder, KEPT_BYTES);
        child = attach(&asked, 0);
        take(&child, &decoder, SIZE_MAX);
        assert_int_equal(leave(&child), 0);
        assert_whole(&decoder, "done\n");
        asked_release(&asked);
    }
}

/* What is kept says why the case did not come to its end. */
static void assert_aborted(struct asked *asked, const char *why)
{
    struct supervisor_decoder decoder;
    supervisor_decoder_init(&decoder, KEPT_BYTES);
    struct child child = attach(asked, 0);
    take(&child, &decoder, SIZE_MAX);
    assert_int_equal(leave(&child), 0);
    assert_int_equal(decoder.result.ending, SUPERVISOR_FAILED);
    assert_contains(decoder.result.problem, why);
    supervisor_decoder_release(&decoder);
}

static void a_case_that_nobody_comes_back_for_is_ended(void **state)
{
    (void)state;
    struct asked asked =
        ask((struct supervisor_run){.script = "exec sleep 7654.3", .watch_input = true, .grace_ms = 1000});
    struct child child = start(&asked);
    pause_ms(3000); /* a listener keeps it from that */
    assert_int_equal(kill(worker_of(&child), 0), 0);
    assert_int_equal(leave(&child), SUPERVISOR_EXIT_LEFT);
    assert_nobody_runs("[s]leep 7654.3");
    await_empty_base();
    assert_aborted(&asked, "did not come back in time");
    asked_release(&asked);
}

static void removing_what_is_kept_ends_the_case(void **state)
{
    (void)state;
    struct asked asked = ask((struct supervisor_run){.script = "exec sleep 7654.2", .watch_input = true});
    struct child child = start(&asked);
    struct supervisor_decoder decoder;
    supervisor_decoder_init(&decoder, KEPT_BYTES);
    await_kept(&asked, "");
    assert_int_equal(unlink(asked.kept), 0);
    take(&child, &decoder, SIZE_MAX);
    assert_int_equal(leave(&child), 0);
    assert_contains(decoder.result.problem, "nobody wants it any more");
    assert_nobody_runs("[s]leep 7654.2");
    await_empty_base();
    supervisor_decoder_release(&decoder);
    asked_release(&asked);
}

static void a_killed_worker_leaves_no_front_waiting(void **state)
{
    (void)state;
    struct asked asked = ask((struct supervisor_run){.script = "echo before; exec sleep 7654.4"});
    struct child child = start(&asked);
    struct supervisor_decoder decoder;
    await_kept(&asked, "before");
    struct child other = attach(&asked, 0);
    pause_ms(100);
    kill(worker_of(&child), SIGKILL);
    struct child *const fronts[] = {&child, &other};
    for (size_t i = 0; i < COUNT(fronts); i++) {
        supervisor_decoder_init(&decoder, KEPT_BYTES);
        take(fronts[i], &decoder, SIZE_MAX);
        assert_int_equal(leave(fronts[i]), SUPERVISOR_EXIT_DEAD);
        supervisor_decoder_finish(&decoder);
        assert_int_equal(decoder.result.ending, SUPERVISOR_BROKEN);
        assert_contains(decoder.result.problem, "truncated");
        assert_string_equal(decoder.result.output.bytes.bytes, "before\n");
        supervisor_decoder_release(&decoder);
    }
    assert_nobody_runs("[s]leep 7654.4"); /* the kernel ends it with the worker */
    cleanup_free char *command = xasprintf("rm -rf '%s'/*", base);
    assert_int_equal(system(command), 0);
    asked_release(&asked);
}

static void a_killed_front_takes_nothing_with_it(void **state)
{
    (void)state;
    struct asked asked = ask((struct supervisor_run){.script = "echo a; sleep 0.5; echo b"});
    struct child child = start(&asked);
    await_kept(&asked, "a\n");
    kill(child.pid, SIGKILL);
    leave(&child);
    struct supervisor_decoder decoder;
    supervisor_decoder_init(&decoder, KEPT_BYTES);
    child = attach(&asked, 0);
    take(&child, &decoder, SIZE_MAX);
    leave(&child);
    assert_whole(&decoder, "a\nb\n");
    asked_release(&asked);
}

static void replies_that_arrived_are_forgotten(void **state)
{
    (void)state;
    struct asked first = ask((struct supervisor_run){.script = "exit 0"});
    struct supervisor_decoder decoder;
    supervisor_decoder_init(&decoder, KEPT_BYTES);
    struct child child = start(&first);
    take(&child, &decoder, SIZE_MAX);
    leave(&child);
    assert_whole(&decoder, "");
    assert_int_equal(access(first.kept, F_OK), 0);
    const char *const forgotten[] = {"no-such-run", "../outside", first.id, NULL};
    struct asked second = ask((struct supervisor_run){.script = "exit 0", .forgotten = forgotten});
    supervisor_decoder_init(&decoder, KEPT_BYTES);
    child = start(&second);
    take(&child, &decoder, SIZE_MAX);
    leave(&child);
    assert_whole(&decoder, "");
    assert_int_not_equal(access(first.kept, F_OK), 0);
    assert_int_equal(access(second.kept, F_OK), 0);
    asked_release(&first);
    asked_release(&second);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_reply_is_taken_up_at_any_byte),
        cmocka_unit_test(cuts_change_no_byte),
        cmocka_unit_test(a_second_start_is_none),
        cmocka_unit_test(a_start_that_is_just_beginning_is_waited_for),
        cmocka_unit_test(what_is_not_known_is_told_by_the_exit_code),
        cmocka_unit_test(a_vanished_reader_does_not_end_the_case),
        cmocka_unit_test(a_case_that_nobody_comes_back_for_is_ended),
        cmocka_unit_test(removing_what_is_kept_ends_the_case),
        cmocka_unit_test(a_killed_worker_leaves_no_front_waiting),
        cmocka_unit_test(a_killed_front_takes_nothing_with_it),
        cmocka_unit_test(replies_that_arrived_are_forgotten),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
