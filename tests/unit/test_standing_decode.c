/* SPDX-License-Identifier: Apache-2.0
 *
 * Tests of the harness's end of a standing stream: whole ones, cut, damaged, foreign.
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

/* What the pod sends, and what was told of it: "1:BYTES " for a reply, "1=CODE " for an end. */
struct wire {
    struct buf bytes, told;
    uint32_t sequence;
    struct supervisor_standing standing;
};

static void on_reply(void *context, uint32_t number, const char *bytes, size_t length)
{
    struct wire *wire = context;
    buf_printf(&wire->told, "%x:%.*s ", number, (int)length, bytes);
}

static void on_close(void *context, uint32_t number, int exit_code)
{
    struct wire *wire = context;
    buf_printf(&wire->told, "%x=%d ", number, exit_code);
}

static void wire_begin(struct wire *wire)
{
    *wire = (struct wire){0};
    buf_init(&wire->bytes, 1024 * 1024);
    buf_init(&wire->told, 1024 * 1024);
    supervisor_standing_init(&wire->standing);
    wire->standing.on_reply = on_reply;
    wire->standing.on_close = on_close;
    wire->standing.context = wire;
}

static void wire_end(struct wire *wire)
{
    buf_release(&wire->bytes);
    buf_release(&wire->told);
    supervisor_standing_release(&wire->standing);
}

static void add(struct wire *wire, char type, const char *payload)
{
    char header[SUPERVISOR_HEADER_BYTES];
    frame_write_header(&crc, header, type, wire->sequence++, payload, (uint32_t)strlen(payload));
    buf_append(&wire->bytes, header, sizeof header);
    buf_append_text(&wire->bytes, payload);
}

static void add_hello(struct wire *wire)
{
    add(wire, SUPERVISOR_FRAME_HELLO, SUPERVISOR_HELLO_STANDING);
}

static void feed(struct wire *wire, size_t piece)
{
    for (size_t at = 0; at < wire->bytes.length; at += piece) {
        size_t left = wire->bytes.length - at;
        supervisor_standing_feed(&wire->standing, wire->bytes.bytes + at, left < piece ? left : piece);
    }
}

static void cases_are_told_apart(void **state)
{
    (void)state;
    for (size_t piece = 1; piece < 200; piece += 7) {
        struct wire wire;
        wire_begin(&wire);
        add_hello(&wire);
        add(&wire, SUPERVISOR_FRAME_OUTPUT, "00000001one");
        add(&wire, SUPERVISOR_FRAME_OUTPUT, "fffffffflast");
        add(&wire, SUPERVISOR_FRAME_OUTPUT, "00000001more");
        add(&wire, SUPERVISOR_FRAME_CLOSE, "000000010");
        add(&wire, SUPERVISOR_FRAME_CLOSE, "ffffffff255");
        feed(&wire, piece);
        assert_null(wire.standing.problem);
        assert_true(wire.standing.hello);
        assert_string_equal(wire.told.bytes, "1:one ffffffff:last 1:more 1=0 ffffffff=255 ");
        wire_end(&wire);
    }
}

