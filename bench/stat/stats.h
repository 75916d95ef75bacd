// SPDX-License-Identifier: BSD-2-Clause
// What can be said of a few runs: medians, their intervals, whether two cells differ. Pure
// functions.
#ifndef BENCH_STAT_STATS_H
#define BENCH_STAT_STATS_H

#include <stdbool.h>
#include <stddef.h>

#include "bench/stat/stats_rank.h"

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

/* What holds CONFIDENCE of the values, the middle ones. Reorders v. */
struct interval stats_interval(double *v, size_t n);

/*
 * Percentile bootstrap: the interval that holds CONFIDENCE of the medians of resamples of v. The
 * same v gives the same interval.
 */
struct interval stats_median_interval(const double *v, size_t n);

/* The same of the ratio median(b) / median(a), both resampled, independently. */
struct interval stats_ratio_interval(const double *a, size_t na, const double *b, size_t nb);

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
 * Appends the residuals of the n runs of one cell to out, widened for the median being their own
 * (sqrt(n / (n - 1))), and returns how many. Values not above 0 have none; nor has a single run.
 */
size_t stats_residuals(const double *v, size_t n, double *out);

#endif
