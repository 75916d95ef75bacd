// SPDX-License-Identifier: BSD-2-Clause
// The line that is kept up to date on a terminal, on stderr.
#ifndef LIB_TERM_H
#define LIB_TERM_H

/* How long it may be; 0: stderr is no terminal, or TERM=dumb, which cannot erase. Any thread. */
unsigned term_columns(void);

/* Writes `text`, which is cut where the terminal ends, over the line that is there. */
void term_draw(const char *text);
void term_erase(void);

#endif
