/* SPDX-License-Identifier: Apache-2.0
 *
 * Tests of the live view: its lines as a function of events, a size and a time, and what a terminal shows of
 * them.
 */
#include "unit.h"

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <sys/ioctl.h>

#include "gvisor-smoke/clock.h"
#include "gvisor-smoke/loop.h"
#include "gvisor-smoke/report.h"
#include "report/live.h"
#include "sample_run.h"

static const struct live_look usual = {.width = 80, .height = 24};

static void live_sink(void *context, const struct event *event)
{
    live_event(context, event);
}

/* The lines, seconds after the beginning of the run. */
static char *lines_at(const struct live *live, const struct live_look *look, int64_t s)
{
    struct live_lines lines = live_render(live, look, SAMPLE_START_MS + s * 1000);
    size_t newlines = 0;
    for (const char *at = lines.text; (at = strchr(at, '\n')); at++)
        newlines++;
    assert_int_equal(newlines, lines.lines);
    return lines.text;
}

static void expect_lines(const struct live *live, const struct live_look *look, int64_t s,
                         const char *expected)
{
    cleanup_free char *lines = lines_at(live, look, s);
    assert_string_equal(lines, expected);
}

static struct sample begin(struct live *live)
{
    *live = (struct live){0};
    struct sample sample = sample_begin(live_sink, live);
    sample_plan(&sample, "runtime-class", "test_r", NULL, EXPECT_WORKS);
    sample_plan(&sample, "npm-install", "test_n", NULL, EXPECT_WORKS);
    sample_plan(&sample, "docker-build", "test_d", NULL, EXPECT_BLOCKED);
    sample.now_ms = SAMPLE_START_MS + 5000;
    return sample;
}

static void start_case(struct sample *sample, const char *name, const char *node, enum runtime_role runtime)
{
    struct event event = {.kind = EVENT_START,
                          .start = {.name = name, .node = node, .pod = "pod-1", .runtime = runtime}};
    sample_emit(sample, &event);
}

static void there_is_nothing_before_a_run_and_after_it(void **state)
{
    (void)state;
    struct live live = {0};
    expect_lines(&live, &usual, 0, "");
    struct sample sample = begin(&live);
    sample_end(&sample, 0, 0);
    expect_lines(&live, &usual, 9, "");
    live_release(&live);
}

static void a_run_goes_through_its_phases(void **state)
{
    (void)state;
    struct live live;
    struct sample sample = begin(&live); /* at 5 s */
    expect_lines(&live, &usual, 5, "0:05  0/3  preparing\n");
    sample_passed(&sample, "runtime-class", "");
    expect_lines(&live, &usual, 6, "0:06  1/3  1 passed  preparing\n");
    sample_pod(&sample, "pod-1", NULL, "gvisor", "created", NULL);
    expect_lines(&live, &usual, 8, "0:08  1/3  1 passed  starting pods\n  0:02  pod pod-1  starting\n");
    sample_pod(&sample, "pod-1", "node-a", "gvisor", "running", NULL);
    expect_lines(&live, &usual, 9, "0:09  1/3  1 passed  starting pods\n  0:02  pod pod-1  attesting\n");
    sample_pod(&sample, "pod-1", "node-a", "gvisor", "ready", NULL);
    start_case(&sample, "npm-install", "node-a", RUNTIME_GVISOR); /* at 9 s */
    start_case(&sample, "docker-build", "node-a", RUNTIME_GVISOR);
    start_case(&sample, "docker-build", "node-a", RUNTIME_CONTROL);
    expect_lines(&live, &usual, 90,
                 "1:30  1/3  1 passed  running cases\n"
                 "  1:21  npm-install\n"
                 "  1:20  docker-build\n"
                 "  1:19  docker-build  default runtime\n");
    sample_evidence(&sample, "docker-build", "node-a", RUNTIME_GVISOR, 1, "", "");
    expect_lines(&live, &usual, 90,
                 "1:30  1/3  1 passed  running cases\n"
                 "  1:21  npm-install\n"
                 "  1:19  docker-build  default runtime\n");
    sample_verdict(&sample, "docker-build", "node-a", VERDICT_FAILED, "not-blocked", "it worked");
    sample_verdict(&sample, "npm-install", "node-a", VERDICT_ERROR, "timeout", "no end");
    expect_lines(&live, &usual, 3723, "1:02:03  3/3  1 passed, 1 failed, 1 error  finishing\n");
    sample_measure(&sample, "pod start", RUNTIME_CONTROL, 500000);
    expect_lines(&live, &usual, 95, "1:35  3/3  1 passed, 1 failed, 1 error  1 measurement made\n");
    live_release(&live);
}

