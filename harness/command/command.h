/* SPDX-License-Identifier: Apache-2.0
 *
 * The subcommands: each is one function, named in one table (main.c). argv[0] is the subcommand's name.
 */
#ifndef COMMAND_H
#define COMMAND_H

#include "gvisor-smoke/case.h"
#include "gvisor-smoke/error.h"

#define EXIT_USAGE 2
#define EXIT_ENVIRONMENT 3

struct command {
    const char *name, *summary;
    int (*run)(int argc, char **argv); /* returns the exit code */
};

int command_run(int argc, char **argv);
int command_list(int argc, char **argv);
int command_show(int argc, char **argv);
int command_report(int argc, char **argv);
int command_sweep(int argc, char **argv);

/* --- options.c --- */

enum option_kind { OPTION_FLAG, OPTION_TEXT, OPTION_LIST, OPTION_NUMBER, OPTION_DURATION };

/* One option of a subcommand, with where its value goes: bool, const char *, struct strings, unsigned,
 * int64_t (ms). */
struct option_row {
    const char *name; /* without the dashes */
    char letter;      /* or 0 */
    enum option_kind kind;
    void *value;
    const char *argument; /* its name in the help, NULL for a flag */
    const char *help;
};

/* Reads the options (a row with a NULL name ends the table) and leaves the other words in ret_words. --help
 * prints usage and the table, and ends the program with 0. */
int options_parse(int argc, char **argv, const struct option_row *rows, const char *usage,
                  struct strings *ret_words, struct error **err);

/* Prints "gvisor-smoke: message" and "hint: ..." on stderr, frees the error, and returns its exit code. */
int command_fail(struct error *err);

/* The cases that the options select: embedded, --cases folders, --case patterns; checked. */
int command_load_cases(struct case_set *ret_set, const struct strings *folders,
                       const struct strings *patterns, struct error **err);

#endif
