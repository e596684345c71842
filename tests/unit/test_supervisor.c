/* SPDX-License-Identifier: Apache-2.0
 *
 * Tests of the supervisor itself: the real program, run on this machine as a child.
 */
#include "supervisor_child.h"

#include "gvisor-smoke/attest.h"

#define EMULATOR "/usr/bin/qemu-aarch64-static"

static struct supervisor_decoder run(const struct supervisor_run *options)
{
    struct supervisor_run wanted = *options;
    struct supervisor_decoder decoder;
    cleanup_free char *id = next_id();
    wanted.id = wanted.id ? wanted.id : id;
    wanted.base = wanted.base ? wanted.base : base;
    wanted.timeout_ms = wanted.timeout_ms ? wanted.timeout_ms : 20000;
    wanted.script_length = wanted.script_length ? wanted.script_length : strlen(wanted.script);
    struct supervisor_exec exec = supervisor_run_make(&wanted);
    exec.command[0] = program;
    struct child child = child_start(exec.command);
    int code = child_finish(&child, exec.input, exec.input_length, !wanted.watch_input, &decoder);
    assert_int_equal(code, 0);
    supervisor_exec_release(&exec);
    assert_true(base_is_empty());
    return decoder;
}

static struct supervisor_decoder run_script(const char *script)
{
    struct supervisor_decoder decoder = run(&(struct supervisor_run){.script = script});
    if (decoder.result.problem)
        fail_msg("%s", decoder.result.problem);
    return decoder;
}

static void exit_codes_and_output_come_back(void **state)
{
    (void)state;
    struct supervisor_decoder decoder = run_script("echo out; echo err >&2; exit 42");
    assert_int_equal(decoder.result.ending, SUPERVISOR_EXITED);
    assert_int_equal(decoder.result.exit_code, 42);
    assert_string_equal(decoder.result.output.bytes.bytes, "out\n");
    assert_string_equal(decoder.result.errors.bytes.bytes, "err\n");
    assert_int_equal(decoder.result.strays, 0);
    assert_false(decoder.result.folder_left);
    supervisor_decoder_release(&decoder);
    decoder = run_script("");
    assert_int_equal(decoder.result.exit_code, 0);
    supervisor_decoder_release(&decoder);
}

static void a_signal_is_no_exit_code(void **state)
{
    (void)state;
    struct supervisor_decoder decoder = run_script("kill -SEGV $$; sleep 5");
    assert_int_equal(decoder.result.ending, SUPERVISOR_SIGNALED);
    assert_int_equal(decoder.result.signal, SIGSEGV);
    assert_int_equal(decoder.result.exit_code, -1);
    supervisor_decoder_release(&decoder);
}

static void the_script_has_a_place_of_its_own(void **state)
{
    (void)state;
    const char *const environment[] = {"COLOUR=deep red", "PATH=/usr/bin:/bin", NULL};
    struct supervisor_decoder decoder = run(
        &(struct supervisor_run){.script = "[ \"$PWD\" = \"$HOME\" ] && [ \"$PWD\" = \"$TMPDIR\" ] &&"
                                           "[ \"$PWD\" = \"$GVISOR_SMOKE_DIR/work\" ] && [ -f ../run ] &&"
                                           "[ \"$(pwd)\" = \"$PWD\" ] && [ -z \"$(ls -A)\" ] &&"
                                           "echo \"$COLOUR $PATH\"; read x || echo no input; ps -o sid= $$ |"
                                           "grep -qw $$ && echo leader",
                                 .environment = environment});
    assert_string_equal(decoder.result.output.bytes.bytes, "deep red /usr/bin:/bin\nno input\nleader\n");
    supervisor_decoder_release(&decoder);
}

static void a_timeout_ends_the_script(void **state)
{
    (void)state;
    struct supervisor_decoder decoder =
        run(&(struct supervisor_run){.script = "echo a; sleep 60", .timeout_ms = 300});
    assert_int_equal(decoder.result.ending, SUPERVISOR_TIMED_OUT);
    assert_int_equal(decoder.result.signal, SIGTERM);
    assert_string_equal(decoder.result.output.bytes.bytes, "a\n");
    assert_in_range(decoder.result.wall_us, 300000, 1500000);
    supervisor_decoder_release(&decoder);
}

static void a_script_that_ignores_sigterm_is_killed(void **state)
{
    (void)state;
    struct supervisor_decoder decoder =
        run(&(struct supervisor_run){.script = "trap '' TERM; while :; do sleep 1; done", .timeout_ms = 200});
    assert_int_equal(decoder.result.ending, SUPERVISOR_TIMED_OUT);
    assert_int_equal(decoder.result.signal, SIGKILL);
    assert_in_range(decoder.result.wall_us, 2000000, 4000000);
    supervisor_decoder_release(&decoder);
}

