/* SPDX-License-Identifier: Apache-2.0
 *
 * Another place for a journal that is not whole where it should be.
 */
#ifndef HARNESS_REPORT_JOURNAL_RESCUE_H
#define HARNESS_REPORT_JOURNAL_RESCUE_H

#include <stdbool.h>

#include "gvisor-smoke/buf.h"
#include "gvisor-smoke/error.h"

/* Writes what fd holds, and what waits to be written to it, once more: to path, when it is not there any more
 * (away) and nothing else is, or else to a new file below $TMPDIR or /tmp. Returns the path, which the caller
 * frees. */
char *journal_rescue(const char *path, int fd, const struct buf *waiting, bool away, struct error **err);

#endif
