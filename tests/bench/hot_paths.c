/* SPDX-License-Identifier: Apache-2.0
 *
 * The paths that a large run goes most often, each alone and always the same work, for a count of their
 * instructions: hot_paths NAME FOLDER. With the word "prepare" behind it only what comes before the work is
 * done; the difference of the two is the path's.
 */
#include <string.h>

#include "gvisor-smoke/buf.h"
#include "gvisor-smoke/cleanup.h"
#include "gvisor-smoke/kubeconfig.h"
#include "gvisor-smoke/report.h"
#include "gvisor-smoke/text.h"
#include "gvisor-smoke/verdict.h"
#include "kube/exec_frame.h"
#include "unit/sample_run.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

enum {
    MESSAGES = 100000,     /* of an exec's stream */
    JOURNAL_CASES = 1000,  /* each with three events */
    JUNIT_CASES = 100000,  /* planned, judged and written */
    READ_CASES = 500,      /* of a journal that is read back */
    KUBECONFIG_PARTS = 40, /* clusters, contexts and users of one file */
    KUBECONFIG_LOADS = 10,
    LINE_BYTES = 65536, /* of one line that an expression is looked for in */
};

struct work {
    const char *folder;
    char *path; /* a file that was prepared */
    struct events *events;
    struct journal *journal;
    struct report_model *model;
    struct exec_demux demux;
    struct evidence evidence;
    char *message;
    size_t bytes; /* that came out */
};

/* Everything here ends the program on failure: a count of something else would be wrong. */
static void must(bool holds, const char *what, const struct error *err)
{
    if (holds)
        return;
    fprintf(stderr, "hot_paths: %s: %s\n", what, err ? err->message : "failed");
    exit(3);
}

/* --- frames of an exec --- */

#define SMALL_BYTES 120
#define LARGE_BYTES 32768

static void on_output(void *context, enum kube_stream stream, const char *bytes, size_t length)
{
    struct work *work = context;
    (void)stream;
    (void)bytes;
    work->bytes += length;
}

static void frames_prepare(struct work *work)
{
    work->message = xcalloc(1, LARGE_BYTES);
    work->message[0] = 1;
    work->demux.on_output = on_output;
    work->demux.context = work;
}

static void frames_run(struct work *work)
{
    for (size_t i = 0; i < MESSAGES; i++)
        if (i % 10 == 0) { /* a large one comes in fragments */
            for (size_t at = 0; at < LARGE_BYTES; at += LARGE_BYTES / 8)
                exec_demux_feed(&work->demux, work->message + at, LARGE_BYTES / 8,
                                at + LARGE_BYTES / 8 == LARGE_BYTES);
        } else
            exec_demux_feed(&work->demux, work->message, SMALL_BYTES, true);
    must(work->bytes > MESSAGES, "no bytes came out", NULL);
}

/* --- the journal --- */

/* Text as a case writes it: long lines, a quote, bytes that JSON escapes. */
static char *case_output(void)
{
    struct buf text;
    buf_init(&text, 4096);
    while (text.length < 2000)
        buf_append_text(
            &text, "added 1 package, and audited \"2 packages\" in 312ms\n\tpath\\to\t\033[1mit\033[0m\n");
    char *owned = buf_steal(&text);
    buf_release(&text);
    return owned;
}

static void journal_fill(struct work *work, size_t cases)
{
    cleanup_free char *output = case_output();
    struct sample sample = sample_begin(events_sink, work->events);
    for (size_t i = 0; i < cases; i++) {
        cleanup_free char *name = xasprintf("case-%zu", i);
        sample_start_case(&sample, name, "node-a");
        sample_evidence(&sample, name, "node-a", RUNTIME_GVISOR, 0, output, "");
        sample_passed(&sample, name, "node-a");
    }
    sample_end(&sample, 0, 0);
}

static void journal_open(struct work *work)
{
    cleanup_error struct error *err = NULL;
    work->path = xasprintf("%s/run.jsonl", work->folder);
    work->journal = journal_create(work->path, &err);
    must(work->journal, "the journal", err);
    work->events = events_new();
    events_add_sink(work->events, journal_sink, work->journal);
}

static void journal_shut(struct work *work)
{
    cleanup_error struct error *err = NULL;
    must(journal_close(work->journal, NULL, &err) == 0, "the journal", err);
    events_free(work->events);
    work->journal = NULL;
}

static void journal_run(struct work *work)
{
    journal_fill(work, JOURNAL_CASES);
    journal_shut(work);
}

static void read_prepare(struct work *work)
{
    journal_open(work);
    journal_fill(work, READ_CASES);
    journal_shut(work);
    work->model = report_model_new();
}

static void read_run(struct work *work)
{
    cleanup_error struct error *err = NULL;
    bool cut = false;
    must(journal_read(work->path, report_model_sink, work->model, &cut, &err) == 0 && !cut, "reading", err);
}

