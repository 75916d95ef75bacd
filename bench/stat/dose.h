// SPDX-License-Identifier: BSD-2-Clause
// Does a wait follow its dose? Slopes over a few doses, and what they say together. Pure functions.
#ifndef BENCH_STAT_DOSE_H
#define BENCH_STAT_DOSE_H

#include <stdbool.h>
#include <stddef.h>

#include "bench/stat/stats.h"

#define DOSES_MAX 16u
#define DOSE_RUNS_MIN 3u /* of each dose; with fewer there is no interval */

/*
 * Between nothing and the whole of the dose. A wait that ends with the slice follows it with a
 * slope of 0.3 to 1, all others with none, so a slope that is surely on one side of this is told.
 */
#define DOSE_LINE 0.15
/* No wait for a slice is longer than the slice. */
#define DOSE_STEEP 1.25

struct dose_run {
	double dose; /* us; at most DOSES_MAX different ones, the rest is left out */
	double wait; /* us; NAN: this run has none */
};

struct dose_slope {
	double slope;		  /* us of wait per us of dose; NAN: fewer than two doses */
	struct interval interval; /* NAN: too few runs */
	unsigned doses;
};

/*
 * The median of the slopes between each two runs of different doses (Theil and Sen), which a few
 * runs that stood still do not turn; the interval is a bootstrap's, of the runs within each dose.
 * `origin`: the lines through 0, for which one dose is enough: the wait as a share of it.
 */
struct dose_slope dose_slope(const struct dose_run *run, size_t n, bool origin);

/* a's slope less b's: the same bootstrap, of both. */
struct dose_slope dose_difference(const struct dose_run *a, size_t na, const struct dose_run *b,
				  size_t nb, bool origin);

enum dose_answer {
	DOSE_FLAT,
	DOSE_FOLLOWS,
	DOSE_UNCLEAR, /* the interval has DOSE_LINE within it */
	DOSE_UNKNOWN, /* no interval */
};
enum dose_answer dose_answer(const struct dose_slope *s);

/* ---- the verdict */

enum dose_role {
	DOSE_SUBJECT,
	DOSE_CONTROL,  /* must stay flat */
	DOSE_POSITIVE, /* must follow where the subject does */
	DOSE_TWIN,     /* the subject again: its slope is the difference to the subject's */
	DOSE_NEITHER,  /* proves nothing here */
};

struct dose_cell {
	enum dose_role role;
	struct dose_slope slope;
};

enum dose_finding { DOSE_SHOWN, DOSE_ABSENT, DOSE_SPOILED };

enum dose_reason {
	DOSE_BY_SLOPE,	    /* the slopes say so */
	DOSE_CONTROL_MOVED, /* `culprit` */
	DOSE_TWINS_DIFFER,  /* `culprit` */
	DOSE_NO_SUBJECT,    /* it was not measured */
	DOSE_ONE_DOSE,	    /* nothing to draw a line through */
	DOSE_FEW_RUNS,
	DOSE_NOISY,	/* the subject's interval is too wide */
	DOSE_TOO_STEEP, /* it waits longer than any slice: for something else */
	DOSE_TOO_SLOW,	/* the loop's own round trip hides a wait of one slice */
};

struct dose_verdict {
	enum dose_finding finding;
	enum dose_reason reason;
	unsigned culprit; /* index into the cells */
};

/*
 * The first subject of the cells, judged. `too_slow`: the loop does not fit even the largest dose
 * (bench/stat/loop.h), so that a flat subject proves nothing.
 */
struct dose_verdict dose_judge(const struct dose_cell *cell, unsigned n, bool too_slow);

#endif
