/* SPDX-License-Identifier: Apache-2.0
 *
 * Tests of the decoder of the supervisor's replies: whole ones, cut, damaged, lost, foreign.
 */
#include "unit.h"

#include "gvisor-smoke/buf.h"
#include "gvisor-smoke/supervisor.h"
#include "supervisor/frame.h"

static struct crc32c crc;

static int set_up(void **state)
{
    (void)state;
    crc32c_init(&crc);
    return 0;
}

/* A reply under way. */
struct reply {
    struct buf bytes;
    uint32_t sequence;
};

static void add(struct reply *reply, char type, const char *payload, size_t length)
{
    char header[SUPERVISOR_HEADER_BYTES];
    frame_write_header(&crc, header, type, reply->sequence++, payload, (uint32_t)length);
    buf_append(&reply->bytes, header, sizeof header);
    buf_append(&reply->bytes, payload, length);
}

static void add_text(struct reply *reply, char type, const char *payload)
{
    add(reply, type, payload, strlen(payload));
}

static struct reply reply_new(void)
{
    struct reply reply = {0};
    buf_init(&reply.bytes, SIZE_MAX / 2);
    add_text(&reply, SUPERVISOR_FRAME_HELLO, SUPERVISOR_HELLO);
    return reply;
}

static void add_end(struct reply *reply, const char *output, unsigned total, const char *errors)
{
    cleanup_free char *end = xasprintf(
        "ending=exited\ncode=3\nsignal=0\nwall_us=1500\nuser_us=200\nsystem_us=100\npeak_kib=4096\nstrays=2\n"
        "strays_left=0\nstray_name=sleep\nfolder_left=1\nstdout_total=%u\nstdout_sent=%zu\nstdout_crc32c=%"
        "08x\n"
        "stderr_total=%zu\nstderr_sent=%zu\nstderr_crc32c=%08x\n",
        total, strlen(output), crc32c_add(&crc, 0, output, strlen(output)), strlen(errors), strlen(errors),
        crc32c_add(&crc, 0, errors, strlen(errors)));
    add_text(reply, SUPERVISOR_FRAME_END, end);
}

/* A whole reply of a run: "one two" and "oh". */
static struct reply whole(void)
{
    struct reply reply = reply_new();
    add_text(&reply, SUPERVISOR_FRAME_STDOUT, "one ");
    add_text(&reply, SUPERVISOR_FRAME_STDERR, "oh");
    add_text(&reply, SUPERVISOR_FRAME_STDOUT, "two");
    add_end(&reply, "one two", 7, "oh");
    return reply;
}

static struct supervisor_decoder decode(const char *bytes, size_t length, size_t step)
{
    struct supervisor_decoder decoder;
    supervisor_decoder_init(&decoder, 1024);
    for (size_t at = 0; at < length; at += step)
        supervisor_decoder_feed(&decoder, bytes + at, length - at < step ? length - at : step);
    supervisor_decoder_finish(&decoder);
    return decoder;
}

/* Decodes and releases the reply; it must be broken, and say so. */
static void assert_broken(struct reply *reply, const char *problem)
{
    struct supervisor_decoder decoder = decode(reply->bytes.bytes, reply->bytes.length, SIZE_MAX);
    assert_int_equal(decoder.result.ending, SUPERVISOR_BROKEN);
    assert_contains(decoder.result.problem, problem);
    supervisor_decoder_release(&decoder);
    buf_release(&reply->bytes);
}

static void the_checksum_is_crc32c(void **state)
{
    (void)state;
    assert_int_equal(crc32c_add(&crc, 0, "123456789", 9), 0xe3069283);
    assert_int_equal(crc32c_add(&crc, crc32c_add(&crc, 0, "12345678", 8), "9", 1), 0xe3069283);
    assert_int_equal(crc32c_add(&crc, 0, "", 0), 0);
}

static void a_whole_reply_is_decoded_in_pieces_of_any_size(void **state)
{
    (void)state;
    struct reply reply = whole();
    for (size_t step = 1; step <= reply.bytes.length; step++) {
        struct supervisor_decoder decoder = decode(reply.bytes.bytes, reply.bytes.length, step);
        const struct supervisor_result *result = &decoder.result;
        assert_null(result->problem);
        assert_int_equal(result->ending, SUPERVISOR_EXITED);
        assert_int_equal(result->exit_code, 3);
        assert_int_equal(result->wall_us, 1500);
        assert_int_equal(result->peak_kib, 4096);
        assert_int_equal(result->strays, 2);
        assert_string_equal(result->stray_name, "sleep");
        assert_true(result->folder_left);
        assert_string_equal(result->output.bytes.bytes, "one two");
        assert_string_equal(result->errors.bytes.bytes, "oh");
        assert_int_equal(decoder.taken_bytes, reply.bytes.length);
        supervisor_decoder_release(&decoder);
    }
    buf_release(&reply.bytes);
}

