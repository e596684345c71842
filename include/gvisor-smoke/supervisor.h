/* SPDX-License-Identifier: Apache-2.0
 *
 * The supervisor: the small static program inside a pod that reads the signs of gVisor by system call, looks
 * up commands, runs a case's script, limits it, ends all that it leaves running, and frames its output.
 *
 * This header is the protocol, shared by both sides, and the harness's side of it. The harness's side is
 * pure: it makes commands and bytes for an exec, and judges the bytes that come back. The program itself lies
 * in harness/supervisor/inside and uses nothing from here but the constants.
 *
 * --- How it is used
 *
 * 1. The first exec of a pod brings the program in and asks for signs and missing commands:
 *    supervisor_install_make() gives command and input of the exec. It needs a POSIX shell, `head` and
 * `chmod` in the image and a folder in which files may be written and executed.
 * 2. Each later exec starts the program itself, without any program of the image but the shell that runs the
 *    script: supervisor_run_make(), or supervisor_survey_make() for signs and commands once more. A run whose
 *    exec breaks goes on: supervisor_attach_make() takes its reply up again, at the decoder's taken_bytes.
 * 3. All of standard output goes to supervisor_decoder_feed(), the end of the exec to
 *    supervisor_decoder_finish(); supervisor_decoder.result then says what happened. Standard error holds
 * only what a shell or the container runtime has to say; supervisor_install_problem() explains it.
 *
 * --- The protocol, version 2
 *
 * Both directions are a sequence of frames. A frame is a header of 32 ASCII characters and its payload:
 *
 *     gs T SSSSSSSS LLLLLLLL CCCCCCCC\n
 *
 * T is the type (one letter below), S the number of the frame, counted from 0 in each direction, L the length
 * of the payload in bytes (at most SUPERVISOR_PAYLOAD_MAX), C the CRC-32C of the header before it (23 bytes)
 * and the payload; S, L and C in lower-case hexadecimal. So a lost, repeated, swapped, cut or changed frame
 * is seen, and so is anything that is not a frame at all.
 *
 * A reply begins with HELLO and ends with END or FAILED; a reply without one of the two is truncated.
 *
 * Requests: to `run ID`: TIMEOUT, MAX, BASE, WATCH, GRACE, FORGET..., ENVIRONMENT..., NEED..., SCRIPT..., GO.
 * To `survey`: NEED..., GO. Order is free but for GO, which ends the request.
 *
 * --- How a run outlives its exec
 *
 * `run ID` makes the file PROGRAM.ID, which must not be there yet, and starts a worker in a session of its
 * own; the worker runs the case and writes the reply to that file, and the exec's own process is a front
 * that copies it to standard output. So the same bytes stand at the same place for whoever asks again:
 * `attach ID OFFSET` is another front, and so is a second `run ID`, from the first byte on; a case is never
 * started twice. Fronts end by themselves when all was written (exit code 0; but 0 is also what the API
 * tells of a stream that broke between it and the node), when the end of standard
 * input or a reader that takes nothing for 30 s shows that whoever asked is gone, or with their exec. A case
 * to which no front has listened for its GRACE is ended.
 *
 * --- A standing stream
 *
 * `serve` is one exec for any number of cases: it takes requests on standard input as long as that is open,
 * and starts a worker for each as `run` does, several at once. A request is that of a run with a CASE in it,
 * which gives the case a number of the caller's and its ID; frames of requests are counted on from one to the
 * next. Standard output begins with a HELLO of its own. Then come, for all cases under way in turn, OUTPUT
 * frames with the next bytes of the reply that the case's file keeps, and last CLOSE, with the exit code that
 * the front of a `run` would have. OUTPUT and CLOSE begin with the case's number. A reply is the same, byte
 * for byte, over whichever way it comes; so what a stream that broke did not bring is had by `attach`. CLOSE
 * with SUPERVISOR_EXIT_UNREAD: nothing was started, and a `run` will say why, if there is a reason.
 *
 * --- What is kept
 *
 * The file stays when all of it was written: what a front has written need not have arrived. A later `run`
 * may name the ID in a FORGET; else it goes with the pod. Whoever removes the file of a case that still runs
 * ends it within some seconds.
 */
