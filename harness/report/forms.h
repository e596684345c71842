/* SPDX-License-Identifier: Apache-2.0
 *
 * The writers of reports that are files. Each writes to a stream; whether the stream took it is the caller's
 * to find out. A writer returns -1 only for a failure of its own.
 */
#ifndef HARNESS_REPORT_FORMS_H
#define HARNESS_REPORT_FORMS_H

#include "model.h"

int junit_write(const struct report_model *model, const struct report_options *options, FILE *out);
int json_write(const struct report_model *model, const struct report_options *options, FILE *out);
int markdown_write(const struct report_model *model, const struct report_options *options, FILE *out);
int html_write(const struct report_model *model, const struct report_options *options, FILE *out);
int tap_write(const struct report_model *model, const struct report_options *options, FILE *out);
int metrics_write(const struct report_model *model, const struct report_options *options, FILE *out);
/* From the events; fails as they do. */
int trace_write(const struct report_events *events, FILE *out, struct error **err);

/* Where a journal or a report goes whose own place failed. Borrowed. */
const char *spare_folder(void);

#endif
