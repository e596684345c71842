/* SPDX-License-Identifier: Apache-2.0
 *
 * gvisor-smoke new-case: the file of a new case.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "gvisor-smoke/cleanup.h"

static bool write_all(int fd, const char *text)
{
    size_t length = strlen(text);
    while (length) {
        ssize_t written = write(fd, text, length);
        if (written < 0 && errno != EINTR)
            return false;
        text += written > 0 ? written : 0;
        length -= written > 0 ? (size_t)written : 0;
    }
    return true;
}

/* What is there is never touched. */
static int write_new(const char *path, const char *text, struct error **err)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd < 0 && errno == EEXIST) {
        error_set(err, ERROR_USAGE, "\"%s\" is there already", path);
        return -1;
    }
    bool written = fd >= 0 && write_all(fd, text);
    int problem = errno;
    if (fd >= 0 && close(fd) < 0 && written) {
        problem = errno;
        written = false;
    }
    if (written)
        return 0;
    if (fd >= 0)
        unlink(path); /* half a case is none */
    error_set(err, ERROR_ENVIRONMENT, "cannot write \"%s\": %s", path, strerror(problem));
    return -1;
}

/* What comes next, to be copied into a shell. */
static void print_next(const char *folder, const char *name)
{
    bool plain = strspn(folder, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._+-") ==
                 strlen(folder);
    cleanup_free char *word = plain ? xstrdup(folder) : text_shell_quote(folder);
    printf("check:  gvisor-smoke list --cases %s %s\nrun:    gvisor-smoke run --cases %s %s\n", word, name,
           word, name);
}

static int new_case(const char *folder, const char *name, struct error **err)
{
    cleanup_free char *text = case_scaffold(name, err);
    if (!text || command_make_folder("folder of cases", folder, err) < 0)
        return -1;
    cleanup_free char *path = xasprintf("%s%s%s.sh", folder, text_ends_with(folder, "/") ? "" : "/", name);
    if (write_new(path, text, err) < 0)
        return -1;
    printf("case:   %s\n", path);
    print_next(folder, name);
    return 0;
}

int command_new_case(int argc, char **argv)
{
    const char *folder = "cases";
    cleanup_strings struct strings names = {0};
    const struct option_row rows[] = {
        {"cases", 0, OPTION_TEXT, &folder, "DIR",
         "the folder that it is written to, made when missing (cases)"},
        {0},
    };
    struct error *err = NULL;
    if (options_parse(argc, argv, rows, "gvisor-smoke new-case [OPTIONS] NAME", &names, &err) < 0)
        return command_fail(err);
    if (names.count == 1)
        return new_case(folder, names.items[0], &err) < 0 ? command_fail(err) : 0;
    error_set(&err, ERROR_USAGE, "new-case takes one name, for example: gvisor-smoke new-case redis");
    return command_fail(err);
}
