/* SPDX-License-Identifier: Apache-2.0
 *
 * Connections through a proxy, behind a unix socket.
 */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <openssl/rand.h>

#include "gvisor-smoke/cleanup.h"
#include "gvisor-smoke/log.h"
#include "relay.h"

#define CHUNK 32768

/* Bytes on their way in one direction. */
struct flow {
    char bytes[CHUNK];
    size_t start, end;
    bool over; /* the source has no more */
};

/* One connection: near is libwebsockets', far the proxy's. */
struct link {
    struct relay *relay;
    struct link *next, **at;
    int near;
    uv_poll_t *near_poll, *far_poll; /* far_poll is NULL until the connection is made */
    struct http_transfer *tunnel;
    struct flow out, in;
};

struct relay {
    const struct kube *kube;
    struct http *http; /* of its own: the other's connections to one host are few */
    int listener;
    uv_poll_t *listener_poll;
    char *address, *problem;
    struct link *links;
};

static void free_handle(uv_handle_t *handle)
{
    free(handle);
}

static void close_poll(uv_poll_t **poll)
{
    if (*poll) {
        uv_poll_stop(*poll);
        uv_close((uv_handle_t *)*poll, free_handle);
    }
    *poll = NULL;
}

static uv_poll_t *open_poll(const struct relay *relay, int fd, void *context)
{
    uv_poll_t *poll = xcalloc(1, sizeof *poll);
    uv_poll_init_socket(relay->kube->uv, poll, fd);
    poll->data = context;
    return poll;
}

/* The link that stands at this place of the list. */
static void link_end(struct link **at)
{
    struct link *link = *at;
    *at = link->next;
    if (link->next)
        link->next->at = at;
    close_poll(&link->near_poll);
    close_poll(&link->far_poll);
    http_cancel(&link->tunnel);
    close(link->near);
    free(link);
}

/* What is left of a flow was given to its target: room for more. */
static void flow_gave(struct flow *flow, size_t count)
{
    flow->start += count;
    if (flow->start == flow->end)
        flow->start = flow->end = 0;
}

/* Moves what can be moved towards the proxy; false when the connection has ended. */
static bool move_out(struct link *link)
{
    struct flow *flow = &link->out;
    for (;;) {
        if (flow->end == 0 && !flow->over) {
            ssize_t count = read(link->near, flow->bytes, CHUNK);
            if (count < 0)
                return errno == EAGAIN || errno == EINTR;
            flow->over = count == 0;
            flow->end = (size_t)count;
        }
        if (flow->end == 0)
            return false; /* libwebsockets has closed it */
        ssize_t given = http_tunnel_send(link->tunnel, flow->bytes + flow->start, flow->end - flow->start);
        if (given <= 0)
            return given == 0;
        flow_gave(flow, (size_t)given);
    }
}

static bool move_in(struct link *link)
{
    struct flow *flow = &link->in;
    for (;;) {
        if (flow->end == 0) {
            ssize_t count = http_tunnel_receive(link->tunnel, flow->bytes, CHUNK);
            if (count <= 0)
                return count == 0;
            flow->end = (size_t)count;
        }
        ssize_t given = write(link->near, flow->bytes + flow->start, flow->end - flow->start);
        if (given < 0)
            return errno == EAGAIN || errno == EINTR;
        flow_gave(flow, (size_t)given);
    }
}

static void on_ready(uv_poll_t *poll, int status, int events);

static void link_move(struct link *link)
{
    if (!move_out(link) || !move_in(link)) {
        link_end(link->at);
        return;
    }
    int near = (link->out.end == 0 ? UV_READABLE : 0) | (link->in.end > 0 ? UV_WRITABLE : 0);
    int far = (link->in.end == 0 ? UV_READABLE : 0) | (link->out.end > 0 ? UV_WRITABLE : 0);
    uv_poll_start(link->near_poll, near, on_ready);
    uv_poll_start(link->far_poll, far, on_ready);
}

static void on_ready(uv_poll_t *poll, int status, int events)
{
    (void)status, (void)events;
    link_move(poll->data);
}

static void on_connected(void *context, const struct http_result *result)
{
    struct link *link = context;
    struct relay *relay = link->relay;
    if (result->failure) {
        free(relay->problem);
        relay->problem = xasprintf("the proxy %s: %s", relay->kube->access->proxy_name, result->failure);
        link->tunnel = NULL; /* it is freed after this call */
        link_end(link->at);
        return;
    }
    link->far_poll = open_poll(relay, http_tunnel_socket(link->tunnel), link);
    link_move(link);
}

/* Nobody else on this machine is let through. */
static bool is_ours(int fd)
{
    struct ucred peer;
    socklen_t length = sizeof peer;
    return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &length) == 0 && peer.pid == getpid();
}

static void on_listener(uv_poll_t *poll, int status, int events)
{
    struct relay *relay = poll->data;
    (void)status, (void)events;
    int fd = accept4(relay->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0)
        return;
    if (!is_ours(fd)) {
        close(fd);
        return;
    }
    struct link *link = xcalloc(1, sizeof *link);
    link->relay = relay;
    link->near = fd;
    link->near_poll = open_poll(relay, fd, link);
    link->next = relay->links;
    link->at = &relay->links;
    if (link->next)
        link->next->at = &link->next;
    relay->links = link;
    link->tunnel = http_tunnel_start(relay->http, on_connected, link);
}

/* In the abstract namespace: it has no file, and ends with the process. */
static int listen_at(struct relay *relay)
{
    unsigned char random[8];
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (RAND_bytes(random, sizeof random) != 1)
        return -1;
    uint64_t number;
    memcpy(&number, random, sizeof number);
    relay->address = xasprintf("+@gvisor-smoke-%ld-%016llx", (long)getpid(), (unsigned long long)number);
    const char *name = relay->address + 1;
    memcpy(address.sun_path, name, strlen(name));
    address.sun_path[0] = '\0';
    relay->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    socklen_t length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(name));
    if (relay->listener < 0 || bind(relay->listener, (struct sockaddr *)&address, length) < 0)
        return -1;
    return listen(relay->listener, 128);
}

struct relay *relay_new(const struct kube *kube, struct error **err)
{
    struct relay *relay = xcalloc(1, sizeof *relay);
    relay->kube = kube;
    relay->listener = -1;
    relay->http = http_new(kube, 0, err);
    if (relay->http && listen_at(relay) == 0) {
        relay->listener_poll = open_poll(relay, relay->listener, relay);
        uv_poll_start(relay->listener_poll, UV_READABLE, on_listener);
        return relay;
    }
    if (relay->http)
        error_set(err, ERROR_ENVIRONMENT, "cannot make a socket for the proxy %s: %s",
                  kube->access->proxy_name, strerror(errno));
    relay_free(relay);
    return NULL;
}

void relay_free(struct relay *relay)
{
    if (!relay)
        return;
    while (relay->links)
        link_end(&relay->links);
    close_poll(&relay->listener_poll);
    if (relay->listener >= 0)
        close(relay->listener);
    http_free(relay->http);
    free(relay->address);
    free(relay->problem);
    free(relay);
}

const char *relay_address(const struct relay *relay)
{
    return relay->address;
}

const char *relay_problem(const struct relay *relay)
{
    return relay->problem;
}
