/* SPDX-License-Identifier: Apache-2.0
 *
 * Tests of the ground: errors, buffers, texts, lists, time, files.
 */
#include "unit.h"

#include <sys/stat.h>

#include "gvisor-smoke/buf.h"
#include "gvisor-smoke/clock.h"
#include "gvisor-smoke/index.h"
#include "gvisor-smoke/secret.h"
#include "gvisor-smoke/texts.h"

static void error_is_wrapped_and_hinted(void **state)
{
    (void)state;
    cleanup_error struct error *err = NULL;
    error_set(&err, ERROR_ENVIRONMENT, "no such %s", "pod");
    err->http_status = 404;
    error_wrap(&err, "cannot read %d", 7);
    error_hint(&err, "first");
    error_hint(&err, "make %s", "one");
    assert_string_equal(err->message, "cannot read 7: no such pod");
    assert_string_equal(err->hint, "make one");
    cleanup_error struct error *copy = error_copy(err);
    assert_string_equal(copy->message, err->message);
    assert_string_equal(copy->hint, err->hint);
    assert_int_equal(copy->http_status, 404);
    assert_int_equal(copy->kind, ERROR_ENVIRONMENT);
    assert_null(error_copy(NULL));
    error_free(NULL);
}

static void error_selects_the_exit_code(void **state)
{
    (void)state;
    static const struct {
        enum error_kind kind;
        int code;
    } rows[] = {{ERROR_USAGE, 2}, {ERROR_ENVIRONMENT, 3}, {ERROR_NOT_GVISOR, 4}};
    for (size_t i = 0; i < COUNT(rows); i++) {
        cleanup_error struct error *err = NULL;
        error_set(&err, rows[i].kind, "x");
        assert_int_equal(error_exit_code(err), rows[i].code);
    }
}

static void buf_never_grows_over_its_maximum(void **state)
{
    (void)state;
    cleanup_buf struct buf buf;
    buf_init(&buf, 100);
    assert_string_equal(buf.bytes, "");
    assert_true(buf_append_text(&buf, "12345678901234567890"));
    for (int i = 0; i < 3; i++)
        assert_true(buf_append_text(&buf, "12345678901234567890"));
    assert_true(buf_append(&buf, "12345678901234567890", 20));
    assert_false(buf_append(&buf, "xyz", 3));
    assert_int_equal(buf.length, 100);
    assert_int_equal(buf.dropped, 3);
    assert_int_equal(buf.bytes[100], '\0');
    buf_clear(&buf);
    assert_int_equal(buf.length, 0);
    assert_int_equal(buf.dropped, 0);
}

static void buf_drops_only_what_does_not_fit(void **state)
{
    (void)state;
    cleanup_buf struct buf buf;
    buf_init(&buf, 5);
    assert_false(buf_printf(&buf, "%s", "abcdefg"));
    assert_string_equal(buf.bytes, "abcde");
    assert_int_equal(buf.dropped, 2);
}

static void buf_is_consumed_and_stolen(void **state)
{
    (void)state;
    cleanup_buf struct buf buf;
    buf_init(&buf, 1000);
    buf_append_text(&buf, "one two");
    buf_consume(&buf, 4);
    assert_string_equal(buf.bytes, "two");
    buf_consume(&buf, 100);
    assert_string_equal(buf.bytes, "");
    buf_append_text(&buf, "three");
    cleanup_free char *stolen = buf_steal(&buf);
    assert_string_equal(stolen, "three");
    assert_int_equal(buf.length, 0);
    assert_true(buf_append_text(&buf, "again"));
}

