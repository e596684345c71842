/* SPDX-License-Identifier: Apache-2.0
 *
 * What the supervisor's signs show of the sandbox's posture, beside which kernel it is.
 */
#include <errno.h>
#include <string.h>

#include "gvisor-smoke/cleanup.h"
#include "gvisor-smoke/text.h"
#include "judge.h"

/* The supervisor gives what follows "Uid:" in /proc/self/status, the script the whole line. */
int64_t attest_uid(const char *output)
{
    cleanup_free char *line = attest_item(output, "uid");
    const char *at = line && text_starts_with(line, "Uid:") ? line + strlen("Uid:") : line;
    char *end = NULL;
    long long uid = at ? strtoll(at, &end, 10) : -1;
    return at && end != at && uid >= 0 ? uid : -1;
}

bool attest_shows_capability(const char *output, unsigned capability)
{
    cleanup_free char *effective = attest_item(output, "cap_eff");
    char *end = NULL;
    errno = 0;
    unsigned long long set = effective ? strtoull(effective, &end, 16) : 0;
    return effective && *effective && !*end && !errno && capability < 64 && (set >> capability & 1);
}
