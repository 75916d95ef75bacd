// SPDX-License-Identifier: BSD-2-Clause
// In which order the runs of a benchmark's cells are made.
#ifndef BENCH_STAT_ORDER_H
#define BENCH_STAT_ORDER_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Runs come in rounds; each round has every cell once, so what changes slowly on the host touches
 * all cells alike. Cells of one group (one preemption mode) stay together within a round: the host
 * is switched at most once per group and round.
 */
enum run_order {
	ORDER_RANDOM, /* groups, and the cells within each, shuffled anew for each round */
	ORDER_ABBA,   /* as listed, then backwards, and so on: what drifts steadily cancels out */
	ORDER_SEQUENTIAL, /* every round as listed */
	ORDERS
};

/* "random", "abba", "sequential". */
const char *order_name(enum run_order o);
bool order_find(const char *name, enum run_order *o);

/*
 * Writes into out[0..n-1] which cell has its turn when in round `round` (from 0). group[i] is cell
 * i's group; what they are called does not matter. The same seed and round give the same order.
 */
void order_round(enum run_order how, uint64_t seed, unsigned round, const unsigned *group,
		 unsigned n, unsigned *out);

#endif
