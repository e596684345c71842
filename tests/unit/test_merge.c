/* SPDX-License-Identifier: Apache-2.0
 *
 * Tests of merges: which verdicts are kept, what is told once, which journals do not go together.
 */
#include "unit.h"

#include "gvisor-smoke/report.h"
#include "report/model.h"
#include "report_text.h"
#include "sample_run.h"

#define DAY_MS ((int64_t)24 * 60 * 60 * 1000)

/* A journal that is being written. */
struct run {
    struct sample sample;
    struct journal *journal;
    char *folder;
    struct strings *paths;
};

static struct run run_begin(char *folder, struct strings *paths, const char *id, int64_t later_ms)
{
    struct run run = {.folder = folder, .paths = paths};
    cleanup_free char *path = xasprintf("%s/%zu.jsonl", folder, paths->count);
    cleanup_error struct error *err = NULL;
    strings_add(paths, path);
    run.journal = journal_create(path, &err);
    assert_non_null(run.journal);
    run.sample =
        (struct sample){.sink = journal_sink, .context = run.journal, .now_ms = SAMPLE_START_MS + later_ms};
    struct event event = {.kind = EVENT_RUN,
                          .run = {.id = id,
                                  .version = "0.1.0",
                                  .server = "https://198.18.0.2:6443",
                                  .context = "bed",
                                  .runtime_class = "gvisor",
                                  .handler = "runsc",
                                  .hostname = id}};
    sample_emit(&run.sample, &event);
    return run;
}

static void run_close(struct run *run)
{
    cleanup_error struct error *err = NULL;
    assert_int_equal(journal_close(run->journal, NULL, &err), 0);
}

static void run_end(struct run *run, int signal)
{
    sample_end(&run->sample, 0, signal);
    run_close(run);
}

static void plan(struct run *run, const char *name)
{
    cleanup_free char *report_name = xasprintf("test_%s", name);
    sample_plan(&run->sample, name, report_name, NULL, EXPECT_WORKS);
}

/* A case on a node with evidence whose output is the run's own. */
static void execute(struct run *run, const char *name, const char *node, enum verdict_kind kind,
                    const char *output)
{
    sample_start_case(&run->sample, name, node);
    sample_evidence(&run->sample, name, node, RUNTIME_GVISOR, kind == VERDICT_PASSED ? 0 : 1, output, NULL);
    sample_verdict(&run->sample, name, node, kind, kind == VERDICT_PASSED ? "works" : "finding", output);
}

/* A whole run of one case on one node. */
static void simple_run(char *folder, struct strings *paths, const char *id, int64_t later_ms,
                       const char *node, enum verdict_kind kind)
{
    struct run run = run_begin(folder, paths, id, later_ms);
    plan(&run, "git-clone");
    sample_node(&run.sample, node);
    execute(&run, "git-clone", node, kind, id);
    run_end(&run, 0);
}

static void merge_into(const struct strings *paths, enum merge_choice choice, event_sink sink, void *context)
{
    cleanup_error struct error *err = NULL;
    struct merge *merge = merge_new(paths, choice, &err);
    if (!merge || merge_write(merge, sink, context, &err) < 0)
        fail_msg("%s", err->message);
    merge_free(merge);
}

static struct report_model *merged(const struct strings *paths, enum merge_choice choice)
{
    struct report_model *model = report_model_new();
    merge_into(paths, choice, report_model_sink, model);
    return model;
}

static const struct model_result *result_of(const struct report_model *model, const char *name,
                                            const char *node)
{
    size_t at;
    assert_true(index_get(&model->case_index, name, &at));
    const struct model_case *test_case = &model->cases[at];
    if (!model_result_find(model, test_case, node, &at))
        fail_msg("%s has no result on \"%s\"", name, node);
    return &test_case->results[at];
}

static void assert_counts(const struct report_model *model, unsigned passed, unsigned failed, unsigned errors)
{
    struct report_counts counts = report_model_counts(model);
    assert_int_equal(counts.passed, passed);
    assert_int_equal(counts.failed, failed);
    assert_int_equal(counts.errors, errors);
}

static void finish(struct report_model *model, struct strings *paths, char *folder)
{
    report_model_free(model);
    strings_release(paths);
    folder_remove(folder);
}

/* --- one journal --- */

