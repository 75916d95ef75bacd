// SPDX-License-Identifier: BSD-2-Clause
// What the cells of a benchmark are called, and what each is compared with.
#ifndef BENCH_PLAN_NAMES_H
#define BENCH_PLAN_NAMES_H

struct bench;

/*
 * Once all rows are there: gives them labels and baselines. The A/A control has its twin, the other
 * controls themselves in the first mode, all others what plan.baseline picks, or the first of their
 * scenario and loop. 0; -ENOENT: plan.baseline picks nothing (logged).
 */
int runs_name(struct bench *b);

enum control_verdict {
	CONTROL_NONE,	 /* no control, or nothing here that it must equal, or too few runs */
	CONTROL_NULL,	 /* no difference in any metric of the tables: as it should be */
	CONTROL_DIFFERS, /* *metric says in which: differences of that size mean nothing here */
};

/* Does row i, a control, equal the cell that it must equal? */
enum control_verdict runs_control(const struct bench *b, unsigned i, int *metric);

#endif
