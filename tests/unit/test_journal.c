/* SPDX-License-Identifier: Apache-2.0
 *
 * Tests of the journal: every kind of event there and back, files that were cut or spoiled, disks that are
 * full.
 */
#include "unit.h"

#include <json-c/json.h>
#include <sys/resource.h>

#include <signal.h>

#include "gvisor-smoke/clock.h"
#include "gvisor-smoke/report.h"
#include "report/event_json.h"
#include "sample_run.h"

/* The JSON text of each event that a sink was handed. */
struct record {
    struct strings lines;
};

static void record_sink(void *context, const struct event *event)
{
    struct record *record = context;
    struct json_object *json = event_to_json(event);
    strings_add(&record->lines, json_object_to_json_string_ext(json, JSON_C_TO_STRING_PLAIN));
    json_object_put(json);
}

/* What only a run says that takes up another one. */
static void sample_resumed(struct sample *sample)
{
    const struct verdict verdict = {
        .kind = VERDICT_PASSED, .reason = "works", .message = (char *)"works in 812 ms"};
    struct event run = {
        .kind = EVENT_RUN,
        .run = {.id = "ef34gh", .nodes = "all", .settings = "control=needed", .resumes = "ab12cd"}};
    struct event planned = {.kind = EVENT_CASE,
                            .planned = {.name = "git-clone",
                                        .report_class = "TestClass",
                                        .report_name = "test_git_clone",
                                        .digest = "ba7816bf"}};
    struct event taken = {
        .kind = EVENT_VERDICT,
        .verdict = {.name = "git-clone", .node = "node-a", .verdict = &verdict, .taken_from = "ab12cd"}};
    sample_emit(sample, &run);
    sample_emit(sample, &planned);
    sample_emit(sample, &taken);
}

/* The sample run, and what only a merged journal has. */
static void sample_all(event_sink sink, void *context)
{
    sample_run(sink, context);
    struct sample sample = {.sink = sink, .context = context, .now_ms = SAMPLE_START_MS};
    sample_source(&sample, "ab12cd");
    sample_resumed(&sample);
}

/* Writes this as a journal and returns its text. */
static char *write_sample(const char *folder)
{
    cleanup_free char *path = xasprintf("%s/run.jsonl", folder);
    cleanup_error struct error *err = NULL;
    struct journal *journal = journal_create(path, &err);
    assert_non_null(journal);
    sample_all(journal_sink, journal);
    assert_null(journal_error(journal));
    assert_int_equal(journal_close(journal, NULL, &err), 0);
    return folder_read(folder, "run.jsonl");
}

static int read_text(const char *folder, const char *text, size_t length, struct record *record,
                     bool *ret_cut, struct error **err)
{
    folder_write(folder, "read.jsonl", text, length);
    cleanup_free char *path = xasprintf("%s/read.jsonl", folder);
    return journal_read(path, record_sink, record, ret_cut, err);
}

static void every_kind_of_event_comes_back(void **state)
{
    (void)state;
    char *folder = folder_make();
    cleanup_free char *text = write_sample(folder);
    struct record written = {0}, read = {0};
    sample_all(record_sink, &written);
    cleanup_error struct error *err = NULL;
    bool cut = true;
    if (read_text(folder, text, strlen(text), &read, &cut, &err) < 0)
        fail_msg("%s", err->message);
    assert_false(cut);
    assert_int_equal(read.lines.count, written.lines.count);
    for (size_t i = 0; i < read.lines.count; i++)
        assert_string_equal(read.lines.items[i], written.lines.items[i]);
    for (int kind = EVENT_RUN; kind <= EVENT_END; kind++) {
        static const char *const words[] = {
            "run",   "source",   "case",    "cluster", "nodes",   "node", "step", "pod", "attestation",
            "start", "evidence", "verdict", "measure", "problem", "note", "span", "end"};
        cleanup_free char *head = xasprintf("{\"event\":\"%s\",\"time\":\"2026-11-24T", words[kind]);
        assert_contains(text, head);
    }
    assert_contains(text, "\"taken_from\":\"ab12cd\"");
    assert_contains(text, "\"digest\":\"ba7816bf\"");
    assert_contains(
        text, "{\"event\":\"run\",\"time\":\"2026-11-24T19:56:25.123Z\",\"schema\":1,\"id\":\"ab12cd\"");
    strings_release(&written.lines);
    strings_release(&read.lines);
    folder_remove(folder);
}

