/* SPDX-License-Identifier: Apache-2.0
 *
 * The channels of a remote command, and its status: fragments of every shape, and no invented exit code.
 */
#include "unit.h"

#include "gvisor-smoke/buf.h"
#include "kube/exec_frame.h"

struct heard {
    struct buf out, err;
};

static void on_output(void *context, enum kube_stream stream, const char *bytes, size_t length)
{
    struct heard *heard = context;
    buf_append(stream == KUBE_STDOUT ? &heard->out : &heard->err, bytes, length);
}

static struct exec_demux demux_begin(struct heard *heard)
{
    buf_init(&heard->out, 4096);
    buf_init(&heard->err, 4096);
    struct exec_demux demux = {.on_output = on_output, .context = heard};
    exec_demux_init(&demux);
    return demux;
}

static void demux_end(struct exec_demux *demux, struct heard *heard)
{
    exec_demux_release(demux);
    buf_release(&heard->out);
    buf_release(&heard->err);
}

static void streams_are_told_apart(void **state)
{
    (void)state;
    struct heard heard;
    struct exec_demux demux = demux_begin(&heard);
    exec_demux_feed(&demux, "\001", 1,
                    true); /* what a server opens with: nothing on stdout, and not its end */
    exec_demux_feed(&demux, "\001one", 4, true);
    exec_demux_feed(&demux, "\002two", 4, true);
    exec_demux_feed(&demux, "\001 three", 7, true);
    exec_demux_feed(&demux, "\003{}", 3, true);
    exec_demux_feed(&demux, "\377\001", 2, true); /* a close, and a channel that nobody knows: not output */
    exec_demux_feed(&demux, "\011?", 2, true);
    assert_string_equal(heard.out.bytes, "one three");
    assert_string_equal(heard.err.bytes, "two");
    assert_string_equal(demux.status.bytes, "{}");
    demux_end(&demux, &heard);
}

static void the_channel_stands_only_at_the_start_of_a_message(void **state)
{
    (void)state;
    static const char message[] = "\002\001\002\003 any bytes";
    /* Cut into two fragments at every place, also before the first byte and behind the last. */
    for (size_t cut = 0; cut < sizeof message; cut++) {
        struct heard heard;
        struct exec_demux demux = demux_begin(&heard);
        exec_demux_feed(&demux, message, cut, false);
        exec_demux_feed(&demux, message + cut, sizeof message - 1 - cut, true);
        exec_demux_feed(&demux, "\001x", 2, true);
        assert_int_equal(heard.err.length, sizeof message - 2);
        assert_memory_equal(heard.err.bytes, message + 1, sizeof message - 2);
        assert_string_equal(heard.out.bytes, "x");
        demux_end(&demux, &heard);
    }
}

static void a_status_has_a_maximum(void **state)
{
    (void)state;
    struct heard heard;
    struct exec_demux demux = demux_begin(&heard);
    static char big[40000] = {3};
    for (int i = 0; i < 10; i++)
        exec_demux_feed(&demux, big, sizeof big, true);
    assert_true(demux.status.length <= 64 * 1024);
    assert_true(demux.status.dropped > 0);
    demux_end(&demux, &heard);
}

static void statuses_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *status;
        enum kube_exec_ending ending;
        int exit_code;
        const char *message; /* a part of it */
    } rows[] = {
        {"{\"status\":\"Success\"}", KUBE_EXEC_EXITED, 0, NULL},
        {"{\"status\":\"Failure\",\"reason\":\"NonZeroExitCode\",\"message\":\"exit "
         "7\",\"details\":{\"causes\":"
         "[{\"reason\":\"ExitCode\",\"message\":\"7\"}]}}",
         KUBE_EXEC_EXITED, 7, NULL},
        {"{\"status\":\"Failure\",\"reason\":\"InternalError\",\"message\":\"no such "
         "file\",\"details\":{\"causes\":"
         "[{\"message\":\"no such file\"}]}}",
         KUBE_EXEC_NOT_STARTED, -1, "no such file"},
        {"{\"status\":\"Failure\"}", KUBE_EXEC_NOT_STARTED, -1, "gives no reason"},
        {"{\"status\":\"Failure\",\"message\":\"m\",\"details\":{\"causes\":[{\"reason\":\"ExitCode\","
         "\"message\":"
         "\"seven\"}]}}",
         KUBE_EXEC_NOT_STARTED, -1, "m"},
        {"{\"status\":\"Failure\",\"message\":\"m\",\"details\":{\"causes\":[{\"reason\":\"ExitCode\","
         "\"message\":"
         "\"-1\"}]}}",
         KUBE_EXEC_NOT_STARTED, -1, "m"},
        {"", KUBE_EXEC_LOST, -1, "without a status"},
        {"not JSON", KUBE_EXEC_LOST, -1, "no Status object"},
        {"{}", KUBE_EXEC_LOST, -1, "no Status object"},
        {"[\"Success\"]", KUBE_EXEC_LOST, -1, "no Status object"},
        {"{\"status\":true}", KUBE_EXEC_LOST, -1, "no Status object"},
        {"{\"status\":\"Success\"", KUBE_EXEC_LOST, -1, "no Status object"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int exit_code = -1;
        char *message = NULL;
        assert_int_equal(exec_status_read(rows[i].status, strlen(rows[i].status), &exit_code, &message),
                         rows[i].ending);
        assert_int_equal(exit_code, rows[i].exit_code);
        if (rows[i].message)
            assert_non_null(strstr(message, rows[i].message));
        else
            assert_null(message);
        free(message);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(streams_are_told_apart),
        cmocka_unit_test(the_channel_stands_only_at_the_start_of_a_message),
        cmocka_unit_test(a_status_has_a_maximum),
        cmocka_unit_test(statuses_are_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
