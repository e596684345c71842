/* SPDX-License-Identifier: Apache-2.0
 *
 * What the files of this folder share: words about evidence, and single lines out of any text.
 */
#ifndef HARNESS_JUDGE_JUDGE_H
#define HARNESS_JUDGE_JUDGE_H

#include "gvisor-smoke/attest.h"
#include "gvisor-smoke/verdict.h"

#define LINE_MAX_BYTES ((size_t)240) /* of a quoted line in a message */

/* One line of valid UTF-8: line breaks and tabs become blanks, blanks at the ends go, the rest behind
 * max_bytes is replaced by "...". The caller frees it. */
char *line_from_text(const char *text, size_t length, size_t max_bytes);

/* The last line that is not blank, as line_from_text(), or NULL when there is none. NULL text gives NULL. */
char *line_last(const char *text);

/* Where a line stands in a text. */
struct line_place {
    size_t start, length;
};
/* Finds the first line in which the expression is found, without regard to case; NULL text has none. */
bool line_find(const char *text, const char *expression, struct line_place *ret_place);

/* The first line of output or errors in which the expression is found, or NULL. The caller frees it. */
char *evidence_find_line(const struct evidence *evidence, const char *expression);

/* What happened, for a sentence: `exit code 7: "fatal: ..." (last line of stderr)`. limit_ms is the case's
 * timeout. The caller frees it. */
char *evidence_describe(const struct evidence *evidence, int64_t limit_ms);

/* Attestation: a named item of the script's output as one line, or NULL when it was not read; the caller
 * frees it. */
char *attest_item(const char *output, const char *key);

#endif
