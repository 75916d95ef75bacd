// SPDX-License-Identifier: BSD-2-Clause
// Text in words, wrapped to the width of a terminal.
#ifndef BENCH_SHOW_FILL_H
#define BENCH_SHOW_FILL_H

#include <stdio.h>

#define FILL_COLUMNS 80u /* no line is longer, unless a word is */

/*
 * Prints the words of `text`, one blank between, and ends the line; further lines begin with
 * `indent` blanks. `at`: columns of the first line that are taken already. A blank within
 * backquotes does not end a word: a command stays in one piece where a line has room for it.
 */
void fill_put(FILE *to, unsigned at, unsigned indent, const char *text);

#endif
