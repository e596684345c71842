/* SPDX-License-Identifier: Apache-2.0
 *
 * A report that is a file, as text.
 */
#ifndef TESTS_UNIT_REPORT_TEXT_H
#define TESTS_UNIT_REPORT_TEXT_H

#include "gvisor-smoke/report.h"

/* Writes one form of the report to a file and reads it back; the caller frees it. Other options are kept. */
static inline char *report_text_with(const struct report_model *model, enum report_form form,
                                     struct report_options options)
{
    char *folder = folder_make();
    cleanup_free char *path = xasprintf("%s/report", folder);
    cleanup_error struct error *err = NULL;
    options.paths[form] = path;
    if (report_write(model, form, &options, &err) < 0)
        fail_msg("%s", err->message);
    char *text = folder_read(folder, "report");
    folder_remove(folder);
    return text;
}

static inline char *report_text(const struct report_model *model, enum report_form form)
{
    return report_text_with(model, form, (struct report_options){0});
}

#endif
