// SPDX-License-Identifier: BSD-2-Clause
// Results measured under several base slices: which wait follows the slice, and what that proves.
#ifndef BENCH_RESULT_DOSES_H
#define BENCH_RESULT_DOSES_H

#include "bench/result/results.h"
#include "bench/stat/dose.h"

#define DOSE_ROWS_MAX 64u
#define DOSE_PARTS_MAX 32u
#define DOSE_RUNS_MAX 4096u

/*
 * Where the machine leaves guest or worker no CPU but the producer's, direct and unbound wait, too.
 */
enum dose_why {
	DOSE_NO_NOTE,
	DOSE_GUEST_SHARES,
	DOSE_WORKER_SHARES,
	DOSE_HIDES, /* the batch ends with the window */
};

/* One way of delivering, in one mode of one kernel, at all its slices. */
struct dose_row {
	const struct result *cell[DOSES_MAX]; /* by slice, the shortest first */
	unsigned n;
	struct dose_cell judged; /* its role and slope; a twin's is the difference */
	struct dose_slope own;	 /* its own slope, a twin's, too */
	enum dose_why why;	 /* of DOSE_NEITHER */
	struct contrast rate;	 /* of throughput, at the longest slice over the shortest */
};

struct dose_part {
	const struct result *first; /* knows kernel and mode */
	struct dose_row row[DOSE_ROWS_MAX];
	unsigned n;
	double tick_us; /* 0: unknown */
	/* no HRTICK: what ends a wait is the tick, and slopes are shares of it */
	bool tick_is_dose;
};

/*
 * The parts of a file that have results of several slices, at most DOSE_PARTS_MAX; none where each
 * cell has one slice. Free with free().
 */
struct dose_part *doses_find(const struct results *f, unsigned *n);

/* What the part says of its row `i`, a subject. */
struct dose_verdict doses_judge(const struct dose_part *p, unsigned i);

/* The wait of which slopes are made, by the row: a metric's key. */
const char *doses_metric(const struct dose_row *r);

/* The slice that would do, us, where the loop needs longer ones than there are; 0: it fits. */
double doses_needs_us(const struct dose_part *p, unsigned i);

/* What ends a wait, at most: the slice, or the tick where it comes first. us; 0: unknown. */
double doses_dose_us(const struct result *c);

/* "shown", "absent", "spoiled". */
const char *doses_finding_name(enum dose_finding f);

/* Sets the document's `verdicts`, where there is anything to judge. */
void doses_set_json(json_t *doc);

#endif