static void what_is_wrong_is_named_and_nothing_told(void **state)
{
    (void)state;
    static const struct {
        char type;
        const char *payload, *problem;
    } rows[] = {
        {'r', "0000000", "of no case"},
        {'r', "0000000Gbytes", "of no case"},
        {'r', "", "of no case"},
        {'c', "", "of no case"},
        {'c', "00000001", "no exit code"},
        {'c', "000000011000", "no exit code"},
        {'c', "00000001256", "no exit code"},
        {'c', "00000001-1", "no exit code"},
        {'c', "000000011x", "no exit code"},
        {'o', "00000001", "unknown type"},
        {'G', "", "unknown type"},
        {'h', SUPERVISOR_HELLO_STANDING, "greets"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct wire wire;
        wire_begin(&wire);
        add_hello(&wire);
        add(&wire, rows[i].type, rows[i].payload);
        add(&wire, SUPERVISOR_FRAME_OUTPUT, "00000001after");
        feed(&wire, wire.bytes.length);
        assert_non_null(wire.standing.problem);
        assert_contains(wire.standing.problem, rows[i].problem);
        assert_int_equal(wire.told.length, 0);
        wire_end(&wire);
    }
}

static void another_greeting_is_refused(void **state)
{
    (void)state;
    static const char *const greetings[] = {SUPERVISOR_HELLO, "gvisor-smoke standing stream 2\n", ""};
    for (size_t i = 0; i < COUNT(greetings); i++) {
        struct wire wire;
        wire_begin(&wire);
        add(&wire, SUPERVISOR_FRAME_HELLO, greetings[i]);
        feed(&wire, 5);
        assert_false(wire.standing.hello);
        assert_contains(wire.standing.problem, "greets with");
        wire_end(&wire);
    }
    struct wire wire;
    wire_begin(&wire);
    add(&wire, SUPERVISOR_FRAME_OUTPUT, "00000001early");
    feed(&wire, 5);
    assert_contains(wire.standing.problem, "greets with");
    assert_int_equal(wire.told.length, 0);
    wire_end(&wire);
}

static void no_changed_byte_is_taken(void **state)
{
    (void)state;
    struct wire sound;
    wire_begin(&sound);
    add_hello(&sound);
    add(&sound, SUPERVISOR_FRAME_OUTPUT, "00000001one");
    add(&sound, SUPERVISOR_FRAME_CLOSE, "000000017");
    for (size_t at = 0; at < sound.bytes.length; at++) {
        struct wire wire;
        wire_begin(&wire);
        buf_append(&wire.bytes, sound.bytes.bytes, sound.bytes.length);
        wire.bytes.bytes[at] ^= 1;
        feed(&wire, 1000);
        /* A length that grew may wait for bytes that never come. */
        assert_true(wire.standing.problem || wire.standing.frame.length > 0);
        assert_null(strstr(wire.told.bytes ? wire.told.bytes : "", "=7 "));
        wire_end(&wire);
    }
    wire_end(&sound);
}

static void lost_and_repeated_frames_are_seen(void **state)
{
    (void)state;
    struct wire wire;
    wire_begin(&wire);
    add_hello(&wire);
    wire.sequence++;
    add(&wire, SUPERVISOR_FRAME_OUTPUT, "00000001one");
    feed(&wire, 100);
    assert_contains(wire.standing.problem, "frame 2 arrived where frame 1 should be");
    wire_end(&wire);
    wire_begin(&wire);
    buf_append_text(&wire.bytes, "sh: 1: serve: not found, or something like that\n");
    feed(&wire, 100);
    assert_contains(wire.standing.problem, "is not a frame");
    wire_end(&wire);
}

/* Frames of requests are counted on from one to the next, and none is of another length than it says. */
static void requests_go_on_in_one_stream(void **state)
{
    (void)state;
    struct supervisor_standing standing;
    supervisor_standing_init(&standing);
    uint32_t sequence = 0;
    for (uint32_t number = 1; number <= 3; number++) {
        const struct supervisor_run run = {
            .id = "some-id", .timeout_ms = 1000, .watch_input = true, .script = "exit 0", .script_length = 6};
        size_t length;
        const char *bytes = supervisor_standing_request(&standing, number, &run, &length);
        struct frame_header header = {0};
        for (size_t at = 0; at < length; at += SUPERVISOR_HEADER_BYTES + header.length) {
            assert_true(length - at >= SUPERVISOR_HEADER_BYTES && frame_read_header(bytes + at, &header));
            assert_int_equal(header.sequence, sequence++);
            assert_int_not_equal(header.type, SUPERVISOR_FRAME_WATCH);
            if (at == 0)
                assert_int_equal(header.type, SUPERVISOR_FRAME_CASE);
        }
        assert_int_equal(header.type, SUPERVISOR_FRAME_GO);
        cleanup_free char *named = xasprintf("%08xsome-id", number);
        assert_memory_equal(bytes + SUPERVISOR_HEADER_BYTES, named, strlen(named));
    }
    supervisor_standing_release(&standing);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cases_are_told_apart),
        cmocka_unit_test(what_is_wrong_is_named_and_nothing_told),
        cmocka_unit_test(another_greeting_is_refused),
        cmocka_unit_test(no_changed_byte_is_taken),
        cmocka_unit_test(lost_and_repeated_frames_are_seen),
        cmocka_unit_test(requests_go_on_in_one_stream),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
