// SPDX-License-Identifier: BSD-2-Clause
// What was just measured, shown as if it had been read back: there is one writer of each format.
#ifndef BENCH_SHOW_REPORT_BENCH_H
#define BENCH_SHOW_REPORT_BENCH_H

#include <stdio.h>

#include "bench/show/report_types.h"

struct bench;
struct results;

/* What was just measured, by way of its results file. 0 or -errno (logged). */
int report_bench(const struct bench *b, enum report_format f, FILE *to);

/* What was just measured, as if read back: row i of the bench is result i. As results_from(). */
int report_bench_results(const struct bench *b, struct results *r);

/*
 * The dose table of what was just measured, by way of the same; nothing where no slices were asked
 * for.
 */
void report_doses(const struct bench *b, FILE *to);

#endif