static void one_journal_stays_as_it_is(void **state)
{
    (void)state;
    char *folder = folder_make();
    struct strings paths = {0};
    cleanup_free char *path = xasprintf("%s/run.jsonl", folder), *again = xasprintf("%s/again", folder);
    cleanup_error struct error *err = NULL;
    struct journal *journal = journal_create(path, &err);
    sample_run(journal_sink, journal);
    assert_int_equal(journal_close(journal, NULL, &err), 0);
    strings_add(&paths, path);
    for (int copies = 1; copies <= 3; copies++) { /* nor is a run counted twice */
        journal = journal_create(again, &err);
        merge_into(&paths, copies == 3 ? MERGE_LATEST : MERGE_WORST, journal_sink, journal);
        assert_int_equal(journal_close(journal, NULL, &err), 0);
        cleanup_free char *before = folder_read(folder, "run.jsonl"), *after = folder_read(folder, "again");
        assert_string_equal(after, before);
        strings_add(&paths, path);
    }
    strings_release(&paths);
    folder_remove(folder);
}

/* --- which verdict --- */

static void the_worst_verdict_is_kept(void **state)
{
    (void)state;
    static const enum verdict_kind rising[] = {VERDICT_PASSED, VERDICT_SKIPPED, VERDICT_ERROR,
                                               VERDICT_FAILED};
    for (size_t a = 0; a < COUNT(rising); a++)
        for (size_t b = 0; b < COUNT(rising); b++) {
            char *folder = folder_make();
            struct strings paths = {0};
            simple_run(folder, &paths, "first", 0, "node-a", rising[a]);
            simple_run(folder, &paths, "second", DAY_MS, "node-a", rising[b]);
            struct report_model *model = merged(&paths, MERGE_WORST);
            const struct model_result *result = result_of(model, "git-clone", "node-a");
            assert_int_equal(result->kind, rising[a > b ? a : b]);
            assert_string_equal(result->message, a > b ? "first" : "second");
            cleanup_model_streams struct model_streams streams = model_streams(model, result->gvisor);
            assert_string_equal(streams.output, result->message);
            finish(model, &paths, folder);
        }
}

static void not_gvisor_is_worse_than_a_failure(void **state)
{
    (void)state;
    char *folder = folder_make();
    struct strings paths = {0};
    struct run run = run_begin(folder, &paths, "first", 0);
    plan(&run, "git-clone");
    sample_verdict(&run.sample, "git-clone", "node-a", VERDICT_ERROR, "not-gvisor", "NOT GVISOR");
    run_end(&run, 0);
    simple_run(folder, &paths, "second", DAY_MS, "node-a", VERDICT_FAILED);
    struct report_model *model = merged(&paths, MERGE_WORST);
    assert_string_equal(result_of(model, "git-clone", "node-a")->reason, "not-gvisor");
    assert_int_equal(report_model_exit_code(model), 4);
    finish(model, &paths, folder);
}

static void the_latest_verdict_is_kept(void **state)
{
    (void)state;
    char *folder = folder_make();
    struct strings paths = {0};
    simple_run(folder, &paths, "tuesday", DAY_MS, "node-a", VERDICT_PASSED); /* in any order */
    simple_run(folder, &paths, "monday", 0, "node-a", VERDICT_FAILED);
    struct report_model *model = merged(&paths, MERGE_LATEST);
    assert_string_equal(result_of(model, "git-clone", "node-a")->message, "tuesday");
    assert_int_equal(model->first_ms, SAMPLE_START_MS);
    assert_counts(model, 1, 0, 0);
    assert_int_equal(report_model_exit_code(model), 0);
    finish(model, &paths, folder);
}

/* --- shards and nodes --- */

static void nodes_come_together(void **state)
{
    (void)state;
    char *folder = folder_make();
    struct strings paths = {0};
    simple_run(folder, &paths, "one", 0, "node-a", VERDICT_PASSED);
    simple_run(folder, &paths, "two", 500, "node-b", VERDICT_FAILED);
    struct report_model *model = merged(&paths, MERGE_WORST);
    assert_counts(model, 1, 1, 0);
    assert_int_equal(model->node_count, 2);
    cleanup_free char *junit = report_text(model, REPORT_JUNIT);
    assert_contains(junit, "name=\"test_git-clone[node-a]\"");
    assert_contains(junit, "name=\"test_git-clone[node-b]\"");
    finish(model, &paths, folder);
}