static void strays_are_killed(void **state)
{
    (void)state;
    static const struct {
        const char *script;
        int64_t strays;
    } rows[] = {
        {"sleep 61 & exit 5", 1},
        {"setsid sleep 61 & exit 5", 1},
        {"(setsid sh -c '(sleep 61 & >a; wait) & sleep 62 & >b; wait' &); "
         "until [ -e a ] && [ -e b ]; do sleep 0.05; done; exit 5",
         4},
        {"nohup sleep 61 >/dev/null 2>&1 & exit 5", 1},
        {"sh -c 'trap \"\" TERM HUP; sleep 61 & >a; wait' & until [ -e a ]; do sleep 0.05; done; exit 5", 2},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct supervisor_decoder decoder = run_script(rows[i].script);
        assert_int_equal(decoder.result.ending, SUPERVISOR_EXITED);
        assert_int_equal(decoder.result.exit_code, 5);
        assert_int_equal(decoder.result.strays, rows[i].strays);
        assert_int_equal(decoder.result.strays_left, 0);
        assert_non_null(decoder.result.stray_name);
        assert_in_range(decoder.result.wall_us, 1, 1500000);
        supervisor_decoder_release(&decoder);
    }
}

static void much_output_arrives_whole(void **state)
{
    (void)state;
    struct supervisor_decoder decoder = run(&(struct supervisor_run){
        .script = "head -c 67108864 /dev/urandom | tee copy; sha256sum <copy >&2", .max_bytes = KEPT_BYTES});
    assert_null(decoder.result.problem);
    assert_int_equal(decoder.result.output.bytes.length, 67108864);
    folder_write(place, "copy", decoder.result.output.bytes.bytes, decoder.result.output.bytes.length);
    cleanup_free char *command = xasprintf("sha256sum <%s/copy", place);
    FILE *sum = popen(command, "r");
    char line[128] = "";
    assert_non_null(fgets(line, sizeof line, sum));
    pclose(sum);
    assert_string_equal(decoder.result.errors.bytes.bytes, line);
    supervisor_decoder_release(&decoder);
}

static void too_much_output_is_counted_and_not_sent(void **state)
{
    (void)state;
    struct supervisor_decoder decoder = run(
        &(struct supervisor_run){.script = "head -c 67108864 /dev/zero; echo done >&2", .max_bytes = 100000});
    assert_int_equal(decoder.result.ending, SUPERVISOR_EXITED);
    assert_int_equal(decoder.result.output.total_bytes, 67108864);
    assert_int_equal(decoder.result.output.sent_bytes, 100000);
    assert_int_equal(decoder.result.output.bytes.length, 100000);
    assert_string_equal(decoder.result.errors.bytes.bytes, "done\n");
    supervisor_decoder_release(&decoder);
}

static void any_byte_passes(void **state)
{
    (void)state;
    struct supervisor_decoder decoder = run_script("printf 'a\\000b\\377\\n'");
    assert_int_equal(decoder.result.output.bytes.length, 5);
    assert_memory_equal(decoder.result.output.bytes.bytes, "a\0b\377\n", 5);
    supervisor_decoder_release(&decoder);
}

static void closed_output_does_not_end_the_case(void **state)
{
    (void)state;
    struct supervisor_decoder decoder = run_script("exec >&- 2>&-; sleep 0.3; exit 9");
    assert_int_equal(decoder.result.exit_code, 9);
    assert_in_range(decoder.result.wall_us, 300000, 3000000);
    supervisor_decoder_release(&decoder);
}

static void missing_commands_are_named(void **state)
{
    (void)state;
    const char *const needs[] = {"sh", "no-such-command", "cat", "/etc/passwd", "also-not-there", NULL};
    struct supervisor_decoder decoder = run(&(struct supervisor_run){.script = "echo ran", .needs = needs});
    assert_int_equal(decoder.result.ending, SUPERVISOR_MISSING);
    assert_string_equal(decoder.result.missing.bytes, "no-such-command\n/etc/passwd\nalso-not-there\n");
    assert_int_equal(decoder.result.output.bytes.length, 0);
    supervisor_decoder_release(&decoder);
}

static void a_base_that_cannot_hold_a_folder_is_named(void **state)
{
    (void)state;
    struct supervisor_decoder decoder = run(&(struct supervisor_run){.script = "echo ran", .base = "/proc"});
    assert_int_equal(decoder.result.ending, SUPERVISOR_FAILED);
    assert_contains(decoder.result.problem, "cannot make a work folder in /proc: ENOENT");
    supervisor_decoder_release(&decoder);
    decoder = run(&(struct supervisor_run){.script = "echo ran", .base = "/no/such/folder"});
    assert_string_equal(decoder.result.problem, "cannot make a work folder in /no/such/folder: ENOENT");
    supervisor_decoder_release(&decoder);
}

