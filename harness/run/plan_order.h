/* SPDX-License-Identifier: Apache-2.0
 *
 * The order in which cases that could all run take the places that are free.
 */
#ifndef PLAN_ORDER_H
#define PLAN_ORDER_H

#include <stddef.h>

#include "gvisor-smoke/case.h"

/* Sorts them by how long it takes, at most, until the last of a case and of those that come after it has
 * ended; those that are alike stay in their order. */
void plan_order(const struct test_case **cases, size_t count);

#endif
