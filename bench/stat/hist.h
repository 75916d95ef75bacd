// SPDX-License-Identifier: BSD-2-Clause
// A log-linear histogram of durations: exact counts, values within 0.4 %, fixed size, no pointers.
#ifndef BENCH_STAT_HIST_H
#define BENCH_STAT_HIST_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Values below 256 ns have a bucket each; above, every power of two is split into 128 equal
 * buckets, and a value is taken to lie in the middle of its own. Up to 2^34 ns (17 s).
 */
#define HIST_LINEAR 256u
#define HIST_SPLIT 128u
#define HIST_BUCKETS (HIST_LINEAR + 26u * HIST_SPLIT)

struct hist {
	uint64_t n;
	uint64_t min_ns;
	uint64_t max_ns;
	double sum_ns;
	uint64_t above_100us; /* exact, as n is */
	uint64_t above_1ms;
	uint64_t bucket[HIST_BUCKETS];
};

void hist_add(struct hist *h, uint64_t ns);

/* `times` (at least once) the same value. */
void hist_add_many(struct hist *h, uint64_t ns, uint64_t times);

/* Adds all of `from` to `to`. */
void hist_merge(struct hist *to, const struct hist *from);

/* What was added to it since it was `start`; its smallest and largest value are those of all. */
void hist_since(const struct hist *end, const struct hist *start, struct hist *out);

/* The value, in ns, that stands for all of bucket b. */
double hist_bucket_ns(unsigned b);

/* The value, in ns, that a share q (0..1) of all values does not exceed; 0 when empty. */
double hist_quantile(const struct hist *h, double q);

/*
 * Are there at least 10 values beyond quantile q? With fewer it is an accident, and is not shown.
 */
bool hist_has(const struct hist *h, double q);

double hist_mean(const struct hist *h);

/* Do its parts agree with each other? For one that came from a process that is not trusted. */
bool hist_is_sane(const struct hist *h);

struct hist_point {
	double q;
	double ns;
};

#define HIST_CURVE_MAX 72u

/*
 * The distribution as a curve over the share of values, for a plot whose tail is drawn as long as
 * its body: eight points for every tenth of the values left, no further than hist_has(); the last
 * point is the maximum, at 1. Of points with the same value the last is kept. Returns how many.
 */
unsigned hist_curve(const struct hist *h, struct hist_point points[HIST_CURVE_MAX]);

#endif
