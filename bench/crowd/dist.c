// SPDX-License-Identifier: BSD-2-Clause
// How durations that a guest has counted are distributed.
#include "bench/crowd/dist.h"

#include <math.h>

#include "tandem/shared.h"

void crowd_dist_add(struct crowd_dist *d, const uint64_t *buckets)
{
	for (unsigned i = 0; i < CYCLES_BUCKETS; i++)
		d->n[i] += shared_load(&buckets[i]);
}

void crowd_dist_merge(struct crowd_dist *to, const struct crowd_dist *from)
{
	for (unsigned i = 0; i < CYCLES_BUCKETS; i++)
		to->n[i] += from->n[i];
}

void crowd_dist_subtract(struct crowd_dist *from, const struct crowd_dist *what)
{
	for (unsigned i = 0; i < CYCLES_BUCKETS; i++)
		from->n[i] -= what->n[i];
}

uint64_t crowd_dist_n(const struct crowd_dist *d)
{
	uint64_t n = 0;

	for (unsigned i = 0; i < CYCLES_BUCKETS; i++)
		n += d->n[i];
	return n;
}

bool crowd_dist_has(const struct crowd_dist *d, double q)
{
	double n = (double)crowd_dist_n(d);

	return q >= 1 ? n > 0 : n * (1 - q) >= 10 - 1e-6;
}

double crowd_dist_quantile(const struct crowd_dist *d, double q)
{
	double rank = fmax(1, ceil(q * (double)crowd_dist_n(d)));
	uint64_t seen = 0;

	for (unsigned i = 0; i < CYCLES_BUCKETS; i++) {
		seen += d->n[i];
		if ((double)seen >= rank)
			return (double)cycles_bucket_middle(i);
	}
	return 0;
}

double crowd_dist_mean(const struct crowd_dist *d)
{
	uint64_t n = crowd_dist_n(d);
	double sum = 0;

	for (unsigned i = 0; i < CYCLES_BUCKETS; i++)
		sum += (double)d->n[i] * (double)cycles_bucket_middle(i);
	return n ? sum / (double)n : 0;
}
