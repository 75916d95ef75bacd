// SPDX-License-Identifier: BSD-2-Clause
// A benchmark's runs: what each was worth, and what they say together.
#ifndef BENCH_PLAN_RUNS_H
#define BENCH_PLAN_RUNS_H

#include <stdint.h>
#include <stdio.h>

#include "bench/result/label.h"
#include "bench/plan/metric.h"
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
	double *sample[METRICS]; /* one value per run, NAN where it has none; part of runs_room */
	struct series *series;	 /* of the first SERIES_RUNS runs; part of runs_room */
	unsigned *place; /* when each run was made: the how-manieth of all, warm-up included */
	struct summary summary[METRICS];
	int baseline; /* the row that this one is compared with; -1: it is one itself */
	struct contrast versus[METRICS];
};

struct bench;

/*
 * Once all rows are there: gives them labels and baselines. The A/A control has its twin, the other
 * controls themselves in the first mode, all others what plan.baseline picks, or the first of their
 * scenario and loop. 0; -ENOENT: plan.baseline picks nothing (logged).
 */
int runs_name(struct bench *b);

/*
 * Room for b->runs runs of every row. 0 or -ENOMEM (logged). runs_free() accepts what is not open.
 */
int runs_open(struct bench *b);
void runs_free(struct bench *b);

/* Takes down what row i's next run was worth; it was the `place`-th of all. */
void runs_add(struct bench *b, unsigned i, const struct cell_result *r, unsigned place);

/* When all are made: medians, intervals, contrasts, what can be resolved. */
void runs_conclude(struct bench *b);

enum control_verdict {
	CONTROL_NONE,	 /* no control, or nothing here that it must equal, or too few runs */
	CONTROL_NULL,	 /* no difference in any metric of the tables: as it should be */
	CONTROL_DIFFERS, /* *metric says in which: differences of that size mean nothing here */
};

/* Does row i, a control, equal the cell that it must equal? */
enum control_verdict runs_control(const struct bench *b, unsigned i, int *metric);

/* A table of intervals, ratios and verdicts; how the runs were made. Nothing for a single run. */
void runs_print(const struct bench *b, enum scenario s, bool gated, FILE *to);
void runs_print_notes(const struct bench *b, FILE *to);

#endif
