/* SPDX-License-Identifier: Apache-2.0
 *
 * The lines of a case file's header: their form, not their meaning.
 */
#include <stdarg.h>
#include <string.h>

#include "case.h"
#include "gvisor-smoke/cleanup.h"

void case_error(struct error **err, const char *path, size_t line, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char *message = NULL;
    if (vasprintf(&message, format, arguments) < 0)
        abort();
    va_end(arguments);
    error_set(err, ERROR_USAGE, "%s:%zu: %s", path, line, message);
    free(message);
}

void case_header_release(struct case_header *header)
{
    for (size_t i = 0; i < header->count; i++) {
        free(header->lines[i].key);
        free(header->lines[i].value);
    }
    free(header->lines);
    *header = (struct case_header){0};
}

/* A copy of the text without the blanks around it. */
static char *trimmed(const char *text, size_t length)
{
    while (length && strchr(" \t", text[length - 1]))
        length--;
    while (length && strchr(" \t", *text)) {
        text++;
        length--;
    }
    return xstrndup(text, length);
}

static void header_add(struct case_header *header, size_t line, const char *key, size_t key_length,
                       const char *value, size_t value_length)
{
    header->lines = xrealloc(header->lines, header->count + 1, sizeof *header->lines);
    header->lines[header->count++] = (struct header_line){
        .key = xstrndup(key, key_length), .value = trimmed(value, value_length), .line = line};
}

/* One comment line of the header, from its '#'. */
static int header_line_parse(struct case_header *header, size_t line, const char *text, size_t length,
                             struct error **err)
{
    cleanup_free char *content = trimmed(text + 1, length - 1);
    if (!*content || text_starts_with(content, "SPDX-License-Identifier:"))
        return 0;
    size_t key_length = strspn(content, "abcdefghijklmnopqrstuvwxyz");
    if (!key_length || content[key_length] != ':' || !strchr(" \t", text[1])) {
        case_error(err, header->path, line,
                   "a comment line of the header must be \"# key: value\"; an empty line ends the header");
        return -1;
    }
    const char *value = content + key_length + 1;
    cleanup_free char *readable = text_from_bytes(value, strlen(value));
    if (strcmp(readable, value) != 0) {
        case_error(err, header->path, line, "the value of \"%.*s\" is not text in UTF-8: %s", (int)key_length,
                   content, readable);
        return -1;
    }
    header_add(header, line, content, key_length, value, strlen(value));
    if (!*header->lines[header->count - 1].value) {
        case_error(err, header->path, line, "\"%.*s\" has no value", (int)key_length, content);
        return -1;
    }
    return 0;
}

static size_t line_of(const char *text, size_t offset)
{
    size_t line = 1;
    for (size_t i = 0; i < offset; i++)
        line += text[i] == '\n';
    return line;
}

static int check_bytes(const char *path, const char *text, size_t length, struct error **err)
{
    const char *nul = memchr(text, '\0', length);
    if (nul) {
        case_error(err, path, line_of(text, (size_t)(nul - text)), "a NUL byte: this is not a shell script");
        return -1;
    }
    const char *crlf = memmem(text, length, "\r\n", 2);
    if (crlf) {
        case_error(err, path, line_of(text, (size_t)(crlf - text)),
                   "the line ends with CR LF; a shell script needs LF alone");
        return -1;
    }
    const char shebang[] = "#!/bin/sh\n";
    if (length < sizeof shebang - 1 || memcmp(text, shebang, sizeof shebang - 1) != 0) {
        case_error(err, path, 1, "the first line must be \"#!/bin/sh\"");
        return -1;
    }
    return 0;
}

/* Does any line say something to the shell? */
static bool has_body(const char *text)
{
    while (*text) {
        text += strspn(text, " \t\n");
        if (*text && *text != '#')
            return true;
        text += strcspn(text, "\n");
    }
    return false;
}

int case_header_parse(const char *path, const char *text, size_t length, struct case_header *ret_header,
                      struct error **err)
{
    if (check_bytes(path, text, length, err) < 0)
        return -1;
    struct case_header header = {.path = path, .last_line = 1};
    const char *at = text + strcspn(text, "\n") + 1;
    while (*at == '#') {
        size_t line_length = strcspn(at, "\n");
        if (header_line_parse(&header, ++header.last_line, at, line_length, err) < 0) {
            case_header_release(&header);
            return -1;
        }
        at += line_length + (at[line_length] == '\n');
    }
    if (!has_body(at)) {
        case_error(err, path, header.last_line, "the script has no command after its header");
        case_header_release(&header);
        return -1;
    }
    *ret_header = header;
    return 0;
}