static size_t count_newlines(const char *text, size_t length)
{
    size_t count = 0;
    for (size_t i = 0; i < length; i++)
        count += text[i] == '\n';
    return count;
}

static void a_journal_cut_at_any_byte_is_read(void **state)
{
    (void)state;
    char *folder = folder_make();
    cleanup_free char *text = write_sample(folder);
    for (size_t length = 0; length <= strlen(text); length++) {
        struct record record = {0};
        cleanup_error struct error *err = NULL;
        bool cut = false;
        if (read_text(folder, text, length, &record, &cut, &err) < 0)
            fail_msg("%zu: %s", length, err->message);
        assert_int_equal(cut, length > 0 && text[length - 1] != '\n');
        assert_int_equal(record.lines.count, count_newlines(text, length));
        strings_release(&record.lines);
    }
    folder_remove(folder);
}

/* A byte changed anywhere: the journal is read, or the error names the line. */
static void a_spoiled_journal_does_no_harm(void **state)
{
    (void)state;
    char *folder = folder_make();
    cleanup_free char *text = write_sample(folder);
    for (size_t i = 0; i < strlen(text); i++) {
        cleanup_free char *spoiled = xstrdup(text);
        spoiled[i] = i % 3 == 0 ? '"' : i % 3 == 1 ? '\xFF' : '0';
        struct record record = {0};
        cleanup_error struct error *err = NULL;
        bool cut;
        if (read_text(folder, spoiled, strlen(text), &record, &cut, &err) < 0) {
            cleanup_free char *place = xasprintf("read.jsonl:%zu: not an event", count_newlines(text, i) + 1);
            assert_contains(err->message, place);
        }
        strings_release(&record.lines);
    }
    folder_remove(folder);
}

static void what_is_wrong_is_said(void **state)
{
    (void)state;
    static const struct {
        const char *line, *part;
    } rows[] = {
        {"", "not JSON"},
        {"7", "not JSON"},
        {"[1]", "not a JSON object"},
        {"{} {}", "not JSON"},
        {"{\"event\":\"node\"", "not JSON"},
        {"{}", "the key \"event\" is missing"},
        {"{\"event\":\"party\"}", "names an event that is not known"},
        {"{\"event\":7}", "names an event that is not known"},
        {"{\"event\":\"node\"}", "the key \"time\" is missing"},
        {"{\"event\":\"node\",\"time\":\"noon\"}", "the key \"time\""},
        {"{\"event\":\"run\",\"time\":\"2026-11-24T19:56:25.123Z\",\"id\":\"x\"}",
         "another schema than this program's (1)"},
        {"{\"event\":\"node\",\"time\":\"2026-11-24T19:56:25.123Z\"}", "the key \"name\" is missing"},
        {"{\"event\":\"node\",\"time\":\"2026-11-24T19:56:25.123Z\",\"name\":7}",
         "the key \"name\" is not a text"},
        {"{\"event\":\"source\",\"time\":\"2026-11-24T19:56:25.123Z\",\"id\":\"x\",\"started\":\"noon\"}",
         "the key \"started\" is missing or is not a time"},
        {"{\"event\":\"source\",\"time\":\"2026-11-24T19:56:25.123Z\",\"id\":\"x\",\"started\":7}",
         "the key \"started\" is missing or is not a time"},
        {"{\"event\":\"end\",\"time\":\"2026-11-24T19:56:25.123Z\",\"exit_code\":\"x\"}",
         "the key \"exit_code\" is not a number"},
        {"{\"event\":\"problem\",\"time\":\"2026-11-24T19:56:25.123Z\",\"kind\":\"bad\",\"message\":\"\"}",
         "the key \"kind\" has a word"},
        {"{\"event\":\"problem\",\"time\":\"2026-11-24T19:56:25.123Z\",\"message\":\"\"}",
         "the key \"kind\" is missing"},
        {"{\"event\":\"verdict\",\"time\":\"2026-11-24T19:56:25.123Z\",\"name\":\"x\"}",
         "the key \"verdict\" is missing"},
        {"{\"event\":\"attestation\",\"time\":\"2026-11-24T19:56:25.123Z\",\"attestation\":{\"attested\":"
         "true}}",
         "the key \"signs\""},
        {"{\"event\":\"attestation\",\"time\":\"2026-11-24T19:56:25.123Z\",\"attestation\":{\"attested\":1}}",
         "the key \"attested\""},
        {"{\"event\":\"attestation\",\"time\":\"2026-11-24T19:56:25.123Z\",\"attestation\":{\"attested\":"
         "true,\"signs\":[1]}}",
         "not an object"},
    };
    char *folder = folder_make();
    for (size_t i = 0; i < COUNT(rows); i++) {
        cleanup_free char *text = xasprintf("%s\n", rows[i].line);
        struct record record = {0};
        cleanup_error struct error *err = NULL;
        bool cut;
        if (read_text(folder, text, strlen(text), &record, &cut, &err) == 0)
            fail_msg("accepted: %s", rows[i].line);
        assert_int_equal(err->kind, ERROR_USAGE);
        assert_contains(err->message, "read.jsonl:1: not an event of a journal");
        assert_contains(err->message, rows[i].part);
        strings_release(&record.lines);
    }
    folder_remove(folder);
}

