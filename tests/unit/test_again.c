/* SPDX-License-Identifier: Apache-2.0
 *
 * Tests of what is tried again: which failures of an exec may pass, and for how long.
 */
#include "unit.h"

#include "run/again.h"

static void failures_have_their_kind(void **state)
{
    (void)state;
    static const struct {
        struct kube_exec_end end;
        enum trouble trouble;
    } rows[] = {
        {{.ending = KUBE_EXEC_EXITED, .exit_code = 137}, TROUBLE_NONE},
        {{.ending = KUBE_EXEC_LOST, .message = "the stream ended without a status"}, TROUBLE_AWAY},
        {{.ending = KUBE_EXEC_DEADLINE, .message = "the deadline passed"}, TROUBLE_LATE},
        {{.ending = KUBE_EXEC_NOT_STARTED, .http_status = 401, .message = "Unauthorized"}, TROUBLE_DENIED},
        {{.ending = KUBE_EXEC_NOT_STARTED, .http_status = 403, .message = "forbidden"}, TROUBLE_DENIED},
        {{.ending = KUBE_EXEC_NOT_STARTED, .http_status = 404, .message = "pods \"x\" not found"},
         TROUBLE_REFUSED},
        {{.ending = KUBE_EXEC_NOT_STARTED, .http_status = 429, .message = "too many requests"}, TROUBLE_AWAY},
        {{.ending = KUBE_EXEC_NOT_STARTED, .http_status = 503, .message = "not ready"}, TROUBLE_AWAY},
        {{.ending = KUBE_EXEC_NOT_STARTED,
          .http_status = 500,
          .message = "error dialing backend: dial tcp 198.18.0.11:10250: connect: connection refused"},
         TROUBLE_AWAY},
        {{.ending = KUBE_EXEC_NOT_STARTED, .http_status = 500, .message = "container not found (\"case\")"},
         TROUBLE_REFUSED},
        {{.ending = KUBE_EXEC_NOT_STARTED,
          .message = "rpc error: code = Unavailable desc = connection error: desc = \"transport: Error while "
                     "dialing: dial unix /run/containerd/containerd.sock: connect: connection refused\""},
         TROUBLE_AWAY},
        {{.ending = KUBE_EXEC_NOT_STARTED,
          .message = "error finding executable \"sh\" in PATH []: no such file or directory"},
         TROUBLE_REFUSED},
        {{.ending = KUBE_EXEC_NOT_STARTED}, TROUBLE_REFUSED},
    };
    for (size_t i = 0; i < COUNT(rows); i++)
        if (trouble_of(&rows[i].end) != rows[i].trouble)
            fail_msg("row %zu: %d, not %d", i, (int)trouble_of(&rows[i].end), (int)rows[i].trouble);
}

static void count_try(void *context)
{
    ++*(unsigned *)context;
}

static bool has_tried(void *context)
{
    return *(unsigned *)context > 0;
}

/* Until it gives up; returns how many tries there were. */
static unsigned tries_of(struct again *again, struct loop *loop, enum trouble trouble, unsigned most)
{
    unsigned tries = 0, tried = 0;
    while (tries < most && again_start(again, loop, trouble, count_try, &tried)) {
        loop_run_until(loop, has_tried, &tried);
        again->timer = NULL;
        tried = 0;
        tries++;
    }
    return tries;
}

static void patience_depends_on_the_kind(void **state)
{
    (void)state;
    struct loop *loop = loop_new();
    struct again again = {0};
    unsigned tried = 0;
    assert_false(again_start(&again, loop, TROUBLE_NONE, count_try, &tried));
    assert_false(again_start(&again, loop, TROUBLE_LATE, count_try, &tried));
    again_cancel(&again);
    /* A pod that has ended: some seconds. Delays double up to three seconds. */
    assert_in_range(tries_of(&again, loop, TROUBLE_REFUSED, 100), 4, 7);
    /* A server that is away is waited for longer, also after a refusal. */
    assert_int_equal(tries_of(&again, loop, TROUBLE_AWAY, 1), 1);
    /* Another refusal has its own patience. */
    assert_int_equal(tries_of(&again, loop, TROUBLE_REFUSED, 1), 1);
    again.since_ms -= 100000;
    assert_false(again_start(&again, loop, TROUBLE_AWAY, count_try, &tried));
    again_cancel(&again);
    assert_int_equal(tries_of(&again, loop, TROUBLE_AWAY, 1), 1);
    again_cancel(&again);
    loop_free(loop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(failures_have_their_kind),
        cmocka_unit_test(patience_depends_on_the_kind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