#ifndef GVISOR_SMOKE_SUPERVISOR_H
#define GVISOR_SMOKE_SUPERVISOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gvisor-smoke/buf.h"

#define SUPERVISOR_HEADER_BYTES 32
#define SUPERVISOR_CHECKED_BYTES 23 /* of the header: what stands before the checksum */
#define SUPERVISOR_PAYLOAD_MAX (32 * 1024)
#define SUPERVISOR_HELLO_STANDING "gvisor-smoke standing stream 1\n"
#define SUPERVISOR_NUMBER_BYTES 8  /* of a case on a standing stream: in lower-case hexadecimal */
#define SUPERVISOR_STANDING_MAX 64 /* cases at once on a standing stream; more are not started */
#define SUPERVISOR_HELLO "gvisor-smoke supervisor 2\n" /* the payload of HELLO; the number is the version */

enum supervisor_frame {
    /* Replies. */
    SUPERVISOR_FRAME_HELLO = 'h',
    SUPERVISOR_FRAME_SIGNS = 's',   /* key=value lines, for attest_judge() */
    SUPERVISOR_FRAME_MISSING = 'm', /* the name of a needed command that is not found; one frame each */
    SUPERVISOR_FRAME_STDOUT = 'o',  /* bytes of the script's standard output */
    SUPERVISOR_FRAME_STDERR = 'e',
    SUPERVISOR_FRAME_END = 'z',    /* key=value lines; of a survey empty */
    SUPERVISOR_FRAME_FAILED = 'f', /* text: why the request was not carried out */
    /* Of a standing stream. */
    SUPERVISOR_FRAME_OUTPUT = 'r', /* a case's number, and bytes of its reply */
    SUPERVISOR_FRAME_CLOSE = 'c',  /* a case's number, and a decimal exit code */
    /* Requests. */
    SUPERVISOR_FRAME_TIMEOUT = 'T',     /* decimal milliseconds */
    SUPERVISOR_FRAME_MAX = 'M',         /* decimal bytes of each stream that are sent; the rest is counted */
    SUPERVISOR_FRAME_BASE = 'B',        /* the folder in which the work folder is made */
    SUPERVISOR_FRAME_WATCH = 'W',       /* empty: the end of standard input ends the front */
    SUPERVISOR_FRAME_GRACE = 'R',       /* decimal milliseconds */
    SUPERVISOR_FRAME_FORGET = 'F',      /* the ID of a run whose reply has arrived */
    SUPERVISOR_FRAME_ENVIRONMENT = 'E', /* NAME=VALUE */
    SUPERVISOR_FRAME_NEED = 'N',        /* a command */
    SUPERVISOR_FRAME_SCRIPT = 'S',      /* bytes of the script, appended to those before */
    SUPERVISOR_FRAME_CASE = 'C',        /* on a standing stream: a case's number, and its ID */
    SUPERVISOR_FRAME_GO = 'G',
};

/* What the whole of a request may hold; more is refused by the supervisor with FAILED. */
#define SUPERVISOR_REQUEST_MAX (4 * 1024 * 1024)
#define SUPERVISOR_WORDS_MAX 512 /* environment entries, needed commands, and forgotten IDs */

/* Exit codes of `run` and `attach` besides 0. */
#define SUPERVISOR_EXIT_UNKNOWN 4 /* attach: nothing is kept under this ID */
#define SUPERVISOR_EXIT_UNREAD 5  /* run: the request did not come whole; nothing was started */
#define SUPERVISOR_EXIT_LEFT 6    /* not all of the reply was written: whoever asked seemed to be gone */
#define SUPERVISOR_EXIT_DEAD 7    /* the worker was ended before the reply's end; there will be no more */

#define SUPERVISOR_GRACE_DEFAULT_MS 150000

/* --- requests --- */

/* Where the program lies in a pod once it is installed, unless another path is given: it needs no quoting. */
#define SUPERVISOR_PATH "/tmp/.gvisor-smoke-supervisor"

