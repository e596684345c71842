/* SPDX-License-Identifier: Apache-2.0
 *
 * Text helpers: valid UTF-8 out of any bytes, lists of strings, quoting for the shell. Everything returned is
 * owned by the caller.
 */
#ifndef GVISOR_SMOKE_TEXT_H
#define GVISOR_SMOKE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* Valid UTF-8 that XML 1.0 and JSON can carry, made from any bytes: an invalid byte becomes U+FFFD, a control
 * character other than tab, newline and carriage return becomes its escape `#x1B` as pytest writes it. */
char *text_from_bytes(const char *bytes, size_t length);

/* A list of strings that ends with NULL, with its count. */
struct strings {
    char **items;
    size_t count;
};
void strings_add(struct strings *strings, const char *text);
void strings_add_all(struct strings *strings, const struct strings *more);
bool strings_contain(const struct strings *strings, const char *text);
void strings_sort(struct strings *strings);
char *strings_join(const struct strings *strings, const char *separator); /* "" for an empty list */
void strings_release(struct strings *strings);
/* Splits at any of the separators; empty parts are left out. */
struct strings strings_split(const char *text, const char *separators);
#define cleanup_strings __attribute__((cleanup(strings_release)))

/* The text in single quotes for a POSIX shell: it's -> 'it'\''s'. */
char *text_shell_quote(const char *text);

bool text_starts_with(const char *text, const char *prefix);
bool text_ends_with(const char *text, const char *suffix);

/* The text, or when it is longer than max bytes its end, after a line that says how much is missing. Never
 * cuts within a character. The caller frees it. */
char *text_end(const char *text, size_t max);
/* Likewise its beginning, and a line that says how much is missing behind it. */
char *text_beginning(const char *text, size_t max);
/* One line for a terminal: no line breaks, no control characters of any kind. The caller frees it. */
char *text_one_line(const char *text);
/* A name from outside, made fit for a message of one line: control characters replaced by "?", a long one cut
 * short. The caller frees it. */
char *text_printable(const char *name);

/* A count and its noun: "1 case", "3 cases". */
char *text_count(size_t count, const char *singular, const char *plural);

/* "850 ms" below a second, "1.2 s" below a minute, "2 min 5 s" from there. */
char *text_duration(long long duration_ms);

/* Parses "30s", "500ms", "2m", "1h" (a bare number is seconds) into milliseconds; -1 when it is none of these
 * or is negative or over ten days. */
long long text_parse_duration_ms(const char *text);

/* Reads a whole file. max_bytes bounds it; the error names the path. */
struct error;
char *text_read_file(const char *path, size_t max_bytes, size_t *ret_length, struct error **err);

/* A file that is written piece by piece: a reader sees the old or the new file, never a part, because it is a
 * temporary one beside it until it is whole. What is no file (a device, a pipe) is written to as it is.
 *
 * Lifecycle: text_file_begin(), writes to out, then text_file_commit() or text_file_abort(); either ends it.
 */
struct text_file {
    FILE *out;
    char *path, *temporary; /* temporary: NULL when it is no file */
};
int text_file_begin(struct text_file *ret_file, const char *path, struct error **err);
/* Flushes to the disk and renames; says also of an earlier write that it failed. */
int text_file_commit(struct text_file *file, struct error **err);
void text_file_abort(struct text_file *file);

/* Writes a whole file in this way. */
int text_write_file(const char *path, const char *bytes, size_t length, struct error **err);

#endif
