// SPDX-License-Identifier: BSD-2-Clause
// What can be said of a few runs: medians, their intervals, whether two cells differ. Pure
// functions.
#ifndef BENCH_STAT_STATS_H
#define BENCH_STAT_STATS_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Intervals hold with this probability; a difference that chance alone makes is reported this
 * often.
 */
#define STATS_CONFIDENCE 0.95
#define STATS_ALPHA 0.01
/*
 * Runs below which there is neither interval nor verdict: 5 against 5 is the least that reaches
 * ALPHA.
 */
#define STATS_RUNS_MIN 5u
/* An effect counts as resolvable if this share of experiments would report it. */
#define STATS_POWER 0.8

struct interval {
	double lo, hi; /* NAN: too few runs */
};

/* The median; NAN when n is 0. Reorders v. */
double stats_median(double *v, size_t n);

/*
 * The value at share q (0..1) of the ascending v, between neighbours in proportion; NAN when n is
 * 0.
 */
double stats_quantile(const double *sorted, size_t n, double q);

/*
 * Percentile bootstrap: the interval that holds CONFIDENCE of the medians of resamples of v. The
 * same v gives the same interval.
 */
struct interval stats_median_interval(const double *v, size_t n);

/* The same of the ratio median(b) / median(a), both resampled, independently. */
struct interval stats_ratio_interval(const double *a, size_t na, const double *b, size_t nb);

/*
 * Mann-Whitney's U test, two-sided: the probability that values which all come from one
 * distribution differ in rank as much as a and b do. Exact, ties included, up to STATS_EXACT_MAX
 * values in all, else by the normal approximation, corrected for ties and continuity. 1 where a or
 * b is empty.
 */
#define STATS_EXACT_MAX 40u
double stats_mann_whitney(const double *a, size_t na, const double *b, size_t nb);

/* The smallest p that na against nb values can have at all. */
double stats_mann_whitney_least(size_t na, size_t nb);

enum stats_verdict {
	VERDICT_UNKNOWN, /* "?": too few runs to tell */
	VERDICT_SAME,	 /* "~": no difference that chance does not explain */
	VERDICT_LESS,	 /* b is less than a */
	VERDICT_MORE,
};

/* What b is against a. */
struct contrast {
	double ratio; /* of the medians, b / a; 1 where both are 0; NAN where a side is empty */
	struct interval interval;
	double p;
	enum stats_verdict verdict;
};

/* They differ when p is at most ALPHA and the medians are not equal. */
struct contrast stats_contrast(const double *a, size_t na, const double *b, size_t nb);

/*
 * The smallest relative increase of b over a (0.1: 10 %) that POWER of experiments with na and nb
 * runs would report, found by simulation with the given residuals: logarithms of values over their
 * own cell's median. INFINITY: more than a factor of 100, or too few runs for any verdict.
 */
double stats_resolvable(const double *residual, size_t n, size_t na, size_t nb);

/*
 * Appends the residuals of the n runs of one cell to out, widened for the median being their own
 * (sqrt(n / (n - 1))), and returns how many. Values not above 0 have none; nor has a single run.
 */
size_t stats_residuals(const double *v, size_t n, double *out);

#endif