/* What a run did not plan is not missing where other runs planned it. */
static void shards_need_not_plan_the_same(void **state)
{
    (void)state;
    char *folder = folder_make();
    struct strings paths = {0};
    simple_run(folder, &paths, "one", 0, "node-a", VERDICT_PASSED);
    struct run run = run_begin(folder, &paths, "two", 500);
    plan(&run, "git-clone");
    plan(&run, "git-push");
    execute(&run, "git-clone", "node-b", VERDICT_PASSED, "clone");
    execute(&run, "git-push", "node-b", VERDICT_PASSED, "push");
    run_end(&run, 0);
    struct report_model *model = merged(&paths, MERGE_WORST);
    assert_counts(model, 3, 0, 0);
    for (int form = 0; form < REPORT_TRACE; form++) {
        cleanup_free char *text = report_text(model, (enum report_form)form);
        assert_contains(text, "git-push");
    }
    finish(model, &paths, folder);
}

/* --- journals that were cut --- */

static void what_a_killed_run_lacks_is_an_error(void **state)
{
    (void)state;
    char *folder = folder_make();
    struct strings paths = {0};
    struct run run = run_begin(folder, &paths, "killed", 0);
    plan(&run, "git-clone");
    plan(&run, "git-push");
    plan(&run, "git-pull");
    execute(&run, "git-clone", "node-a", VERDICT_PASSED, "clone");
    sample_start_case(&run.sample, "git-push", "node-a");
    run_close(&run);
    run = run_begin(folder, &paths, "whole", 500);
    plan(&run, "git-clone");
    plan(&run, "git-push");
    plan(&run, "git-pull");
    execute(&run, "git-clone", "node-b", VERDICT_PASSED, "clone");
    execute(&run, "git-push", "node-b", VERDICT_PASSED, "push");
    execute(&run, "git-pull", "node-b", VERDICT_PASSED, "pull");
    run_end(&run, 0);
    struct report_model *model = merged(&paths, MERGE_WORST);
    assert_counts(model, 4, 0, 2);
    assert_string_equal(result_of(model, "git-push", "node-a")->message,
                        "not run to its end: the run ended before it (run killed)");
    assert_string_equal(result_of(model, "git-pull", "node-a")->message,
                        "not run: the run ended before it (run killed)");
    assert_string_equal(result_of(model, "git-pull", "node-a")->reason, "not-run");
    assert_false(model->ended);
    assert_int_equal(report_model_exit_code(model), 3);
    finish(model, &paths, folder);
}

static void the_journal_that_ends_before_its_run_is_named(void **state)
{
    (void)state;
    char *folder = folder_make();
    struct strings paths = {0};
    simple_run(folder, &paths, "whole", 0, "node-a", VERDICT_PASSED);
    struct error *err = NULL;
    struct merge *merge = merge_new(&paths, MERGE_WORST, &err);
    assert_non_null(merge);
    assert_null(merge_unended(merge));
    merge_free(merge);
    struct run run = run_begin(folder, &paths, "killed", 500);
    run_close(&run);
    merge = merge_new(&paths, MERGE_WORST, &err);
    assert_non_null(merge);
    assert_string_equal(merge_unended(merge), paths.items[1]);
    merge_free(merge);
    finish(NULL, &paths, folder);
}

static void a_later_run_makes_up_for_a_killed_one(void **state)
{
    (void)state;
    char *folder = folder_make();
    struct strings paths = {0};
    struct run run = run_begin(folder, &paths, "killed", 0);
    plan(&run, "git-clone");
    sample_problem(&run.sample, ERROR_ENVIRONMENT, "the API server is away", "wait");
    run_close(&run); /* before it came to know a node */
    simple_run(folder, &paths, "whole", DAY_MS, "node-a", VERDICT_PASSED);
    struct report_model *model = merged(&paths, MERGE_LATEST);
    assert_counts(model, 1, 0, 0);
    assert_int_equal(model->problem_count, 0);
    assert_true(model->ended);
    assert_int_equal(report_model_exit_code(model), 0);
    report_model_free(model);
    model = merged(&paths, MERGE_WORST);
    assert_counts(model, 1, 0, 1);
    assert_int_equal(model->problem_count, 1);
    assert_int_equal(report_model_exit_code(model), 3);
    finish(model, &paths, folder);
}

