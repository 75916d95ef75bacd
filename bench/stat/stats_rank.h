// SPDX-License-Identifier: BSD-2-Clause
// Mann-Whitney's U test, and what effect a number of runs can resolve with it.
#ifndef BENCH_STAT_STATS_RANK_H
#define BENCH_STAT_STATS_RANK_H

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

#define STATS_EXACT_MAX 40u

/*
 * Mann-Whitney's U test, two-sided: the probability that values which all come from one
 * distribution differ in rank as much as a and b do. Exact, ties included, up to STATS_EXACT_MAX
 * values in all, else by the normal approximation, corrected for ties and continuity. 1 where a or
 * b is empty.
 */
double stats_mann_whitney(const double *a, size_t na, const double *b, size_t nb);

/* The smallest p that na against nb values can have at all. */
double stats_mann_whitney_least(size_t na, size_t nb);

/*
 * The smallest relative increase of b over a (0.1: 10 %) that POWER of experiments with na and nb
 * runs would report, found by simulation with the given residuals: logarithms of values over their
 * own cell's median. INFINITY: more than a factor of 100, or too few runs for any verdict.
 */
double stats_resolvable(const double *residual, size_t n, size_t na, size_t nb);

#endif
