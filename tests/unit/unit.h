/* SPDX-License-Identifier: Apache-2.0
 *
 * What unit tests share: cmocka with what it needs, folders of their own, and texts that must hold something.
 */
#ifndef TESTS_UNIT_UNIT_H
#define TESTS_UNIT_UNIT_H

/* cmocka.h wants these first. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <ftw.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gvisor-smoke/buf.h"
#include "gvisor-smoke/cleanup.h"
#include "gvisor-smoke/error.h"
#include "gvisor-smoke/text.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* What cmocka.h does not say of what fail_msg() and skip() call: these do not return. */
_Noreturn void _fail(const char *file, int line);
_Noreturn void _skip(const char *file, int line);

/* Fails with both texts when the part does not stand in the text. */
#define assert_contains(text, part)                                                                          \
    do {                                                                                                     \
        const char *asserted_text = (text), *asserted_part = (part);                                         \
        if (!asserted_text || !strstr(asserted_text, asserted_part))                                         \
            fail_msg("\"%s\"\n  does not contain\n\"%s\"", asserted_text ? asserted_text : "(null)",         \
                     asserted_part);                                                                         \
    } while (0)

#define assert_lacks(text, part)                                                                             \
    do {                                                                                                     \
        const char *asserted_text = (text), *asserted_part = (part);                                         \
        if (strstr(asserted_text, asserted_part))                                                            \
            fail_msg("\"%s\"\n  contains\n\"%s\"", asserted_text, asserted_part);                            \
    } while (0)

/* The same seed draws the same numbers each time. */
static inline unsigned draw(unsigned *seed, unsigned below)
{
    *seed = *seed * 1103515245u + 12345u;
    return (*seed >> 16) % below;
}

/* The text, that many times. The caller frees it. */
static inline char *repeated(const char *text, size_t times)
{
    cleanup_buf struct buf made;
    buf_init(&made, SIZE_MAX / 2);
    for (size_t i = 0; i < times; i++)
        buf_append(&made, text, strlen(text));
    return buf_steal(&made);
}

/* A folder under /tmp for one test; removed with all in it by folder_remove(). */
static inline char *folder_make(void)
{
    char *folder = xstrdup("/tmp/gvisor-smoke-unit-XXXXXX");
    assert_non_null(mkdtemp(folder));
    return folder;
}

static inline int folder_remove_entry(const char *path, const struct stat *status, int kind,
                                      struct FTW *place)
{
    (void)status, (void)kind, (void)place;
    return remove(path);
}

static inline void folder_remove(char *folder)
{
    assert_int_equal(nftw(folder, folder_remove_entry, 8, FTW_DEPTH | FTW_PHYS), 0);
    free(folder);
}

static inline void folder_write(const char *folder, const char *name, const char *bytes, size_t length)
{
    cleanup_free char *path = xasprintf("%s/%s", folder, name);
    cleanup_error struct error *err = NULL;
    if (text_write_file(path, bytes, length, &err) < 0)
        fail_msg("%s", err->message);
}

/* The whole file, NUL-terminated. */
static inline char *folder_read(const char *folder, const char *name)
{
    cleanup_free char *path = xasprintf("%s/%s", folder, name);
    cleanup_error struct error *err = NULL;
    char *text = text_read_file(path, 64 * 1024 * 1024, NULL, &err);
    if (!text)
        fail_msg("%s", err->message);
    return text;
}

#endif