/* A problem that is no longer one is still told. */
static void a_stale_problem_becomes_a_note(void **state)
{
    (void)state;
    char *folder = folder_make();
    struct strings paths = {0};
    struct run run = run_begin(folder, &paths, "monday", 0);
    plan(&run, "git-clone");
    sample_problem(&run.sample, ERROR_ENVIRONMENT, "the API server is away", "wait");
    run_close(&run);
    simple_run(folder, &paths, "tuesday", DAY_MS, "node-a", VERDICT_PASSED);
    cleanup_free char *path = xasprintf("%s/merged.jsonl", folder);
    cleanup_error struct error *err = NULL;
    struct journal *journal = journal_create(path, &err);
    merge_into(&paths, MERGE_LATEST, journal_sink, journal);
    assert_int_equal(journal_close(journal, NULL, &err), 0);
    cleanup_free char *text = folder_read(folder, "merged.jsonl");
    assert_contains(text, "\"message\":\"run monday: the API server is away\"");
    assert_lacks(text, "\"event\":\"problem\"");
    strings_release(&paths);
    folder_remove(folder);
}

/* The last run has a problem, though nothing of it is a verdict. */
static void a_problem_of_the_last_run_stays_one(void **state)
{
    (void)state;
    char *folder = folder_make();
    struct strings paths = {0};
    simple_run(folder, &paths, "monday", 0, "node-a", VERDICT_PASSED);
    struct run run = run_begin(folder, &paths, "tuesday", DAY_MS);
    sample_problem(&run.sample, ERROR_ENVIRONMENT, "the API server is away", "wait");
    run_end(&run, 0);
    struct report_model *model = merged(&paths, MERGE_LATEST);
    assert_int_equal(model->problem_count, 1);
    assert_int_equal(report_model_exit_code(model), 3);
    finish(model, &paths, folder);
}

/* A check of the API belongs to no node, in the run that did not come to it either. */
static void a_check_without_verdict_meets_that_of_the_other(void **state)
{
    (void)state;
    char *folder = folder_make();
    struct strings paths = {0};
    struct run run = run_begin(folder, &paths, "killed", 0);
    plan(&run, "app-pods");
    sample_node(&run.sample, "node-a");
    run_close(&run);
    run = run_begin(folder, &paths, "whole", 500);
    plan(&run, "app-pods");
    sample_node(&run.sample, "node-a");
    sample_passed(&run.sample, "app-pods", NULL);
    run_end(&run, 0);
    struct report_model *model = merged(&paths, MERGE_WORST);
    assert_counts(model, 0, 0, 1);
    assert_string_equal(result_of(model, "app-pods", "")->reason, "not-run");
    finish(model, &paths, folder);
}

/* A verdict that knows the node belongs to what was started without one: both are kept, or neither. */
static void what_came_to_no_node_stays_with_its_verdict(void **state)
{
    (void)state;
    char *folder = folder_make();
    struct strings paths = {0};
    struct run run = run_begin(folder, &paths, "first", 0);
    plan(&run, "git-clone");
    sample_start_case(&run.sample, "git-clone", NULL);
    sample_verdict(&run.sample, "git-clone", "node-a", VERDICT_ERROR, "not-run", "no pod");
    run_end(&run, 0);
    simple_run(folder, &paths, "second", DAY_MS, "node-a", VERDICT_FAILED);
    struct report_model *model = merged(&paths, MERGE_WORST);
    assert_counts(model, 0, 1, 0);
    finish(model, &paths, folder);
}

static void a_signal_counts_but_not_for_ever(void **state)
{
    (void)state;
    char *folder = folder_make();
    struct strings paths = {0};
    struct run run = run_begin(folder, &paths, "monday", 0);
    plan(&run, "git-clone");
    execute(&run, "git-clone", "node-a", VERDICT_PASSED, "clone");
    run_end(&run, 15);
    simple_run(folder, &paths, "tuesday", DAY_MS, "node-a", VERDICT_PASSED);
    struct report_model *worst = merged(&paths, MERGE_WORST), *latest = merged(&paths, MERGE_LATEST);
    assert_int_equal(report_model_exit_code(worst), 143);
    assert_int_equal(report_model_exit_code(latest), 0);
    report_model_free(worst);
    finish(latest, &paths, folder);
}

