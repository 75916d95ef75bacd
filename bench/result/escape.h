// SPDX-License-Identifier: BSD-2-Clause
// Text that others wrote, in output of ours: a file's labels, paths, errors may hold anything.
#ifndef BENCH_RESULT_ESCAPE_H
#define BENCH_RESULT_ESCAPE_H

#include <stdio.h>

/* In a line for a terminal: control characters become '?'. */
void escape_text(FILE *to, const char *text);

/*
 * The same in Markdown, where nothing of it means more than it says: no HTML, no link, no end of a
 * column.
 */
void escape_markdown(FILE *to, const char *text);

/* A field of CSV (RFC 4180), in quotes, without control characters either. */
void escape_csv(FILE *to, const char *text);

#endif
