/* SPDX-License-Identifier: Apache-2.0
 *
 * A list of strings.
 */
#include <string.h>

#include "gvisor-smoke/buf.h"
#include "gvisor-smoke/cleanup.h"
#include "gvisor-smoke/text.h"

void strings_add(struct strings *strings, const char *text)
{
    strings->items = xrealloc(strings->items, strings->count + 2, sizeof *strings->items);
    strings->items[strings->count++] = xstrdup(text);
    strings->items[strings->count] = NULL;
}

void strings_add_all(struct strings *strings, const struct strings *more)
{
    for (size_t i = 0; i < more->count; i++)
        strings_add(strings, more->items[i]);
}

bool strings_contain(const struct strings *strings, const char *text)
{
    for (size_t i = 0; i < strings->count; i++)
        if (strcmp(strings->items[i], text) == 0)
            return true;
    return false;
}

static int compare_items(const void *left, const void *right)
{
    return strcmp(*(char *const *)left, *(char *const *)right);
}

void strings_sort(struct strings *strings)
{
    if (strings->count)
        qsort(strings->items, strings->count, sizeof *strings->items, compare_items);
}

char *strings_join(const struct strings *strings, const char *separator)
{
    struct buf joined;
    buf_init(&joined, SIZE_MAX / 2);
    for (size_t i = 0; i < strings->count; i++) {
        if (i)
            buf_append_text(&joined, separator);
        buf_append_text(&joined, strings->items[i]);
    }
    char *owned = buf_steal(&joined);
    buf_release(&joined);
    return owned;
}

void strings_release(struct strings *strings)
{
    for (size_t i = 0; i < strings->count; i++)
        free(strings->items[i]);
    free(strings->items);
    *strings = (struct strings){0};
}

struct strings strings_split(const char *text, const char *separators)
{
    struct strings parts = {0};
    while (*text) {
        size_t length = strcspn(text, separators);
        if (length) {
            cleanup_free char *part = xstrndup(text, length);
            strings_add(&parts, part);
        }
        text += length + (text[length] != '\0');
    }
    return parts;
}
