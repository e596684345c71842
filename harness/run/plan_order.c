/* SPDX-License-Identifier: Apache-2.0
 *
 * Which of the cases that could run now has the first free place: the one that most hangs on. One that is
 * long, or that others come after, would be the last to end if it began late, while the machine does nothing
 * else.
 */
#include "plan_order.h"

#include <stdlib.h>
#include <string.h>

#include "gvisor-smoke/cleanup.h"

/* A second pod is made only when the first case is done. */
#define SECOND_POD_MS 30000

struct place {
    const struct test_case *test_case;
    size_t number;
    int64_t weight_ms; /* its timeout stands for how long it may be, for nothing else is known of it */
    bool weighed;
};

static int64_t weigh(struct place *places, size_t count, struct place *place)
{
    if (place->weighed)
        return place->weight_ms;
    place->weighed = true; /* a circle ends here; case sets have none */
    int64_t behind_ms = 0;
    for (size_t i = 0; i < count; i++) {
        const char *after = places[i].test_case->after;
        if (!after || strcmp(after, place->test_case->name) != 0)
            continue;
        int64_t ms = weigh(places, count, &places[i]) + (places[i].test_case->second_pod ? SECOND_POD_MS : 0);
        behind_ms = ms > behind_ms ? ms : behind_ms;
    }
    place->weight_ms = place->test_case->timeout_ms + behind_ms;
    return place->weight_ms;
}

static int compare(const void *a, const void *b)
{
    const struct place *left = a, *right = b;
    if (left->weight_ms != right->weight_ms)
        return left->weight_ms > right->weight_ms ? -1 : 1;
    return left->number < right->number ? -1 : left->number > right->number;
}

void plan_order(const struct test_case **cases, size_t count)
{
    cleanup_free struct place *places = xcalloc(count + 1, sizeof *places);
    for (size_t i = 0; i < count; i++)
        places[i] = (struct place){.test_case = cases[i], .number = i};
    for (size_t i = 0; i < count; i++)
        weigh(places, count, &places[i]);
    qsort(places, count, sizeof *places, compare);
    for (size_t i = 0; i < count; i++)
        cases[i] = places[i].test_case;
}
