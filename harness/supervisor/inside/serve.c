/* SPDX-License-Identifier: Apache-2.0
 *
 * A standing stream: one exec that starts any number of cases and copies their replies, side by side, to its
 * standard output. It may break at any time: the cases are their workers', and the replies are kept.
 *
 * Cases take turns, a piece at a time, so one that prints without end holds up no other; and what has not
 * been written stays in the files that keep it, so memory does not grow.
 */
#include "inside.h"

#define STDIN 0
#define STDOUT 1
#define PIECE_MAX (16 * 1024)           /* of a reply at each turn */
#define STALL_NS ((int64_t)30000000000) /* how long a reader that takes nothing is waited for */
#define HOLD_NS ((int64_t)25000000)     /* the first bytes of a reply wait so long for more, or for the end */
#define TICK_MS 5000                    /* between looks at that */
#define FRAME_MAX (SUPERVISOR_HEADER_BYTES + SUPERVISOR_NUMBER_BYTES + PIECE_MAX)

struct served {
    bool used;
    uint32_t number;
    int worker, reader, bell; /* bell: -1 when the worker is gone, and what is kept will not grow */
    int64_t offset;
    bool grown;      /* there may be more than was copied */
    int64_t held_ns; /* until when what there is waits: of a short case all goes at once */
};

static struct served cases[SUPERVISOR_STANDING_MAX];
static unsigned turn;
static char waiting[8 * FRAME_MAX];
static size_t start, end; /* of what waits to be written */
static uint32_t sequence;

/* --- what goes out */

static char *room(void)
{
    return sizeof waiting - end >= FRAME_MAX ? waiting + end + SUPERVISOR_HEADER_BYTES : NULL;
}

/* The payload stands where room() said. */
static void commit(char type, size_t length)
{
    char *header = waiting + end;
    frame_write_header(&crc, header, type, sequence++, header + SUPERVISOR_HEADER_BYTES, (uint32_t)length);
    end += SUPERVISOR_HEADER_BYTES + length;
}

static void commit_text(char type, const char *text)
{
    struct text payload = {.bytes = room(), .max = FRAME_MAX - SUPERVISOR_HEADER_BYTES};
    text_add(&payload, text);
    commit(type, payload.length);
}

/* There is room. */
static void commit_close(uint32_t number, int code)
{
    char place[SUPERVISOR_NUMBER_BYTES + 16];
    struct text payload = TEXT(place);
    text_add_hex(&payload, number);
    text_add_number(&payload, code);
    commit_text(SUPERVISOR_FRAME_CLOSE, place);
}

/* False when nobody reads any more. */
static bool write_waiting(void)
{
    static int64_t since_ns;
    long written = start < end ? sys_write(STDOUT, waiting + start, end - start) : 0;
    if (written < 0 && written != -EAGAIN && written != -EINTR)
        return false;
    if (written > 0)
        start += (size_t)written;
    if (start == end)
        start = end = 0;
    if (written > 0 || start == end || !since_ns)
        since_ns = sys_now_ns();
    return start == end || sys_now_ns() - since_ns < STALL_NS;
}

/* --- cases */

static void end_case(struct served *served, int code)
{
    int status;
    commit_close(served->number, code);
    sys_close(served->reader);
    if (served->bell >= 0)
        sys_close(served->bell);
    else
        sys_wait(served->worker, &status, 0);
    served->used = false;
}

/* The next piece of one reply, for which there is room. */
static void copy_piece(struct served *served)
{
    char *payload = room();
    struct text number = {.bytes = payload, .max = SUPERVISOR_NUMBER_BYTES + 1};
    long got = sys_read_at(served->reader, payload + SUPERVISOR_NUMBER_BYTES, PIECE_MAX, served->offset);
    if (got < 0) {
        end_case(served, SUPERVISOR_EXIT_LEFT);
        return;
    }
    if (got > 0) {
        char first = payload[SUPERVISOR_NUMBER_BYTES];
        text_add_hex(&number, served->number); /* its NUL is in the place of the first byte */
        payload[SUPERVISOR_NUMBER_BYTES] = first;
        commit(SUPERVISOR_FRAME_OUTPUT, SUPERVISOR_NUMBER_BYTES + (size_t)got);
        served->offset += got;
    } else if (served->bell < 0) {
        end_case(served, kept_is_whole(served->reader) ? 0 : SUPERVISOR_EXIT_DEAD);
    }
    served->grown = got > 0;
}

/* When the case is to have its turn, in ns; INT64_MAX: not before it is heard of again. */
static int64_t turn_ns(const struct served *served)
{
    if (!served->used || !served->grown)
        return INT64_MAX;
    return served->bell < 0 ? 0 : served->held_ns;
}

