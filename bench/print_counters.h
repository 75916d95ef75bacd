// SPDX-License-Identifier: BSD-2-Clause
// Tables of where a notification's time went, of what the kernel counted, of an open loop's latency.
#ifndef BENCH_PRINT_COUNTERS_H
#define BENCH_PRINT_COUNTERS_H

#include <stdio.h>

#include "bench/bench.h"

/* A quantile in us, right-aligned after a space; "-" where there are too few values for it. */
void print_quantile(const struct hist *h, double q, int width, FILE *to);

/* The largest, likewise; "-" where there are no values. */
void print_max(const struct hist *h, int width, FILE *to);

/* After the table of a scenario. */
void counters_print(const struct bench *b, enum scenario s, FILE *to);

/* Once, at the end: what their columns are, what recording costs. */
void counters_print_notes(const struct bench *b, FILE *to);

#endif
