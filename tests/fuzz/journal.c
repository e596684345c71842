/* SPDX-License-Identifier: Apache-2.0
 *
 * Journals, and every report that is made from one: what can be read gives reports that their readers can
 * read.
 */
#include <libxml/parser.h>

#include "fuzz.h"
#include "gvisor-smoke/report.h"
#include "gvisor-smoke/resume.h"
#include "report/event_json.h"

/* A stream in memory. */
struct page {
    char *text;
    size_t length;
    FILE *out;
};

static void page_open(struct page *page)
{
    *page = (struct page){0};
    page->out = open_memstream(&page->text, &page->length);
    if (!page->out)
        abort();
}

static void page_close(struct page *page)
{
    fclose(page->out);
    page->out = NULL;
}

/* An event that was read and is written again stays what it is. */
static void check_round_trip(const struct event *event)
{
    cleanup_error struct error *err = NULL;
    struct json_object *written = event_to_json(event);
    struct event_reading reading;
    if (event_from_json(written, &reading, &err) < 0) {
        fprintf(stderr, "%s\n", err->message);
        abort();
    }
    struct json_object *again = event_to_json(&reading.event);
    assert(json_object_equal(written, again));
    event_reading_release(&reading);
    json_object_put(written);
    json_object_put(again);
}

/* The same run under another name, for a merge of the two. */
static void write_twin(struct journal *twin, const struct event *event)
{
    struct event copy = *event;
    if (event->kind == EVENT_RUN)
        copy.run.id = "twin";
    journal_sink(twin, &copy);
}

struct readers {
    struct journal *twin;
    struct report_model *model;
    struct terminal *terminal;
    struct doctor *doctor;
};

static void on_event(void *context, const struct event *event)
{
    struct readers *readers = context;
    check_round_trip(event);
    write_twin(readers->twin, event);
    report_model_sink(readers->model, event);
    terminal_sink(readers->terminal, event);
    doctor_sink(readers->doctor, event);
}

/* What is shown at a terminal obeys nobody: each line is as it is made for one, but for blanks. */
static void assert_screen(const struct page *page)
{
    assert(strlen(page->text) == page->length);
    cleanup_strings struct strings lines = strings_split(page->text, "\n");
    for (size_t i = 0; i < lines.count; i++) {
        cleanup_free char *safe = text_one_line(lines.items[i]);
        size_t length = strlen(safe);
        assert(strncmp(safe, lines.items[i], length) == 0);
        assert(lines.items[i][length + strspn(lines.items[i] + length, " ")] == '\0');
    }
}

static void check_form(enum report_form form, const char *text, size_t length)
{
    assert(strlen(text) == length);
    assert_text(text);
    if (form == REPORT_JUNIT) {
        xmlDoc *document =
            xmlReadMemory(text, (int)length, "junit.xml", NULL,
                          XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_HUGE);
        assert(document);
        xmlFreeDoc(document);
    } else if (form == REPORT_JSON || form == REPORT_TRACE) {
        struct json_object *json = json_tokener_parse(text);
        assert(json_object_is_type(json, json_type_object));
        json_object_put(json);
    } else if (form == REPORT_HTML) {
        assert(!strcasestr(text, "<script") && !strcasestr(text, "<img") && !strcasestr(text, "<iframe"));
    } else if (form == REPORT_MARKDOWN) {
        assert(length < (size_t)1024 * 1024);
    }
}

static void check_forms(const struct report_model *model, const char *path)
{
    for (int form = 0; form < REPORT_FORM_COUNT; form++) {
        const struct report_options options = {.xfail_as_skipped = form == REPORT_JUNIT,
                                               .events = journal_events(path)};
        cleanup_error struct error *err = NULL;
        size_t length = 0;
        cleanup_free char *text = report_in_memory(model, (enum report_form)form, &options, &length, &err);
        if (!text && form == REPORT_TRACE) { /* the journal goes wrong behind what was read */
            assert_error(err);
            continue;
        }
        assert(text);
        check_form((enum report_form)form, text, length);
    }
}

/* GitHub obeys lines that begin with two colons: there are ten at most, and each is ours. */
static void check_annotations(const struct report_model *model)
{
    struct page page;
    page_open(&page);
    github_write_annotations(model, page.out);
    page_close(&page);
    cleanup_strings struct strings lines = strings_split(page.text, "\n");
    for (size_t i = 0; i < lines.count; i++)
        assert(text_starts_with(lines.items[i], "::error ") ||
               text_starts_with(lines.items[i], "::warning ") ||
               text_starts_with(lines.items[i], "::notice "));
    free(page.text);
}