/* --- what is told once --- */

static void full_run(char *folder, struct strings *paths, const char *id, int64_t later_ms)
{
    cleanup_free char *pod = xasprintf("pod-%s", id);
    struct run run = run_begin(folder, paths, id, later_ms);
    plan(&run, "git-clone");
    sample_nodes(&run.sample, 1, 0, 2);
    sample_node(&run.sample, "node-a");
    sample_pod(&run.sample, pod, "node-a", "gvisor", "ready", NULL);
    sample_attestation(&run.sample, pod, "node-a", true);
    execute(&run, "git-clone", "node-a", VERDICT_PASSED, id);
    sample_measure(&run.sample, "pod start", RUNTIME_CONTROL, 500000);
    sample_measure(&run.sample, "pod start", RUNTIME_GVISOR, 650000);
    sample_problem(&run.sample, ERROR_ENVIRONMENT, "node-b is not ready", "look at it");
    run_end(&run, 0);
}

static void all_else_is_kept_once(void **state)
{
    (void)state;
    char *folder = folder_make();
    struct strings paths = {0};
    full_run(folder, &paths, "one", 0);
    full_run(folder, &paths, "two", DAY_MS);
    struct report_model *model = merged(&paths, MERGE_WORST);
    assert_int_equal(model->node_count, 1);
    assert_int_equal(model->pod_count, 2);
    assert_int_equal(model->attestation_count, 2);
    assert_int_equal(model->measure_count, 4);
    assert_int_equal(model->problem_count, 1);
    assert_int_equal(model->choice.usable, 1);
    assert_string_equal(model->choice.message, "some nodes can take pods");
    assert_int_equal(model->left_behind, 4);
    finish(model, &paths, folder);
}

/* Journals that were merged before share runs: these count once. */
static void merges_can_be_merged(void **state)
{
    (void)state;
    char *folder = folder_make();
    struct strings paths = {0}, pair = {0}, both = {0};
    full_run(folder, &paths, "one", 0);
    full_run(folder, &paths, "two", DAY_MS);
    full_run(folder, &paths, "three", 2 * DAY_MS);
    for (size_t i = 0; i < 2; i++) {
        cleanup_free char *path = xasprintf("%s/merged-%zu", folder, i);
        cleanup_error struct error *err = NULL;
        struct journal *journal = journal_create(path, &err);
        strings_add(&pair, paths.items[i]);
        strings_add(&pair, paths.items[i + 1]);
        merge_into(&pair, MERGE_WORST, journal_sink, journal);
        assert_int_equal(journal_close(journal, NULL, &err), 0);
        strings_add(&both, path);
        strings_release(&pair);
    }
    strings_add(&both, paths.items[0]); /* told by the first of them */
    struct report_model *model = merged(&both, MERGE_WORST);
    assert_int_equal(model->measure_count, 6);
    assert_int_equal(model->source_count, 3);
    assert_string_equal(model->run.id, "one+two+three");
    assert_counts(model, 1, 0, 0);
    strings_release(&both);
    finish(model, &paths, folder);
}

static void node_with(struct run *run, const char *name, const char *obstacle)
{
    struct event event = {.kind = EVENT_NODE, .node = {.name = name, .obstacle = obstacle}};
    sample_emit(&run->sample, &event);
}

/* As they were found last. */
static void the_nodes_of_all_runs_are_counted(void **state)
{
    (void)state;
    char *folder = folder_make();
    struct strings paths = {0};
    struct run run = run_begin(folder, &paths, "monday", 0);
    sample_nodes(&run.sample, 1, 1, 2);
    node_with(&run, "node-a", "it is cordoned");
    node_with(&run, "node-b", NULL);
    run_end(&run, 0);
    run = run_begin(folder, &paths, "tuesday", DAY_MS);
    sample_nodes(&run.sample, 1, 1, 1);
    node_with(&run, "node-a", NULL);
    node_with(&run, "node-c", "it is not ready");
    run_end(&run, 0);
    struct report_model *model = merged(&paths, MERGE_WORST);
    assert_int_equal(model->choice.usable, 2);
    assert_int_equal(model->choice.obstructed, 1);
    assert_int_equal(model->choice.elsewhere, 2);
    finish(model, &paths, folder);
}

