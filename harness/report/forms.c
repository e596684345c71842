/* SPDX-License-Identifier: Apache-2.0
 *
 * The table of reports that are files, and how each comes to its file.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "forms.h"
#include "gvisor-smoke/cleanup.h"

static const struct {
    const char *option, *ending, *help;
    int (*write)(const struct report_model *model, const struct report_options *options, FILE *out);
} forms[REPORT_FORM_COUNT] = {
    [REPORT_JUNIT] = {"junit", "xml", "JUnit XML there", junit_write},
    [REPORT_JSON] = {"json", "json", "all that is known as JSON there (docs/report.schema.json)", json_write},
    [REPORT_MARKDOWN] = {"markdown", "md", "Markdown there, as GitHub's step summaries take it",
                         markdown_write},
    [REPORT_HTML] = {"html", "html", "one HTML page that needs nothing beside it there", html_write},
    [REPORT_TAP] = {"tap", "tap", "Test Anything Protocol there", tap_write},
    [REPORT_METRICS] = {"metrics", "prom", "Prometheus metrics there, for node_exporter's textfile collector",
                        metrics_write},
    [REPORT_TRACE] = {"trace", "trace.json", "where the time went there, for Perfetto or chrome://tracing",
                      NULL},
};

const char *report_form_option(enum report_form form)
{
    return forms[form].option;
}

const char *report_form_help(enum report_form form)
{
    return forms[form].help;
}

/* path is named by what goes wrong, but for the stream, which is the caller's to look at. */
static int write_form(const struct report_model *model, enum report_form form, const char *path,
                      const struct report_options *options, FILE *out, struct error **err)
{
    if (form == REPORT_TRACE) {
        int failed = trace_write(&options->events, out, err);
        if (failed)
            error_wrap(err, "cannot write \"%s\"", path);
        return failed;
    }
    if (forms[form].write(model, options, out) == 0)
        return 0;
    error_set(err, ERROR_ENVIRONMENT, "cannot write \"%s\": the library for %s gave up", path,
              forms[form].option);
    return -1;
}

static int write_to_stdout(const struct report_model *model, enum report_form form,
                           const struct report_options *options, struct error **err)
{
    if (write_form(model, form, "-", options, stdout, err) < 0)
        return -1;
    if (fflush(stdout) == 0 && !ferror(stdout))
        return 0;
    error_set(err, ERROR_ENVIRONMENT, "cannot write the report to standard output: %s", strerror(errno));
    return -1;
}

static int write_to_file(const struct report_model *model, enum report_form form, const char *path,
                         const struct report_options *options, struct error **err)
{
    struct text_file file;
    if (text_file_begin(&file, path, err) < 0)
        return -1;
    cleanup_error struct error *cause = NULL;
    if (write_form(model, form, path, options, file.out, &cause) == 0 || ferror(file.out))
        return text_file_commit(&file, err);
    text_file_abort(&file);
    *err = steal(&cause);
    return -1;
}

int report_write(const struct report_model *model, enum report_form form,
                 const struct report_options *options, struct error **err)
{
    const char *path = options->paths[form];
    if (strcmp(path, "-") == 0)
        return write_to_stdout(model, form, options, err);
    return write_to_file(model, form, path, options, err);
}

const char *spare_folder(void)
{
    const char *folder = getenv("TMPDIR");
    return folder && *folder ? folder : "/tmp";
}

char *report_write_elsewhere(const struct report_model *model, enum report_form form,
                             const struct report_options *options, struct error **err)
{
    cleanup_free char *path = xasprintf("%s/gvisor-smoke-%s-%ld.%s", spare_folder(), forms[form].option,
                                        (long)getpid(), forms[form].ending);
    return write_to_file(model, form, path, options, err) < 0 ? NULL : steal(&path);
}

char *report_in_memory(const struct report_model *model, enum report_form form,
                       const struct report_options *options, size_t *ret_length, struct error **err)
{
    cleanup_free char *text = NULL;
    FILE *out = open_memstream(&text, ret_length);
    if (!out)
        abort(); /* out of memory */
    int failed = write_form(model, form, "memory", options, out, err);
    if (fclose(out) != 0)
        abort();
    if (!failed)
        return steal(&text);
    return NULL;
}
