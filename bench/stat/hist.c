// SPDX-License-Identifier: BSD-2-Clause
// A log-linear histogram of durations.
#include "bench/stat/hist.h"

#include <math.h>

static unsigned bucket_of(uint64_t ns)
{
	unsigned top, b;

	if (ns < HIST_LINEAR)
		return (unsigned)ns;
	top = 63u - (unsigned)__builtin_clzll(ns); /* 8 or more */
	b = HIST_LINEAR + (top - 8) * HIST_SPLIT + (unsigned)((ns >> (top - 7)) & (HIST_SPLIT - 1));
	return b < HIST_BUCKETS ? b : HIST_BUCKETS - 1;
}

double hist_bucket_ns(unsigned b)
{
	unsigned shift;
	uint64_t low;

	if (b < HIST_LINEAR)
		return b;
	b -= HIST_LINEAR;
	shift = b / HIST_SPLIT + 1;
	low = (uint64_t)(HIST_SPLIT + b % HIST_SPLIT) << shift;
	return (double)low + (double)((1ull << shift) - 1) / 2;
}

void hist_add_many(struct hist *h, uint64_t ns, uint64_t times)
{
	if (!h->n || ns < h->min_ns)
		h->min_ns = ns;
	if (ns > h->max_ns)
		h->max_ns = ns;
	h->n += times;
	h->sum_ns += (double)ns * (double)times;
	h->above_100us += ns > 100000 ? times : 0;
	h->above_1ms += ns > 1000000 ? times : 0;
	h->bucket[bucket_of(ns)] += times;
}

void hist_add(struct hist *h, uint64_t ns)
{
	hist_add_many(h, ns, 1);
}

void hist_merge(struct hist *to, const struct hist *from)
{
	if (!from->n)
		return;
	if (!to->n || from->min_ns < to->min_ns)
		to->min_ns = from->min_ns;
	if (from->max_ns > to->max_ns)
		to->max_ns = from->max_ns;
	to->n += from->n;
	to->sum_ns += from->sum_ns;
	to->above_100us += from->above_100us;
	to->above_1ms += from->above_1ms;
	for (unsigned i = 0; i < HIST_BUCKETS; i++)
		to->bucket[i] += from->bucket[i];
}

void hist_since(const struct hist *end, const struct hist *start, struct hist *out)
{
	*out = *end;
	out->n -= start->n;
	out->sum_ns -= start->sum_ns;
	out->above_100us -= start->above_100us;
	out->above_1ms -= start->above_1ms;
	for (unsigned i = 0; i < HIST_BUCKETS; i++)
		out->bucket[i] -= start->bucket[i];
}

double hist_quantile(const struct hist *h, double q)
{
	uint64_t rank, seen = 0;

	if (!h->n)
		return 0;
	rank = (uint64_t)ceil(q * (double)h->n);
	if (rank < 1)
		rank = 1;
	if (rank >= h->n)
		return (double)h->max_ns;
	for (unsigned i = 0; i < HIST_BUCKETS; i++) {
		seen += h->bucket[i];
		if (seen >= rank)
			return fmin(fmax(hist_bucket_ns(i), (double)h->min_ns), (double)h->max_ns);
	}
	return (double)h->max_ns;
}

double hist_mean(const struct hist *h)
{
	return h->n ? h->sum_ns / (double)h->n : 0;
}

bool hist_is_sane(const struct hist *h)
{
	uint64_t n = 0;

	for (unsigned i = 0; i < HIST_BUCKETS; i++) {
		if (h->bucket[i] > h->n - n)
			return false;
		n += h->bucket[i];
	}
	return n == h->n && h->above_1ms <= h->above_100us && h->above_100us <= n &&
	       h->min_ns <= h->max_ns && isfinite(h->sum_ns) && h->sum_ns >= 0;
}

bool hist_has(const struct hist *h, double q)
{
	/* A hair more than 10, as 1 - 0.9 is a hair less than 0.1. */
	return (double)h->n * (1 - q) >= 10 - 1e-6;
}

static unsigned add_point(struct hist_point *points, unsigned n, double q, double ns)
{
	if (n && points[n - 1].ns >= ns)
		n--;
	points[n] = (struct hist_point){ q, ns };
	return n + 1;
}

unsigned hist_curve(const struct hist *h, struct hist_point points[HIST_CURVE_MAX])
{
	unsigned n = 0;

	if (!h->n)
		return 0;
	for (unsigned i = 0; i < HIST_CURVE_MAX - 1; i++) {
		double q = 1 - pow(10, -(double)i / 8);

		if (i && !hist_has(h, q))
			break;
		n = add_point(points, n, q, hist_quantile(h, q));
	}
	return add_point(points, n, 1, (double)h->max_ns);
}