static void any_bytes_become_text(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t length;
        const char *text;
    } rows[] = {
        {"", 0, ""},
        {"plain\ttext\r\n", 12, "plain\ttext\r\n"},
        {"a\0b", 3, "a#x00b"},
        {"\033[31m", 5, "#x1B[31m"},
        {"\x7f", 1, "#x7F"},
        {"\xC3\xA4", 2, "\xC3\xA4"},
        {"\xC3", 1, "\xEF\xBF\xBD"},                                                 /* cut */
        {"\xE2\x82", 2, "\xEF\xBF\xBD\xEF\xBF\xBD"},                                 /* cut */
        {"\xC0\x80", 2, "\xEF\xBF\xBD\xEF\xBF\xBD"},                                 /* overlong NUL */
        {"\xED\xA0\x80", 3, "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"},                 /* surrogate */
        {"\xEF\xBF\xBE", 3, "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"},                 /* U+FFFE: not in XML */
        {"\xF0\x9F\x98\x80", 4, "\xF0\x9F\x98\x80"},                                 /* U+1F600 */
        {"\xF4\x90\x80\x80", 4, "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"}, /* over U+10FFFF */
        {"\xFF\xFE", 2, "\xEF\xBF\xBD\xEF\xBF\xBD"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        cleanup_free char *text = text_from_bytes(rows[i].bytes, rows[i].length);
        assert_string_equal(text, rows[i].text);
        cleanup_free char *again = text_from_bytes(text, strlen(text));
        assert_string_equal(again, text);
    }
}

static void durations_are_written_for_people(void **state)
{
    (void)state;
    static const struct {
        long long ms;
        const char *text;
    } rows[] = {{0, "0 ms"},     {999, "999 ms"},   {1000, "1.0 s"},
                {1250, "1.2 s"}, {59999, "59.9 s"}, {125000, "2 min 5 s"}};
    for (size_t i = 0; i < COUNT(rows); i++) {
        cleanup_free char *text = text_duration(rows[i].ms);
        assert_string_equal(text, rows[i].text);
    }
}

static void durations_are_parsed(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        long long ms;
    } rows[] = {
        {"30", 30000},
        {"30s", 30000},
        {"500ms", 500},
        {"2m", 120000},
        {"1h", 3600000},
        {"0", 0},
        {"240h", 864000000},
        {"241h", -1},
        {"", -1},
        {"-1", -1},
        {"+1", -1},
        {" 1", -1},
        {"1 s", -1},
        {"1d", -1},
        {"s", -1},
        {"1.5s", -1},
        {"99999999999999999999", -1},
    };
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_int_equal(text_parse_duration_ms(rows[i].text), rows[i].ms);
}

static void texts_are_quoted_for_the_shell(void **state)
{
    (void)state;
    cleanup_free char *quoted = text_shell_quote("it's $HOME");
    assert_string_equal(quoted, "'it'\\''s $HOME'");
    cleanup_free char *empty = text_shell_quote("");
    assert_string_equal(empty, "''");
}

static void small_text_helpers(void **state)
{
    (void)state;
    assert_true(text_starts_with("abc", "ab"));
    assert_false(text_starts_with("ab", "abc"));
    assert_true(text_ends_with("abc", "bc"));
    assert_false(text_ends_with("c", "bc"));
    cleanup_free char *one = text_count(1, "case", "cases"), *none = text_count(0, "case", "cases");
    assert_string_equal(one, "1 case");
    assert_string_equal(none, "0 cases");
}

static void lists_of_strings(void **state)
{
    (void)state;
    cleanup_strings struct strings list = strings_split(" b,, a\tc ", " ,\t");
    assert_int_equal(list.count, 3);
    assert_null(list.items[3]);
    strings_sort(&list);
    cleanup_free char *joined = strings_join(&list, "+");
    assert_string_equal(joined, "a+b+c");
    assert_true(strings_contain(&list, "c"));
    assert_false(strings_contain(&list, "d"));
    cleanup_strings struct strings empty = strings_split("", ",");
    assert_int_equal(empty.count, 0);
    strings_sort(&empty);
    cleanup_free char *nothing = strings_join(&empty, ",");
    assert_string_equal(nothing, "");
}

