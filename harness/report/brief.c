/* SPDX-License-Identifier: Apache-2.0
 *
 * Evidence in a few words.
 */
#include "gvisor-smoke/cleanup.h"
#include "model.h"

char *evidence_brief(const struct evidence *evidence)
{
    if (!evidence)
        return xstrdup("");
    cleanup_free char *duration = text_duration(evidence->duration_ms);
    if (evidence->ending == ENDING_EXITED)
        return xasprintf("exit code %d, %s", evidence->exit_code, duration);
    if (evidence->ending == ENDING_TIMEOUT || evidence->ending == ENDING_LOST)
        return xasprintf("%s, %s", ending_name(evidence->ending), duration);
    return xstrdup(ending_name(evidence->ending));
}