/* The program for an architecture as node.status.nodeInfo.architecture names it ("amd64", "arm64"), or NULL
 * when this build has none for it. Static. */
struct embedded_file;
const struct embedded_file *supervisor_binary(const char *architecture);

/* Command and input of one exec. */
struct supervisor_exec {
    const char *command[8]; /* ends with NULL; borrowed from this struct and from what it was made of */
    char *input;            /* owned */
    size_t input_length;
    char *length, *offset; /* owned words of the command */
};
void supervisor_exec_release(struct supervisor_exec *exec);

/* Brings the program to path (NULL: SUPERVISOR_PATH; borrowed) and asks for signs and missing commands.
 * needs: any number of names that ends with NULL, or NULL. May be repeated, also while the program is in use.
 */
struct supervisor_exec supervisor_install_make(const struct embedded_file *binary, const char *path,
                                               const char *const *needs);

/* Asks the installed program for signs and missing commands. */
struct supervisor_exec supervisor_survey_make(const char *const *needs);

/* A script to be run. All is borrowed. */
struct supervisor_run {
    const char *path; /* of the program; NULL: SUPERVISOR_PATH */
    const char *id;   /* of this run and no other in the pod: up to 64 of a-z, 0-9 and "-" */
    int64_t timeout_ms;
    uint64_t max_bytes; /* of each stream that are sent; 0: 1 MiB */
    const char *base;   /* the folder in which the work folder is made; NULL: TMPDIR or /tmp of the pod */
    /* The exec keeps its input open to the end, so the input's end shows that nobody listens any more.
     * Nothing else does: container runtimes go on reading the output of an exec without a client. */
    bool watch_input;
    int64_t grace_ms;               /* nobody need listen so long; 0: SUPERVISOR_GRACE_DEFAULT_MS */
    const char *const *forgotten;   /* IDs of earlier runs that arrived whole; ends with NULL; or NULL */
    const char *const *environment; /* "NAME=VALUE", ends with NULL; or NULL. Added to the container's */
    const char *const *needs;       /* looked up before the script starts; ends with NULL; or NULL */
    const char *script;
    size_t script_length;
};

/* Runs the script as `sh ../run` in a new, empty folder that is its HOME, TMPDIR and working directory; the
 * folder above it is GVISOR_SMOKE_DIR. Standard input is /dev/null. Both folders are removed afterwards. */
struct supervisor_exec supervisor_run_make(const struct supervisor_run *run);

/* Takes the reply of a run up again at a byte. path (NULL: SUPERVISOR_PATH) and id are borrowed. The input is
 * empty and stays open: its end ends the front. */
struct supervisor_exec supervisor_attach_make(const char *path, const char *id, uint64_t offset);

/* A standing stream. Requests for it are made by supervisor_standing_request(). Its input is empty and stays
 * open. path (NULL: SUPERVISOR_PATH) is borrowed. */
struct supervisor_exec supervisor_serve_make(const char *path);

/* Exit codes of the installation where the program could not even be tried. */
#define SUPERVISOR_EXIT_NOT_WRITTEN 121
#define SUPERVISOR_EXIT_NOT_MODE 122

/* Why the program could not be brought in, when no frame of it arrived: one line. exit_code is the exec's,
 * errors its standard error. *ret_plain_path tells whether cases can still be run by the image's own shell:
 * it is true, as that shell ran. The caller frees the text. */
char *supervisor_install_problem(int exit_code, const char *errors, bool *ret_plain_path);

/* --- replies --- */

enum supervisor_ending {
    SUPERVISOR_SURVEYED,  /* signs and missing are there */
    SUPERVISOR_EXITED,    /* the script ended with exit_code */
    SUPERVISOR_SIGNALED,  /* the script's shell was ended by signal, not by the supervisor */
    SUPERVISOR_TIMED_OUT, /* ended by its timeout; exit_code or signal say how it took that */
    SUPERVISOR_MISSING,   /* not started: a needed command is not there */
    SUPERVISOR_FAILED,    /* not carried out; problem says why in the supervisor's words */
    SUPERVISOR_BROKEN,    /* the reply is not whole; problem says what is wrong with it */
};
const char *supervisor_ending_name(enum supervisor_ending ending); /* "exited", "signaled", ... */