/* A pod that came further is still as old as it is. */
static void what_lasts_longest_stands_first(void **state)
{
    (void)state;
    struct live live;
    struct sample sample = begin(&live); /* at 5 s */
    start_case(&sample, "npm-install", "node-a", RUNTIME_GVISOR);
    struct event pod = {
        .kind = EVENT_POD,
        .pod = {.name = "pod-2", .role = "control", .state = "running", .since_creation_ms = 3000}};
    sample_emit(&sample, &pod); /* at 6 s */
    expect_lines(&live, &usual, 7,
                 "0:07  0/3  running cases\n  0:04  pod pod-2  attesting\n  0:02  npm-install\n");
    live_release(&live);
}

static void a_pod_that_fails_or_is_refused_is_not_waited_for(void **state)
{
    (void)state;
    static const char *const ends[] = {"failed", "refused", "deleted", "ready"};
    for (size_t i = 0; i < COUNT(ends); i++) {
        struct live live;
        struct sample sample = begin(&live);
        sample_pod(&sample, "pod-1", NULL, "gvisor", "created", NULL);
        sample_pod(&sample, "pod-1", "node-a", "gvisor", ends[i], "a message");
        expect_lines(&live, &usual, 9, "0:09  0/3  running cases\n");
        live_release(&live);
    }
}

/* However many cases are under way, the lines are few; what has lasted longest stands first. */
static void many_nodes_take_no_more_lines(void **state)
{
    (void)state;
    struct live live;
    struct sample sample = begin(&live);
    sample_passed(&sample, "runtime-class", "");
    sample_nodes(&sample, 90, 10, 0);
    for (size_t i = 0; i < 40; i++) {
        cleanup_free char *node = xasprintf("node-%02zu", i);
        sample.now_ms = SAMPLE_START_MS + 10000 + (int64_t)i;
        start_case(&sample, "npm-install", node, RUNTIME_GVISOR);
    }
    for (size_t i = 0; i < 2; i++)
        sample_passed(&sample, i ? "docker-build" : "npm-install", "node-03");
    expect_lines(&live, &usual, 20,
                 "0:20  3/201 on 1/100 nodes  3 passed  running cases\n"
                 "  0:10  npm-install  node-00\n"
                 "  0:09  npm-install  node-01\n"
                 "  0:09  npm-install  node-02\n"
                 "  0:09  npm-install  node-04\n"
                 "  0:09  npm-install  node-05\n"
                 "  0:09  npm-install  node-06\n"
                 "  0:09  npm-install  node-07\n"
                 "  0:09  npm-install  node-08\n"
                 "        and 31 more\n");
    const struct live_look low = {.width = 80, .height = 5};
    expect_lines(&live, &low, 20,
                 "0:20  3/201 on 1/100 nodes  3 passed  running cases\n"
                 "  0:10  npm-install  node-00\n"
                 "  0:09  npm-install  node-01\n"
                 "        and 37 more\n");
    const struct live_look lowest = {.width = 80, .height = 1};
    expect_lines(&live, &lowest, 20, "0:20  3/201 on 1/100 nodes  3 passed  running cases\n");
    live_release(&live);
}

/* No line is as wide as the terminal, however narrow it is. */
static void lines_are_cut_where_the_terminal_ends(void **state)
{
    (void)state;
    struct live live;
    struct sample sample = begin(&live);
    sample_passed(&sample, "runtime-class", "");
    start_case(&sample, "npm-install", "node-a", RUNTIME_CONTROL);
    const struct live_look narrow = {.width = 20, .height = 24};
    expect_lines(&live, &narrow, 9, "0:09  1/3  1 passed\n  0:03  npm-install\n");
    for (size_t width = 0; width < 60; width++) {
        const struct live_look look = {.width = width, .height = 24, .colour = true};
        struct live_lines lines = live_render(&live, &look, SAMPLE_START_MS);
        for (size_t i = 0; i < lines.lines; i++)
            assert_true(lines.columns[i] < width || lines.columns[i] == 0);
        free(lines.text);
    }
    live_release(&live);
}

