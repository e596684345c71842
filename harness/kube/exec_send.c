/* SPDX-License-Identifier: Apache-2.0
 *
 * Input for a command that runs already.
 */
#include <string.h>

#include "exec.h"
#include "gvisor-smoke/cleanup.h"

#define ROOM_LEAST 4096

static void forget_sent(struct kube_exec *exec)
{
    size_t left = exec->input_length - exec->input_sent;
    memmove(exec->input, exec->input + exec->input_sent, left);
    secret_wipe(exec->input + left, exec->input_sent);
    exec->input_length = left;
    exec->input_sent = 0;
}

/* What a request holds may be a secret: no copy stays behind, as one of realloc() might. */
static void make_room(struct kube_exec *exec, size_t needed)
{
    if (needed <= exec->input_room)
        return;
    size_t room = exec->input_room * 2 > ROOM_LEAST ? exec->input_room * 2 : ROOM_LEAST;
    room = room > needed ? room : needed;
    char *larger = xcalloc(room + 1, 1);
    memcpy(larger, exec->input, exec->input_length);
    secret_wipe(exec->input, exec->input_length);
    free(exec->input);
    exec->input = larger;
    exec->input_room = room;
}

void kube_exec_send(struct kube_exec *exec, const char *bytes, size_t length, bool begun)
{
    if (exec->state == EXEC_ENDED)
        return;
    if (begun)
        forget_sent(exec);
    make_room(exec, exec->input_length + length);
    memcpy(exec->input + exec->input_length, bytes, length);
    exec->input_length += length;
    if (exec->state == EXEC_OPEN && exec->wsi)
        lws_callback_on_writable(exec->wsi);
}