/* One output stream of the script. */
struct supervisor_stream {
    struct buf bytes;     /* what arrived: at most max_bytes of the decoder */
    uint64_t total_bytes; /* what the script wrote; arrived or not */
    uint64_t sent_bytes;  /* what the supervisor sent of it */
    uint32_t checksum;    /* CRC-32C of all that the script wrote */
};

struct supervisor_result {
    enum supervisor_ending ending; /* SUPERVISOR_BROKEN until the reply is whole */
    int exit_code;                 /* -1 when ended by a signal */
    int signal;                    /* 0 when it exited */
    int64_t wall_us;               /* from before the shell's start to its end, as seen inside the sandbox */
    int64_t user_us, system_us;    /* of all processes of the case; gVisor counts in steps of 10 ms */
    int64_t peak_kib;              /* largest resident set of one process */
    int64_t strays;      /* processes that still ran when the shell had ended, and were killed; after a
                            SIGKILL at the timeout that may be the script's ordinary children */
    char *stray_name;    /* name of the first, as ps shows it, or NULL; any bytes but NUL; owned */
    int64_t strays_left; /* 1: some could not be killed */
    bool folder_left;    /* the work folder could not be removed whole */
    struct supervisor_stream output, errors;
    struct buf signs;   /* key=value lines */
    struct buf missing; /* names, each with a newline */
    char *problem;      /* for FAILED and BROKEN: one line of any bytes but NUL; owned */
};

struct crc32c;

/* Takes a reply apart. Takes any bytes; never holds more than the maxima. */
struct supervisor_decoder {
    struct supervisor_result result;
    const struct crc32c *crc; /* tables; borrowed */
    struct buf frame;         /* the frame under way */
    uint32_t sequence;        /* of the next frame */
    uint64_t taken_bytes;     /* of the reply: where to take it up again */
    bool hello, over;
    uint64_t arrived_bytes[2]; /* of stdout and stderr */
    uint32_t arrived_checksum[2];
};
void supervisor_decoder_init(struct supervisor_decoder *decoder, size_t max_bytes /* kept of each stream */);
void supervisor_decoder_release(struct supervisor_decoder *decoder);
void supervisor_decoder_feed(struct supervisor_decoder *decoder, const char *bytes, size_t length);
/* No more bytes will come: a reply that has not ended is truncated. */
void supervisor_decoder_finish(struct supervisor_decoder *decoder);

/* --- standing streams --- */

/* The harness's end of one: writes requests and takes apart what comes. Takes any bytes; never holds more
 * than one frame, and calls nobody once there is a problem. */
struct writer;
struct supervisor_standing {
    struct writer *writer;
    struct buf frame;  /* that arrives */
    uint32_t sequence; /* of the next one */
    bool hello;        /* the stream stands */
    char *problem;     /* what is wrong with it, one line, or NULL; owned */
    /* Bytes of a case's reply, and its end with the exit code that the front of a `run` would have. Any
     * number may come, also one that no request has. May not release the stream. */
    void (*on_reply)(void *context, uint32_t number, const char *bytes, size_t length);
    void (*on_close)(void *context, uint32_t number, int exit_code);
    void *context;
};
void supervisor_standing_init(
    struct supervisor_standing *standing); /* callbacks and context are the caller's */
void supervisor_standing_release(struct supervisor_standing *standing);
/* The bytes of a request that starts a run as the case with the number, which no other on this stream has.
 * They are sent in the order in which they are made; borrowed until the next is made. run->path and
 * run->watch_input count for nothing here: whether anybody listens is the stream's matter. */
const char *supervisor_standing_request(struct supervisor_standing *standing, uint32_t number,
                                        const struct supervisor_run *run, size_t *ret_length);
void supervisor_standing_feed(struct supervisor_standing *standing, const char *bytes, size_t length);

#endif
