/* SPDX-License-Identifier: Apache-2.0
 *
 * The case file that a new case begins with.
 */
#include <string.h>

#include "case.h"
#include "gvisor-smoke/buf.h"
#include "gvisor-smoke/cleanup.h"
#include "gvisor-smoke/embedded.h"

#define LICENCE "# SPDX-License-Identifier: " /* the template's own, not that of the case */

static int check_name(const char *name, struct error **err)
{
    struct test_case *check;
    bool taken = false;
    if (!case_name_valid(name)) {
        cleanup_free char *printable = text_printable(name);
        error_set(err, ERROR_USAGE, "\"%s\" is no name for a case", printable);
        error_hint(err, "it has a-z, 0-9 and \"-\", does not begin with \"-\", and has at most %d characters",
                   CASE_NAME_MAX);
        return -1;
    }
    for (size_t i = 0; (check = case_check_new(i)); i++) {
        taken = taken || strcmp(check->name, name) == 0;
        test_case_free(check);
    }
    if (taken)
        error_set(err, ERROR_USAGE, "\"%s\" is the name of a built-in check", name);
    for (const struct embedded_file *file = embedded_cases; !taken && file->name; file++)
        if (text_starts_with(file->name, name) && strcmp(file->name + strlen(name), ".sh") == 0) {
            taken = true;
            error_set(err, ERROR_USAGE, "there is a case \"%s\" already", name);
            error_hint(err, "to change it, begin with what it is: gvisor-smoke show %s >DIR/%s.sh", name,
                       name);
        }
    return taken ? -1 : 0;
}

/* Words of a report's name have "_" where those of a case's name have "-". */
static char *report_word(const char *name)
{
    char *word = xstrdup(name);
    for (char *dash = word; (dash = strchr(dash, '-'));)
        *dash = '_';
    return word;
}

char *case_scaffold(const char *name, struct error **err)
{
    if (check_name(name, err) < 0)
        return NULL;
    cleanup_free char *word = report_word(name);
    const struct {
        const char *mark, *text;
    } marks[] = {{"@NAME@", name}, {"@WORD@", word}};
    cleanup_buf struct buf made;
    buf_init(&made, CASE_FILE_MAX);
    for (const char *at = embedded_scaffold[0].bytes; *at;) {
        const char *line_end = strchr(at, '\n');
        size_t taken = text_starts_with(at, LICENCE) ? (size_t)(line_end - at) + 1 : 0;
        for (size_t i = 0; !taken && i < sizeof marks / sizeof *marks; i++)
            if (text_starts_with(at, marks[i].mark)) {
                buf_append_text(&made, marks[i].text);
                taken = strlen(marks[i].mark);
            }
        if (!taken)
            buf_append(&made, at, 1);
        at += taken ? taken : 1;
    }
    return buf_steal(&made);
}
