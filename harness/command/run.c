/* SPDX-License-Identifier: Apache-2.0
 *
 * gvisor-smoke run: options, reports, exit code around a run.
 */
#include <stdio.h>
#include <string.h>

#include <unistd.h>

#include "command.h"
#include "gvisor-smoke/cleanup.h"
#include "gvisor-smoke/clock.h"
#include "gvisor-smoke/log.h"
#include "gvisor-smoke/resume.h"
#include "gvisor-smoke/workload.h"
#include "run_arguments.h"

#define DEFAULT_EGRESS "https://api.github.com/"
#define AUTHORITIES_MAX (1024u * 1024)

static void set_defaults(struct run_arguments *arguments)
{
    const char *app_namespace = getenv("GVISOR_NAMESPACE");
    bool given = app_namespace && *app_namespace;
    *arguments = (struct run_arguments){
        .run = {.runtime_class = "gvisor",
                .handler = "runsc",
                .app_namespace = given ? app_namespace : "aifactory",
                .app_selector = "app.kubernetes.io/name=aifactory",
                .owner_pod = getenv(WORKLOAD_OWNER_POD),
                .owner_uid = getenv(WORKLOAD_OWNER_UID),
                .fixture = true,
                .egress_url = DEFAULT_EGRESS,
                .parallel = 4,
                .parallel_nodes = 10,
                .pod_timeout_ms = 120000,
                .api_patience_ms = 3000,
                .timeout_ms = 1800000},
        .report_dir = "reports",
        .fixture = "pod",
        .exec = "pod",
        .control = "needed",
    };
    place_arguments_init(&arguments->place, &arguments->run);
    access_arguments_init(&arguments->access);
    report_arguments_init(&arguments->reports);
    redact_arguments_init(&arguments->redact);
}

static bool is_without(const struct run_command *command, const struct run_arguments *arguments,
                       const struct option_row *row)
{
    if (command->no_reports && row->value == arguments->reports.rows)
        return true;
    const char *const *name = command->without;
    while (name && *name && strcmp(*name, row->name) != 0)
        name++;
    return name && *name;
}

/* The rows that the command takes, and its own behind them. The caller frees the array. */
static struct option_row *rows_of(const struct run_command *command, const struct run_arguments *arguments,
                                  const struct option_row *all, size_t count)
{
    struct option_row *rows = xcalloc(count + 2, sizeof *rows);
    size_t kept = 0;
    for (const struct option_row *row = all; row->name; row++)
        if (!is_without(command, arguments, row))
            rows[kept++] = *row;
    if (command->more)
        rows[kept] = (struct option_row){.name = "", .kind = OPTION_TABLE, .value = (void *)command->more};
    return rows;
}

