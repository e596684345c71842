/* SPDX-License-Identifier: Apache-2.0
 *
 * Tests of the pace at which a client asks. Nothing must come sooner than it may; how much later is the
 * machine's business.
 */
#include "unit.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <sys/socket.h>

#include "gvisor-smoke/clock.h"
#include "kube/client.h"
#include "kube/pace.h"

/* --- the count */

static void a_burst_then_the_pace(void **state)
{
    (void)state;
    struct bucket bucket = {0};
    bucket_set(&bucket, 10, 3);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(bucket_take(&bucket, 5000), 0);
    assert_int_equal(bucket_take(&bucket, 5000), 100);
    assert_int_equal(bucket_take(&bucket, 5000), 100); /* what was refused is not counted */
    assert_int_equal(bucket_take(&bucket, 5099), 1);
    assert_int_equal(bucket_take(&bucket, 5100), 0);
    assert_int_equal(bucket_take(&bucket, 5100), 100);
}

static void rest_fills_it_up_and_no_further(void **state)
{
    (void)state;
    struct bucket bucket = {0};
    bucket_set(&bucket, 10, 3);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(bucket_take(&bucket, 1000), 0);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(bucket_take(&bucket, 1000000), 0);
    assert_int_equal(bucket_take(&bucket, 1000000), 100);
}

static void without_a_limit_all_go(void **state)
{
    (void)state;
    struct bucket bucket = {0};
    bucket_set(&bucket, 0, 0);
    for (size_t i = 0; i < 100000; i++)
        assert_int_equal(bucket_take(&bucket, 1), 0);
}

static void any_second_has_its_limit(void **state)
{
    (void)state;
    struct bucket bucket = {0};
    size_t gone = 0;
    bucket_set(&bucket, PACE_PER_SECOND, PACE_BURST);
    for (int64_t now_ms = 0; now_ms < 60000; now_ms++)
        while (bucket_take(&bucket, now_ms) == 0)
            gone++;
    assert_in_range(gone, PACE_PER_SECOND * 60, PACE_PER_SECOND * 60 + PACE_BURST);
}

/* --- the queue */

#define PER_SECOND 100
#define BURST 2

struct queue {
    struct loop *loop;
    struct pace *pace;
    struct caller {
        struct queue *queue;
        char name;
    } callers[8];
    char went[10], expected[10];
};

static void on_go(void *context)
{
    struct caller *caller = context;
    size_t length = strlen(caller->queue->went);
    caller->queue->went[length] = caller->name;
}

static bool all_went(void *context)
{
    const struct queue *queue = context;
    return strlen(queue->went) >= strlen(queue->expected);
}

/* On a machine that stands still meanwhile more than the burst may go at once, and that is all that may
 * differ. */
static void who_waits_goes_in_order(void **state)
{
    (void)state;
    struct queue queue = {.loop = loop_new()};
    struct pace_wait *waits[COUNT(queue.callers)];
    int64_t began_ms = clock_monotonic_ms();
    queue.pace = pace_new(queue.loop, PER_SECOND, BURST);
    for (size_t i = 0; i < COUNT(waits); i++) {
        queue.callers[i] = (struct caller){&queue, (char)('a' + i)};
        waits[i] = pace_wait(queue.pace, on_go, &queue.callers[i]);
    }
    assert_null(waits[0]); /* it went at once */
    for (size_t i = 0; i < COUNT(waits); i++) {
        bool taken_back = waits[i] && (i == 3 || i == COUNT(waits) - 1);
        if (!taken_back)
            queue.expected[strlen(queue.expected)] = (char)('a' + i);
        else
            pace_cancel(&waits[i]);
    }
    struct caller behind = {&queue, 'z'};
    pace_wait(queue.pace, on_go, &behind);
    queue.expected[strlen(queue.expected)] = 'z';
    loop_run_until(queue.loop, all_went, &queue);
    assert_string_equal(queue.went, queue.expected);
    assert_true(clock_monotonic_ms() - began_ms >= (int64_t)(strlen(queue.went) - BURST) * 1000 / PER_SECOND);
    pace_free(queue.pace);
    loop_free(queue.loop);
}

static void who_waits_at_the_end_is_not_called(void **state)
{
    (void)state;
    struct queue queue = {.loop = loop_new()};
    queue.pace = pace_new(queue.loop, 1, 1);
    for (size_t i = 0; i < 3; i++) {
        queue.callers[i] = (struct caller){&queue, (char)('a' + i)};
        pace_wait(queue.pace, on_go, &queue.callers[i]);
    }
    pace_free(queue.pace);
    loop_free(queue.loop);
    assert_true(strlen(queue.went) < 3);
}

