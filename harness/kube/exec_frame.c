/* SPDX-License-Identifier: Apache-2.0
 *
 * The channels of a remote command over websocket, taken apart.
 */
#include <string.h>

#include "exec_frame.h"
#include "gvisor-smoke/cleanup.h"
#include "json.h"

#define STATUS_MAX (64u * 1024)

enum { CHANNEL_STDOUT = 1, CHANNEL_STDERR = 2, CHANNEL_STATUS = 3 };

void exec_demux_init(struct exec_demux *demux)
{
    demux->channel = -1;
    buf_init(&demux->status, STATUS_MAX);
}

void exec_demux_release(struct exec_demux *demux)
{
    buf_release(&demux->status);
}

void exec_demux_feed(struct exec_demux *demux, const char *bytes, size_t length, bool last)
{
    if (demux->channel < 0 && length > 0) {
        demux->channel = (unsigned char)bytes[0];
        bytes++;
        length--;
    }
    if (length > 0) {
        if (demux->channel == CHANNEL_STATUS)
            buf_append(&demux->status, bytes, length);
        else if (demux->channel == CHANNEL_STDOUT || demux->channel == CHANNEL_STDERR)
            demux->on_output(demux->context, demux->channel == CHANNEL_STDOUT ? KUBE_STDOUT : KUBE_STDERR,
                             bytes, length);
    }
    if (last)
        demux->channel = -1;
}

/* The exit code that a NonZeroExitCode status carries, or -1. */
static int exit_code_of(struct json_object *status)
{
    struct json_object *causes = json_path(status, "details", "causes", NULL);
    for (size_t i = 0; i < json_length(causes); i++) {
        const char *reason = json_string(json_member(json_item(causes, i), "reason"));
        const char *message = json_string(json_member(json_item(causes, i), "message"));
        char *rest;
        if (!reason || strcmp(reason, "ExitCode") != 0 || !message || !*message)
            continue;
        long code = strtol(message, &rest, 10);
        return *rest == '\0' && code >= 0 && code <= 0xFFFF ? (int)code : -1;
    }
    return -1;
}

enum kube_exec_ending exec_status_read(const char *status, size_t length, int *ret_exit_code,
                                       char **ret_message)
{
    *ret_message = NULL;
    cleanup_json struct json_object *object = length ? json_parse(status, length) : NULL;
    const char *word = json_string(json_member(object, "status"));
    const char *message = json_string(json_member(object, "message"));
    if (word && strcmp(word, "Success") == 0) {
        *ret_exit_code = 0;
        return KUBE_EXEC_EXITED;
    }
    if (word && strcmp(word, "Failure") == 0) {
        int code = exit_code_of(object);
        if (code >= 0) {
            *ret_exit_code = code;
            return KUBE_EXEC_EXITED;
        }
        *ret_message = xstrdup(message ? message : "the exec failed and the API gives no reason");
        return KUBE_EXEC_NOT_STARTED;
    }
    *ret_message = xstrdup(length ? "the status channel holds something that is no Status object"
                                  : "the stream ended without a status");
    return KUBE_EXEC_LOST;
}