/* A name that no cluster should have: no sequence is obeyed, and each character is one column wide. */
static void hostile_names_are_only_shown(void **state)
{
    (void)state;
    struct live live;
    struct sample sample = begin(&live);
    start_case(&sample, "a\033[2Jb\r\n\xE6\xBC\xA2\xE5\xAD\x97\xE2\x80\xAEz", "node-a", RUNTIME_GVISOR);
    struct live_lines lines = live_render(&live, &usual, SAMPLE_START_MS + 9000);
    for (const char *at = lines.text; *at; at++)
        assert_true((*at >= 0x20 && *at < 0x7F) || *at == '\n');
    assert_int_equal(lines.lines, 2);
    assert_int_equal(strlen(lines.text), lines.columns[0] + lines.columns[1] + 2);
    assert_contains(lines.text, "b");
    assert_contains(lines.text, "??");
    free(lines.text);
    live_release(&live);
}

static void colours_take_no_column(void **state)
{
    (void)state;
    struct live live;
    struct sample sample = begin(&live);
    sample_verdict(&sample, "npm-install", "node-a", VERDICT_FAILED, "finding", "it failed");
    const struct live_look look = {.width = 80, .height = 24, .colour = true};
    struct live_lines plain = live_render(&live, &usual, SAMPLE_START_MS);
    struct live_lines coloured = live_render(&live, &look, SAMPLE_START_MS);
    assert_contains(coloured.text, "\033[1;31m1 failed\033[0m");
    assert_lacks(plain.text, "\033");
    assert_int_equal(plain.columns[0], coloured.columns[0]);
    assert_int_equal(plain.columns[0], strlen(plain.text) - 1);
    free(plain.text);
    free(coloured.text);
    live_release(&live);
}

/* --- on a terminal: a pseudo-terminal, and what its screen shows by the sequences that the view uses --- */

#define ROWS 200
#define COLUMNS 120

struct seen {
    int master;
    FILE *out;
    size_t width;
    char cells[ROWS][COLUMNS + 1];
    size_t row, column;
    bool coloured;
    struct terminal *terminal;
};

static void set_width(struct seen *seen, size_t width)
{
    const struct winsize size = {.ws_row = 24, .ws_col = (unsigned short)width};
    seen->width = width;
    assert_int_equal(ioctl(seen->master, TIOCSWINSZ, &size), 0);
}

static void seen_begin(struct seen *seen, size_t width)
{
    int slave;
    *seen = (struct seen){0};
    memset(seen->cells, 0, sizeof seen->cells);
    assert_int_equal(openpty(&seen->master, &slave, NULL, NULL, NULL), 0);
    set_width(seen, width);
    seen->out = fdopen(slave, "w");
    assert_non_null(seen->out);
    const struct terminal_options options = {.out = seen->out, .live = true};
    seen->terminal = terminal_new(&options);
}

static void seen_end(struct seen *seen)
{
    terminal_free(seen->terminal);
    fclose(seen->out);
    close(seen->master);
}

static void clear_from(struct seen *seen, size_t row, size_t column)
{
    memset(seen->cells[row] + column, 0, sizeof seen->cells[row] - column);
    for (size_t i = row + 1; i < ROWS; i++)
        memset(seen->cells[i], 0, sizeof seen->cells[i]);
}

/* A sequence behind ESC [; returns its last byte. */
static const char *obey(struct seen *seen, const char *at)
{
    char *end;
    size_t number = strtoul(at, &end, 10);
    while (*end == ';')
        strtoul(end + 1, &end, 10);
    if (*end == 'A') {
        assert_true(seen->row >= number);
        seen->row -= number;
    } else if (*end == 'J') {
        clear_from(seen, seen->row, seen->column);
    } else if (*end == 'm') {
        seen->coloured = number != 0;
    } else {
        fail_msg("an unknown sequence: %s", at);
    }
    return end;
}

static void show_byte(struct seen *seen, char byte)
{
    if (byte == '\r') {
        seen->column = 0;
    } else if (byte == '\n') {
        seen->row++;
    } else {
        assert_true(seen->column < seen->width); /* a line of the view never breaks */
        seen->cells[seen->row][seen->column++] = byte;
    }
}

/* What has come since the last time. The caller frees it. */
static char *come(struct seen *seen)
{
    struct pollfd from = {.fd = seen->master, .events = POLLIN};
    struct buf text;
    buf_init(&text, SIZE_MAX / 2);
    while (poll(&from, 1, 200) > 0) {
        char bytes[4096];
        ssize_t length = read(seen->master, bytes, sizeof bytes);
        assert_true(length > 0);
        buf_append(&text, bytes, (size_t)length);
    }
    char *owned = buf_steal(&text);
    buf_release(&text);
    return owned;
}

/* Reads what has come, and compares the screen: each row with its newline, up to the cursor, which must stand
 * at the beginning of a row. */
