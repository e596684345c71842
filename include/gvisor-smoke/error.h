/* SPDX-License-Identifier: Apache-2.0
 *
 * One error type: made where the cause is known, passed up with context put in front.
 *
 * Convention: `struct error **err` is the last parameter of a function that can fail. The function returns 0
 * (or a pointer) on success and leaves *err untouched; on failure it returns -1 (or NULL) and hands over a
 * new error in *err, which the caller frees with error_free() (or the cleanup attribute `cleanup_error`). err
 * must not be NULL. Out of memory ends the program; a programming error is an assert. Usable from any thread.
 */
#ifndef GVISOR_SMOKE_ERROR_H
#define GVISOR_SMOKE_ERROR_H

#include <stdbool.h>

/* What kind of thing went wrong; it selects the exit code (see error_exit_code()). */
enum error_kind {
    ERROR_USAGE,       /* wrong use: a flag, a name, a file that the caller gave: exit 2 */
    ERROR_ENVIRONMENT, /* cluster, access, network, files: the run cannot be made or completed: exit 3 */
    ERROR_NOT_GVISOR,  /* a pod that asked for gVisor does not run under it: exit 4 */
};

struct error {
    enum error_kind kind;
    int http_status; /* the API server's status code, or 0 when the failure is not an HTTP answer */
    char *message;   /* what failed and why, one line, lower case, no full stop; never NULL */
    char *hint;      /* what to do next, or NULL */
};

/* Makes an error. The message is formatted as by printf, and made one line without control characters: it may
 * quote a server, a pod or a file. So are hints and contexts. */
void error_set(struct error **err, enum error_kind kind, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Sets (or replaces) the hint of an existing error. */
void error_hint(struct error **err, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Puts context in front of the message of an existing error: "context: message". */
void error_wrap(struct error **err, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A copy that the caller frees; NULL gives NULL. */
struct error *error_copy(const struct error *err);

/* Frees an error; NULL does nothing. */
void error_free(struct error *err);

/* The exit code of the program for this error: 2, 3 or 4. */
int error_exit_code(const struct error *err);

#endif
