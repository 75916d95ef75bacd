// SPDX-License-Identifier: BSD-2-Clause
// Making rounds: each has one run of every row, in the order that the plan asks for.
#ifndef BENCH_PLAN_ROUNDS_H
#define BENCH_PLAN_ROUNDS_H

#include <stdbool.h>

#include "bench/plan/runs.h"

#define ROUNDS_ROWS_MAX 512u

/* What is measured. */
struct rounds_task {
	void *arg;
	/* Rows of one group stay together in a round; NULL: they are all one. */
	const unsigned *group;
	/* One run of row i, the `place`-th of all. 0, or what ends the benchmark. */
	int (*run)(void *arg, unsigned i, unsigned place);
	/* After a round, the `made`-th that counts (0: a warm-up): is it enough? NULL: no. */
	bool (*enough)(void *arg, unsigned made);
};

/* Until all rounds are made, enough, or *cut. 0 or what ended it; r->runs: how many were made. */
int rounds_make(struct rounds *r, const struct rounds_task *t, const bool *cut);

#endif
