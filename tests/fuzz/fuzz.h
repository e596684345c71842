/* SPDX-License-Identifier: Apache-2.0
 *
 * What the fuzz targets share. A target gets any bytes; what must not happen is a crash, a leak, memory or
 * time out of proportion to the input, and whatever the target itself asserts of the outcome.
 *
 * With clang's libFuzzer a target is a fuzzer (the preset `fuzz`, and tests/fuzz/run); in every other build
 * it is a test that gives it the files of its corpus (replay.c).
 */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <sys/mman.h>
#include <unistd.h>

#include "gvisor-smoke/cleanup.h"
#include "gvisor-smoke/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

/* The bytes and a NUL, in memory that ends there, so that the sanitizer sees a read behind them. */
static inline char *fuzz_text(const uint8_t *bytes, size_t length)
{
    char *text = xcalloc(length + 1, 1);
    if (length)
        memcpy(text, bytes, length);
    return text;
}

/* A file in memory that has a path. */
struct fuzz_file {
    int fd;
    char *path;
};

static inline struct fuzz_file fuzz_file_new(void)
{
    struct fuzz_file file = {.fd = memfd_create("fuzz", MFD_CLOEXEC)};
    if (file.fd < 0)
        abort();
    file.path = xasprintf("/proc/self/fd/%d", file.fd);
    return file;
}

static inline void fuzz_file_fill(const struct fuzz_file *file, const void *bytes, size_t length)
{
    if (ftruncate(file->fd, 0) < 0 || pwrite(file->fd, bytes, length, 0) != (ssize_t)length)
        abort();
}

/* Fit for a report: valid UTF-8 without the control characters that XML and terminals do not take. */
static inline void assert_text(const char *text)
{
    if (!text)
        return;
    cleanup_free char *valid = text_from_bytes(text, strlen(text));
    assert(strcmp(valid, text) == 0);
}

/* What an error says is one line that a terminal can show. */
static inline void assert_error(const struct error *err)
{
    assert(err && err->message && *err->message);
    for (const char *at = err->message; *at; at++)
        assert((unsigned char)*at >= 0x20 && *at != 0x7F);
    assert_text(err->hint);
}

#endif