/* --- reports --- */

static void junit_prepare(struct work *work)
{
    work->model = report_model_new();
}

static void junit_run(struct work *work)
{
    cleanup_error struct error *err = NULL;
    struct sample sample = sample_begin(report_model_sink, work->model);
    for (size_t i = 0; i < JUNIT_CASES; i++) {
        cleanup_free char *name = xasprintf("case-%zu", i);
        sample_plan(&sample, name, "test_bash_allowlist_compatibility_matrix", name, EXPECT_WORKS);
    }
    for (size_t i = 0; i < JUNIT_CASES; i++) {
        cleanup_free char *name = xasprintf("case-%zu", i);
        sample_passed(&sample, name, "node-a");
    }
    sample_end(&sample, 0, 0);
    const struct report_options options = {0};
    cleanup_free char *text = report_in_memory(work->model, REPORT_JUNIT, &options, &work->bytes, &err);
    must(text && work->bytes > (size_t)JUNIT_CASES * 100, "the JUnit report", err);
}

/* --- kubeconfig --- */

static void add_parts(struct buf *text, const char *section, const char *form)
{
    buf_printf(text, "%s:\n", section);
    for (int i = 0; i < KUBECONFIG_PARTS; i++) {
        buf_printf(text, "- name: %s-%d\n", section, i);
        buf_append_text(text, form);
    }
}

static void kubeconfig_prepare(struct work *work)
{
    cleanup_error struct error *err = NULL;
    struct buf text;
    buf_init(&text, 1 << 20);
    buf_append_text(&text, "apiVersion: v1\nkind: Config\ncurrent-context: contexts-7\n");
    add_parts(&text, "clusters",
              "  cluster:\n    server: https://api.example.test:6443/k8s/clusters/c-1\n"
              "    tls-server-name: kubernetes.default.svc\n");
    add_parts(&text, "contexts",
              "  context:\n    cluster: clusters-7\n    user: users-9\n    namespace: smoke\n");
    add_parts(&text, "users",
              "  user:\n    token: eyJhbGciOiJSUzI1NiIsImtpZCI6IjEyMzQ1Njc4OTAifQ.eyJpc3MiOiJrdWJl\n");
    work->path = xasprintf("%s/kubeconfig", work->folder);
    must(text_write_file(work->path, text.bytes, text.length, &err) == 0, "the kubeconfig", err);
    buf_release(&text);
}

static void kubeconfig_run(struct work *work)
{
    const struct kubeconfig_options options = {.kubeconfig = work->path};
    for (int i = 0; i < KUBECONFIG_LOADS; i++) {
        cleanup_error struct error *err = NULL;
        struct kube_access *access = kube_access_load(&options, &err);
        must(access && access->token, "the kubeconfig", err);
        kube_access_free(access);
    }
}

/* --- an expression that could begin to match at each byte of a line, and never does --- */

static void line_prepare(struct work *work)
{
    work->evidence.output = xcalloc(1, LINE_BYTES + 1);
    memset(work->evidence.output, 'a', LINE_BYTES);
}

static void line_run(struct work *work)
{
    evidence_search(&work->evidence, "a.*b");
    must(!work->evidence.match, "a line without a match", NULL);
}

/* --- which --- */

static const struct path {
    const char *name;
    void (*prepare)(struct work *work);
    void (*run)(struct work *work);
} paths[] = {
    {"exec-frames", frames_prepare, frames_run},        {"journal-append", journal_open, journal_run},
    {"journal-read", read_prepare, read_run},           {"junit-100000", junit_prepare, junit_run},
    {"kubeconfig", kubeconfig_prepare, kubeconfig_run}, {"long-line", line_prepare, line_run},
};

/* What prepares does not always run, so a journal may still be open. */
static void release(struct work *work)
{
    if (work->journal) {
        journal_close(work->journal, NULL, NULL);
        events_free(work->events);
    }
    report_model_free(work->model);
    exec_demux_release(&work->demux);
    evidence_release(&work->evidence);
    free(work->message);
    free(work->path);
}

static int usage(void)
{
    fprintf(stderr, "usage: hot_paths --list | hot_paths NAME FOLDER [prepare]\n");
    return 2;
}

int main(int count, char **words)
{
    if (count == 2 && strcmp(words[1], "--list") == 0) {
        for (size_t i = 0; i < COUNT(paths); i++)
            printf("%s\n", paths[i].name);
        return 0;
    }
    if (count < 3 || count > 4 || (count == 4 && strcmp(words[3], "prepare") != 0))
        return usage();
    struct work work = {.folder = words[2]};
    exec_demux_init(&work.demux);
    for (size_t i = 0; i < COUNT(paths); i++)
        if (strcmp(words[1], paths[i].name) == 0) {
            paths[i].prepare(&work);
            if (count == 3)
                paths[i].run(&work);
            release(&work);
            return 0;
        }
    return usage();
}
