/* SPDX-License-Identifier: Apache-2.0
 *
 * Locals that free themselves (the cleanup attribute of GCC and Clang), and allocation that cannot fail.
 *
 *     cleanup_free char *path = xasprintf("%s/junit.xml", dir);
 *     ...
 *     return steal(&path);     the caller now owns it, the local is NULL
 */
#ifndef GVISOR_SMOKE_CLEANUP_H
#define GVISOR_SMOKE_CLEANUP_H

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include "gvisor-smoke/error.h"

static inline void cleanup_free_function(void *pointer)
{
    free(*(void **)pointer);
}

static inline void cleanup_file_function(FILE **file)
{
    if (*file)
        fclose(*file);
}

static inline void cleanup_error_function(struct error **err)
{
    error_free(*err);
}

#define cleanup_free __attribute__((cleanup(cleanup_free_function)))
#define cleanup_file __attribute__((cleanup(cleanup_file_function)))
#define cleanup_error __attribute__((cleanup(cleanup_error_function)))

/* Hands over the value of a local and sets the local to NULL, so that its cleanup does nothing. */
#define steal(pointer_to_local)                                                                              \
    __extension__({                                                                                          \
        __typeof__(*(pointer_to_local)) stolen_value = *(pointer_to_local);                                  \
        *(pointer_to_local) = NULL;                                                                          \
        stolen_value;                                                                                        \
    })

/* Allocation that ends the program when there is no memory. The caller frees with free(). */
void *xcalloc(size_t count, size_t size);
void *xrealloc(void *pointer, size_t count, size_t size);
/* Makes room for one more item of a list that grows one by one: it is doubled when its count is a power of
 * two. */
void *xgrow(void *items, size_t count, size_t size);
char *xstrdup(const char *text); /* NULL gives NULL */
char *xstrndup(const char *text, size_t max);
char *xasprintf(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
