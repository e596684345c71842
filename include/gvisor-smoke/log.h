/* SPDX-License-Identifier: Apache-2.0
 *
 * The trace of what the program does, on stderr, off by default. It is for state changes and protocol steps,
 * never for results (those are events, see event.h), and it never gets a secret: secrets have a type of their
 * own. What comes in the words of others is redacted (redact.h).
 */
#ifndef GVISOR_SMOKE_LOG_H
#define GVISOR_SMOKE_LOG_H

enum log_level {
    LOG_QUIET, /* nothing */
    LOG_INFO,  /* -v: state changes */
    LOG_DEBUG, /* -vv: requests and frames, without bodies */
};

/* The level and the redaction are globals of the program. */
void log_set_level(enum log_level level);
enum log_level log_level(void);

/* What is taken out of all that goes to stderr. Borrowed; NULL, as in the beginning: the known shapes. */
struct redaction;
void log_set_redaction(const struct redaction *redaction);

/* Who has drawn something on the terminal that stderr goes to is told when it must give way. */
enum log_room {
    LOG_ROOM_LINE, /* a line is written now; then it may be drawn again */
    LOG_ROOM_LENT, /* another program has the terminal, until ... */
    LOG_ROOM_BACK,
};
/* A global of the program too; NULL, as in the beginning: nobody. */
void log_set_room(void (*make_room)(void *context, enum log_room room), void *context);
/* Around the time of a program that writes to stderr, and may ask there, by itself. */
void log_lend_terminal(void);
void log_take_terminal_back(void);

/* Writes to stderr what a person is to see at any level: errors, warnings, what a plugin says. */
void log_tell(const char *text);

void log_info(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_debug(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
