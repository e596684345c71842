/* SPDX-License-Identifier: Apache-2.0
 *
 * Which of the known words did the writer mean?
 */
#include <string.h>

#include "case.h"
#include "gvisor-smoke/buf.h"
#include "gvisor-smoke/cleanup.h"

#define NEAREST_COUNT 3
#define WORD_MAX 128 /* letters compared; longer words are cut for this purpose */

/* Levenshtein distance with one row of memory. */
size_t word_distance(const char *left, const char *right)
{
    size_t row[WORD_MAX + 1];
    size_t left_length = strnlen(left, WORD_MAX), right_length = strnlen(right, WORD_MAX);
    for (size_t i = 0; i <= right_length; i++)
        row[i] = i;
    for (size_t i = 1; i <= left_length; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= right_length; j++) {
            size_t replaced = diagonal + (left[i - 1] != right[j - 1]);
            size_t inserted = row[j - 1] + 1, removed = row[j] + 1;
            diagonal = row[j];
            row[j] = replaced < inserted ? replaced : inserted;
            row[j] = row[j] < removed ? row[j] : removed;
        }
    }
    return row[right_length];
}

/* The distance, or SIZE_MAX when the words have too little in common; a part of a word is near to it. */
static size_t nearness(const char *word, const char *candidate)
{
    if (strlen(word) >= 3 && strstr(candidate, word))
        return 1;
    size_t distance = word_distance(word, candidate);
    return distance <= (strlen(word) + 2) / 3 ? distance : SIZE_MAX;
}

char *nearest_words(const char *word, const struct strings *words)
{
    cleanup_buf struct buf text;
    buf_init(&text, 4096);
    unsigned found = 0;
    bool too_long = strnlen(word, WORD_MAX + 1) > WORD_MAX;
    cleanup_free size_t *distances = xcalloc(words->count, sizeof *distances);
    for (size_t i = 0; i < words->count; i++)
        distances[i] = too_long ? SIZE_MAX : nearness(word, words->items[i]);
    for (size_t distance = 0; distance < WORD_MAX && found < NEAREST_COUNT; distance++)
        for (size_t i = 0; i < words->count && found < NEAREST_COUNT; i++)
            if (distances[i] == distance)
                buf_printf(&text, "%s\"%s\"", found++ ? ", " : "", words->items[i]);
    return buf_steal(&text);
}
