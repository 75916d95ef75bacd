// SPDX-License-Identifier: BSD-2-Clause
// A comparison as text for a terminal, as Markdown for mail, as CSV for a spreadsheet.
#ifndef BENCH_SHOW_COMPARE_PRINT_H
#define BENCH_SHOW_COMPARE_PRINT_H

#include <stdbool.h>
#include <stdio.h>

#include "bench/show/compare_types.h"

struct compare;
struct compare_output;

/* "text", "markdown", "csv", "json". */
bool compare_format_find(const char *name, enum compare_format *f);
/* Prints the metrics whose `shown` is true, of all cells. 0 or -errno (logged). */
int compare_print(const struct compare *c, const struct compare_output *o, FILE *to);

#endif