static int parse(int argc, char **argv, const struct run_command *command, struct run_arguments *a,
                 struct error **err)
{
    const char *app_namespace = NULL;
    const struct option_row rows[] = {
        {"", 0, OPTION_TABLE, a->place.rows, NULL, NULL},
        {"runtime-class", 0, OPTION_TEXT, &a->run.runtime_class, "NAME", "RuntimeClass of the pods (gvisor)"},
        {"handler", 0, OPTION_TEXT, &a->run.handler, "NAME",
         "handler that it must name (runsc; GKE: gvisor)"},
        {"nodes", 0, OPTION_TEXT, &a->run.nodes, "all|LABELS|NAME,...",
         "the nodes to run on (one that can): all that the RuntimeClass admits, those with the labels, or "
         "these"},
        {"node", 0, OPTION_TEXT, &a->run.nodes, "NAME", "the same as --nodes NAME"},
        {"app-namespace", 0, OPTION_TEXT, &app_namespace, "NAME",
         "the application's namespace ($GVISOR_NAMESPACE or aifactory); only read"},
        {"app-selector", 0, OPTION_TEXT, &a->run.app_selector, "LABELS",
         "label selector of its pods (app.kubernetes.io/name=aifactory)"},
        {"cases", 0, OPTION_LIST, &a->case_folders, "DIR", "add the cases of a folder (may be repeated)"},
        {"fixture", 0, OPTION_TEXT, &a->fixture, "pod|none",
         "serve git, packages and https from a pod (pod), or use the URLs below"},
        {"git-url", 0, OPTION_URL, &a->urls.git_url, "URL", "repository to clone"},
        {"git-push-url", 0, OPTION_URL, &a->urls.git_push_url, "URL", "repository that takes pushes"},
        {"npm-registry", 0, OPTION_URL, &a->urls.npm_registry, "URL", "npm registry"},
        {"pip-index-url", 0, OPTION_URL, &a->urls.pip_index_url, "URL", "Python package index"},
        {"goproxy", 0, OPTION_URL, &a->urls.goproxy, "URL", "Go module proxy"},
        {"https-url", 0, OPTION_URL, &a->urls.https_url, "URL", "page that curl and wget fetch"},
        {"egress-url", 0, OPTION_URL, &a->urls.egress_url, "URL",
         "HTTPS page outside the cluster (" DEFAULT_EGRESS ")"},
        {"ca-file", 0, OPTION_TEXT, &a->ca_file, "FILE",
         "more certificate authorities that pods trust (PEM)"},
        {"control", 0, OPTION_TEXT, &a->control, "needed|all|none",
         "run cases under the default runtime too: where a verdict depends on it (needed), always, or never"},
        {"expect", 0, OPTION_LIST, &a->expectations, "CASE=works|blocked|any",
         "accept another posture, visibly in every report (may be repeated)"},
        {"repeat", 0, OPTION_NUMBER, &a->run.repeat, "N",
         "measure what gVisor costs: N repetitions under both runtimes (implies --control all)"},
        {"exec", 0, OPTION_TEXT, &a->exec, "pod|case",
         "one exec for all cases of a pod, or one for each case (pod)"},
        {"parallel", 0, OPTION_NUMBER, &a->run.parallel, "N", "cases at once on a node (4)"},
        {"parallel-nodes", 0, OPTION_NUMBER, &a->run.parallel_nodes, "N",
         "nodes that have pods at once (10)"},
        {"pod-timeout", 0, OPTION_DURATION, &a->run.pod_timeout_ms, "TIME", "for a pod to become ready (2m)"},
        {"api-patience", 0, OPTION_DURATION, &a->run.api_patience_ms, "TIME",
         "for an API server that is not there when the run begins (3s)"},
        {"timeout", 0, OPTION_DURATION, &a->run.timeout_ms, "TIME", "for the whole run (30m)"},
        {"resume", 0, OPTION_TEXT, &a->resume_path, "JOURNAL",
         "take up a run that was killed: run only what is missing in its journal"},
        {"report-dir", 0, OPTION_TEXT, &a->report_dir, "DIR", "where run.jsonl and junit.xml go (reports)"},
        {"report-configmap", 0, OPTION_TEXT, &a->run.report_configmap, "NAME",
         "put JUnit, Markdown and journal into this ConfigMap of the namespace too"},
        {"", 0, OPTION_TABLE, a->reports.rows, NULL, NULL},
        {"", 0, OPTION_TABLE, a->redact.rows, NULL, NULL},
        {"", 0, OPTION_TABLE, a->access.rows, NULL, NULL},
        {"keep", 0, OPTION_FLAG, &a->run.keep, NULL, "leave the pods in the cluster for a look at them"},
        {"quiet", 'q', OPTION_FLAG, &a->quiet, NULL, "only what went wrong, and the summary"},
        {"verbose", 'v', OPTION_COUNT, &a->verbose, NULL,
         "trace state changes on stderr; -vv traces requests and frames too"},
        {"debug", 0, OPTION_FLAG, &a->debug, NULL, "the same as -vv"},
        {0},
    };
    cleanup_free struct option_row *taken = rows_of(command, a, rows, sizeof rows / sizeof *rows);
    if (options_parse(argc, argv, taken, command->usage, &a->patterns, err) < 0)
        return -1;
    if (app_namespace) {
        a->run.app_namespace = app_namespace;
        a->run.app_explicit = true;
    }
    return 0;
}

static int parse_control(struct run_arguments *arguments, struct error **err)
{
    static const char *const words[] = {"needed", "all", "none"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(arguments->control, words[i]) == 0) {
            arguments->run.control = (enum control_mode)i;
            return 0;
        }
    error_set(err, ERROR_USAGE, "--control is needed, all or none, not \"%s\"", arguments->control);
    return -1;
}

static int parse_exec(struct run_arguments *arguments, struct error **err)
{
    bool shared = strcmp(arguments->exec, "pod") == 0;
    arguments->run.exec_per_case = !shared;
    if (shared || strcmp(arguments->exec, "case") == 0)
        return 0;
    error_set(err, ERROR_USAGE, "--exec is pod or case, not \"%s\"", arguments->exec);
    return -1;
}

