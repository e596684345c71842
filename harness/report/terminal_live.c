/* SPDX-License-Identifier: Apache-2.0
 *
 * The terminal's output: lines that have gathered, with their time where it is a log, above the live view
 * where it is a terminal.
 */
#include <signal.h>
#include <string.h>

#include "gvisor-smoke/buf.h"
#include "gvisor-smoke/cleanup.h"
#include "gvisor-smoke/clock.h"
#include "gvisor-smoke/loop.h"
#include "terminal.h"

#define TICK_MS 250
#define OUTPUT_MAX ((size_t)64 * 1024 * 1024)
#define TIME_AT 11 /* where the time of the day stands in a stamp, and how long it is */
#define TIME_LENGTH 8

void terminal_gather(struct terminal *terminal)
{
    terminal->lines = open_memstream(&terminal->text, &terminal->length);
    if (!terminal->lines)
        abort(); /* out of memory */
}

/* "19:56:25Z " in front of each line. The caller frees it. */
static char *stamped(const char *text, int64_t wall_ms)
{
    char stamp[CLOCK_STAMP_SIZE];
    struct buf made;
    clock_stamp(wall_ms, stamp);
    buf_init(&made, OUTPUT_MAX);
    while (*text) {
        size_t length = strcspn(text, "\n");
        length += text[length] == '\n';
        buf_printf(&made, "%.*sZ ", TIME_LENGTH, stamp + TIME_AT);
        buf_append(&made, text, length);
        text += length;
    }
    char *owned = buf_steal(&made);
    buf_release(&made);
    return owned;
}

static struct live_lines nothing(void)
{
    return (struct live_lines){.text = xstrdup("")};
}

static struct live_lines view_now(const struct terminal *terminal, int64_t now_ms)
{
    struct live_look look = screen_look(&terminal->screen, terminal->options.colour);
    return terminal->lent ? nothing() : live_render(&terminal->live, &look, now_ms);
}

/* event_ms may be long ago: a run tells again what another one has told. */
static void print(struct terminal *terminal, const char *text, int64_t event_ms)
{
    int64_t now_ms = terminal->loop ? clock_wall_ms() : event_ms;
    if (terminal->options.live && *text) {
        screen_show(&terminal->screen, text, view_now(terminal, now_ms));
    } else if (terminal->options.live) {
        if (!terminal->loop) /* else the next tick is soon enough, for many events */
            screen_refresh(&terminal->screen, view_now(terminal, now_ms));
    } else {
        fputs(text, terminal->options.out);
        fflush(terminal->options.out);
    }
}

void terminal_deliver(struct terminal *terminal, int64_t wall_ms)
{
    fclose(steal(&terminal->lines));
    cleanup_free char *text = steal(&terminal->text);
    if (terminal->options.stamps && wall_ms) {
        cleanup_free char *with_time = stamped(text, wall_ms);
        print(terminal, with_time, wall_ms);
    } else {
        print(terminal, text, wall_ms);
    }
}

/* --- what happens without an event --- */

static void refresh(struct terminal *terminal)
{
    screen_refresh(&terminal->screen, view_now(terminal, clock_wall_ms()));
}

static void on_tick(void *context)
{
    struct terminal *terminal = context;
    terminal->tick = timer_start(terminal->loop, TICK_MS, on_tick, terminal);
    refresh(terminal);
}

static void on_resized(void *context, int signal_number)
{
    (void)signal_number;
    refresh(context);
}

/* After a stop the shell's own lines stand below the view. */
static void on_continued(void *context, int signal_number)
{
    struct terminal *terminal = context;
    (void)signal_number;
    screen_forget(&terminal->screen);
    refresh(terminal);
}

void terminal_start(struct terminal *terminal, struct loop *loop)
{
    if (!terminal->options.live)
        return;
    terminal->loop = loop;
    terminal->tick = timer_start(loop, TICK_MS, on_tick, terminal);
    terminal->resized = signal_watch_start(loop, SIGWINCH, on_resized, terminal);
    terminal->continued = signal_watch_start(loop, SIGCONT, on_continued, terminal);
}

void terminal_stop(struct terminal *terminal)
{
    if (!terminal->options.live)
        return;
    terminal->options.live = false;
    screen_clear(&terminal->screen);
    timer_cancel(&terminal->tick);
    signal_watch_stop(&terminal->resized);
    signal_watch_stop(&terminal->continued);
    terminal->loop = NULL;
}

void terminal_make_room(void *context, enum log_room room)
{
    struct terminal *terminal = context;
    if (terminal->options.live)
        screen_clear(&terminal->screen);
    if (room == LOG_ROOM_LENT)
        terminal->lent++;
    else if (room == LOG_ROOM_BACK && terminal->lent)
        terminal->lent--;
}
