// SPDX-License-Identifier: BSD-2-Clause
// What stands below tables: a word and what it means, wrapped.
#ifndef BENCH_SHOW_LEGEND_H
#define BENCH_SHOW_LEGEND_H

#include <stdio.h>

#define LEGEND_COLUMNS 100u /* no line is longer, unless a word is */

/* One entry; its further lines begin below the text. */
void legend_put(FILE *to, const char *term, const char *text);

#endif