static void a_reply_cut_at_any_byte_is_broken(void **state)
{
    (void)state;
    struct reply reply = whole();
    for (size_t length = 0; length < reply.bytes.length; length++) {
        struct supervisor_decoder decoder = decode(reply.bytes.bytes, length, 7);
        assert_int_equal(decoder.result.ending, SUPERVISOR_BROKEN);
        if (length > SUPERVISOR_HEADER_BYTES + sizeof SUPERVISOR_HELLO)
            assert_contains(decoder.result.problem, "truncated");
        assert_non_null(decoder.result.problem);
        supervisor_decoder_release(&decoder);
    }
    buf_release(&reply.bytes);
}

static void any_flipped_bit_is_seen(void **state)
{
    (void)state;
    struct reply reply = whole();
    for (size_t at = 0; at < reply.bytes.length; at++)
        for (int bit = 0; bit < 8; bit++) {
            reply.bytes.bytes[at] = (char)(reply.bytes.bytes[at] ^ 1 << bit);
            struct supervisor_decoder decoder = decode(reply.bytes.bytes, reply.bytes.length, SIZE_MAX);
            assert_int_equal(decoder.result.ending, SUPERVISOR_BROKEN);
            supervisor_decoder_release(&decoder);
            reply.bytes.bytes[at] = (char)(reply.bytes.bytes[at] ^ 1 << bit);
        }
    buf_release(&reply.bytes);
}

static void a_lost_and_a_repeated_frame_are_seen(void **state)
{
    (void)state;
    struct reply lost = reply_new();
    lost.sequence++;
    add_text(&lost, SUPERVISOR_FRAME_STDOUT, "two");
    assert_broken(&lost, "frame 2 arrived where frame 1 should be");
    struct reply repeated = reply_new();
    repeated.sequence--;
    add_text(&repeated, SUPERVISOR_FRAME_STDOUT, "two");
    assert_broken(&repeated, "frame 0 arrived where frame 1 should be");
}

static void totals_that_do_not_fit_are_seen(void **state)
{
    (void)state;
    struct reply fewer = reply_new();
    add_text(&fewer, SUPERVISOR_FRAME_STDOUT, "one");
    add_end(&fewer, "one two", 7, "");
    assert_broken(&fewer, "standard output is not whole: 3 of 7 bytes arrived");
    struct reply other = reply_new();
    add_text(&other, SUPERVISOR_FRAME_STDOUT, "one");
    add_end(&other, "two", 3, "");
    assert_broken(&other, "standard output is not as it was sent");
    struct reply fields = reply_new();
    add_text(&fields, SUPERVISOR_FRAME_END, "ending=exited\ncode=x\n");
    assert_broken(&fields, "lacks a field");
    struct reply unknown = reply_new();
    add_text(&unknown, SUPERVISOR_FRAME_END, "ending=well\n");
    assert_broken(&unknown, "without saying how");
}

#define END_WITHOUT(fields)                                                                                  \
    fields                                                                                                   \
        "user_us=0\nsystem_us=0\npeak_kib=0\nstrays=0\nstrays_left=0\nfolder_left=0\n"                       \
        "stdout_total=0\nstdout_sent=0\nstdout_crc32c=0\nstderr_total=0\nstderr_sent=0\nstderr_crc32c=0\n"