/* A run was merged before it was over, and again when it was. */
static void of_a_run_the_longer_account_is_told(void **state)
{
    (void)state;
    char *folder = folder_make();
    struct strings paths = {0};
    simple_run(folder, &paths, "one", 0, "node-a", VERDICT_PASSED);
    simple_run(folder, &paths, "two", DAY_MS, "node-b", VERDICT_PASSED);
    cleanup_free char *whole = folder_read(folder, "1.jsonl"), *path = xasprintf("%s/merged", folder);
    folder_write(folder, "1.jsonl", whole, strlen(whole) - 3);
    cleanup_error struct error *err = NULL;
    struct journal *journal = journal_create(path, &err);
    merge_into(&paths, MERGE_WORST, journal_sink, journal);
    assert_int_equal(journal_close(journal, NULL, &err), 0);
    folder_write(folder, "1.jsonl", whole, strlen(whole));
    strings_add(&paths, path);
    struct report_model *model = merged(&paths, MERGE_WORST);
    assert_int_equal(model->source_count, 2);
    assert_true(model->sources[0].complete && model->sources[1].complete);
    assert_counts(model, 2, 0, 0);
    finish(model, &paths, folder);
}

/* --- where it is from --- */

static void reports_say_which_runs_they_are_from(void **state)
{
    (void)state;
    char *folder = folder_make();
    struct strings paths = {0};
    simple_run(folder, &paths, "ab12cd", 0, "node-a", VERDICT_PASSED);
    simple_run(folder, &paths, "ef34gh", DAY_MS, "node-a", VERDICT_FAILED);
    struct report_model *model = merged(&paths, MERGE_WORST);
    assert_string_equal(model->run.id, "ab12cd+ef34gh");
    assert_string_equal(model->run.hostname, "ab12cd, ef34gh");
    assert_int_equal(model->duration_ms, 2 * 6000); /* not the day between them */
    static const char *const parts[REPORT_FORM_COUNT] = {
        [REPORT_JUNIT] =
            "<property name=\"run.ef34gh\" value=\"2026-11-25 19:56:25 UTC, 32.1 s, exit code 1\"",
        [REPORT_JSON] = "{\"id\":\"ab12cd\",\"version\":\"0.1.0\",\"started\":\"2026-11-24T19:56:25.123Z\"",
        [REPORT_MARKDOWN] = "- run <code>ef34gh</code>: 2026-11-25 19:56:25 UTC, 32.1 s, exit code 1",
        [REPORT_HTML] = "<dt>made from run</dt><dd>ef34gh: 2026-11-25 19:56:25 UTC, 32.1 s, exit code 1</dd>",
    };
    for (int form = 0; form < REPORT_TRACE; form++) {
        cleanup_free char *text = report_text(model, (enum report_form)form);
        if (parts[form])
            assert_contains(text, parts[form]);
    }
    finish(model, &paths, folder);
}

static void of_many_runs_the_first_are_named(void **state)
{
    (void)state;
    char *folder = folder_make();
    struct strings paths = {0};
    for (int64_t i = 0; i < 7; i++) {
        cleanup_free char *id = xasprintf("run%lld", (long long)i);
        simple_run(folder, &paths, id, i * DAY_MS, "node-a", VERDICT_PASSED);
    }
    struct report_model *model = merged(&paths, MERGE_WORST);
    assert_string_equal(model->run.id, "run0+run1+run2+run3+3 more");
    assert_int_equal(model->source_count, 7);
    finish(model, &paths, folder);
}

/* --- what does not go together --- */

static void refused(const struct strings *paths, const char *message)
{
    cleanup_error struct error *err = NULL;
    assert_null(merge_new(paths, MERGE_WORST, &err));
    assert_int_equal(err->kind, ERROR_USAGE);
    assert_string_equal(err->message, message);
    assert_non_null(err->hint);
}

