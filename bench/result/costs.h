// SPDX-License-Identifier: BSD-2-Clause
// What a deferred worker costs, in each group of a file's cells that differ in the deliverer only.
#ifndef BENCH_RESULT_COSTS_H
#define BENCH_RESULT_COSTS_H

#include "bench/result/results.h"
#include "bench/stat/cost.h"

#define COSTS_MAX 64u

struct cost {
	const struct result *deferred; /* knows mode, producer, loop, kernel */
	const struct result *control;  /* the same from the producer in user mode, or NULL */
	struct cost_sides subject, beside;
	enum cost_finding finding;
	double detectable; /* the smallest change of throughput that is found; NAN: unknown */
	unsigned runs;	   /* the fewest that one of the cells has */
};

/*
 * Of each deferred cell that is no control and was measured: its contrasts of throughput. Gated
 * streams, where the file has any; else whatever there is. How many, at most COSTS_MAX.
 */
unsigned costs_find(const struct results *f, struct cost out[COSTS_MAX]);

/* Do two cells differ in nothing but deliverer, producer and control? */
bool costs_same_group(const struct result *a, const struct result *b);

#endif