static void expect_screen(struct seen *seen, const char *expected)
{
    cleanup_free char *bytes = come(seen);
    for (const char *at = bytes; *at; at++)
        if (*at == '\033' && at[1] == '[')
            at = obey(seen, at + 2);
        else
            show_byte(seen, *at);
    struct buf text;
    buf_init(&text, SIZE_MAX / 2);
    for (size_t row = 0; row < seen->row; row++)
        buf_printf(&text, "%s\n", seen->cells[row]);
    assert_string_equal(text.bytes, expected);
    assert_int_equal(seen->column, 0);
    assert_false(seen->coloured);
    assert_string_equal(seen->cells[seen->row], "");
    buf_release(&text);
}

static void begin_on(struct seen *seen, struct sample *sample)
{
    *sample = (struct sample){.sink = terminal_sink, .context = seen->terminal, .now_ms = SAMPLE_START_MS};
    struct event event = {.kind = EVENT_RUN, .run = {.id = "ab12cd", .version = "0.1.0"}};
    sample_emit(sample, &event);
    sample_plan(sample, "one", "test_one", NULL, EXPECT_WORKS);
    sample_plan(sample, "two", "test_two", NULL, EXPECT_WORKS);
}

#define HEAD                                                                                                 \
    "run       ab12cd, gvisor-smoke 0.1.0\n"                                                                 \
    "server    (unknown) (context (unknown))\n"                                                              \
    "runtime   (unknown) (handler (unknown)), namespace (unknown)\n"
#define ONE "ok    one                 works               812 ms\n"

static void verdicts_scroll_above_the_view(void **state)
{
    (void)state;
    struct seen seen;
    struct sample sample;
    seen_begin(&seen, 100);
    begin_on(&seen, &sample);
    expect_screen(&seen, HEAD "0:02  0/2  preparing\n");
    start_case(&sample, "one", "node-a", RUNTIME_GVISOR);
    start_case(&sample, "two", "node-a", RUNTIME_GVISOR);
    expect_screen(&seen, HEAD "0:04  0/2  running cases\n  0:01  one\n  0:00  two\n");
    sample_passed(&sample, "one", "node-a");
    expect_screen(&seen, HEAD ONE "0:05  1/2  1 passed  running cases\n  0:01  two\n");
    sample_verdict(&sample, "two", "node-a", VERDICT_FAILED, "finding", "it failed");
    sample_end(&sample, 1, 0);
    expect_screen(&seen,
                  HEAD ONE "FAIL  two                 finding             812 ms\n      it failed\n"
                           "2 objects of the run could not be deleted; gvisor-smoke sweep removes what "
                           "is left\n");
    seen_end(&seen);
}

/* Nor is there a line above it for each of so many nodes. */
static void the_view_counts_many_nodes(void **state)
{
    (void)state;
    struct seen seen;
    struct sample sample;
    seen_begin(&seen, 80);
    begin_on(&seen, &sample);
    sample_nodes(&sample, 20, 0, 0);
    for (size_t i = 0; i < 10; i++) {
        cleanup_free char *node = xasprintf("node-%zu", i);
        sample_passed(&sample, "one", node);
        sample_passed(&sample, "two", node);
    }
    expect_screen(&seen, HEAD "nodes     some nodes can take pods\n"
                              "0:23  20/40 on 10/20 nodes  20 passed  preparing\n");
    seen_end(&seen);
}

/* What is waited for is in the view: a line for each pod that was made would say it again. */
static void pods_stand_in_the_view(void **state)
{
    (void)state;
    struct seen seen;
    struct sample sample;
    seen_begin(&seen, 80);
    begin_on(&seen, &sample);
    sample_pod(&sample, "pod-1", NULL, "gvisor", "created", NULL);
    expect_screen(&seen, HEAD "0:03  0/2  starting pods\n  0:00  pod pod-1  starting\n");
    terminal_stop(seen.terminal);
    expect_screen(&seen, HEAD);
    seen_end(&seen);
}

/* The terminal breaks the lines that it shows when it becomes narrower: all their rows are taken away. */
static void a_terminal_may_become_narrower(void **state)
{
    (void)state;
    struct seen seen;
    struct sample sample;
    seen_begin(&seen, 80);
    begin_on(&seen, &sample);
    start_case(&sample, "two", "node-a", RUNTIME_CONTROL);
    expect_screen(&seen, HEAD "0:03  0/2  running cases\n  0:00  two  default runtime\n");
    set_width(&seen, 15);
    /* as a terminal does it: two rows for each of the two lines */
    seen.row += 2;
    sample_passed(&sample, "two", "node-a");
    cleanup_free char *bytes = come(&seen);
    assert_true(text_starts_with(bytes, "\r\033[4A\033[J"));
    assert_contains(bytes, "0:04  1/2  1 p\r\n");
    seen_end(&seen);
}

