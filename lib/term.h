// SPDX-License-Identifier: BSD-2-Clause
// Terminals: the line that is kept up to date on stderr, and colours.
#ifndef LIB_TERM_H
#define LIB_TERM_H

#include <stdbool.h>
#include <stdio.h>

/* How long it may be; 0: stderr is no terminal, or TERM=dumb, which cannot erase. Any thread. */
unsigned term_columns(void);

/* Writes `text`, which is cut where the terminal ends, over the line that is there. */
void term_draw(const char *text);
void term_erase(void);

/* Does it take colours? A terminal does that is not dumb, unless NO_COLOR is set to anything. */
bool term_has_colours(FILE *to);
bool term_wants_colours(bool terminal, const char *term, const char *no_color);

enum term_colour { TERM_PLAIN, TERM_GREEN, TERM_YELLOW, TERM_RED };

/* Writes `text` in that colour, or, without `colours`, as it is. */
void term_put(FILE *to, bool colours, enum term_colour colour, const char *text);

#endif
