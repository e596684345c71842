/* SPDX-License-Identifier: Apache-2.0
 *
 * The signs that a pod shows, whatever it holds: the first two lines are what the API says of the node's
 * kernel and boot id, the rest is the pod's output.
 */
#include "gvisor-smoke/attest.h"
#include "fuzz.h"

static char *take_line(const char **text)
{
    size_t length = strcspn(*text, "\n");
    char *line = xstrndup(*text, length);
    *text += length + ((*text)[length] == '\n');
    return line;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    cleanup_free char *whole = fuzz_text(bytes, length);
    const char *output = whole;
    cleanup_free char *kernel = take_line(&output), *boot_id = take_line(&output);
    const struct attest_facts facts = {.node_kernel_version = *kernel ? kernel : NULL,
                                       .node_boot_id = *boot_id ? boot_id : NULL};
    struct attestation attestation = attest_judge(output, &facts);
    size_t said = 0;
    bool decisive = false;
    for (size_t i = 0; i < attestation.count; i++) {
        const struct sign *sign = &attestation.signs[i];
        said += sign->says == SIGN_GVISOR;
        decisive = decisive || (sign->decisive && sign->says == SIGN_NOT_GVISOR);
        assert(*sign->name && sign->value && !strchr(sign->value, '\n'));
        assert_text(sign->value);
    }
    assert(said == attestation.gvisor_count && attestation.summary);
    assert(!attestation.attested || (said >= attestation.quorum && !decisive));
    assert(attestation.quorum >= ATTEST_QUORUM);
    assert_text(attestation.summary);
    assert_text(attestation.release);
    assert(attest_uid(output) >= -1);
    attest_shows_capability(output, 13);
    attestation_release(&attestation);
    return 0;
}
