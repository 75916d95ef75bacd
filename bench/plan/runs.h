// SPDX-License-Identifier: BSD-2-Clause
// The runs of a benchmark's rows, whatever kind of cell they are: what each was worth, and what
// they say together.
#ifndef BENCH_PLAN_RUNS_H
#define BENCH_PLAN_RUNS_H

#include <stdint.h>

#include "bench/plan/label.h"
#include "bench/plan/metric.h"
#include "bench/run/series.h"
#include "bench/stat/order.h"
#include "bench/stat/stats.h"

/* How the runs are made. */
struct run_plan {
	enum run_order order;
	uint64_t seed;
	unsigned warmup;      /* rounds that come first and do not count */
	const char *baseline; /* words that pick it; NULL: the first cell of each scenario */
};

/* One metric of one cell, over its runs. */
struct summary {
	double median; /* NAN: no run has a value */
	struct interval interval;
	unsigned n; /* runs with a value */
};

/* What a row of a benchmark keeps of its runs. */
struct row_runs {
	char label[LABEL_MAX];
	char words[LABEL_MAX];
	const char *scenario;	 /* which metrics apply */
	unsigned n;		 /* that succeeded or were cut short */
	double *sample[METRICS]; /* one value per run, NAN where it has none; part of runs_room */
	struct series *series;	 /* of the first SERIES_RUNS runs, where a cell has one */
	unsigned *place;	 /* when each run was made: its index of all, warm-up included */
	struct summary summary[METRICS];
	int baseline; /* the row that this one is compared with; -1: it is one itself */
	struct contrast versus[METRICS];
};

/* The rounds of a benchmark: each has a run of every row. */
struct rounds {
	struct run_plan plan;
	unsigned runs; /* of each row, at most */
	unsigned nrows;
	/* the smallest relative effect that would be seen; INFINITY: none */
	double resolvable[METRICS];
	struct row_runs **row; /* runs_open()'s, as all below */
	double *samples;
	unsigned *places;
	struct series *series;
};

/*
 * Room for r->runs runs of n rows, of which the first keeps its runs at `first`, each other so many
 * bytes behind the one before. 0 or -ENOMEM (logged). runs_free() accepts what is not open.
 */
int runs_open(struct rounds *r, unsigned n, struct row_runs *first, size_t bytes);
void runs_free(struct rounds *r);

/* Takes down what row i's next run was worth; it was the `place`-th of all. */
void runs_add(struct rounds *r, unsigned i, const double value[METRICS], unsigned place);

/* When all are made: medians, intervals, contrasts, what can be resolved. */
void runs_conclude(struct rounds *r);

#endif