static void keys_of_later_versions_are_passed_over(void **state)
{
    (void)state;
    char *folder = folder_make();
    const char text[] =
        "{\"event\":\"node\",\"time\":\"2026-11-24T19:56:25.123Z\",\"name\":\"a\",\"colour\":[1,{}]}\n";
    struct record record = {0};
    cleanup_error struct error *err = NULL;
    bool cut;
    assert_int_equal(read_text(folder, text, sizeof text - 1, &record, &cut, &err), 0);
    assert_int_equal(record.lines.count, 1);
    strings_release(&record.lines);
    folder_remove(folder);
}

/* Bytes that are no text do not make a line that is no JSON. */
static void any_bytes_are_carried(void **state)
{
    (void)state;
    char *folder = folder_make();
    cleanup_free char *path = xasprintf("%s/run.jsonl", folder);
    cleanup_error struct error *err = NULL;
    struct journal *journal = journal_create(path, &err);
    struct sample sample = {.sink = journal_sink, .context = journal, .now_ms = SAMPLE_START_MS};
    sample_problem(&sample, ERROR_ENVIRONMENT, "\xFF\xC3 \033[31m\r\n\x01", "\xED\xA0\x80");
    assert_int_equal(journal_close(journal, NULL, &err), 0);
    struct record record = {0};
    bool cut;
    assert_int_equal(journal_read(path, record_sink, &record, &cut, &err), 0);
    assert_contains(record.lines.items[0], "#x1B[31m\\r\\n#x01");
    strings_release(&record.lines);
    folder_remove(folder);
}

static void a_journal_that_cannot_be_made(void **state)
{
    (void)state;
    char *folder = folder_make();
    cleanup_free char *path = xasprintf("%s/missing/run.jsonl", folder);
    cleanup_error struct error *err = NULL, *read_err = NULL;
    assert_null(journal_create(path, &err));
    assert_int_equal(err->kind, ERROR_ENVIRONMENT);
    assert_contains(err->message, path);
    assert_contains(err->message, "No such file or directory");
    assert_contains(err->hint, "--report-dir");
    bool cut;
    assert_int_equal(journal_read(path, record_sink, NULL, &cut, &read_err), -1);
    assert_contains(read_err->message, path);
    assert_int_equal(journal_close(NULL, NULL, &err), 0);
    folder_remove(folder);
}