static void other_clusters_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *server, *runtime_class, *handler, *says;
    } rows[] = {
        {"https://other:6443", "gvisor", "runsc",
         "server is \"https://198.18.0.2:6443\" in one and \"https://other:6443\" in the other"},
        {"https://198.18.0.2:6443", "kata", "runsc",
         "RuntimeClass is \"gvisor\" in one and \"kata\" in the other"},
        {"https://198.18.0.2:6443", "gvisor", NULL, "handler is \"runsc\" in one and \"\" in the other"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        char *folder = folder_make();
        struct strings paths = {0};
        simple_run(folder, &paths, "one", 0, "node-a", VERDICT_PASSED);
        struct run run = run_begin(folder, &paths, "two", 0);
        struct event event = {.kind = EVENT_RUN,
                              .run = {.id = "two",
                                      .server = rows[i].server,
                                      .runtime_class = rows[i].runtime_class,
                                      .handler = rows[i].handler}};
        sample_emit(&run.sample, &event);
        run_end(&run, 0);
        cleanup_free char *message =
            xasprintf("cannot merge \"%s\" and \"%s\": the %s", paths.items[0], paths.items[1], rows[i].says);
        refused(&paths, message);
        strings_release(&paths);
        folder_remove(folder);
    }
}

static void a_journal_that_names_no_run_is_refused(void **state)
{
    (void)state;
    char *folder = folder_make();
    struct strings paths = {0};
    simple_run(folder, &paths, "one", 0, "node-a", VERDICT_PASSED);
    folder_write(folder, "empty", "{\"event\":\"run\"", 14);
    cleanup_free char *empty = xasprintf("%s/empty", folder);
    cleanup_free char *message = xasprintf("cannot merge \"%s\": it does not say which run it is of", empty);
    strings_add(&paths, empty);
    refused(&paths, message);
    strings_release(&paths);
    folder_remove(folder);
}

static void cut_lines_are_named(void **state)
{
    (void)state;
    char *folder = folder_make();
    struct strings paths = {0};
    simple_run(folder, &paths, "one", 0, "node-a", VERDICT_PASSED);
    simple_run(folder, &paths, "two", 0, "node-b", VERDICT_PASSED);
    cleanup_free char *whole = folder_read(folder, "1.jsonl");
    folder_write(folder, "1.jsonl", whole, strlen(whole) - 3);
    cleanup_error struct error *err = NULL;
    struct merge *merge = merge_new(&paths, MERGE_WORST, &err);
    assert_non_null(merge);
    assert_string_equal(merge_cut(merge, 0), paths.items[1]);
    assert_null(merge_cut(merge, 1));
    folder_write(folder, "0.jsonl", "", 0); /* as a pipe is when it is read again */
    struct report_model *model = report_model_new();
    assert_int_equal(merge_write(merge, report_model_sink, model, &err), -1);
    assert_contains(err->message, "it is shorter than it was");
    merge_free(merge);
    merge_free(NULL);
    finish(model, &paths, folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_journal_stays_as_it_is),
        cmocka_unit_test(the_worst_verdict_is_kept),
        cmocka_unit_test(not_gvisor_is_worse_than_a_failure),
        cmocka_unit_test(the_latest_verdict_is_kept),
        cmocka_unit_test(nodes_come_together),
        cmocka_unit_test(shards_need_not_plan_the_same),
        cmocka_unit_test(what_a_killed_run_lacks_is_an_error),
        cmocka_unit_test(the_journal_that_ends_before_its_run_is_named),
        cmocka_unit_test(a_later_run_makes_up_for_a_killed_one),
        cmocka_unit_test(a_stale_problem_becomes_a_note),
        cmocka_unit_test(a_problem_of_the_last_run_stays_one),
        cmocka_unit_test(a_check_without_verdict_meets_that_of_the_other),
        cmocka_unit_test(what_came_to_no_node_stays_with_its_verdict),
        cmocka_unit_test(a_signal_counts_but_not_for_ever),
        cmocka_unit_test(all_else_is_kept_once),
        cmocka_unit_test(merges_can_be_merged),
        cmocka_unit_test(the_nodes_of_all_runs_are_counted),
        cmocka_unit_test(of_a_run_the_longer_account_is_told),
        cmocka_unit_test(reports_say_which_runs_they_are_from),
        cmocka_unit_test(of_many_runs_the_first_are_named),
        cmocka_unit_test(other_clusters_are_refused),
        cmocka_unit_test(a_journal_that_names_no_run_is_refused),
        cmocka_unit_test(cut_lines_are_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
