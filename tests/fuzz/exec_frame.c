/* SPDX-License-Identifier: Apache-2.0
 *
 * The messages of an exec. The input is a row of fragments: a byte of which bit 7 says that a message ends
 * with the fragment and the rest how long it is, then its bytes, the first of which in a message is the
 * channel (written as a digit, or as any other byte).
 */
#include "kube/exec_frame.h"
#include "fuzz.h"

struct heard {
    size_t bytes[2];
};

static void on_output(void *context, enum kube_stream stream, const char *bytes, size_t length)
{
    struct heard *heard = context;
    volatile char sum = 0;
    for (size_t i = 0; i < length; i++)
        sum = (char)(sum ^ bytes[i]); /* all of them may be read */
    assert(length > 0);
    heard->bytes[stream == KUBE_STDERR] += length;
}

static void feed(struct exec_demux *demux, const uint8_t *bytes, size_t length)
{
    bool begins = true;
    while (length > 0) {
        bool last = bytes[0] & 0x80;
        size_t taken = (size_t)(bytes[0] & 0x7F) < length - 1 ? (size_t)(bytes[0] & 0x7F) : length - 1;
        cleanup_free char *fragment = fuzz_text(bytes + 1, taken);
        if (begins && taken && fragment[0] >= '0' && fragment[0] <= '9')
            fragment[0] = (char)(fragment[0] - '0');
        exec_demux_feed(demux, fragment, taken, last);
        begins = last || (begins && taken == 0);
        bytes += 1 + taken;
        length -= 1 + taken;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    struct heard heard = {0};
    struct exec_demux demux;
    exec_demux_init(&demux);
    demux.on_output = on_output;
    demux.context = &heard;
    feed(&demux, bytes, length);
    assert(heard.bytes[0] + heard.bytes[1] + demux.status.length <= length);
    int exit_code = -1;
    cleanup_free char *message = NULL;
    enum kube_exec_ending ending =
        exec_status_read(demux.status.bytes, demux.status.length, &exit_code, &message);
    assert((ending == KUBE_EXEC_EXITED) == !message);
    assert((ending == KUBE_EXEC_EXITED) == (exit_code >= 0));
    exec_demux_release(&demux);
    return 0;
}
