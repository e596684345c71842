/* SPDX-License-Identifier: Apache-2.0
 *
 * A link with a delay, for kernels that have no netem: two tun devices, one in each of two network
 * namespaces, and each packet goes from one to the other so many microseconds after it came.
 *
 *     delay MICROSECONDS NAMESPACE-FILE NAME NAMESPACE-FILE NAME
 *
 * Says "ready" once both devices are there; they are gone with this process. Addresses and routes are the
 * caller's.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <poll.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#define PACKET_MAX 2048
#define WAITING_MAX 16384 /* packets under way in one direction: 32 MB */

struct packet {
    int64_t due_ns;
    size_t length;
    char bytes[PACKET_MAX];
};

/* Packets in the order in which they came, which is that in which they go. */
struct direction {
    int from, to;
    struct packet *packets;
    size_t first, count, lost;
};

static void fail(const char *what)
{
    fprintf(stderr, "delay: %s: %s\n", what, strerror(errno));
    exit(3);
}

static int64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static int open_tun(const char *name_space, const char *name)
{
    int place = open(name_space, O_RDONLY | O_CLOEXEC);
    if (place < 0 || setns(place, CLONE_NEWNET) < 0)
        fail(name_space);
    close(place);
    int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
    struct ifreq request = {.ifr_flags = IFF_TUN | IFF_NO_PI};
    snprintf(request.ifr_name, sizeof request.ifr_name, "%s", name);
    if (fd < 0 || ioctl(fd, TUNSETIFF, &request) < 0)
        fail(name);
    return fd;
}

static void take(struct direction *direction, int64_t delay_ns)
{
    static char rest[PACKET_MAX];
    for (;;) {
        bool full = direction->count == WAITING_MAX;
        struct packet *packet = &direction->packets[(direction->first + direction->count) % WAITING_MAX];
        ssize_t length = read(direction->from, full ? rest : packet->bytes, PACKET_MAX);
        if (length <= 0)
            return;
        if (full) {
            direction->lost++;
            continue;
        }
        packet->length = (size_t)length;
        packet->due_ns = now_ns() + delay_ns;
        direction->count++;
    }
}

/* What the device does not take is lost, as on any link. */
static void give(struct direction *direction)
{
    while (direction->count > 0 && direction->packets[direction->first].due_ns <= now_ns()) {
        const struct packet *packet = &direction->packets[direction->first];
        direction->lost += write(direction->to, packet->bytes, packet->length) < 0;
        direction->first = (direction->first + 1) % WAITING_MAX;
        direction->count--;
    }
}

static void arm(int timer, const struct direction directions[2])
{
    int64_t due_ns = INT64_MAX;
    for (int i = 0; i < 2; i++)
        if (directions[i].count > 0 && directions[i].packets[directions[i].first].due_ns < due_ns)
            due_ns = directions[i].packets[directions[i].first].due_ns;
    struct itimerspec at = {{0}, {0}};
    if (due_ns != INT64_MAX)
        at.it_value = (struct timespec){.tv_sec = due_ns / 1000000000, .tv_nsec = due_ns % 1000000000};
    timerfd_settime(timer, TFD_TIMER_ABSTIME, &at, NULL);
}

int main(int count, char **words)
{
    if (count != 6) {
        fprintf(stderr, "usage: delay MICROSECONDS NAMESPACE-FILE NAME NAMESPACE-FILE NAME\n");
        return 2;
    }
    int64_t delay_ns = strtoll(words[1], NULL, 10) * 1000;
    int one = open_tun(words[2], words[3]), other = open_tun(words[4], words[5]);
    int timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
    struct direction directions[2] = {{.from = one, .to = other}, {.from = other, .to = one}};
    for (int i = 0; i < 2; i++)
        if (!(directions[i].packets = calloc(WAITING_MAX, sizeof(struct packet))))
            fail("memory");
    puts("ready");
    fflush(stdout);
    struct pollfd waits[] = {{one, POLLIN, 0}, {other, POLLIN, 0}, {timer, POLLIN, 0}};
    for (;;) {
        uint64_t expired;
        arm(timer, directions);
        if (poll(waits, 3, -1) < 0 && errno != EINTR)
            fail("poll");
        if (waits[2].revents && read(timer, &expired, sizeof expired) < 0 && errno != EAGAIN)
            fail("timer");
        for (int i = 0; i < 2; i++) {
            take(&directions[i], delay_ns);
            give(&directions[i]);
        }
    }
}