static void check_comparison(const struct report_model *model)
{
    struct page markdown, json;
    page_open(&markdown);
    page_open(&json);
    assert(report_compare(model, model, 10, markdown.out, json.out) == 0); /* nothing is worse than itself */
    page_close(&markdown);
    page_close(&json);
    assert_text(markdown.text);
    struct json_object *parsed = json_tokener_parse(json.text);
    assert(parsed);
    json_object_put(parsed);
    free(markdown.text);
    free(json.text);
}

/* Whatever is in two journals that go together, one comes of them, and nothing that did not hold is lost. */
static void check_merge(const char *path, const char *twin, const struct report_model *alone)
{
    struct strings paths = {0};
    strings_add(&paths, path);
    strings_add(&paths, twin);
    for (int choice = MERGE_WORST; choice <= MERGE_LATEST; choice++) {
        cleanup_error struct error *err = NULL;
        struct report_model *model = report_model_new();
        struct merge *merge = merge_new(&paths, (enum merge_choice)choice, &err);
        if (!merge || merge_write(merge, report_model_sink, model, &err) < 0)
            assert_error(err);
        struct report_counts before = report_model_counts(alone), after = report_model_counts(model);
        assert(!merge || choice == MERGE_LATEST || after.failed == before.failed);
        assert(!merge || choice == MERGE_LATEST || (after.errors > 0) == (before.errors > 0));
        merge_free(merge);
        report_model_free(model);
    }
    strings_release(&paths);
}

static void count_verdict(void *context, const struct event *event)
{
    size_t *count = context;
    assert(event->kind == EVENT_ATTESTATION || event->kind == EVENT_EVIDENCE || event->kind == EVENT_VERDICT);
    assert(event->kind != EVENT_VERDICT || event->verdict.taken_from);
    *count += event->kind == EVENT_VERDICT;
}

/* A journal that can be taken up has its verdicts told again, each at least once. */
static void check_resume(const char *path)
{
    cleanup_error struct error *err = NULL;
    struct resume *resume = resume_open(path, &err);
    size_t told = 0;
    if (!resume) {
        assert_error(err);
        return;
    }
    cleanup_strings struct strings cases = resume_cases(resume), nodes = resume_judged_nodes(resume);
    for (size_t i = 0; i < cases.count; i++)
        for (size_t k = 0; k < nodes.count; k++)
            if (resume_has(resume, cases.items[i], nodes.items[k]))
                resume_take(resume, cases.items[i], nodes.items[k]);
    struct events *events = events_new();
    events_add_sink(events, count_verdict, &told);
    assert(resume_tell(resume, events, &err) == 0);
    assert(told >= resume_count(resume));
    events_free(events);
    resume_free(resume);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    static struct fuzz_file file, twin;
    if (!file.path) {
        file = fuzz_file_new();
        twin = fuzz_file_new();
    }
    fuzz_file_fill(&file, bytes, length);

    struct page screen, checks;
    page_open(&screen);
    page_open(&checks);
    const struct terminal_options terminal_options = {.out = screen.out};
    const struct doctor_options doctor_options = {.out = checks.out};
    struct readers readers = {.model = report_model_new(),
                              .terminal = terminal_new(&terminal_options),
                              .doctor = doctor_new(&doctor_options)};
    cleanup_error struct error *err = NULL, *twin_err = NULL;
    bool cut = false;
    readers.twin = journal_create(twin.path, &twin_err);
    assert(readers.twin);
    if (journal_read(file.path, on_event, &readers, &cut, &err) < 0)
        assert_error(err);
    if (journal_close(readers.twin, NULL, &twin_err) == 0 && !err)
        check_merge(file.path, twin.path, readers.model);
    check_resume(file.path);
    struct report_counts counts = report_model_counts(readers.model);
    int code = report_model_exit_code(readers.model);
    assert(code >= 0 && code <= 255);
    assert(code != 0 || counts.failed + counts.errors == 0);
    const struct report_options none = {0};
    terminal_summary(readers.terminal, readers.model, NULL, &none);
    check_forms(readers.model, file.path);
    check_annotations(readers.model);
    check_comparison(readers.model);
    terminal_free(readers.terminal);
    doctor_free(readers.doctor);
    report_model_free(readers.model);
    page_close(&screen);
    page_close(&checks);
    assert_screen(&screen);
    assert_screen(&checks);
    free(screen.text);
    free(checks.text);
    return 0;
}