static void full_disk(rlim_t bytes)
{
    struct rlimit limit;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = bytes;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

/* While the disk is full the file ends with a whole line; when there is room again nothing is missing. */
static void a_full_disk_costs_no_event_when_it_is_mended(void **state)
{
    (void)state;
    char *folder = folder_make();
    cleanup_free char *path = xasprintf("%s/run.jsonl", folder);
    cleanup_error struct error *err = NULL, *close_err = NULL;
    struct rlimit before;
    getrlimit(RLIMIT_FSIZE, &before);
    signal(SIGXFSZ, SIG_IGN);
    struct journal *journal = journal_create(path, &err);
    struct sample sample = {.sink = journal_sink, .context = journal, .now_ms = SAMPLE_START_MS};
    sample_node(&sample, "node-a");
    full_disk(300);
    for (int i = 0; i < 3; i++)
        sample_node(&sample, "node-b");
    assert_non_null(journal_error(journal));
    assert_contains(journal_error(journal)->message, "File too large");
    setrlimit(RLIMIT_FSIZE, &before);
    cleanup_free char *part = folder_read(folder, "run.jsonl");
    assert_true(text_ends_with(part, "}\n"));
    sample_node(&sample, "node-c");
    assert_int_equal(journal_close(journal, NULL, &close_err), -1);
    struct record record = {0};
    bool cut = true;
    assert_int_equal(journal_read(path, record_sink, &record, &cut, &err), 0);
    assert_false(cut);
    assert_int_equal(record.lines.count, 5);
    assert_contains(record.lines.items[4], "node-c");
    strings_release(&record.lines);
    folder_remove(folder);
}

/* A file to which no byte can be written, as on a full disk. */
static void make_full(const char *path)
{
    assert_int_equal(symlink("/dev/full", path), 0);
}

/* All of sample_run() is in the journal. */
static void expect_whole(const char *path)
{
    struct record written = {0}, read = {0};
    cleanup_error struct error *err = NULL;
    bool cut = true;
    sample_run(record_sink, &written);
    assert_int_equal(journal_read(path, record_sink, &read, &cut, &err), 0);
    assert_false(cut);
    assert_int_equal(read.lines.count, written.lines.count);
    strings_release(&written.lines);
    strings_release(&read.lines);
}

/* The journal is written elsewhere as a whole, and the error says where. */
static void a_full_disk_to_the_end_is_an_error(void **state)
{
    (void)state;
    char *folder = folder_make(), *other = folder_make();
    cleanup_free char *path = xasprintf("%s/run.jsonl", folder);
    cleanup_free char *place = NULL;
    cleanup_error struct error *err = NULL;
    make_full(path);
    setenv("TMPDIR", other, 1);
    struct journal *journal = journal_create(path, &err);
    sample_run(journal_sink, journal);
    assert_non_null(journal_error(journal));
    assert_contains(journal_error(journal)->hint, "the run goes on");
    assert_int_equal(journal_close(journal, &place, &err), -1);
    unsetenv("TMPDIR");
    assert_int_equal(err->kind, ERROR_ENVIRONMENT);
    assert_contains(err->message, path);
    assert_contains(err->message, "No space left on device");
    assert_true(text_starts_with(place, other));
    assert_contains(err->hint, place);
    expect_whole(place);
    folder_remove(folder);
    folder_remove(other);
}

/* No place at all: the error says that too, and nothing is left half. */
static void a_full_disk_and_nowhere_else(void **state)
{
    (void)state;
    char *folder = folder_make();
    cleanup_free char *path = xasprintf("%s/run.jsonl", folder);
    cleanup_free char *nowhere = xasprintf("%s/missing", folder);
    cleanup_free char *place = NULL;
    cleanup_error struct error *err = NULL;
    make_full(path);
    setenv("TMPDIR", nowhere, 1);
    struct journal *journal = journal_create(path, &err);
    sample_run(journal_sink, journal);
    assert_int_equal(journal_close(journal, &place, &err), -1);
    unsetenv("TMPDIR");
    assert_null(place);
    assert_contains(err->hint, "nor can it be written elsewhere");
    assert_contains(err->hint, nowhere);
    folder_remove(folder);
}

/* The folder goes away while the run goes on: the journal is there again at its end. */
static void a_removed_folder_is_made_again(void **state)
{
    (void)state;
    char *folder = folder_make();
    cleanup_free char *reports = xasprintf("%s/reports", folder);
    cleanup_free char *path = xasprintf("%s/run.jsonl", reports);
    cleanup_free char *place = NULL;
    cleanup_error struct error *err = NULL;
    assert_int_equal(mkdir(reports, 0700), 0);
    struct journal *journal = journal_create(path, &err);
    struct sample sample = {.sink = journal_sink, .context = journal, .now_ms = SAMPLE_START_MS};
    sample_node(&sample, "before");
    assert_null(journal_error(journal));
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(reports), 0);
    sample_node(&sample, "after");
    assert_contains(journal_error(journal)->message, "it was removed");
    assert_int_equal(journal_close(journal, &place, &err), -1);
    assert_string_equal(place, path);
    cleanup_free char *text = folder_read(reports, "run.jsonl");
    assert_contains(text, "before");
    assert_contains(text, "after");
    folder_remove(folder);
}