static void all_that_a_script_wrote_is_removed(void **state)
{
    (void)state;
    struct supervisor_decoder decoder =
        run_script("mkdir -p a/b/c; for i in $(seq 3000); do : >a/b/f$i; done; ln -s / a/root; ln -s .. up;"
                   "mkfifo a/pipe; chmod 0 a/b; chmod 0500 a; mkdir ../beside");
    assert_int_equal(decoder.result.exit_code, 0);
    assert_false(decoder.result.folder_left);
    supervisor_decoder_release(&decoder);
}

static void times_are_measured(void **state)
{
    (void)state;
    struct supervisor_decoder decoder =
        run_script("i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done; sleep 0.2");
    assert_true(decoder.result.user_us + decoder.result.system_us > 20000);
    assert_true(decoder.result.wall_us > decoder.result.user_us);
    assert_in_range(decoder.result.peak_kib, 100, 100000);
    supervisor_decoder_release(&decoder);
}

static void a_broken_request_is_refused(void **state)
{
    (void)state;
    cleanup_free char *id = next_id(), *kept = kept_path(id);
    struct supervisor_exec exec = supervisor_run_make(
        &(struct supervisor_run){.id = id, .script = "echo ran", .script_length = 8, .timeout_ms = 1000});
    exec.command[0] = program;
    for (size_t cut = 1; cut < exec.input_length; cut += 13) {
        struct supervisor_decoder decoder;
        struct child child = child_start(exec.command);
        int code = child_finish(&child, exec.input, exec.input_length - cut, true, &decoder);
        assert_int_equal(code, SUPERVISOR_EXIT_UNREAD);
        assert_int_equal(decoder.result.ending, SUPERVISOR_FAILED);
        assert_contains(decoder.result.problem, "truncated");
        supervisor_decoder_release(&decoder);
    }
    for (size_t at = 0; at < exec.input_length; at += 5) {
        struct supervisor_decoder decoder;
        exec.input[at] ^= 1;
        struct child child = child_start(exec.command);
        child_finish(&child, exec.input, exec.input_length, true, &decoder);
        exec.input[at] ^= 1;
        assert_int_equal(decoder.result.ending, SUPERVISOR_FAILED);
        supervisor_decoder_release(&decoder);
    }
    assert_int_not_equal(access(kept, F_OK), 0);
    supervisor_exec_release(&exec);
}

static void a_signal_to_the_worker_ends_the_case(void **state)
{
    (void)state;
    cleanup_free char *id = next_id();
    struct supervisor_exec exec = supervisor_run_make(&(struct supervisor_run){
        .id = id, .script = "sleep 7654.1", .script_length = 12, .timeout_ms = 60000, .base = base});
    struct supervisor_decoder decoder;
    exec.command[0] = program;
    struct child child = child_start(exec.command);
    assert_int_equal(write(child.input, exec.input, exec.input_length), exec.input_length);
    pause_ms(300);
    kill(worker_of(&child), SIGTERM);
    assert_int_equal(child_finish(&child, "", 0, true, &decoder), 0);
    assert_contains(decoder.result.problem, "ended by a signal");
    assert_nobody_runs("[s]leep 7654.1");
    supervisor_decoder_release(&decoder);
    supervisor_exec_release(&exec);
}

static void a_reader_that_stops_does_not_stop_the_timeout(void **state)
{
    (void)state;
    cleanup_free char *id = next_id();
    struct supervisor_exec exec = supervisor_run_make(&(struct supervisor_run){.id = id,
                                                                               .script = "yes",
                                                                               .script_length = 3,
                                                                               .timeout_ms = 300,
                                                                               .base = base,
                                                                               .max_bytes = KEPT_BYTES});
    struct supervisor_decoder decoder;
    exec.command[0] = program;
    struct child child = child_start(exec.command);
    assert_int_equal(write(child.input, exec.input, exec.input_length), exec.input_length);
    pause_ms(1000);
    child_finish(&child, "", 0, true, &decoder);
    assert_null(decoder.result.problem);
    assert_int_equal(decoder.result.ending, SUPERVISOR_TIMED_OUT);
    assert_in_range(decoder.result.wall_us, 300000, 900000);
    supervisor_decoder_release(&decoder);
    supervisor_exec_release(&exec);
}

static void a_shell_that_does_not_start_is_told_with_its_cause(void **state)
{
    (void)state;
    cleanup_free char *folder = xasprintf("%s/bin", place), *shell = xasprintf("%s/sh", folder);
    cleanup_free char *path = xstrdup(getenv("PATH"));
    assert_int_equal(mkdir(folder, 0700), 0);
    folder_write(folder, "sh", "\177ELF of nothing", 15);
    assert_int_equal(chmod(shell, 0700), 0);
    setenv("PATH", folder, 1);
    struct supervisor_decoder decoder = run(&(struct supervisor_run){.script = "echo never"});
    setenv("PATH", path, 1);
    assert_non_null(decoder.result.problem);
    assert_contains(decoder.result.problem, "cannot start ");
    assert_contains(decoder.result.problem, "/bin/sh: ENOEXEC");
    supervisor_decoder_release(&decoder);
}

