// SPDX-License-Identifier: BSD-2-Clause
// A log-linear histogram of durations: exact counts, values within 0.4 %, fixed size, no pointers.
#ifndef BENCH_HIST_H
#define BENCH_HIST_H

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
	uint32_t bucket[HIST_BUCKETS];
};

void hist_add(struct hist *h, uint64_t ns);

/* Adds all of `from` to `to`. */
void hist_merge(struct hist *to, const struct hist *from);

/* The value, in ns, that a share q (0..1) of all values does not exceed; 0 when empty. */
double hist_quantile(const struct hist *h, double q);

double hist_mean(const struct hist *h);

#endif