/* --- a client: its server takes each connection, counts it and lets it go */

#define ASKED 4
#define ASKED_PER_SECOND 5

static struct {
    int listener;
    pthread_t thread;
    unsigned taken;
} server;

static void *serve(void *context)
{
    (void)context;
    for (int client; (client = accept(server.listener, NULL, NULL)) >= 0; close(client)) {
        setsockopt(client, SOL_SOCKET, SO_LINGER, &(struct linger){1, 0}, sizeof(struct linger));
        __atomic_add_fetch(&server.taken, 1, __ATOMIC_SEQ_CST);
    }
    return NULL;
}

static uint16_t server_start(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t length = sizeof address;
    server.taken = 0;
    server.listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(server.listener, (struct sockaddr *)&address, length), 0);
    assert_int_equal(getsockname(server.listener, (struct sockaddr *)&address, &length), 0);
    assert_int_equal(listen(server.listener, 16), 0);
    assert_int_equal(pthread_create(&server.thread, NULL, serve, NULL), 0);
    return ntohs(address.sin_port);
}

static void server_stop(void)
{
    shutdown(server.listener, SHUT_RDWR);
    pthread_join(server.thread, NULL);
    close(server.listener);
}

struct ask {
    struct kube *kube;
    unsigned ended;
};

static void on_exec_end(void *context, const struct kube_exec_end *end)
{
    struct ask *ask = context;
    ask->ended++;
    assert_int_not_equal(end->ending, KUBE_EXEC_EXITED);
}

static void on_answer(void *context, const char *body, size_t length, const struct error *err)
{
    struct ask *ask = context;
    (void)body, (void)length;
    ask->ended++;
    assert_non_null(err);
}

static void ask_by_exec(struct ask *ask, int64_t deadline_ms)
{
    static const char *const command[] = {"true", NULL};
    const struct kube_exec_options options = {.name_space = "x",
                                              .pod = "x",
                                              .command = command,
                                              .deadline_ms = deadline_ms,
                                              .on_end = on_exec_end,
                                              .context = ask};
    kube_exec_start(ask->kube, &options);
}

static void ask_by_request(struct ask *ask)
{
    const struct kube_request_options options = {.method = "POST", .path = "/x", .body = "{}"};
    kube_request_start(ask->kube, &options, on_answer, ask);
}

static bool all_ended(void *context)
{
    return ((struct ask *)context)->ended >= ASKED;
}

/* Asks that often, at a slow pace, and returns how long it took until all had ended. */
static int64_t ask_all(bool by_exec, int64_t deadline_ms)
{
    struct kube_access access = {.server = (char *)"http://127.0.0.1",
                                 .host = (char *)"127.0.0.1",
                                 .path_prefix = (char *)"",
                                 .port = server_start()};
    cleanup_error struct error *err = NULL;
    struct loop *loop = loop_new();
    struct ask ask = {.kube = kube_new(loop, &access, &err)};
    assert_non_null(ask.kube);
    int64_t began_ms = clock_monotonic_ms();
    pace_set(ask.kube->pace, ASKED_PER_SECOND, 1);
    for (size_t i = 0; i < ASKED; i++) {
        if (by_exec)
            ask_by_exec(&ask, deadline_ms);
        else
            ask_by_request(&ask);
    }
    loop_run_until(loop, all_ended, &ask);
    int64_t took_ms = clock_monotonic_ms() - began_ms;
    kube_free(ask.kube);
    loop_free(loop);
    server_stop();
    return took_ms;
}

static void a_client_keeps_it(void **state)
{
    (void)state;
    assert_true(ask_all(false, 0) >= (ASKED - 1) * 1000 / ASKED_PER_SECOND);
    assert_true(ask_all(true, 30000) >= (ASKED - 1) * 1000 / ASKED_PER_SECOND);
    assert_int_equal(server.taken, ASKED);
}

/* The last of them waits for longer than its deadline is, and is asked all the same. */
static void an_execs_own_time_begins_with_its_turn(void **state)
{
    (void)state;
    ask_all(true, 150);
    assert_int_equal(server.taken, ASKED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_burst_then_the_pace),   cmocka_unit_test(rest_fills_it_up_and_no_further),
        cmocka_unit_test(without_a_limit_all_go),  cmocka_unit_test(any_second_has_its_limit),
        cmocka_unit_test(who_waits_goes_in_order), cmocka_unit_test(who_waits_at_the_end_is_not_called),
        cmocka_unit_test(a_client_keeps_it),       cmocka_unit_test(an_execs_own_time_begins_with_its_turn),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
