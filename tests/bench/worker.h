/* SPDX-License-Identifier: Apache-2.0
 *
 * The workers of the benchmark: each stays up, is told on its standard input what to do, one line each, and
 * says what it took. measure.py asks them in turn.
 *
 *     exec            `true` in the pod
 *     out BYTES       that much out of the pod
 *     in BYTES        that much into the pod
 *     pod FILE        makes the pod of this manifest; wall time is until the first byte of an exec in it
 *
 * The words of a line are parted by tabs. The answer: WALL_NS CPU_NS PEAK_KIB OUTPUT_BYTES HEAD, or "error"
 * and why. CPU_NS counts from the last answer on, so that what is left to do behind an answer is not lost.
 * HEAD is how the output begins, without NULs, blanks as "_".
 */
#ifndef TESTS_BENCH_WORKER_H
#define TESTS_BENCH_WORKER_H

#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#define WORKER_WORDS_MAX 64
#define WORKER_HEAD_BYTES 32

struct outcome {
    int64_t first_ns; /* monotonic: when output began; 0: there was none */
    size_t bytes;
    char head[WORKER_HEAD_BYTES + 1];
    size_t head_length;
    int64_t cpu_ns, peak_kib; /* of what was done, where that is not in this process; else 0 */
    char problem[512];        /* or "" */
};

static inline int64_t worker_now_ns(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* What every receiver of output does with it: it looks at the first bytes alone, or the look would be
 * measured too. */
static inline void outcome_take(struct outcome *outcome, const char *bytes, size_t length)
{
    if (outcome->bytes == 0 && length > 0)
        outcome->first_ns = worker_now_ns(CLOCK_MONOTONIC);
    for (size_t i = 0; i < length && outcome->bytes + i < WORKER_HEAD_BYTES; i++)
        if (bytes[i] != '\0')
            outcome->head[outcome->head_length++] = (char)(isspace((unsigned char)bytes[i]) ? '_' : bytes[i]);
    outcome->bytes += length;
}

static inline void outcome_fail(struct outcome *outcome, const char *problem)
{
    snprintf(outcome->problem, sizeof outcome->problem, "%s", problem);
    for (char *at = outcome->problem; *at; at++)
        *at = (char)(*at == '\n' ? ' ' : *at);
}

/* Reads lines until there are no more. do_it gets the words of one, ended by NULL. */
static inline void worker_serve(void (*do_it)(void *context, char **words, struct outcome *outcome),
                                void *context)
{
    char *line = NULL;
    size_t room = 0;
    int64_t cpu_ns = worker_now_ns(CLOCK_PROCESS_CPUTIME_ID);
    for (ssize_t length; (length = getline(&line, &room, stdin)) > 0;) {
        char *words[WORKER_WORDS_MAX + 1] = {NULL};
        size_t count = 0;
        line[length - 1] = '\0';
        for (char *rest = line; rest && count < WORKER_WORDS_MAX;)
            words[count++] = strsep(&rest, "\t");
        struct outcome outcome = {0};
        int64_t began_ns = worker_now_ns(CLOCK_MONOTONIC);
        do_it(context, words, &outcome);
        int64_t ended_ns = strcmp(words[0], "pod") == 0 ? outcome.first_ns : worker_now_ns(CLOCK_MONOTONIC);
        int64_t before_ns = cpu_ns;
        cpu_ns = worker_now_ns(CLOCK_PROCESS_CPUTIME_ID);
        struct rusage usage;
        getrusage(RUSAGE_SELF, &usage);
        if (*outcome.problem)
            printf("error %s\n", outcome.problem);
        else
            printf("%lld %lld %lld %zu %s\n", (long long)(ended_ns - began_ns),
                   (long long)(outcome.cpu_ns ? outcome.cpu_ns : cpu_ns - before_ns),
                   (long long)(outcome.peak_kib ? outcome.peak_kib : usage.ru_maxrss), outcome.bytes,
                   outcome.head);
        fflush(stdout);
    }
    free(line);
}

#endif
