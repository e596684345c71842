/* SPDX-License-Identifier: Apache-2.0
 *
 * A live view in the last lines of a terminal.
 */
#include "screen.h"

#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>

#include "gvisor-smoke/buf.h"
#include "gvisor-smoke/cleanup.h"

#define OUTPUT_MAX ((size_t)64 * 1024 * 1024)

struct live_look screen_look(const struct screen *screen, bool colour)
{
    struct winsize size = {0};
    bool known = ioctl(fileno(screen->out), TIOCGWINSZ, &size) == 0;
    return (struct live_look){.width = known && size.ws_col ? size.ws_col : 80,
                              .height = known && size.ws_row ? size.ws_row : 24,
                              .colour = colour};
}

/* A terminal that became narrower has broken the lines that do not fit any more. */
static size_t rows_of(const struct live_lines *drawn, size_t width)
{
    size_t rows = 0;
    for (size_t i = 0; i < drawn->lines; i++)
        rows += drawn->columns[i] > width ? (drawn->columns[i] + width - 1) / width : 1;
    return rows;
}

/* From the view's first line to the end of the screen, all is cleared. */
static void append_erase(struct buf *output, const struct screen *screen)
{
    if (screen->drawn.lines)
        buf_printf(output, "\r\033[%zuA\033[J", rows_of(&screen->drawn, screen_look(screen, false).width));
}

/* In one piece, so that the terminal does not flicker. */
static void deliver(const struct screen *screen, const struct buf *output)
{
    fwrite(output->bytes, 1, output->length, screen->out);
    fflush(screen->out);
}

static void take_over(struct screen *screen, struct live_lines view)
{
    free(screen->drawn.text);
    screen->drawn = view;
}

void screen_show(struct screen *screen, const char *text, struct live_lines view)
{
    cleanup_buf struct buf output;
    buf_init(&output, OUTPUT_MAX);
    append_erase(&output, screen);
    buf_append_text(&output, text);
    buf_append_text(&output, view.text);
    deliver(screen, &output);
    take_over(screen, view);
}

static bool takes_now(const struct screen *screen)
{
    struct pollfd out = {.fd = fileno(screen->out), .events = POLLOUT};
    return out.fd < 0 || (poll(&out, 1, 0) > 0 && (out.revents & POLLOUT));
}

void screen_refresh(struct screen *screen, struct live_lines view)
{
    bool same =
        screen->drawn.lines == view.lines && (!view.lines || strcmp(screen->drawn.text, view.text) == 0);
    if (same || !takes_now(screen))
        free(view.text);
    else
        screen_show(screen, "", view);
}

void screen_clear(struct screen *screen)
{
    if (screen->drawn.lines)
        screen_show(screen, "", (struct live_lines){.text = xstrdup("")});
}

void screen_forget(struct screen *screen)
{
    take_over(screen, (struct live_lines){.text = xstrdup("")});
}
