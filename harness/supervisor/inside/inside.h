/* SPDX-License-Identifier: Apache-2.0
 *
 * What the files of the supervisor share. One thread, one request for each process, no allocation: everything
 * is in static memory with a maximum.
 */
#ifndef SUPERVISOR_INSIDE_H
#define SUPERVISOR_INSIDE_H

#include <stdbool.h>

#include "../frame.h"
#include "sys.h"

#define PATH_MAX_BYTES 4096

extern struct crc32c crc; /* made by supervisor_main() */

/* --- main.c */
int supervisor_main(int count, const char *const *arguments, const char *const *environment);

/* --- text.c: text in a place with a maximum; what does not fit is cut. Always NUL-terminated. */
struct text {
    char *bytes;
    size_t max, length; /* max counts the NUL */
};
#define TEXT(array)                                                                                          \
    {                                                                                                        \
        .bytes = (array), .max = sizeof(array)                                                               \
    }
void text_add(struct text *text, const char *added);
void text_add_bytes(struct text *text, const char *bytes, size_t length);
void text_add_number(struct text *text, int64_t number);
void text_add_hex(struct text *text, uint32_t number);
void text_add_errno(struct text *text, int number); /* "ENOENT" or "errno 200"; positive */
size_t text_length(const char *text);
bool text_equal(const char *left, const char *right);
const char *text_after(const char *text, const char *prefix); /* NULL when it does not begin so */
int64_t text_number(const char *digits, size_t length);       /* -1 when it is none */
/* The value of NAME in an environment, or NULL. */
const char *environment_value(const char *const *environment, const char *name);

/* --- reply.c: frames to standard output, or to a file that keeps them. */
void reply_begin(void); /* HELLO to standard output */
/* HELLO to the file fd; from here on a byte on the bell, a pipe, tells that the file has grown. */
void reply_begin_kept(int fd, int bell);
/* A frame; waits for room where what is written to takes nothing. */
void reply_frame(enum supervisor_frame type, const char *payload, size_t length);
/* Where SUPERVISOR_PAYLOAD_MAX bytes of the next payload may be put, or NULL: no room now. */
char *reply_room(void);
void reply_commit(enum supervisor_frame type, size_t length);
bool reply_pending(void); /* bytes wait to be written */
bool reply_full(void);    /* the disk of the file has no room for them */
void reply_push(void);    /* writes what goes without waiting */
bool reply_wait(void);    /* waits until all is written; false when it cannot be */
bool reply_broken(void);  /* nothing can be written any more */
void reply_break(void);
/* Waits until all is written, restores standard output; false when it could not be. */
bool reply_end(void);

/* --- request.c */
struct request {
    int64_t timeout_ms, max_bytes;
    int64_t grace_ms; /* how long nobody need listen to it */
    const char *base; /* NULL: not given */
    bool watch_input;
    const char *environment[SUPERVISOR_WORDS_MAX + 1], *needs[SUPERVISOR_WORDS_MAX + 1];
    size_t environment_count, need_count;
    const char *forgotten[SUPERVISOR_WORDS_MAX + 1]; /* IDs of runs whose replies are not needed any more */
    size_t forgotten_count;
    const char *script;
    size_t script_length;
    bool standing; /* it came over a standing stream: the next two are in it */
    uint32_t number;
    const char *id;
};
/* Reads to GO. On failure *ret_problem is static text. */
bool request_read(int fd, struct request *ret_request, const char **ret_problem);
enum request_news {
    REQUEST_WHOLE,
    REQUEST_WRONG, /* it came whole, but cannot be carried out */
    REQUEST_LAST,  /* the stream has ended, or is broken */
};
/* Reads the next request of a standing stream to GO; *sequence is 0 before the first one. Takes the place of
 * the one before. */
enum request_news request_read_next(int fd, uint32_t *sequence, struct request *ret_request);

/* --- kept.c: the file PROGRAM.ID, which keeps the reply of a run. */
/* False: it is no ID, or the path is too long. */
bool kept_name(struct text *ret_path, const char *program, const char *id);
/* A descriptor, with the worker's lock; -EEXIST: the run has been started before. */
int kept_create(const char *path);
int kept_open(const char *path); /* to be read */
bool kept_is_written(int fd);    /* its worker lives; fd is another one than the worker's */
void kept_end(int fd);           /* the reply has come to its end */
bool kept_is_whole(int fd);
void kept_attend(int fd);      /* this process reads it for somebody, until it ends */
bool kept_is_attended(int fd); /* another process does; fd is open for writing */
bool kept_is_gone(const char *path);
/* What the request says was received whole is not needed any more. */
void kept_forget(const char *program, const struct request *request);

/* --- worker.c */
/* Starts the worker of a run whose reply goes to the file fd. Returns its process, and then has taken fd, or
 * a negative errno. *ret_reader reads the file and attends it; *ret_bell is a pipe that rings when the file
 * has grown, and ends with the worker. */
int worker_start(const struct request *request, const char *path, int fd, const char *const *environment,
                 int *ret_reader, int *ret_bell);

/* --- serve.c: a standing stream, to its end. Returns the exit code. */
int serve_stream(const char *program, const char *const *environment);

/* --- front.c: exit codes (SUPERVISOR_EXIT_...), 0 when all of the reply was written. */
/* Starts the worker of a run whose reply goes to the file fd, which it takes, and copies that. A negative
 * errno when there is no worker. */
int front_run(const struct request *request, const char *path, int fd, const char *const *environment);
/* Copies a reply that is kept, from a byte on. watch: goes when standard input ends. */
int front_attach(const char *path, int64_t offset, bool watch);

/* --- signs.c */
void signs_reply(void);

/* --- command.c: the path of an executable regular file in PATH. */
bool command_find(const char *name, const char *const *environment, struct text *ret_path);
/* Replies the needs that are missing; returns how many. */
size_t command_reply_missing(const struct request *request, const char *const *environment);

/* --- folder.c: DIR/run (the script) and DIR/work. */
struct folder {
    char path[PATH_MAX_BYTES]; /* "" when there is none */
};
bool folder_make(struct folder *folder, const char *base, const struct request *request,
                 struct text *problem);
bool folder_remove(const struct folder *folder); /* false when something is left */

/* --- strays.c: the end of every process that a script left. */
struct strays {
    int64_t killed, left;
    char name[16]; /* of the first, printable ASCII */
};
void strays_end(int group, int signal_fd, struct strays *ret_strays);

/* --- environment.c: the script's, with what the request names first, then the folder's own variables, then
 * the container's. Static. */
const char *const *environment_make(const struct request *request, const struct folder *folder,
                                    const char *const *container);

/* --- streams.c: standard output and standard error of a script, forwarded and counted. */
struct stream {
    int fd; /* -1: ended */
    enum supervisor_frame type;
    int64_t total, sent;
    uint32_t checksum;
    bool cut; /* the rest is only counted */
};
bool stream_read(struct stream *stream, int64_t max_bytes); /* once; false when there is nothing now */
bool stream_wants(const struct stream *stream, int64_t max_bytes);
/* What still lies in the pipe; nobody writes any more. */
void stream_take_rest(struct stream *stream, int64_t max_bytes);
void stream_describe(const struct stream *stream, const char *name, struct text *text);
void text_add_field(struct text *text, const char *key, int64_t value);

/* --- run.c: in the worker. The reply is kept in the file fd at path. */
int run_request(const struct request *request, const char *path, int fd, const char *const *environment);

#endif