static void the_installer_brings_it_in_and_surveys(void **state)
{
    (void)state;
    const char *const needs[] = {"sh", "no-such-command", NULL};
    static const char other[] = SUPERVISOR_PATH "-other";
    for (int i = 0; i < 3; i++) { /* the second time it is there already */
        struct supervisor_decoder decoder;
        struct supervisor_exec exec =
            supervisor_install_make(supervisor_binary(ARCHITECTURE), i < 2 ? NULL : other, needs);
        struct child child = child_start(exec.command);
        assert_int_equal(child_finish(&child, exec.input, exec.input_length, i == 0, &decoder), 0);
        assert_null(decoder.result.problem);
        assert_int_equal(decoder.result.ending, SUPERVISOR_SURVEYED);
        assert_string_equal(decoder.result.missing.bytes, "no-such-command\n");
        assert_contains(decoder.result.signs.bytes, "supervisor=1\n");
        assert_contains(decoder.result.signs.bytes, "\nversion=Linux version ");
        assert_contains(decoder.result.signs.bytes, "\ncap_eff=");
        assert_contains(decoder.result.signs.bytes, "\nend=1\n");
        supervisor_decoder_release(&decoder);
        supervisor_exec_release(&exec);
    }
    assert_int_equal(unlink(SUPERVISOR_PATH), 0);
    assert_int_equal(unlink(other), 0);
}

/* The arm64 program starts, reads signs and looks for commands. It cannot run a script here: the emulator
 * does not pass on PR_SET_CHILD_SUBREAPER. */
static void the_arm64_program_surveys(void **state)
{
    (void)state;
    const struct embedded_file *binary = supervisor_binary("arm64");
    if (!binary || access(EMULATOR, X_OK) != 0 || strcmp(ARCHITECTURE, "arm64") == 0)
        skip(); /* no cross compiler, or no emulator: tests/setup check installs both */
    cleanup_free char *file = xasprintf("%s/arm64", place);
    folder_write(place, "arm64", binary->bytes, binary->length);
    assert_int_equal(chmod(file, 0700), 0);
    const char *const needs[] = {"sh", "no-such-command", NULL};
    struct supervisor_exec exec = supervisor_survey_make(needs);
    const char *const command[] = {EMULATOR, file, "survey", NULL};
    struct supervisor_decoder decoder;
    struct child child = child_start(command);
    int code = child_finish(&child, exec.input, exec.input_length, true, &decoder);
    if (decoder.result.problem)
        fail_msg("%s", decoder.result.problem);
    assert_int_equal(code, 0);
    assert_int_equal(decoder.result.ending, SUPERVISOR_SURVEYED);
    assert_string_equal(decoder.result.missing.bytes, "no-such-command\n");
    assert_contains(decoder.result.signs.bytes, "\nmachine=aarch64\n");
    assert_contains(decoder.result.signs.bytes, "\nboot_id=");
    assert_contains(decoder.result.signs.bytes, "\nend=1\n");
    supervisor_decoder_release(&decoder);
    supervisor_exec_release(&exec);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exit_codes_and_output_come_back),
        cmocka_unit_test(a_signal_is_no_exit_code),
        cmocka_unit_test(the_script_has_a_place_of_its_own),
        cmocka_unit_test(a_timeout_ends_the_script),
        cmocka_unit_test(a_script_that_ignores_sigterm_is_killed),
        cmocka_unit_test(strays_are_killed),
        cmocka_unit_test(much_output_arrives_whole),
        cmocka_unit_test(too_much_output_is_counted_and_not_sent),
        cmocka_unit_test(any_byte_passes),
        cmocka_unit_test(closed_output_does_not_end_the_case),
        cmocka_unit_test(missing_commands_are_named),
        cmocka_unit_test(a_base_that_cannot_hold_a_folder_is_named),
        cmocka_unit_test(all_that_a_script_wrote_is_removed),
        cmocka_unit_test(times_are_measured),
        cmocka_unit_test(a_broken_request_is_refused),
        cmocka_unit_test(a_signal_to_the_worker_ends_the_case),
        cmocka_unit_test(a_reader_that_stops_does_not_stop_the_timeout),
        cmocka_unit_test(a_shell_that_does_not_start_is_told_with_its_cause),
        cmocka_unit_test(the_installer_brings_it_in_and_surveys),
        cmocka_unit_test(the_arm64_program_surveys),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