static void stamps_survive_a_round_trip(void **state)
{
    (void)state;
    char text[CLOCK_STAMP_SIZE];
    assert_string_equal(clock_stamp(0, text), "1970-01-01T00:00:00.000Z");
    assert_string_equal(clock_stamp(1795550185123, text), "2026-11-24T19:56:25.123Z");
    assert_int_equal(clock_parse_stamp("2026-11-24T19:56:25.123Z"), 1795550185123);
    assert_int_equal(clock_parse_stamp("2026-11-24T19:56:25Z"), 1795550185000);
    assert_int_equal(clock_parse_stamp("2026-11-24T19:56:25.123456789Z"), 1795550185123);
    assert_int_equal(clock_parse_stamp("2026-11-24T19:56:25"), -1);
    assert_int_equal(clock_parse_stamp("2026-11-24"), -1);
    assert_int_equal(clock_parse_stamp(""), -1);
    int64_t earlier = clock_monotonic_ms();
    assert_true(clock_monotonic_ms() >= earlier);
    assert_true(clock_wall_ms() > 1700000000000);
}

static void what_is_no_file_is_written_to_and_stays(void **state)
{
    (void)state;
    struct error *err = NULL;
    char *folder = folder_make();
    cleanup_free char *device = xasprintf("%s/device", folder), *closed = xasprintf("%s/closed", folder);
    struct stat status;
    assert_int_equal(symlink("/dev/full", closed), 0);
    assert_int_equal(symlink("/dev/null", device),
                     0); /* a link, for a file in its place would take that away */
    assert_int_equal(text_write_file(device, "one", 3, &err), 0);
    assert_int_equal(text_write_file(closed, "one", 3, &err), -1);
    assert_non_null(strstr(err->message, "No space left on device"));
    error_free(err);
    assert_int_equal(lstat(device, &status), 0);
    assert_true(S_ISLNK(status.st_mode));
    assert_int_equal(lstat(closed, &status), 0);
    assert_true(S_ISLNK(status.st_mode));
    folder_remove(folder);
}

static void files_are_written_whole_and_read_with_a_bound(void **state)
{
    (void)state;
    char *folder = folder_make();
    cleanup_free char *path = xasprintf("%s/file", folder), *missing = xasprintf("%s/no/file", folder);
    cleanup_error struct error *err = NULL, *too_large = NULL, *none = NULL, *is_folder = NULL,
                               *unwritable = NULL;
    assert_int_equal(text_write_file(path, "one", 3, &err), 0);
    assert_int_equal(text_write_file(path, "a\0b", 3, &err), 0);
    size_t length = 0;
    cleanup_free char *text = text_read_file(path, 3, &length, &err);
    assert_int_equal(length, 3);
    assert_memory_equal(text, "a\0b", 4);
    assert_null(text_read_file(path, 2, NULL, &too_large));
    assert_contains(too_large->message, "larger than 2 bytes");
    assert_null(text_read_file(missing, 10, NULL, &none));
    assert_contains(none->message, "No such file");
    assert_null(text_read_file(folder, 10, NULL, &is_folder));
    assert_contains(is_folder->message, "Is a directory");
    assert_int_equal(text_write_file(missing, "x", 1, &unwritable), -1);
    assert_contains(unwritable->message, missing);
    assert_null(err);
    folder_remove(folder);
}

static void secrets_are_kept_and_freed(void **state)
{
    (void)state;
    struct secret *secret = secret_new("to\0ken", 6);
    assert_int_equal(secret_length(secret), 6);
    assert_memory_equal(secret_reveal(secret), "to\0ken", 7);
    secret_free(secret);
    secret_free(NULL);
}

static void an_index_finds_what_was_put_under_a_name(void **state)
{
    (void)state;
    cleanup_index struct index index = {0};
    size_t number = 7;
    assert_false(index_get(&index, "0", &number));
    for (size_t i = 0; i < 1000; i++) {
        cleanup_free char *key = xasprintf("%zu", i);
        index_set(&index, key, i);
    }
    index_set(&index, "17", 4711);
    index_set(&index, "", 4712);
    for (size_t i = 0; i < 1000; i++) {
        cleanup_free char *key = xasprintf("%zu", i);
        assert_true(index_get(&index, key, &number));
        assert_int_equal(number, i == 17 ? 4711 : i);
    }
    assert_true(index_get(&index, "", &number));
    assert_int_equal(number, 4712);
    assert_false(index_get(&index, "1000", &number));
    assert_int_equal(number, 4712);
    assert_int_equal(index.count, 1001);
}