/* Fills what waits to be written, each case in turn; false when there is nothing more to be had now. */
static bool copy_turn(void)
{
    bool any = false;
    int64_t now_ns = sys_now_ns();
    for (unsigned i = 0; i < SUPERVISOR_STANDING_MAX && room(); i++) {
        struct served *served = &cases[turn++ % SUPERVISOR_STANDING_MAX];
        if (turn_ns(served) > now_ns)
            continue;
        copy_piece(served);
        any = true;
    }
    return any;
}

static struct served *free_place(void)
{
    for (unsigned i = 0; i < SUPERVISOR_STANDING_MAX; i++)
        if (!cases[i].used)
            return &cases[i];
    return NULL;
}

/* False: nothing was started. A `run` of the same case, which comes then, says why. */
static bool start_case(const struct request *request, const char *program, const char *const *environment)
{
    static char place[PATH_MAX_BYTES];
    struct text path = TEXT(place);
    struct served *served = free_place();
    if (!served || !kept_name(&path, program, request->id))
        return false;
    int fd = kept_create(place);
    if (fd < 0)
        return false;
    *served = (struct served){.number = request->number, .held_ns = sys_now_ns() + HOLD_NS};
    served->worker = worker_start(request, place, fd, environment, &served->reader, &served->bell);
    if (served->worker < 0) {
        sys_close(fd);
        sys_unlink(AT_FDCWD, place, 0);
    }
    served->used = served->worker >= 0;
    return served->used;
}

/* False when there will be no more requests. */
static bool take_request(const char *program, const char *const *environment)
{
    static struct request request;
    static uint32_t requests;
    enum request_news news = request_read_next(STDIN, &requests, &request);
    if (news == REQUEST_LAST)
        return false;
    kept_forget(program, &request);
    if (news == REQUEST_WRONG || !start_case(&request, program, environment))
        commit_close(request.number, SUPERVISOR_EXIT_UNREAD);
    return true;
}

/* --- events */

static void hear_bell(struct served *served)
{
    char rings[256];
    long got = sys_read(served->bell, rings, sizeof rings);
    served->grown = true;
    if (got > 0 || got == -EINTR || got == -EAGAIN)
        return;
    sys_close(served->bell);
    served->bell = -1;
}

/* Until the next turn that waits for nothing but its time, or until a reader that stalls is looked at. */
static int64_t time_to_wait_ms(void)
{
    int64_t now_ns = sys_now_ns(), next_ns = INT64_MAX;
    for (unsigned i = 0; i < SUPERVISOR_STANDING_MAX; i++)
        if (turn_ns(&cases[i]) < next_ns)
            next_ns = turn_ns(&cases[i]);
    if (start < end)
        return TICK_MS;
    if (next_ns == INT64_MAX)
        return -1;
    return next_ns <= now_ns ? 0 : (next_ns - now_ns) / 1000000 + 1;
}

/* Waits for something to do; false when the stream is over. */
static bool wait_for_events(const char *program, const char *const *environment)
{
    struct pollfd fds[2 + SUPERVISOR_STANDING_MAX] = {
        {.fd = room() ? STDIN : -1, .events = POLLIN}, /* a refusal needs room */
        {.fd = start < end ? STDOUT : -1, .events = POLLOUT},
    };
    for (unsigned i = 0; i < SUPERVISOR_STANDING_MAX; i++)
        fds[2 + i] = (struct pollfd){.fd = cases[i].used ? cases[i].bell : -1, .events = POLLIN};
    sys_poll(fds, sizeof fds / sizeof *fds, time_to_wait_ms());
    for (unsigned i = 0; i < SUPERVISOR_STANDING_MAX; i++)
        if (fds[2 + i].revents)
            hear_bell(&cases[i]);
    return !fds[0].revents || take_request(program, environment);
}

static void serve(const char *program, const char *const *environment)
{
    commit_text(SUPERVISOR_FRAME_HELLO, SUPERVISOR_HELLO_STANDING);
    for (;;) {
        while (room() && copy_turn())
            ;
        if (!write_waiting())
            return;
        if (!wait_for_events(program, environment))
            return;
    }
}

int serve_stream(const char *program, const char *const *environment)
{
    int flags = sys_get_flags(STDOUT);
    if (flags >= 0)
        sys_set_flags(STDOUT, flags | O_NONBLOCK);
    serve(program, environment);
    if (flags >= 0)
        sys_set_flags(STDOUT, flags);
    return SUPERVISOR_EXIT_LEFT;
}
