/* SPDX-License-Identifier: Apache-2.0
 *
 * What the supervisor's signs show of the sandbox's posture, beside which kernel it is.
 */
#include <errno.h>

#include "gvisor-smoke/cleanup.h"
#include "judge.h"

bool attest_shows_capability(const char *output, unsigned capability)
{
    cleanup_free char *effective = attest_item(output, "cap_eff");
    char *end = NULL;
    errno = 0;
    unsigned long long set = effective ? strtoull(effective, &end, 16) : 0;
    return effective && *effective && !*end && !errno && capability < 64 && (set >> capability & 1);
}