/* Against a plain table of what is in; few names, so that they collide and gaps close across others. */
static void an_index_forgets_what_is_taken_out(void **state)
{
    (void)state;
    cleanup_index struct index index = {0};
    bool in[40] = {false};
    size_t number, count = 0;
    unsigned seed = 1;
    for (int step = 0; step < 20000; step++) {
        size_t which = draw(&seed, COUNT(in));
        cleanup_free char *key = xasprintf("%zu", which);
        if (draw(&seed, 2)) {
            index_set(&index, key, which);
            count += !in[which];
            in[which] = true;
        } else {
            assert_int_equal(index_remove(&index, key), in[which]);
            count -= in[which];
            in[which] = false;
        }
        assert_int_equal(index.count, count);
        for (size_t i = 0; i < COUNT(in); i++) {
            cleanup_free char *other = xasprintf("%zu", i);
            assert_int_equal(index_get(&index, other, &number), in[i]);
            assert_true(!in[i] || number == i);
        }
    }
    size_t at = 0, seen = 0;
    for (const char *key; (key = index_next(&index, &at)); seen++)
        assert_true(index_get(&index, key, &number) && in[number]);
    assert_int_equal(seen, count);
}

static void equal_texts_are_kept_once(void **state)
{
    (void)state;
    struct texts texts = {0};
    char *kept[3000];
    cleanup_free char *large = xcalloc(100001, 1);
    memset(large, 'x', 100000);
    for (size_t i = 0; i < COUNT(kept); i++) {
        cleanup_free char *text = xasprintf("%zu%.*s", i % 1000, (int)(i % 7 * 900), large);
        kept[i] = texts_add(&texts, text);
        assert_string_equal(kept[i], text);
        assert_ptr_equal(texts_add(&texts, text), kept[i]);
        uint64_t *room = texts_room(&texts, 3 * sizeof *room);
        assert_int_equal((uintptr_t)room % sizeof *room, 0);
        assert_int_equal(room[0] | room[1] | room[2], 0);
        memset(room, 0xFF, 3 * sizeof *room);
    }
    assert_string_equal(texts_add(&texts, large), large);
    assert_string_equal(texts_add(&texts, ""), "");
    for (size_t i = 0; i < COUNT(kept); i++) { /* nothing was moved, or written over */
        cleanup_free char *text = xasprintf("%zu%.*s", i % 1000, (int)(i % 7 * 900), large);
        assert_string_equal(kept[i], text);
    }
    texts_release(&texts);
}

static void what_others_said_stays_one_line(void **state)
{
    (void)state;
    cleanup_error struct error *err = NULL;
    error_set(&err, ERROR_USAGE, "it says \"%s\"",
              "a\nb\033[31m\xC2\x9B"
              "c\xFF");
    error_wrap(&err, "x\ty");
    error_hint(&err, "%s", "do\nthis");
    assert_string_equal(err->message, "x y: it says \"a b#x1B[31m?c\xEF\xBF\xBD\"");
    assert_string_equal(err->hint, "do this");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(error_is_wrapped_and_hinted),
        cmocka_unit_test(error_selects_the_exit_code),
        cmocka_unit_test(buf_never_grows_over_its_maximum),
        cmocka_unit_test(buf_drops_only_what_does_not_fit),
        cmocka_unit_test(buf_is_consumed_and_stolen),
        cmocka_unit_test(any_bytes_become_text),
        cmocka_unit_test(durations_are_written_for_people),
        cmocka_unit_test(durations_are_parsed),
        cmocka_unit_test(texts_are_quoted_for_the_shell),
        cmocka_unit_test(small_text_helpers),
        cmocka_unit_test(lists_of_strings),
        cmocka_unit_test(stamps_survive_a_round_trip),
        cmocka_unit_test(files_are_written_whole_and_read_with_a_bound),
        cmocka_unit_test(what_is_no_file_is_written_to_and_stays),
        cmocka_unit_test(secrets_are_kept_and_freed),
        cmocka_unit_test(an_index_finds_what_was_put_under_a_name),
        cmocka_unit_test(an_index_forgets_what_is_taken_out),
        cmocka_unit_test(equal_texts_are_kept_once),
        cmocka_unit_test(what_others_said_stays_one_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