static void an_end_that_contradicts_itself_is_none(void **state)
{
    (void)state;
    static const struct {
        const char *end, *problem; /* problem: NULL where it is well */
    } rows[] = {
        {END_WITHOUT("ending=exited\ncode=0\nsignal=0\nwall_us=1\n"), NULL},
        {END_WITHOUT("ending=signaled\ncode=-1\nsignal=9\nwall_us=1\n"), NULL},
        {END_WITHOUT("ending=exited\ncode=-1\nsignal=0\nwall_us=1\n"), "contradicts itself"},
        {END_WITHOUT("ending=exited\ncode=0\nsignal=9\nwall_us=1\n"), "contradicts itself"},
        {END_WITHOUT("ending=signaled\ncode=0\nsignal=0\nwall_us=1\n"), "contradicts itself"},
        {END_WITHOUT("ending=exited\ncode=0\nsignal=0\nwall_us=-1\n"), "is no number"},
        {END_WITHOUT("ending=exited\ncode=256\nsignal=0\nwall_us=1\n"), "is no number"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct reply reply = reply_new();
        add_text(&reply, SUPERVISOR_FRAME_END, rows[i].end);
        if (rows[i].problem) {
            assert_broken(&reply, rows[i].problem);
            continue;
        }
        struct supervisor_decoder decoder = decode(reply.bytes.bytes, reply.bytes.length, SIZE_MAX);
        assert_null(decoder.result.problem);
        supervisor_decoder_release(&decoder);
        buf_release(&reply.bytes);
    }
}

static void what_is_not_a_reply_is_quoted(void **state)
{
    (void)state;
    struct reply shell = {0};
    buf_init(&shell.bytes, 1024);
    buf_append_text(&shell.bytes, "bash: warning: setlocale: cannot change locale\n");
    assert_broken(&shell, "\"bash: warning: setlocale: cannot\" is not the supervisor's reply");
    struct reply brief = {0};
    buf_init(&brief.bytes, 1024);
    buf_append_text(&brief.bytes, "hello\n");
    assert_broken(&brief, "\"hello\" is not the supervisor's reply");
    struct reply nothing = {0};
    buf_init(&nothing.bytes, 1024);
    assert_broken(&nothing, "did not reply");
    struct reply middle = reply_new();
    buf_append_text(&middle.bytes, "what is this that stands here in the middle?");
    assert_broken(&middle, "broken after 1 frames");
    struct reply version = {0};
    buf_init(&version.bytes, 1024);
    add_text(&version, SUPERVISOR_FRAME_HELLO, "gvisor-smoke supervisor 1\n");
    assert_broken(&version, "another version");
    struct reply type = reply_new();
    add_text(&type, '\0', "");
    assert_broken(&type, "frame 1 is of an unknown type");
}

static void bytes_after_the_end_are_seen(void **state)
{
    (void)state;
    struct reply reply = whole();
    buf_append_text(&reply.bytes, "x");
    assert_broken(&reply, "1 bytes arrived after the end");
}

static void a_capped_stream_is_whole(void **state)
{
    (void)state;
    struct reply reply = reply_new();
    add_text(&reply, SUPERVISOR_FRAME_STDOUT, "one");
    add_end(&reply, "one", 1000000, "");
    struct supervisor_decoder decoder = decode(reply.bytes.bytes, reply.bytes.length, SIZE_MAX);
    assert_int_equal(decoder.result.ending, SUPERVISOR_EXITED);
    assert_int_equal(decoder.result.output.total_bytes, 1000000);
    assert_int_equal(decoder.result.output.sent_bytes, 3);
    supervisor_decoder_release(&decoder);
    buf_release(&reply.bytes);
}

static void memory_is_bounded(void **state)
{
    (void)state;
    static char block[SUPERVISOR_PAYLOAD_MAX];
    struct reply reply = reply_new();
    for (int i = 0; i < 100; i++)
        add(&reply, SUPERVISOR_FRAME_STDOUT, block, sizeof block);
    for (int i = 0; i < 100; i++)
        add(&reply, SUPERVISOR_FRAME_SIGNS, block, sizeof block);
    struct supervisor_decoder decoder = decode(reply.bytes.bytes, reply.bytes.length, 4096);
    assert_int_equal(decoder.result.output.bytes.length, 1024);
    assert_true(decoder.result.signs.length <= 64 * 1024);
    supervisor_decoder_release(&decoder);
    buf_release(&reply.bytes);
}

static void a_survey_and_a_failure_are_decoded(void **state)
{
    (void)state;
    struct reply survey = reply_new();
    add_text(&survey, SUPERVISOR_FRAME_SIGNS, "supervisor=1\n");
    add_text(&survey, SUPERVISOR_FRAME_MISSING, "npm");
    add_text(&survey, SUPERVISOR_FRAME_MISSING, "go");
    add_text(&survey, SUPERVISOR_FRAME_END, "");
    struct supervisor_decoder decoder = decode(survey.bytes.bytes, survey.bytes.length, 5);
    assert_int_equal(decoder.result.ending, SUPERVISOR_SURVEYED);
    assert_string_equal(decoder.result.signs.bytes, "supervisor=1\n");
    assert_string_equal(decoder.result.missing.bytes, "npm\ngo\n");
    supervisor_decoder_release(&decoder);
    buf_release(&survey.bytes);
    struct reply failure = reply_new();
    add_text(&failure, SUPERVISOR_FRAME_FAILED, "no room");
    decoder = decode(failure.bytes.bytes, failure.bytes.length, 5);
    assert_int_equal(decoder.result.ending, SUPERVISOR_FAILED);
    assert_string_equal(decoder.result.problem, "no room");
    supervisor_decoder_release(&decoder);
    buf_release(&failure.bytes);
}

static void a_problem_of_the_installation_is_explained(void **state)
{
    (void)state;
    bool plain = false;
    cleanup_free char *problem = supervisor_install_problem(
        121, "sh: 1: cannot create /tmp/.gvisor-smoke-supervisor.7: Read-only file system\n", &plain);
    assert_contains(problem, "cannot be written in /tmp");
    assert_contains(problem, "Read-only file system");
    assert_true(plain);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_checksum_is_crc32c),
        cmocka_unit_test(a_whole_reply_is_decoded_in_pieces_of_any_size),
        cmocka_unit_test(a_reply_cut_at_any_byte_is_broken),
        cmocka_unit_test(any_flipped_bit_is_seen),
        cmocka_unit_test(a_lost_and_a_repeated_frame_are_seen),
        cmocka_unit_test(totals_that_do_not_fit_are_seen),
        cmocka_unit_test(an_end_that_contradicts_itself_is_none),
        cmocka_unit_test(what_is_not_a_reply_is_quoted),
        cmocka_unit_test(bytes_after_the_end_are_seen),
        cmocka_unit_test(a_capped_stream_is_whole),
        cmocka_unit_test(memory_is_bounded),
        cmocka_unit_test(a_survey_and_a_failure_are_decoded),
        cmocka_unit_test(a_problem_of_the_installation_is_explained),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
