/* SPDX-License-Identifier: Apache-2.0
 *
 * What executions print: little of it in memory, the rest in a file, and all of it read back.
 */
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "report/streams.h"
#include "unit.h"

#define LENGTH 60000
#define COUNT_OF_TEXTS 200 /* 12 MB: more than ten times of what is held */

/* A text of its own for each number. */
static char *text_of(size_t number)
{
    char *text = xcalloc(1, LENGTH + 1);
    for (size_t i = 0; i < LENGTH; i += 6)
        snprintf(text + i, LENGTH + 1 - i, "%06zu", (number * 7919 + i) % 1000000);
    return text;
}

static void put_all(struct streams *streams, struct stream_place *places)
{
    for (size_t i = 0; i < COUNT_OF_TEXTS; i++) {
        cleanup_free char *text = text_of(i);
        places[i] = streams_put(streams, text);
    }
}

/* From the last to the first, so that nothing depends on the order. */
static void expect_all(const struct streams *streams, const struct stream_place *places)
{
    for (size_t i = COUNT_OF_TEXTS; i-- > 0;) {
        cleanup_free char *text = text_of(i);
        cleanup_free char *kept = streams_get(streams, &places[i]);
        assert_string_equal(kept, text);
    }
}

static size_t files_in(const char *path)
{
    DIR *folder = opendir(path);
    size_t count = 0;
    assert_non_null(folder);
    while (readdir(folder))
        count++;
    closedir(folder);
    return count - 2;
}

static void memory_does_not_grow_with_what_is_printed(void **state)
{
    (void)state;
    char folder[] = "/tmp/gvisor-smoke-test-XXXXXX";
    assert_non_null(mkdtemp(folder));
    setenv("TMPDIR", folder, 1);
    struct streams streams = {0};
    struct stream_place places[COUNT_OF_TEXTS];
    put_all(&streams, places);
    assert_in_range(streams.held_bytes, STREAMS_HELD_MAX - LENGTH - STREAMS_PLACE_BYTES, STREAMS_HELD_MAX);
    assert_int_equal(streams.held_bytes - streams.held.count * STREAMS_PLACE_BYTES + streams.file_end,
                     (size_t)COUNT_OF_TEXTS * LENGTH);
    assert_false(places[0].in_file);
    assert_true(places[COUNT_OF_TEXTS - 1].in_file);
    expect_all(&streams, places);
    /* It has no name that could be left behind. */
    assert_int_equal(files_in(folder), 0);
    streams_release(&streams);
    unsetenv("TMPDIR");
    rmdir(folder);
}

static void short_texts_that_are_alike_are_one(void **state)
{
    (void)state;
    struct streams streams = {0};
    struct stream_place places[COUNT_OF_TEXTS];
    put_all(&streams, places);
    size_t held = streams.held_bytes;
    uint64_t filed = streams.file_end;
    for (size_t i = 0; i < 1000; i++) {
        const struct stream_place ok = streams_put(&streams, "ok\n");
        cleanup_free char *kept = streams_get(&streams, &ok);
        assert_string_equal(kept, "ok\n");
    }
    assert_int_equal(streams.held_bytes, held + 3 + STREAMS_PLACE_BYTES);
    assert_int_equal(streams.file_end, filed);
    streams_release(&streams);
}

/* Nor with how many print a line of their own. */
static void many_short_texts_go_to_the_file_too(void **state)
{
    (void)state;
    enum { MANY = 100000 };
    struct streams streams = {0};
    struct stream_place *places = xcalloc(MANY, sizeof *places);
    char text[STREAMS_SMALL];
    for (size_t i = 0; i < MANY; i++) {
        snprintf(text, sizeof text, "no file for number %zu", i);
        places[i] = streams_put(&streams, text);
    }
    const size_t most = 2 * STREAMS_HELD_MAX;
    assert_in_range(streams.held_bytes, most - STREAMS_SMALL - STREAMS_PLACE_BYTES, most);
    const struct stream_place again = streams_put(&streams, "no file for number 7");
    assert_ptr_equal(again.text, places[7].text);
    for (size_t i = 0; i < MANY; i++) {
        cleanup_free char *kept = streams_get(&streams, &places[i]);
        snprintf(text, sizeof text, "no file for number %zu", i);
        assert_string_equal(kept, text);
    }
    free(places);
    streams_release(&streams);
}

static void nothing_and_nothing_printed_differ(void **state)
{
    (void)state;
    struct streams streams = {0};
    const struct stream_place none = streams_put(&streams, NULL), empty = streams_put(&streams, "");
    cleanup_free char *kept = streams_get(&streams, &empty);
    assert_null(streams_get(&streams, &none));
    assert_string_equal(kept, "");
    assert_true(stream_is_empty(&none) && stream_is_empty(&empty));
    streams_release(&streams);
}

static void without_a_folder_memory_takes_all(void **state)
{
    (void)state;
    setenv("TMPDIR", "/nowhere", 1);
    struct streams streams = {0};
    struct stream_place places[COUNT_OF_TEXTS];
    put_all(&streams, places);
    unsetenv("TMPDIR");
    assert_int_equal(streams.file_end, 0);
    expect_all(&streams, places);
    streams_release(&streams);
}

static void what_is_lost_is_said(void **state)
{
    (void)state;
    struct streams streams = {0};
    struct stream_place places[COUNT_OF_TEXTS];
    put_all(&streams, places);
    assert_int_equal(ftruncate(streams.file - 1, 0), 0);
    cleanup_free char *kept = streams_get(&streams, &places[COUNT_OF_TEXTS - 1]);
    assert_contains(kept, "cannot read back what was printed here");
    streams_release(&streams);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_does_not_grow_with_what_is_printed),
        cmocka_unit_test(short_texts_that_are_alike_are_one),
        cmocka_unit_test(many_short_texts_go_to_the_file_too),
        cmocka_unit_test(nothing_and_nothing_printed_differ),
        cmocka_unit_test(without_a_folder_memory_takes_all),
        cmocka_unit_test(what_is_lost_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
