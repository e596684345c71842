/* SPDX-License-Identifier: Apache-2.0
 *
 * The part of a terminal that a live view has: its last lines. What is printed scrolls by above them.
 *
 * Nothing about the terminal is changed: the cursor stands, visible, at the beginning of the line below the
 * view, the screen is that of the shell, and colours end with each line. So a program that is killed leaves
 * no more than the lines.
 */
#ifndef HARNESS_REPORT_SCREEN_H
#define HARNESS_REPORT_SCREEN_H

#include <stdio.h>

#include "live.h"

struct screen {
    FILE *out;
    struct live_lines drawn; /* what stands there; lines 0: nothing */
};

/* The size of the terminal, or 80 by 24 where it tells none. */
struct live_look screen_look(const struct screen *screen, bool colour);

/* Prints text, which ends with a newline or is "", above the view, and the view anew. Takes over its text. */
void screen_show(struct screen *screen, const char *text, struct live_lines view);
/* The view anew where it has changed, and the terminal takes it now: nobody waits for one that was stopped.
 */
void screen_refresh(struct screen *screen, struct live_lines view);
/* Takes the view away. */
void screen_clear(struct screen *screen);
/* The view is no longer where it was: what stands there is left alone. */
void screen_forget(struct screen *screen);

#endif