/* Nor is somebody else's file touched that has its name now. */
static void a_moved_journal_does_not_replace_another(void **state)
{
    (void)state;
    char *folder = folder_make(), *other = folder_make();
    cleanup_free char *path = xasprintf("%s/run.jsonl", folder);
    cleanup_free char *moved = xasprintf("%s/moved.jsonl", folder);
    cleanup_free char *place = NULL;
    cleanup_error struct error *err = NULL;
    struct journal *journal = journal_create(path, &err);
    assert_int_equal(rename(path, moved), 0);
    folder_write(folder, "run.jsonl", "mine", 4);
    setenv("TMPDIR", other, 1);
    sample_run(journal_sink, journal);
    assert_int_equal(journal_close(journal, &place, &err), -1);
    unsetenv("TMPDIR");
    cleanup_free char *text = folder_read(folder, "run.jsonl");
    assert_string_equal(text, "mine");
    assert_true(text_starts_with(place, other));
    expect_whole(place);
    folder_remove(folder);
    folder_remove(other);
}

static void two_runs_do_not_share_a_journal(void **state)
{
    (void)state;
    char *folder = folder_make();
    cleanup_free char *path = xasprintf("%s/run.jsonl", folder);
    cleanup_error struct error *err = NULL, *second_err = NULL;
    struct journal *journal = journal_create(path, &err);
    sample_run(journal_sink, journal);
    assert_null(journal_create(path, &second_err));
    assert_contains(second_err->message, "another run is writing it");
    assert_int_equal(journal_close(journal, NULL, &err), 0);
    expect_whole(path);
    folder_remove(folder);
}

static void take_time(void *context, const struct event *event)
{
    *(int64_t *)context = event->wall_ms;
}

static void add_order(void *context, const struct event *event)
{
    (void)event;
    int64_t *order = context;
    *order = *order * 10 + 1;
}

static void events_are_stamped_and_handed_on(void **state)
{
    (void)state;
    int64_t stamp = 0, order = 0;
    struct events *events = events_new();
    events_add_sink(events, take_time, &stamp);
    events_add_sink(events, add_order, &order);
    events_add_sink(events, add_order, &order);
    struct event event = {.kind = EVENT_NODE, .node = {.name = "x"}};
    int64_t before = clock_wall_ms();
    event_emit(events, &event);
    assert_true(stamp >= before);
    assert_int_equal(order, 11);
    event.wall_ms = 7;
    event_emit(events, &event);
    assert_int_equal(stamp, 7);
    events_free(events);
    events_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_of_event_comes_back),
        cmocka_unit_test(a_journal_cut_at_any_byte_is_read),
        cmocka_unit_test(a_spoiled_journal_does_no_harm),
        cmocka_unit_test(what_is_wrong_is_said),
        cmocka_unit_test(keys_of_later_versions_are_passed_over),
        cmocka_unit_test(any_bytes_are_carried),
        cmocka_unit_test(a_journal_that_cannot_be_made),
        cmocka_unit_test(a_full_disk_costs_no_event_when_it_is_mended),
        cmocka_unit_test(a_full_disk_to_the_end_is_an_error),
        cmocka_unit_test(a_full_disk_and_nowhere_else),
        cmocka_unit_test(a_removed_folder_is_made_again),
        cmocka_unit_test(a_moved_journal_does_not_replace_another),
        cmocka_unit_test(two_runs_do_not_share_a_journal),
        cmocka_unit_test(events_are_stamped_and_handed_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
