/* SPDX-License-Identifier: Apache-2.0
 *
 * What the files of this folder share.
 */
#ifndef HARNESS_CASE_CASE_H
#define HARNESS_CASE_CASE_H

#include "gvisor-smoke/case.h"

#define CASE_NAME_MAX 40 /* characters of a case's name: it becomes part of pod names and labels */
#define CASE_FILE_MAX ((size_t)1024 * 1024) /* bytes of a case file */
#define CASE_TIMEOUT_DEFAULT_MS 60000
#define CASE_TIMEOUT_MAX_MS 3600000

/* One `# key: value` line. */
struct header_line {
    char *key, *value;
    size_t line; /* from 1 */
};

/* The header of a case file, in the order of the file. */
struct case_header {
    const char *path; /* borrowed, for messages */
    struct header_line *lines;
    size_t count;
    size_t last_line; /* the last line of the header */
};

/* Reads the header of a whole case file (text is followed by a NUL) and checks the file's form: a first line,
 * no CR, no NUL, text, a body. */
int case_header_parse(const char *path, const char *text, size_t length, struct case_header *ret_header,
                      struct error **err);
void case_header_release(struct case_header *header);

/* Makes the error "path:line: message". */
void case_error(struct error **err, const char *path, size_t line, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Parses the value of `grant` into a sorted list. */
int case_grants_parse(const char *path, size_t line, const char *value, struct strings *grants,
                      struct error **err);

/* Is every character of the (non-empty) text an ASCII letter, a digit or one of `more`? */
bool case_word_valid(const char *text, const char *more);

/* Is it a case name: [a-z0-9][a-z0-9-]*, not too long? */
bool case_name_valid(const char *name);

/* A built-in check of an API object; index from 0, NULL behind the last. The caller frees it. */
struct test_case *case_check_new(size_t index);

/* The words that look most like the given one, nearest first, as `"a", "b"`; "" when none is near. */
char *nearest_words(const char *word, const struct strings *words);
/* How many letters must be changed to make one word the other. */
size_t word_distance(const char *left, const char *right);

/* Puts a case into its place of the set; a case of the same name is freed. */
void case_set_put(struct case_set *set, struct test_case *test_case);

#endif