/* The log writes between: the view gives way, and comes back with the next event. */
static void a_line_of_the_log_takes_the_place_of_the_view(void **state)
{
    (void)state;
    struct seen seen;
    struct sample sample;
    seen_begin(&seen, 80);
    begin_on(&seen, &sample);
    terminal_make_room(seen.terminal, LOG_ROOM_LINE);
    fputs("a line of the log\n", seen.out);
    fflush(seen.out);
    expect_screen(&seen, HEAD "a line of the log\n");
    start_case(&sample, "two", "node-a", RUNTIME_GVISOR);
    expect_screen(&seen, HEAD "a line of the log\n0:03  0/2  running cases\n  0:00  two\n");
    terminal_make_room(seen.terminal, LOG_ROOM_LENT);
    fputs("password? \n", seen.out);
    fflush(seen.out);
    sample_evidence(&sample, "two", "node-a", RUNTIME_GVISOR, 0, "", "");
    expect_screen(&seen, HEAD "a line of the log\npassword? \n");
    terminal_make_room(seen.terminal, LOG_ROOM_BACK);
    sample_passed(&sample, "one", "node-a");
    expect_screen(&seen, HEAD "a line of the log\npassword? \n" ONE "0:05  1/2  1 passed  running cases\n");
    seen_end(&seen);
}

static bool is_past(void *context)
{
    return clock_monotonic_ms() >= *(int64_t *)context;
}

static void wait_ms(struct loop *loop, int64_t ms)
{
    int64_t until_ms = clock_monotonic_ms() + ms;
    loop_run_until(loop, is_past, &until_ms);
}

static void begin_an_hour_ago(struct seen *seen, struct loop *loop)
{
    seen_begin(seen, 80);
    terminal_start(seen->terminal, loop);
    struct event event = {
        .kind = EVENT_RUN, .wall_ms = clock_wall_ms() - 3600000, .run = {.id = "ab12cd", .version = "0.1.0"}};
    terminal_sink(seen->terminal, &event);
    cleanup_free char *first = come(seen);
    assert_contains(first, "\n1:00:0"); /* by the clock, not by the event */
}

/* Without an event the view follows the clock; after a stop it stands where the shell has left the cursor. */
static void time_goes_on_without_events(void **state)
{
    (void)state;
    struct seen seen;
    struct loop *loop = loop_new();
    begin_an_hour_ago(&seen, loop);
    wait_ms(loop, 2500);
    cleanup_free char *later = come(&seen);
    assert_true(text_starts_with(later, "\r\033[1A\033[J1:00:0"));
    raise(SIGCONT);
    wait_ms(loop, 300);
    cleanup_free char *continued = come(&seen);
    assert_true(text_starts_with(continued, "1:00:0")); /* nothing is taken away */
    terminal_stop(seen.terminal);
    loop_free(loop);
    seen_end(&seen);
}

/* Ctrl-S holds the output: the run must not wait for it. */
static void a_stopped_terminal_holds_nobody_up(void **state)
{
    (void)state;
    struct seen seen;
    struct loop *loop = loop_new();
    begin_an_hour_ago(&seen, loop);
    assert_int_equal(tcflow(fileno(seen.out), TCOOFF), 0);
    alarm(60); /* ends the test when a write waits */
    wait_ms(loop, 2500);
    alarm(0);
    assert_int_equal(tcflow(fileno(seen.out), TCOON), 0);
    terminal_stop(seen.terminal);
    loop_free(loop);
    seen_end(&seen);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(there_is_nothing_before_a_run_and_after_it),
        cmocka_unit_test(a_run_goes_through_its_phases),
        cmocka_unit_test(what_lasts_longest_stands_first),
        cmocka_unit_test(a_pod_that_fails_or_is_refused_is_not_waited_for),
        cmocka_unit_test(many_nodes_take_no_more_lines),
        cmocka_unit_test(lines_are_cut_where_the_terminal_ends),
        cmocka_unit_test(hostile_names_are_only_shown),
        cmocka_unit_test(colours_take_no_column),
        cmocka_unit_test(verdicts_scroll_above_the_view),
        cmocka_unit_test(the_view_counts_many_nodes),
        cmocka_unit_test(pods_stand_in_the_view),
        cmocka_unit_test(a_terminal_may_become_narrower),
        cmocka_unit_test(a_line_of_the_log_takes_the_place_of_the_view),
        cmocka_unit_test(time_goes_on_without_events),
        cmocka_unit_test(a_stopped_terminal_holds_nobody_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
