// SPDX-License-Identifier: BSD-2-Clause
// Medians, bootstrap intervals and contrasts of a few runs.
#include "bench/stat/stats.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "bench/stat/random.h"
#include "bench/stat/stats_rank.h"

#define RESAMPLES 4000u
#define BOOTSTRAP_SEED 1u

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void swap(double *a, double *b)
{
	double t = *a;

	*a = *b;
	*b = t;
}

/* Hoare 1961: the k-th smallest (from 0) is at v[k] then, nothing larger before it. */
static void find(double *v, ptrdiff_t n, ptrdiff_t k)
{
	ptrdiff_t low = 0, high = n - 1;

	while (low < high) {
		double pivot = v[k];
		ptrdiff_t i = low, j = high;

		while (i <= j) {
			while (v[i] < pivot)
				i++;
			while (pivot < v[j])
				j--;
			if (i <= j)
				swap(&v[i++], &v[j--]);
		}
		if (j < k)
			low = i;
		if (k < i)
			high = j;
	}
}

double stats_median(double *v, size_t n)
{
	double below;

	if (!n)
		return NAN;
	find(v, (ptrdiff_t)n, (ptrdiff_t)(n / 2));
	if (n % 2)
		return v[n / 2];
	below = v[0];
	for (size_t i = 1; i < n / 2; i++)
		below = fmax(below, v[i]);
	return (below + v[n / 2]) / 2;
}

double stats_quantile(const double *sorted, size_t n, double q)
{
	double at = q * (double)(n - 1);
	size_t i;

	if (!n)
		return NAN;
	i = (size_t)at;
	if (i + 1 >= n)
		return sorted[n - 1];
	/* Of two infinities, too. */
	if (sorted[i] == sorted[i + 1])
		return sorted[i];
	return sorted[i] + (at - (double)i) * (sorted[i + 1] - sorted[i]);
}

/* Puts the value at share q, and what it is taken between, where they would be in order. */
static double quantile(double *v, size_t n, double q)
{
	size_t i = (size_t)(q * (double)(n - 1));

	find(v, (ptrdiff_t)n, (ptrdiff_t)i);
	if (i + 1 < n)
		find(v, (ptrdiff_t)n, (ptrdiff_t)(i + 1));
	return stats_quantile(v, n, q);
}

struct interval stats_interval(double *v, size_t n)
{
	struct interval ci = { NAN, NAN };

	if (n) {
		ci.lo = quantile(v, n, (1 - STATS_CONFIDENCE) / 2);
		ci.hi = quantile(v, n, (1 + STATS_CONFIDENCE) / 2);
	}
	return ci;
}

/* A sample in order, and how often each of its values was drawn. */
struct resampler {
	double *sorted;
	unsigned *drawn;
	size_t n;
};

static bool resampler_open(struct resampler *r, const double *v, size_t n)
{
	*r = (struct resampler){ .n = n };
	r->sorted = malloc(n * sizeof(*r->sorted));
	r->drawn = malloc(n * sizeof(*r->drawn));
	if (!r->sorted || !r->drawn)
		return false;
	memcpy(r->sorted, v, n * sizeof(*v));
	qsort(r->sorted, n, sizeof(*v), compare);
	return true;
}

static void resampler_close(struct resampler *r)
{
	free(r->sorted);
	free(r->drawn);
}

/* The k-th smallest (from 0) of what was drawn. */
static double drawn_at(const struct resampler *r, size_t k)
{
	size_t i = 0, seen = r->drawn[0];

	while (seen <= k)
		seen += r->drawn[++i];
	return r->sorted[i];
}

/* The median of n values drawn with replacement. */
static double resample(struct resampler *r, uint64_t *state)
{
	double upper;

	memset(r->drawn, 0, r->n * sizeof(*r->drawn));
	for (size_t i = 0; i < r->n; i++)
		r->drawn[random_below(state, (uint32_t)r->n)]++;
	upper = drawn_at(r, r->n / 2);
	return r->n % 2 ? upper : (drawn_at(r, r->n / 2 - 1) + upper) / 2;
}

static double ratio_of(double a, double b)
{
	return a == b ? 1 : b / a;
}

/* Medians of v, or with `base` their ratios to base's. */
static struct interval bootstrap(struct resampler *v, struct resampler *base)
{
	struct interval ci = { NAN, NAN };
	double *got = malloc(RESAMPLES * sizeof(*got));
	uint64_t state = BOOTSTRAP_SEED;

	if (!got)
		return ci;
	for (size_t i = 0; i < RESAMPLES; i++) {
		got[i] = resample(v, &state);
		if (base)
			got[i] = ratio_of(resample(base, &state), got[i]);
	}
	ci = stats_interval(got, RESAMPLES);
	free(got);
	return ci;
}

struct interval stats_median_interval(const double *v, size_t n)
{
	struct interval ci = { NAN, NAN };
	struct resampler r;

	if (n < STATS_RUNS_MIN)
		return ci;
	if (resampler_open(&r, v, n))
		ci = bootstrap(&r, NULL);
	resampler_close(&r);
	return ci;
}

struct interval stats_ratio_interval(const double *a, size_t na, const double *b, size_t nb)
{
	struct interval ci = { NAN, NAN };
	struct resampler ra, rb = { NULL, NULL, 0 };

	if (na < STATS_RUNS_MIN || nb < STATS_RUNS_MIN)
		return ci;
	if (resampler_open(&ra, a, na) && resampler_open(&rb, b, nb))
		ci = bootstrap(&rb, &ra);
	resampler_close(&ra);
	resampler_close(&rb);
	return ci;
}

static double median_of_copy(const double *v, size_t n)
{
	double *copy = n ? malloc(n * sizeof(*copy)) : NULL, m;

	if (!copy)
		return NAN;
	memcpy(copy, v, n * sizeof(*v));
	m = stats_median(copy, n);
	free(copy);
	return m;
}

struct contrast stats_contrast(const double *a, size_t na, const double *b, size_t nb)
{
	struct contrast c = {
		.ratio = ratio_of(median_of_copy(a, na), median_of_copy(b, nb)),
		.interval = stats_ratio_interval(a, na, b, nb),
		.p = stats_mann_whitney(a, na, b, nb),
	};

	if (stats_mann_whitney_least(na, nb) > STATS_ALPHA || isnan(c.interval.lo))
		c.verdict = VERDICT_UNKNOWN;
	else if (c.p > STATS_ALPHA || c.ratio == 1)
		c.verdict = VERDICT_SAME;
	else
		c.verdict = c.ratio > 1 ? VERDICT_MORE : VERDICT_LESS;
	return c;
}

size_t stats_residuals(const double *v, size_t n, double *out)
{
	double m = median_of_copy(v, n), widen = n > 1 ? sqrt((double)n / (double)(n - 1)) : 0;
	size_t got = 0;

	for (size_t i = 0; i < n && n > 1 && m > 0; i++)
		if (v[i] > 0)
			out[got++] = log(v[i] / m) * widen;
	return got;
}
