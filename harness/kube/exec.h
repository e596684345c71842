/* SPDX-License-Identifier: Apache-2.0
 *
 * One remote command over a websocket, for the files that make its parts: exec.c its life, exec_connect.c its
 * way to an open session or to the reason of a refusal, exec_session.c what the session brings, exec_busy.c a
 * container runtime that is asked again, exec_send.c input that comes later.
 *
 * libwebsockets may end a session by CONNECTION_ERROR, CLOSED, both or neither; WSI_DESTROY is the only sure
 * end. exec_finish() takes the first result and ignores the rest; the exec is freed when its result is
 * delivered and its session is destroyed.
 */
#ifndef KUBE_EXEC_H
#define KUBE_EXEC_H

#include "exec_frame.h"
#include "exec_pool.h"

enum exec_state {
    EXEC_QUEUED,     /* waits for the address, a place or its turn */
    EXEC_CONNECTING, /* TCP, TLS and the upgrade */
    EXEC_OPEN,       /* frames go both ways */
    EXEC_ENDED,      /* the result is known; the session may still be closing */
};

struct kube_exec {
    struct exec_pool *pool;
    struct kube_exec *next, **link; /* in the pool's list of all */
    enum exec_state state;
    struct lws *wsi; /* NULL before connect and after its destruction */
    char *path, *label;
    struct exec_demux demux;
    char *input;
    size_t input_length, input_sent, input_room;
    bool has_input, keep_input, input_closed, v5;
    bool asked;        /* a request was sent */
    int64_t heard_ms;  /* the last sign of life */
    int64_t opened_ms; /* monotonic; 0: never */
    int64_t ended_ms;
    unsigned generation;  /* of the credential */
    bool tried_again;     /* after an answer 401 */
    bool again;           /* it is to be tried again when its session is destroyed */
    int http_status;      /* of a refused upgrade */
    struct buf http_body; /* what the server said about it */
    struct timer *deadline, *delivery;
    int64_t deadline_at_ms; /* monotonic */
    int64_t held_ms;        /* monotonic: since when it waits for others, which is not its own time; or 0 */
    unsigned tries;         /* that the container runtime was too busy for */
    bool in_callback;       /* of libwebsockets, for this session */
    bool delivered;         /* on_end was called, or nobody wants it any more */
    int64_t started_ms;
    enum kube_exec_ending ending;
    int exit_code;
    char *message;
    void (*on_output)(void *context, enum kube_stream stream, const char *bytes, size_t length);
    void (*on_end)(void *context, const struct kube_exec_end *end);
    void *context;
};

/* A ping after so many seconds of silence, so that nothing on the way takes the connection for idle, and the
 * end without any sign of life: what takes a case up again has to know soon. */
#define EXEC_PING_S 10
#define EXEC_HANG_UP_S 30

/* --- exec.c --- */
void exec_set_state(struct kube_exec *exec, enum exec_state state);
/* The first result counts; it is delivered from the loop. */
void exec_finish(struct kube_exec *exec, enum kube_exec_ending ending, int exit_code,
                 char *message /* taken */);
/* Ends it without a result. */
void exec_abandon(struct kube_exec *exec);
/* Ends the session in whatever state it is; WSI_DESTROY follows, at once or from the loop. */
void exec_kill_session(struct kube_exec *exec);
void exec_free_when_over(struct kube_exec *exec);
/* Once more from the start, from the loop; the session is gone. */
void exec_queue(struct kube_exec *exec);
/* Watches over the time that is left of an exec whose deadline was cancelled. */
void exec_resume_deadline(struct kube_exec *exec);

/* --- exec_busy.c: true when the result is not delivered, for the command is tried again --- */
bool exec_ask_again(struct kube_exec *exec);

/* --- exec_connect.c --- */
void exec_connect(struct kube_exec *exec);
int exec_append_headers(struct kube_exec *exec, char **at, size_t room);
/* The upgrade was answered: -1 unless it was granted. */
int exec_on_answer(struct kube_exec *exec, struct lws *wsi);
void exec_on_connection_error(struct kube_exec *exec, struct lws *wsi, const char *text);
/* The result of an upgrade that was refused; http_status and http_body are known. */
void exec_finish_refused(struct kube_exec *exec);

/* --- exec_session.c: the callback of libwebsockets --- */
int exec_callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t length);

#endif
