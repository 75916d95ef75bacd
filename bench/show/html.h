// SPDX-License-Identifier: BSD-2-Clause
// Cells of a page's tables; their text is escaped.
#ifndef BENCH_SHOW_HTML_H
#define BENCH_SHOW_HTML_H

#include <stdbool.h>
#include <stdio.h>

/* A column's head; words stand on the left, figures on the right. */
void html_head(FILE *to, const char *text, bool left);

/* `class`: "w" words, "n" a figure, or others of the style sheet's. */
void html_cell(FILE *to, const char *class, const char *text);

#endif
