// SPDX-License-Identifier: BSD-2-Clause
// Several files on one page: what the others have against the first.
#ifndef BENCH_SHOW_REPORT_COMPARED_H
#define BENCH_SHOW_REPORT_COMPARED_H

#include "bench/show/report_types.h"

/*
 * A table for each headline figure: a line per cell that the first file shares with another, a
 * column per file that shares any, and the geometric mean of the cells that all of these have.
 * Nothing of one file, or where no cell is shared.
 */
void report_html_compared(const struct report *r, FILE *to);

#endif
