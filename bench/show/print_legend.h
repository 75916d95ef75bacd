// SPDX-License-Identifier: BSD-2-Clause
// What the words in a benchmark's tables mean: of those that were shown, and no others.
#ifndef BENCH_SHOW_PRINT_LEGEND_H
#define BENCH_SHOW_PRINT_LEGEND_H

#include <stdio.h>

struct bench;
struct results;

/* Below the tables: what stands in those that were shown; `f`: report_bench_results(). */
void bench_print_legend(const struct bench *b, const struct results *f, FILE *to);

#endif
