/* SPDX-License-Identifier: Apache-2.0
 *
 * Gives a fuzz target the files that are named, and all files of the folders that are named, without
 * libFuzzer. Fails when there is none, and when one takes too long or the memory of all grows too large: the
 * limits are those of tests/fuzz/run.
 */
#include <dirent.h>
#include <stdio.h>
#include <sys/resource.h>

#include "fuzz.h"
#include "gvisor-smoke/clock.h"

#define FILE_MAX_BYTES ((size_t)16 * 1024 * 1024)
#define SLOW_MS 10000
#define MEMORY_MAX_KIB (512L * 1024)

static unsigned count;
static bool failed;

static void give_file(const char *path)
{
    size_t length;
    cleanup_error struct error *err = NULL;
    cleanup_free char *bytes = text_read_file(path, FILE_MAX_BYTES, &length, &err);
    if (!bytes) {
        fprintf(stderr, "%s\n", err->message);
        failed = true;
        return;
    }
    int64_t started_ms = clock_monotonic_ms();
    LLVMFuzzerTestOneInput((const uint8_t *)bytes, length);
    int64_t taken_ms = clock_monotonic_ms() - started_ms;
    count++;
    if (taken_ms > SLOW_MS) {
        fprintf(stderr, "%s: takes %lld ms\n", path, (long long)taken_ms);
        failed = true;
    }
}

static void give(const char *path)
{
    DIR *folder = opendir(path);
    if (!folder) {
        give_file(path);
        return;
    }
    const struct dirent *entry;
    while ((entry = readdir(folder))) {
        cleanup_free char *inner = xasprintf("%s/%s", path, entry->d_name);
        if (*entry->d_name != '.') {
            fprintf(stderr, "%s\n", inner); /* the last one of a log is what crashed */
            give_file(inner);
        }
    }
    closedir(folder);
}

int main(int argument_count, char **arguments)
{
    struct rusage usage;
    for (int i = 1; i < argument_count; i++)
        give(arguments[i]);
    getrusage(RUSAGE_SELF, &usage);
    printf("%u inputs, %ld KiB\n", count, usage.ru_maxrss);
    if (usage.ru_maxrss > MEMORY_MAX_KIB)
        fprintf(stderr, "more than %ld KiB\n", MEMORY_MAX_KIB);
    return failed || count == 0 || usage.ru_maxrss > MEMORY_MAX_KIB ? 1 : 0;
}
