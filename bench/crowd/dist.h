// SPDX-License-Identifier: BSD-2-Clause
// How durations that a guest has counted are distributed: the guest's own buckets, read by the
// host.
#ifndef BENCH_CROWD_DIST_H
#define BENCH_CROWD_DIST_H

#include <stdbool.h>

#include "tandem/crowd.h"

struct crowd_dist {
	uint64_t n[CYCLES_BUCKETS];
};

/* Adds what a guest has counted so far; its memory, so any value may be there. */
void crowd_dist_add(struct crowd_dist *d, const uint64_t *buckets);
void crowd_dist_merge(struct crowd_dist *to, const struct crowd_dist *from);
void crowd_dist_subtract(struct crowd_dist *from, const struct crowd_dist *what);

uint64_t crowd_dist_n(const struct crowd_dist *d);

/*
 * As hist_has(): with fewer than ten values beyond a quantile it is an accident. One value is
 * enough for a maximum.
 */
bool crowd_dist_has(const struct crowd_dist *d, double q);

/* In cycles, within 1.6 %: the value that a share q (0..1) does not exceed; 0 when empty. */
double crowd_dist_quantile(const struct crowd_dist *d, double q);
double crowd_dist_mean(const struct crowd_dist *d);

#endif
