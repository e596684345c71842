/* SPDX-License-Identifier: Apache-2.0
 *
 * Requests, as the program inside a pod reads them (frames.h says how they are written).
 */
#include "frames.h"
#include "supervisor_inside.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    cleanup_buf struct buf wire = frames_make(bytes, length);
    cleanup_free char *sent = fuzz_text((const uint8_t *)wire.bytes, wire.length);
    supervisor_inside_read(sent, wire.length, FRAMES_MAX);
    supervisor_inside_read(sent, wire.length, 7);
    supervisor_inside_read_standing(sent, wire.length, FRAMES_MAX);
    supervisor_inside_read_standing(sent, wire.length, 7);
    return 0;
}
