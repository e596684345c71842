/* SPDX-License-Identifier: Apache-2.0
 *
 * Time: a monotonic clock for durations, the wall clock for stamps.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "gvisor-smoke/clock.h"

static int64_t clock_read_ms(clockid_t id)
{
    struct timespec now;
    clock_gettime(id, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t clock_monotonic_ms(void)
{
    return clock_read_ms(CLOCK_MONOTONIC);
}

int64_t clock_wall_ms(void)
{
    return clock_read_ms(CLOCK_REALTIME);
}

char *clock_stamp(int64_t wall_ms, char text[CLOCK_STAMP_SIZE])
{
    time_t seconds = (time_t)(wall_ms / 1000);
    struct tm parts;
    char day[CLOCK_STAMP_SIZE];
    gmtime_r(&seconds, &parts);
    strftime(day, sizeof day, "%Y-%m-%dT%H:%M:%S", &parts);
    snprintf(text, CLOCK_STAMP_SIZE, "%.19s.%03dZ", day, (int)(wall_ms % 1000));
    return text;
}

/* "Z", or an offset from UTC such as "+01:30". */
static int parse_zone(const char *text, int64_t *ret_offset_ms)
{
    int hours = 0, minutes = 0, taken = 0;
    char sign = '+';
    if (strcmp(text, "Z") != 0 && ((*text != '+' && *text != '-') ||
                                   sscanf(text, "%c%2d:%2d%n", &sign, &hours, &minutes, &taken) != 3 ||
                                   taken != 6 || text[taken] || hours > 23 || minutes > 59))
        return -1;
    *ret_offset_ms = (sign == '-' ? -1 : 1) * (hours * 60 + minutes) * INT64_C(60000);
    return 0;
}

int64_t clock_parse_stamp(const char *text)
{
    struct tm parts = {0};
    const char *rest = strptime(text, "%Y-%m-%dT%H:%M:%S", &parts);
    if (!rest)
        return -1;
    int64_t ms = 0;
    if (*rest == '.') {
        int64_t weight = 100;
        for (rest++; *rest >= '0' && *rest <= '9'; rest++, weight /= 10)
            ms += (*rest - '0') * weight;
    }
    int64_t offset_ms = 0;
    if (parse_zone(rest, &offset_ms) < 0)
        return -1;
    return (int64_t)timegm(&parts) * 1000 + ms - offset_ms;
}