/* They are not on the command line any more where they hold a password. */
static void take_urls(struct run_arguments *arguments)
{
    struct run_options *run = &arguments->run;
    run->git_url = arguments->urls.git_url;
    run->git_push_url = arguments->urls.git_push_url;
    run->npm_registry = arguments->urls.npm_registry;
    run->pip_index_url = arguments->urls.pip_index_url;
    run->goproxy = arguments->urls.goproxy;
    run->https_url = arguments->urls.https_url;
    if (arguments->urls.egress_url)
        run->egress_url = arguments->urls.egress_url;
}

static void release_urls(struct run_arguments *arguments)
{
    option_secret_release(&arguments->urls.git_url);
    option_secret_release(&arguments->urls.git_push_url);
    option_secret_release(&arguments->urls.npm_registry);
    option_secret_release(&arguments->urls.pip_index_url);
    option_secret_release(&arguments->urls.goproxy);
    option_secret_release(&arguments->urls.https_url);
    option_secret_release(&arguments->urls.egress_url);
}

static int finish_arguments(struct run_arguments *arguments, struct error **err)
{
    if (arguments->run.repeat)
        arguments->control = "all";
    take_urls(arguments);
    if (redact_arguments_finish(&arguments->redact, err) < 0)
        return -1;
    arguments->run.redaction = arguments->redact.redaction;
    if (command_parse_fixture(arguments->fixture, &arguments->run.fixture, err) < 0 ||
        parse_control(arguments, err) < 0 || parse_exec(arguments, err) < 0 ||
        place_arguments_finish(&arguments->place, &arguments->run, err) < 0)
        return -1;
    if (arguments->run.report_configmap &&
        command_check_name("--report-configmap", arguments->run.report_configmap, err) < 0)
        return -1;
    log_set_level(arguments->debug || arguments->verbose > 1 ? LOG_DEBUG
                  : arguments->verbose                       ? LOG_INFO
                                                             : LOG_QUIET);
    if (!arguments->ca_file)
        return 0;
    arguments->ca_pem = text_read_file(arguments->ca_file, AUTHORITIES_MAX, NULL, err);
    if (!arguments->ca_pem) {
        error_wrap(err, "--ca-file");
        (*err)->kind = ERROR_USAGE;
        return -1;
    }
    if (!strstr(arguments->ca_pem, "-----BEGIN CERTIFICATE-----")) {
        error_set(err, ERROR_USAGE, "--ca-file: \"%s\" holds no certificate in PEM form", arguments->ca_file);
        return -1;
    }
    arguments->run.ca_pem = arguments->ca_pem;
    return 0;
}

int run_arguments_read(int argc, char **argv, const struct run_command *command,
                       struct run_arguments *arguments, struct error **err)
{
    set_defaults(arguments);
    return parse(argc, argv, command, arguments, err) < 0 ? -1 : finish_arguments(arguments, err);
}

/* Where reports go, which must be possible before there is something to report. */
static int prepare_reports(struct run_arguments *arguments, struct error **err)
{
    const char **junit = &arguments->reports.options.paths[REPORT_JUNIT];
    arguments->journal_path = xasprintf("%s/run.jsonl", arguments->report_dir);
    arguments->junit_path = xasprintf("%s/junit.xml", arguments->report_dir);
    if (!*junit)
        *junit = arguments->junit_path;
    if (command_make_folder("report folder", arguments->report_dir, err) < 0) {
        error_hint(err, "name one that can be written with --report-dir");
        return -1;
    }
    return report_arguments_check(&arguments->reports, err);
}

int run_arguments_execute(const struct run_arguments *arguments, const struct kube_access *access,
                          const struct case_set *cases, struct events *events, struct loop *loop)
{
    struct error *err = NULL;
    int signal_number = 0;
    struct kube *kube = kube_new(loop, access, &err);
    if (kube)
        signal_number = run_execute(loop, kube, access, &arguments->run, cases, events);
    else
        run_report_impossible(access, &arguments->run, cases, events, err);
    error_free(err);
    kube_free(kube);
    return signal_number;
}

/* Closes the journal and writes what is made from its events; a report that cannot be written makes the exit
 * code 3. *ret_place: where the journal is, if not where it was to be. */
static int write_reports(struct run_arguments *arguments, struct journal *journal,
                         const struct report_model *model, char **ret_place)
{
    struct error *err = NULL;
    int64_t began_ms = clock_monotonic_ms();
    int journal_failed = journal_close(journal, ret_place, &err) < 0 ? command_fail(err) : 0;
    const struct report_source source = {.journal = *ret_place ? *ret_place : arguments->journal_path};
    report_arguments_source(&arguments->reports, &source);
    report_source_written(&arguments->reports.source, "journal", began_ms);
    int failed = report_arguments_write_somewhere(&arguments->reports, model);
    return journal_failed || failed ? EXIT_ENVIRONMENT : 0;
}

