/* SPDX-License-Identifier: Apache-2.0
 *
 * Extended regular expressions of others: of case files and of flags. All are compiled here, since regcomp(3)
 * of the GNU C library takes memory and time without bound for some that are a few bytes long.
 *
 * Refused are those that are too long, also when their repetitions are written out, that nest groups too
 * deeply, that have too many anchors, that repeat what can be empty (`(a*)*` is `a*`), that refer back to
 * what they have matched (which takes exponential time), and that match an empty line: these match every
 * line, and so say nothing of any.
 */
#ifndef GVISOR_SMOKE_EXPRESSION_H
#define GVISOR_SMOKE_EXPRESSION_H

#include <regex.h>

#include "gvisor-smoke/error.h"

#define EXPRESSION_MAX 1000       /* bytes; and parts, with repetitions written out */
#define EXPRESSION_NESTED_MAX 50  /* groups within each other */
#define EXPRESSION_ANCHORS_MAX 10 /* ^ $ \b \B \< \> \` \', with repetitions written out */

/* Compiles the expression, without regard to case. The flags are those of regcomp(3) besides. The caller
 * frees *ret_compiled with regfree(). ERROR_USAGE, quoting the expression, for one that is wrong or refused.
 */
int expression_compile(const char *expression, int flags, regex_t *ret_compiled, struct error **err);

/* The same, compiled so that it says whether a text holds a match and not where (an nmatch of 0): regexec(3)
 * reads the text once then, where expression_compile()'s begins anew at each of its bytes, which of `a.*b`
 * and 64 KiB of `a` takes seconds. The text is one line. */
int expression_compile_presence(const char *expression, regex_t *ret_compiled, struct error **err);

#endif
