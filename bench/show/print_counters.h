// SPDX-License-Identifier: BSD-2-Clause
// Tables of where a notification's time went, of what the kernel counted, of an open loop's
// latency.
#ifndef BENCH_SHOW_PRINT_COUNTERS_H
#define BENCH_SHOW_PRINT_COUNTERS_H

#include <stdio.h>

#include "bench/plan/bench.h"

/*
 * A quantile in us, right-aligned after a space; of too few values, which took `seconds`, how many
 * seconds it needs, "(40s)"; "-" where that is not known (NAN) or there are no values.
 */
void print_quantile(const struct hist *h, double q, int width, double seconds, FILE *to);

/* The largest, likewise; "-" where there are no values. */
void print_max(const struct hist *h, int width, FILE *to);

/*
 * The columns that say which cell a row is; the control's only where there is one. `heads`: of the
 * table's head.
 */
void print_cell(const struct bench *b, const struct bench_row *row, FILE *to);
void print_cell_heads(const struct bench *b, FILE *to);

/* "gated stream", "stream", "rr". */
const char *print_part_name(enum scenario s, bool gated);

/* Below the table of a scenario, or of the stream that is gated by its notifications. */
void counters_print(const struct bench *b, enum scenario s, bool gated, FILE *to);

#endif
