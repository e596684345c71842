/* SPDX-License-Identifier: Apache-2.0
 *
 * The Kubernetes API: requests, watches, exec. Asynchronous on one loop; a callback runs on the loop's
 * thread.
 *
 * Errors of an answer carry the API's own words (the message of its Status object) and its HTTP status.
 * Sources of protocol facts: https://kubernetes.io/docs/reference/using-api/api-concepts/ (watch, bookmarks,
 * 410), KEP-4006 (websocket channels, v5 half close).
 */
#ifndef GVISOR_SMOKE_KUBE_H
#define GVISOR_SMOKE_KUBE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gvisor-smoke/error.h"
#include "gvisor-smoke/kube_view.h"
#include "gvisor-smoke/kubeconfig.h"
#include "gvisor-smoke/loop.h"

/* A client of one API server as one user. access is borrowed and must outlive it. */
struct kube;
struct kube *kube_new(struct loop *loop, const struct kube_access *access, struct error **err);
/* Ends whatever is under way without calling back, and frees. */
void kube_free(struct kube *kube);

/* --- requests --- */

struct kube_request_options {
    const char *method;       /* "GET", "POST", "DELETE", "PATCH" */
    const char *path;         /* "/api/v1/namespaces/x/pods?labelSelector=..." (escaped) */
    const char *body;         /* JSON, or NULL */
    const char *content_type; /* NULL: application/json */
    int64_t timeout_ms;       /* for one try; 0: 30 s */
    /* How long a failure that may pass (no connection, 429, 5xx) is tried again; 0: not. */
    int64_t patience_ms;
    int64_t absent_patience_ms; /* the same where nobody takes the connection or answers; 0: as patience_ms */
    /* The object to make has a name that nobody else gives. One that exists already was made by an earlier
     * try whose answer was lost, also by one of libcurl's own (it tries again where a connection in use was
     * closed), and that is success. */
    bool own_name;
};

/* A server that has answered and is away now: it may be restarting, or the network may be gone for a moment.
 */
#define KUBE_PATIENCE_MS 90000

/* err is NULL on success (a 2xx answer); both are borrowed for the time of the call. */
typedef void (*kube_done)(void *context, const char *body, size_t length, const struct error *err);

struct kube_request *kube_request_start(struct kube *kube, const struct kube_request_options *options,
                                        kube_done done, void *context);
/* Ends a request without a callback and sets *request to NULL. A done callback must do the same with its
 * owner's pointer. */
void kube_request_cancel(struct kube_request **request);

/* The same, waiting on the loop for the answer; not to be called from a callback. ret_body may be NULL. */
int kube_call(struct kube *kube, const struct kube_request_options *options, char **ret_body,
              struct error **err);

/* A list of any length, in pages: path has no limit in it. Each page (borrowed) is handed to on_page, which
 * may end it by an error. One that does not end is an error. */
typedef int (*kube_page)(void *context, const char *body, struct error **err);
int kube_call_list(struct kube *kube, const struct kube_request_options *options, kube_page on_page,
                   void *context, struct error **err);

/* Makes the call that waits now, if there is one, give up with "interrupted"; for signals. */
void kube_interrupt(struct kube *kube);

/* From here on no request is waited for, or tried again, for longer than so much from now; for signals. */
void kube_hurry(struct kube *kube, int64_t within_ms);

/* Whether the server failed to answer a moment ago. One that has just come back refuses, for a moment, what
 * it will allow, and what happened in between is told late. */
bool kube_is_in_doubt(const struct kube *kube);

/* For how many milliseconds the server has answered, as far as it was asked; INT64_MAX when it always has.
 * One that was away counts as away until its controllers have made what a refusal says is missing. What else
 * works through it (provisioners, the nodes' proxies) may not have come back any earlier. */
int64_t kube_calm_ms(const struct kube *kube);

/* Whether an object can have this name: a DNS subdomain as RFC 1123 has it, in lower case. */
bool kube_is_object_name(const char *name);

/* Escapes one path segment or query value. The caller frees it. */
char *kube_escape(const char *text);

/* --- watches --- */

enum kube_change { KUBE_ADDED, KUBE_MODIFIED, KUBE_DELETED };

struct kube_watch;
struct kube_watch_options {
    const char *collection;     /* "/api/v1/namespaces/x/pods" */
    const char *label_selector; /* or NULL */
    const char *field_selector; /* or NULL */
    /* Exactly one of the two: the object, borrowed. */
    void (*on_pod)(void *context, enum kube_change change, const struct kube_pod *pod);
    void (*on_event)(void *context, enum kube_change change, const struct kube_event *event);
    /* The list of what existed has been handed over (as KUBE_ADDED); from here on changes arrive. May be
     * NULL. */
    void (*on_synced)(void *context);
    /* The watch cannot be kept (forbidden, gone): err is borrowed, no call comes after it. Failures that may
     * pass are tried again and are not told. */
    void (*on_failed)(void *context, const struct error *err);
    void *context;
};
/* Lists, then watches from there; reconnects, and lists again when the server has forgotten the version
 * (410). */
struct kube_watch *kube_watch_start(struct kube *kube, const struct kube_watch_options *options);
void kube_watch_stop(struct kube_watch **watch);

/* --- exec
 * ---------------------------------------------------------------------------------------------------------
 */

enum kube_stream { KUBE_STDOUT, KUBE_STDERR };

enum kube_exec_ending {
    KUBE_EXEC_EXITED,      /* with exit_code, as the status channel says */
    KUBE_EXEC_NOT_STARTED, /* the API or the runtime refused; message is their own */
    KUBE_EXEC_LOST,        /* the stream ended without a status; message says how */
    KUBE_EXEC_DEADLINE,    /* deadline_ms passed */
};

struct kube_exec_end {
    enum kube_exec_ending ending;
    int exit_code;
    int http_status;     /* for NOT_STARTED by an HTTP answer, else 0 */
    const char *message; /* borrowed; NULL for EXITED */
    bool asked;          /* the request was sent: the command may have been started */
    int64_t open_ms;     /* how long the stream was open; 0: it never was */
};

struct kube_exec;
struct kube_exec_options {
    const char *name_space, *pod, *container;
    const char *const *command; /* ends with NULL */
    const char *input;          /* bytes for stdin, or NULL for none; copied */
    size_t input_length;
    bool keep_input; /* stdin stays open behind the bytes: its end tells the command that nobody listens */
    int64_t deadline_ms; /* from now */
    void (*on_output)(void *context, enum kube_stream stream, const char *bytes, size_t length);
    /* Exactly one call for each exec that was not cancelled; the exec is freed after it. */
    void (*on_end)(void *context, const struct kube_exec_end *end);
    void *context;
};
/* Never fails at once: what goes wrong arrives by on_end, from the loop. */
struct kube_exec *kube_exec_start(struct kube *kube, const struct kube_exec_options *options);
/* More bytes for the stdin of an exec with keep_input, behind those before; copied. begun: the command has
 * said something, so what was sent need not be sent anew to a container runtime that was too busy. */
void kube_exec_send(struct kube_exec *exec, const char *bytes, size_t length, bool begun);
/* Ends it without a callback and sets *exec to NULL. */
void kube_exec_cancel(struct kube_exec **exec);

#endif
