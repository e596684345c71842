/* SPDX-License-Identifier: Apache-2.0
 *
 * The channels of a remote command over websocket, taken apart. Pure: bytes in, calls out.
 *
 * The first byte of each binary message is its channel: 1 stdout, 2 stderr, 3 status (KEP-4006 and
 * k8s.io/apiserver/pkg/util/wsstream). A message may arrive in any number of fragments, the first of which
 * may be empty; the channel stands only at the message's start. The server opens with an empty message on a
 * channel.
 */
#ifndef KUBE_EXEC_FRAME_H
#define KUBE_EXEC_FRAME_H

#include <stdbool.h>
#include <stddef.h>

#include "gvisor-smoke/buf.h"
#include "gvisor-smoke/kube.h"

struct exec_demux {
    int channel;       /* of the message under way, or -1 before its first byte */
    struct buf status; /* what came on channel 3 */
    void (*on_output)(void *context, enum kube_stream stream, const char *bytes, size_t length);
    void *context;
};

void exec_demux_init(struct exec_demux *demux);
void exec_demux_release(struct exec_demux *demux);

/* Takes one fragment; last tells that the message ends with it. */
void exec_demux_feed(struct exec_demux *demux, const char *bytes, size_t length, bool last);

/* Reads the status channel: fills ending, exit_code and message (owned by the caller, NULL for EXITED). No
 * status, or one that makes no sense, is KUBE_EXEC_LOST: an exit code is never invented. */
enum kube_exec_ending exec_status_read(const char *status, size_t length, int *ret_exit_code,
                                       char **ret_message);

#endif
