/* SPDX-License-Identifier: Apache-2.0
 *
 * run --report-configmap: the reports of the run, in the cluster.
 */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "gvisor-smoke/cleanup.h"
#include "gvisor-smoke/report_configmap.h"
#include "run_arguments.h"

/* As much of the journal as a ConfigMap could hold; *ret_size is that of the file. */
static char *read_beginning(const char *path, size_t *ret_size, struct error **err)
{
    cleanup_file FILE *file = fopen(path, "re");
    struct stat status;
    char *text = xcalloc(REPORT_CONFIGMAP_MAX + 1, 1);
    if (file && fstat(fileno(file), &status) == 0) {
        size_t held = fread(text, 1, REPORT_CONFIGMAP_MAX, file);
        if (!ferror(file)) {
            *ret_size = held < REPORT_CONFIGMAP_MAX ? held : (size_t)status.st_size;
            return text;
        }
    }
    error_set(err, ERROR_ENVIRONMENT, "cannot read \"%s\": %s", path, strerror(errno));
    free(text);
    return NULL;
}

static int write_object(const struct run_arguments *arguments, const struct kube_access *access,
                        const char *object, struct error **err)
{
    struct loop *loop = loop_new();
    struct kube *kube = kube_new(loop, access, err);
    int failed = kube ? report_configmap_write(kube, arguments->run.name_space,
                                               arguments->run.report_configmap, object, err)
                      : -1;
    kube_free(kube);
    loop_free(loop);
    return failed;
}

static int write_reports(const struct run_arguments *arguments, const struct kube_access *access,
                         const struct report_model *model, const char *journal_path, struct strings *notes,
                         struct error **err)
{
    size_t junit_size = 0, markdown_size = 0, journal_size = 0;
    const struct report_options *look = &arguments->reports.options;
    cleanup_free char *junit = report_in_memory(model, REPORT_JUNIT, look, &junit_size, err);
    if (!junit)
        return -1;
    cleanup_free char *markdown = report_in_memory(model, REPORT_MARKDOWN, look, &markdown_size, err);
    if (!markdown)
        return -1;
    cleanup_error struct error *unread = NULL;
    cleanup_free char *journal = read_beginning(journal_path, &journal_size, &unread);
    if (!journal && unread) {
        cleanup_free char *note = xasprintf("without run.jsonl: %s", unread->message);
        strings_add(notes, note);
    }
    cleanup_free char *exit_code = xasprintf("%d", report_model_exit_code(model));
    const struct report_configmap_text texts[] = {
        {"exit-code", exit_code, strlen(exit_code), false},
        {"junit.xml", junit, junit_size, false},
        {"report.md", markdown, markdown_size, true},
        {"run.jsonl", journal, journal_size, true},
    };
    cleanup_free char *object =
        report_configmap_object(arguments->run.name_space, arguments->run.report_configmap, texts,
                                sizeof texts / sizeof *texts - (journal ? 0 : 1), notes);
    return write_object(arguments, access, object, err);
}

int run_configmap_write(const struct run_arguments *arguments, const struct kube_access *access,
                        const struct report_model *model, const char *journal_path, FILE *out)
{
    struct error *err = NULL;
    cleanup_strings struct strings notes = {0};
    if (!arguments->run.report_configmap)
        return 0;
    if (write_reports(arguments, access, model, journal_path, &notes, &err) < 0)
        return command_fail(err);
    fprintf(out, "reports: kubectl -n %s get configmap %s -o yaml\n", arguments->run.name_space,
            arguments->run.report_configmap);
    for (size_t i = 0; i < notes.count; i++)
        fprintf(out, "         %s\n", notes.items[i]);
    return 0;
}
