/* SPDX-License-Identifier: Apache-2.0
 *
 * How what a person reads is written: colours, a live view, times. What it is written to decides, and the
 * environment.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command.h"

static bool is_set(const char *name)
{
    const char *value = getenv(name);
    return value && *value;
}

static bool is_on(const char *name)
{
    const char *value = getenv(name);
    return value && *value && strcmp(value, "0") != 0 && strcmp(value, "false") != 0;
}

/* A terminal that does as it is told: an editor's is called dumb. */
static bool obeys(int fd)
{
    const char *kind = getenv("TERM");
    return isatty(fd) && kind && *kind && strcmp(kind, "dumb") != 0;
}

/* NO_COLOR has the last word (no-color.org); the others are for logs that are shown with colours. */
bool command_wants_colour(int fd)
{
    if (is_set("NO_COLOR"))
        return false;
    return is_on("CLICOLOR_FORCE") || is_on("FORCE_COLOR") || obeys(fd);
}

/* Where CI is set even a terminal is a log: some give one to their jobs. */
struct terminal_options command_look(FILE *out, bool quiet)
{
    int fd = fileno(out);
    bool log = !isatty(fd) || is_on("CI");
    return (struct terminal_options){
        .out = out,
        .colour = command_wants_colour(fd),
        .quiet = quiet,
        .stamps = log,
        .live = !log && !quiet && obeys(fd),
    };
}