/* With the terminal following it. */
static int execute(const struct run_arguments *arguments, const struct kube_access *access,
                   const struct case_set *cases, struct events *events, struct terminal *terminal)
{
    struct loop *loop = loop_new();
    terminal_start(terminal, loop);
    if (isatty(STDERR_FILENO))
        log_set_room(terminal_make_room, terminal);
    int signal_number = run_arguments_execute(arguments, access, cases, events, loop);
    log_set_room(NULL, NULL);
    terminal_stop(terminal);
    loop_free(loop);
    return signal_number;
}

static int run_with(struct run_arguments *arguments, const struct kube_access *access,
                    const struct case_set *cases, struct journal *journal)
{
    struct report_model *model = report_model_new();
    FILE *out = report_arguments_terminal(&arguments->reports);
    struct terminal_options look = command_look(out, arguments->quiet);
    struct terminal *terminal = terminal_new(&look);
    struct events *events = events_new();
    events_set_redaction(events, arguments->redact.redaction);
    struct recorder recorder = {.journal = journal, .model = model};
    events_add_sink(events, recorder_sink, &recorder);
    events_add_sink(events, terminal_sink, terminal);
    int signal_number = execute(arguments, access, cases, events, terminal);
    cleanup_free char *place = NULL;
    int report_failure = write_reports(arguments, journal, model, &place);
    const char *journal_path = place ? place : arguments->journal_path;
    terminal_summary(terminal, model, journal_path, &arguments->reports.options);
    int configmap_failure = run_configmap_write(arguments, access, model, journal_path, out);
    report_failure = report_failure ? report_failure : configmap_failure;
    int exit_code = report_model_exit_code(model);
    if (report_failure && exit_code != 4 && !signal_number)
        exit_code = report_failure;
    events_free(events);
    terminal_free(terminal);
    report_model_free(model);
    return exit_code;
}

int run_arguments_load_cases(const struct run_arguments *arguments, struct case_set *cases,
                             struct error **err)
{
    if (command_load_cases(cases, &arguments->case_folders, &arguments->patterns, err) < 0)
        return -1;
    if (!arguments->run.repeat && !command_names_cases(&arguments->patterns))
        case_set_drop_overhead(cases);
    for (size_t i = 0; i < arguments->expectations.count; i++)
        if (case_set_expect(cases, arguments->expectations.items[i], err) < 0)
            return -1;
    return 0;
}

static int run_new(struct run_arguments *arguments, const struct kube_access *access,
                   const struct case_set *cases)
{
    struct error *err = NULL;
    struct journal *journal = NULL;
    if (run_resume_make_room(arguments, &err) < 0 ||
        !(journal = journal_create(arguments->journal_path, &err)))
        return command_fail(err);
    return run_with(arguments, access, cases, journal);
}

static int run_command(int argc, char **argv, struct run_arguments *arguments)
{
    struct error *err = NULL;
    struct case_set cases = {0};
    struct kube_access *access = NULL;
    const struct run_command command = {.usage = "gvisor-smoke run [OPTIONS] [CASE|PATTERN ...]"};
    int exit_code;
    if (run_arguments_read(argc, argv, &command, arguments, &err) < 0 ||
        run_resume_open(arguments, &err) < 0 || run_arguments_load_cases(arguments, &cases, &err) < 0 ||
        !(access = access_arguments_load(&arguments->access, &err)) ||
        run_resume_check(arguments, access, &cases, &err) < 0 || prepare_reports(arguments, &err) < 0)
        exit_code = command_fail(err);
    else if (run_resume_is_complete(arguments))
        exit_code = run_resume_report(arguments, access);
    else
        exit_code = run_new(arguments, access, &cases);
    kube_access_free(access);
    case_set_release(&cases);
    return exit_code;
}

void run_arguments_release(struct run_arguments *arguments)
{
    access_arguments_release(&arguments->access);
    strings_release(&arguments->case_folders);
    strings_release(&arguments->patterns);
    strings_release(&arguments->expectations);
    report_arguments_release(&arguments->reports);
    free(arguments->journal_path);
    free(arguments->junit_path);
    free(arguments->ca_pem);
    redact_arguments_release(&arguments->redact);
    release_urls(arguments);
    place_arguments_release(&arguments->place, &arguments->run);
    resume_free(arguments->run.resume);
}

int command_run(int argc, char **argv)
{
    struct run_arguments arguments;
    int exit_code = run_command(argc, argv, &arguments);
    run_arguments_release(&arguments);
    return exit_code;
}
